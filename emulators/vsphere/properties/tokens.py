"""Pages of RetrievePropertiesEx that were not asked for yet."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Final

import msgspec

from emulators.vsphere.properties.retrieval import Wanted

if TYPE_CHECKING:
    from emulators.vsphere.sessions import Session

MOST_TOKENS: Final = 100
"""Unfinished retrievals of one session; the oldest gives way."""


class Remainder(msgspec.Struct, frozen=True, eq=False):
    """What is left of a retrieval, and how many objects make a page."""

    wanted: list[Wanted]
    most: int | None


class Tokens(OrderedDict[str, Remainder]):
    """The unfinished retrievals of one session, by token."""

    _count = 0

    def keep(self, remainder: Remainder) -> str:
        """Keep the rest, and answer its token."""
        self._count += 1
        token = str(self._count)
        self[token] = remainder
        if len(self) > MOST_TOKENS:
            self.popitem(last=False)
        return token


def tokens_of(session: Session) -> Tokens:
    """The session's unfinished retrievals."""
    return session.part(Tokens, Tokens)
