"""How subscriptions are declared.

vm_changed: change_type(VirtualMachine, EntityByKey("vm", "uid")) = changed("vm", "VirtualMachine")
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, cast

import strawberry

from dcsim.bus import ENGINE
from graph.execution.fields import Arguments, Columns, Joined, argument
from graph.execution.rows import Row
from graph.live.changes import Changes, Source

DELIVERED: Final = "delivered"
"""The column of the root's row that holds what is delivered."""
_AFTER: Final = "Resume after this `seq`; `oldest` for all that is kept. What was dropped meanwhile shows as a gap."


class Inner:
    """Rows that lie in a column of their parents."""

    def __init__(self, key: str) -> None:
        self._key = key
        self.needs: tuple[str, ...] = (key,)

    async def load(self, context: Any, parents: Sequence[Row], arguments: Arguments, columns: Columns | None) -> Sequence[Any]:
        """They are there already."""
        return [parent.get(self._key) for parent in parents]


class Live(Joined):
    """A field of the subscription root."""

    @property
    def source(self) -> Source:
        """What it delivers."""
        return cast("Source", self.metadata["source"])


def live(source: Source, *, filters: Any = None, ids: bool = False, description: str | None = None) -> Any:
    """A field that delivers what *source* says."""
    made = Live(metadata={"join": Inner(DELIVERED), "source": source}, description=description)
    made.arguments = [argument("after", str | None, None, _AFTER)]
    if filters is not None:
        made.arguments.append(argument("filter", filters | None, None))
    if ids:
        made.arguments.append(argument("ids", list[strawberry.ID] | None, None, "Only these objects."))
    return made


def changed(kind: str, type_name: str, *, description: str | None = None) -> Any:
    """A field that delivers changed entities of a kind."""
    return live(Changes(ENGINE, kind, type_name=type_name), ids=True, description=description or f"Every {type_name} that changes.")


def one_changed(kind: str, type_name: str, *, description: str) -> Any:
    """A field that delivers one entity as it is, and then whenever it changes."""
    made = live(Changes(ENGINE, kind, type_name=type_name), description=description)
    made.arguments.append(argument("id", strawberry.ID, description="Its global id."))
    return made


def subject_changed(topic: str, prefix: str, type_name: str, *, description: str | None = None) -> Any:
    """A field that delivers the subjects of a topic's events whose types begin with *prefix*."""
    source = Changes(topic, prefix=prefix, type_name=type_name)
    return live(source, ids=True, description=description or f"Every {type_name} that changes.")
