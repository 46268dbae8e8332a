"""The engine's entities as sources of joined fields: by reference, in groups, and in filtered pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from graph.execution.context import GraphContext
from graph.execution.fields import Arguments, Columns
from graph.execution.relay import DEFAULT
from graph.execution.rows import CURSOR, Row, Slice

ENGINE: Final = "engine"
MOST_GROUPS: Final = 1000


class Rows(msgspec.Struct, frozen=True):
    """The engine's answer to a selection."""

    items: list[dict[str, Any]] = []
    next: str = ""
    total: int = 0
    groups: dict[str, Rows] = {}


NONE: Final = Rows()


async def query(context: GraphContext, kind: str, selection: Mapping[str, Any]) -> Rows:
    """Ask the engine for entities of a kind."""
    return await context.services.post(ENGINE, f"/sim/entities/{kind}/query", Rows, selection)


class EntityByKey:
    """One entity: that whose uid a column of the parent names."""

    def __init__(self, kind: str, key: str) -> None:
        self.kind = kind
        self.key = key
        self.needs: tuple[str, ...] = (key,)

    async def load(self, context: GraphContext, parents: Sequence[Row], arguments: Arguments, columns: Columns | None) -> Sequence[Any]:
        """One request for all parents that name one."""
        uids = list(dict.fromkeys(uid for parent in parents if (uid := parent.get(self.key))))
        found: dict[str, Row] = {}
        for start in range(0, len(uids), MOST_GROUPS):
            part = uids[start : start + MOST_GROUPS]
            where = [{"field": "uid", "op": "in", "value": part}]
            answer = await query(context, self.kind, {"where": where, "fields": sorted(columns or ()), "limit": len(part)})
            found.update((row["uid"], row) for row in answer.items)
        return [found.get(parent.get(self.key, "")) for parent in parents]


class EntityList:
    """A page of entities for each parent: those whose column ``by`` is (or has) the parent's uid, or another column (``key``) of it;
    without ``by``, of all that there are.
    """

    def __init__(self, kind: str, by: str = "", *, key: str = "uid") -> None:
        self.kind = kind
        self.by = by
        self.key = key
        self.needs: tuple[str, ...] = (key,) if by else ()

    async def load(self, context: GraphContext, parents: Sequence[Row], arguments: Arguments, columns: Columns | None) -> Sequence[Any]:
        """One request for all parents."""
        selection: dict[str, Any] = {
            "where": conditions(arguments.get("filter")),
            "fields": sorted(columns or ()),
            "limit": arguments.get("first", DEFAULT),
            "cursor": arguments.get("after") or "",
            "sort": order(arguments.get("order_by")),
        }
        continued = bool(selection["cursor"])
        if not self.by:
            found = _slice(await query(context, self.kind, selection), continued=continued)
            return [found] * len(parents)
        groups: dict[str, Rows] = {}
        keys = list(dict.fromkeys(key for parent in parents if (key := parent.get(self.key))))
        for start in range(0, len(keys), MOST_GROUPS):
            by = {"field": self.by, "values": keys[start : start + MOST_GROUPS]}
            groups |= (await query(context, self.kind, selection | {"by": by})).groups
        return [_slice(groups.get(parent.get(self.key) or "", NONE), continued=continued) for parent in parents]


def conditions(given: Any) -> list[dict[str, Any]]:
    """A filter input as the engine's conditions; each of its fields holds operators with values."""
    return given.conditions() if given else []


def order(given: Any) -> str:
    """An order as the engine's ``sort``."""
    return str(getattr(given, "value", given) or "number")


def _slice(found: Rows, *, continued: bool) -> Slice:
    return Slice(found.items, found.next, found.total, continued)


__all__ = ["CURSOR", "EntityByKey", "EntityList", "conditions", "order", "query"]
