"""The CMDB as a source of joined fields: CIs by uid, by what they are of, in filtered pages; one request for all parents each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec

from dcsim.errors import InvalidArgument
from graph.backends.entities import conditions
from graph.execution.context import GraphContext
from graph.execution.fields import Arguments, Columns
from graph.execution.relay import DEFAULT, parse_id
from graph.execution.rows import Row, Slice

CMDB: Final = "cmdb"
MOST_GROUPS: Final = 1000
IN_REFERENCES: Final = frozenset({"uid", "name", "class"})
"""The columns of a CI that every reference to one has, so that nothing has to be asked for them."""


class CiRows(msgspec.Struct, frozen=True):
    """The CMDB's answer to a selection."""

    items: list[dict[str, Any]] = []
    next: str = ""
    total: int = 0
    groups: dict[str, list[dict[str, Any]]] = {}


async def query(context: GraphContext, selection: Mapping[str, Any]) -> CiRows:
    """Ask the CMDB for CIs."""
    return await context.services.post(CMDB, "/cmdb/query", CiRows, selection)


async def grouped(context: GraphContext, field: str, values: Iterable[str], columns: Columns | None) -> dict[str, Row]:
    """The CI of each value, ``uid`` or ``key``, that has one."""
    wanted, found = list(dict.fromkeys(values)), dict[str, Row]()
    for start in range(0, len(wanted), MOST_GROUPS):
        by = {"field": field, "values": wanted[start : start + MOST_GROUPS]}
        answer = await query(context, {"by": by, "fields": sorted(columns or ())})
        found.update((value, rows[0]) for value, rows in answer.groups.items() if rows)
    return found


async def uids_of(context: GraphContext, given: Iterable[str]) -> list[str]:
    """The CIs that ids name: uids of CIs, global ids of theirs, or of what they are of.  Raises InvalidArgument."""
    parsed = [("Ci", one) if one.startswith("ci-") else parse_id(one) for one in given]
    keys = [uid for name, uid in parsed if name != "Ci"]
    known = await grouped(context, "key", keys, IN_REFERENCES) if keys else {}
    missing = next((uid for uid in keys if uid not in known), "")
    if missing:
        raise InvalidArgument(f"The CMDB knows no CI of {missing}.", field="cis", subject=missing)
    return [uid if name == "Ci" else known[uid]["uid"] for name, uid in parsed]


class CiOf:
    """The CI that a column of the parent refers to: by its uid, or as a reference with uid, name and class."""

    def __init__(self, column: str) -> None:
        self.column = column
        self.needs: tuple[str, ...] = (column,)

    async def load(self, context: GraphContext, parents: Sequence[Row], arguments: Arguments, columns: Columns | None) -> Sequence[Any]:
        """One request for all parents."""
        found = await referred(context, [parent.get(self.column) for parent in parents], columns)
        return [found.get(_uid(parent.get(self.column))) for parent in parents]


class CisOf:
    """The CIs of a list of references."""

    def __init__(self, column: str) -> None:
        self.column = column
        self.needs: tuple[str, ...] = (column,)

    async def load(self, context: GraphContext, parents: Sequence[Row], arguments: Arguments, columns: Columns | None) -> Sequence[Any]:
        """One request for all parents."""
        found = await referred(context, [one for parent in parents for one in parent.get(self.column) or ()], columns)
        return [[found[_uid(one)] for one in parent.get(self.column) or () if _uid(one) in found] for parent in parents]


class CiOfEntity:
    """The CI of a thing of the world."""

    needs: tuple[str, ...] = ("uid",)

    async def load(self, context: GraphContext, parents: Sequence[Row], arguments: Arguments, columns: Columns | None) -> Sequence[Any]:
        """One request for all parents."""
        found = await grouped(context, "key", (parent["uid"] for parent in parents), columns)
        return [found.get(parent["uid"]) for parent in parents]


class CiNamed:
    """The one CI that the argument ``id`` names."""

    needs: tuple[str, ...] = ()

    async def load(self, context: GraphContext, parents: Sequence[Row], arguments: Arguments, columns: Columns | None) -> Sequence[Any]:
        """None when there is none."""
        uids = await uids_of(context, [arguments["id"]])
        found = await grouped(context, "uid", uids, columns)
        return [found.get(uids[0])] * len(parents)


class CiList:
    """A page of all CIs."""

    needs: tuple[str, ...] = ()

    async def load(self, context: GraphContext, parents: Sequence[Row], arguments: Arguments, columns: Columns | None) -> Sequence[Any]:
        """One request."""
        order = arguments.get("order_by")
        selection = {
            "class": arguments.get("cls") or "CI",
            "where": conditions(arguments.get("filter")),
            "tags": arguments.get("tags") or [],
            "text": arguments.get("text") or "",
            "source": arguments.get("source") or "",
            "fields": sorted(columns or ()),
            "sort": str(getattr(order, "value", order) or "name"),
            "limit": arguments.get("first", DEFAULT),
            "cursor": arguments.get("after") or "",
        }
        found = await query(context, selection)
        return [Slice(found.items, found.next, found.total, bool(selection["cursor"]))] * len(parents)


async def referred(context: GraphContext, references: Iterable[Any], columns: Columns | None) -> dict[str, Row]:
    """CIs by uid, of uids or references; nothing is asked where the references say it all."""
    given = [one for one in references if one]
    if columns is not None and columns <= IN_REFERENCES and all(isinstance(one, Mapping) for one in given):
        return {one["uid"]: {"uid": one["uid"], "name": one["name"], "class": one["cls"]} for one in given}
    return await grouped(context, "uid", map(_uid, given), columns)


def _uid(reference: Any) -> str:
    return str(reference["uid"] if isinstance(reference, Mapping) else reference or "")
