"""What a format's writer is, and how a selection goes through one."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Sequence
from time import monotonic
from typing import Final

from cmdb.export.selection import Selection
from cmdb.model import Ci, Relation
from dcsim.errors import OperationalError

LIMIT_SECONDS: Final = 900.0
"""How long one export may take: the store holds an instant for it."""
AT_ONCE: Final = 250
"""CIs or relations that are made into text at once."""


class Writer(ABC):
    """Makes text of a graph: `head`, the CIs in portions, `middle`, the relations in portions, `tail`.  Any may be empty."""

    def head(self) -> str:
        """What comes first."""
        return ""

    @abstractmethod
    def cis(self, portion: Sequence[Ci]) -> str:
        """Some CIs."""

    def middle(self) -> str:
        """What comes between CIs and relations."""
        return ""

    @abstractmethod
    def relations(self, portion: Sequence[Relation]) -> str:
        """Some relations."""

    def tail(self) -> str:
        """What comes last."""
        return ""


async def written(writer: Writer, selection: Selection) -> AsyncGenerator[bytes, None]:
    """The export in pieces.  The text is made in a thread, so that the event loop stays free.

    Raises what the store raises, and OperationalError when the client is too slow to be waited for.
    """
    until = monotonic() + LIMIT_SECONDS
    yield writer.head().encode()
    async for cis in selection.cis():
        for start in range(0, len(cis), AT_ONCE):
            yield await asyncio.to_thread(lambda part: writer.cis(part).encode(), cis[start : start + AT_ONCE])
        _check(until)
    yield writer.middle().encode()
    async for relations in selection.relations():
        for start in range(0, len(relations), AT_ONCE):
            yield await asyncio.to_thread(lambda part: writer.relations(part).encode(), relations[start : start + AT_ONCE])
        _check(until)
    yield writer.tail().encode()


def _check(until: float) -> None:
    if monotonic() > until:
        raise OperationalError(f"The export took longer than {LIMIT_SECONDS:g} s; export a part, or read it faster.")
