"""Joins over what the parent's own row says: rows within it, one that refers to it, those that it lists, and those of several kinds."""

from __future__ import annotations

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from dcsim.errors import InvalidArgument
from graph.backends.entities import MOST_GROUPS, EntityByKey, query
from graph.execution.context import GraphContext
from graph.execution.fields import Arguments, Columns
from graph.execution.relay import DEFAULT, MOST
from graph.execution.rows import CURSOR, Row, Slice

TYPENAME: Final = "__typename"


class Within:
    """What lies in a column of the parent's own row: a row, or a list of rows.  Nothing is asked."""

    def __init__(self, column: str) -> None:
        self.column = column
        self.needs: tuple[str, ...] = (column,)

    async def load(self, context: GraphContext, parents: Sequence[Row], arguments: Arguments, columns: Columns | None) -> Sequence[Any]:
        """Each parent's own."""
        return [parent.get(self.column) for parent in parents]


class EntityBy:
    """The first entity whose column ``by`` is the parent's uid."""

    def __init__(self, kind: str, by: str) -> None:
        self.kind = kind
        self.by = by
        self.needs: tuple[str, ...] = ("uid",)

    async def load(self, context: GraphContext, parents: Sequence[Row], arguments: Arguments, columns: Columns | None) -> Sequence[Any]:
        """One request for all parents."""
        found: dict[str, Row] = {}
        uids = list(dict.fromkeys(parent["uid"] for parent in parents))
        for start in range(0, len(uids), MOST_GROUPS):
            by = {"field": self.by, "values": uids[start : start + MOST_GROUPS]}
            groups = (await query(context, self.kind, {"by": by, "fields": sorted(columns or ()), "limit": 1})).groups
            found.update((uid, rows.items[0]) for uid, rows in groups.items() if rows.items)
        return [found.get(parent["uid"]) for parent in parents]


class Listed:
    """A page of those whose uids a column of the parent lists, in its order."""

    def __init__(self, kind: str, column: str) -> None:
        self.kind = kind
        self.column = column
        self.needs: tuple[str, ...] = (column,)

    async def load(self, context: GraphContext, parents: Sequence[Row], arguments: Arguments, columns: Columns | None) -> Sequence[Any]:
        """One request for the pages of all parents."""
        first, after = arguments.get("first", DEFAULT), arguments.get("after") or ""
        if not 1 <= first <= MOST:
            raise InvalidArgument(f"first is {first}, and must be 1 to {MOST}.", field="first")
        start = _place(after) if after else 0
        cuts = [(parent.get(self.column) or [])[start : start + first] for parent in parents]
        wanted = list(dict.fromkeys(uid for cut in cuts for uid in cut))
        by_key = EntityByKey(self.kind, "uid")
        rows = await by_key.load(context, [{"uid": uid} for uid in wanted], {}, columns)
        found = dict(zip(wanted, rows, strict=True))
        return [self._slice(parent, cut, start, found) for parent, cut in zip(parents, cuts, strict=True)]

    def _slice(self, parent: Row, cut: Sequence[str], start: int, found: Mapping[str, Row | None]) -> Slice:
        total = len(parent.get(self.column) or ())
        shown = [{**row, CURSOR: _cursor(place)} for place, uid in enumerate(cut, start + 1) if (row := found[uid]) is not None]
        return Slice(shown, _cursor(start + len(cut)) if start + len(cut) < total else "", total, start > 0)


class EntityOf:
    """The entity that a column names, of any kind: ``kind_column`` says which, or it is one of these types.

    *types* tells by each kind the type that it is shown as, and its columns.
    """

    def __init__(self, key: str, types: Callable[[], Mapping[str, tuple[str, Columns]]], *, kind_column: str = "") -> None:
        self.key = key
        self.kind_column = kind_column
        self._types = types
        self.needs: tuple[str, ...] = (key, kind_column) if kind_column else (key,)

    async def load(self, context: GraphContext, parents: Sequence[Row], arguments: Arguments, columns: Columns | None) -> Sequence[Any]:
        """One request for each kind."""
        types = self._types()
        wanted = {str(parent.get(self.kind_column)) for parent in parents} if self.kind_column else set(types)
        found: dict[tuple[str, str], Row] = {}
        for kind in sorted(wanted & set(types)):
            name, own = types[kind]
            members = [parent for parent in parents if not self.kind_column or parent.get(self.kind_column) == kind]
            rows = await EntityByKey(kind, self.key).load(context, members, arguments, own)
            found |= {(row["uid"], kind): {**row, TYPENAME: name} for row in rows if row is not None}
        kinds = sorted(wanted)
        return [next((row for kind in kinds if (row := found.get((parent.get(self.key) or "", kind)))), None) for parent in parents]


def _cursor(place: int) -> str:
    return urlsafe_b64encode(f"at:{place}".encode()).decode().rstrip("=")


def _place(cursor: str) -> int:
    try:
        head, _, number = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode().partition(":")
        place = int(number)
    except (binascii.Error, ValueError) as error:
        raise InvalidArgument(f"{cursor!r} is not a cursor that this API gave.", field="after") from error
    if head != "at" or place < 0:
        raise InvalidArgument(f"{cursor!r} is not a cursor of this list.", field="after")
    return place
