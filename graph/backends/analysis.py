"""What the CMDB works out of its graph, as sources of joined fields: relations, history, impact and needs of many CIs at once."""

from __future__ import annotations

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, TypeAlias

from dcsim.errors import InvalidArgument
from graph.backends.cmdb import CMDB, MOST_GROUPS, uids_of
from graph.execution.context import GraphContext
from graph.execution.fields import Arguments, Columns
from graph.execution.relay import DEFAULT, MOST
from graph.execution.rows import CURSOR, Row, Slice

MOST_ANALYSED: Final = 50
"""CIs whose impact or needs one query may ask for."""
Answers: TypeAlias = dict[str, Any]


class CiRelations:
    """A page of the relations of each CI."""

    needs: tuple[str, ...] = ("uid",)

    async def load(self, context: GraphContext, parents: Sequence[Row], arguments: Arguments, columns: Columns | None) -> Sequence[Any]:
        """One request for all parents."""
        start, first, direction = place(arguments), first_of(arguments), arguments.get("direction")
        asked = {
            "direction": getattr(direction, "value", direction) or "both",
            "types": arguments.get("types") or [],
            "limit": first,
            "offset": start,
        }
        found = await _of_each(context, "/cmdb/relations/query", parents, asked)
        return [cut(found[parent["uid"]]["items"], start, found[parent["uid"]]["total"]) for parent in parents]


class CiHistory:
    """The newest changes of each CI."""

    needs: tuple[str, ...] = ("uid",)

    async def load(self, context: GraphContext, parents: Sequence[Row], arguments: Arguments, columns: Columns | None) -> Sequence[Any]:
        """One request for all parents."""
        asked = {"limit": first_of(arguments), "before": arguments.get("before") or 0}
        found = await _of_each(context, "/cmdb/history/query", parents, asked)
        return [[change(one) for one in found[parent["uid"]]] for parent in parents]


class CiAnalysis:
    """The ``impact`` or the ``needs`` of each CI."""

    needs: tuple[str, ...] = ("uid",)

    def __init__(self, what: str) -> None:
        self._path = f"/cmdb/{what}/query"

    async def load(self, context: GraphContext, parents: Sequence[Row], arguments: Arguments, columns: Columns | None) -> Sequence[Any]:
        """One request for all parents.  Raises InvalidArgument for too many."""
        if len({parent["uid"] for parent in parents}) > MOST_ANALYSED:
            raise InvalidArgument(f"Impact and needs of at most {MOST_ANALYSED} CIs at once, not of {len(parents)}.", field="first")
        found = await _of_each(context, self._path, parents, {})
        return [found.get(parent["uid"]) for parent in parents]


class WhatIf:
    """What comes of it when the argument's CIs fail together, while those of ``planned`` are away anyhow."""

    needs: tuple[str, ...] = ()

    async def load(self, context: GraphContext, parents: Sequence[Row], arguments: Arguments, columns: Columns | None) -> Sequence[Any]:
        """One request."""
        named, spent = list(arguments["cis"]), list(arguments.get("planned") or ())
        uids = await uids_of(context, [*named, *spent])
        body = {"cis": uids[: len(named)], "planned": uids[len(named) :]}
        return [await context.services.post(CMDB, "/cmdb/impact", Answers, body)] * len(parents)


class AffectedPage:
    """A page of what an impact affects, of some states and classes.  Nothing is asked."""

    needs: tuple[str, ...] = ("affected",)

    async def load(self, context: GraphContext, parents: Sequence[Row], arguments: Arguments, columns: Columns | None) -> Sequence[Any]:
        """Each parent's own."""
        start, first = place(arguments), first_of(arguments)
        states = {getattr(one, "value", one) for one in arguments.get("states") or ()}
        classes = set(arguments.get("classes") or ())
        pages = []
        for parent in parents:
            found = [
                {**one, "uid": one["ci"]["uid"]}
                for one in parent["affected"]
                if (not states or one["after"] in states) and (not classes or one["ci"]["cls"] in classes)
            ]
            pages.append(cut(found[start : start + first], start, len(found)))
        return pages


class Counted:
    """How many CIs of which class an impact leaves in which state.  Nothing is asked."""

    needs: tuple[str, ...] = ("summary",)

    async def load(self, context: GraphContext, parents: Sequence[Row], arguments: Arguments, columns: Columns | None) -> Sequence[Any]:
        """Each parent's own."""
        return [
            [
                {"state": state, "class": cls, "count": count}
                for state, counts in parent["summary"].items()
                for cls, count in sorted(counts.items())
            ]
            for parent in parents
        ]


def change(row: Mapping[str, Any]) -> Row:
    """A row of history, with who made it beside the rest."""
    actor = row.get("actor", {})
    return {
        "uid": str(row.get("number", 0)), "number": row.get("number", 0), "at": row["at"], "op": row["op"], "ci": row["uid"],
        "before": row.get("before", {}), "after": row.get("after", {}), "source": row.get("source", ""),
        "event_id": row.get("event_id", ""),
        "principal": actor.get("principal", "system"), "agent": actor.get("agent", ""), "api": actor.get("api", ""),
        "operation": actor.get("operation", ""), "request_id": actor.get("request_id", ""),
    }  # fmt: skip


def first_of(arguments: Arguments) -> int:
    """How long a page is to be; raises InvalidArgument."""
    first = int(arguments.get("first", DEFAULT))
    if not 1 <= first <= MOST:
        raise InvalidArgument(f"first is {first}, and must be 1 to {MOST}.", field="first")
    return first


def place(arguments: Arguments) -> int:
    """How many come before a page of a list that is short enough to be counted through; raises InvalidArgument."""
    after = arguments.get("after") or ""
    if not after:
        return 0
    try:
        head, _, number = urlsafe_b64decode(after + "=" * (-len(after) % 4)).decode().partition(":")
        found = int(number)
    except (binascii.Error, ValueError) as error:
        raise InvalidArgument(f"{after!r} is not a cursor that this API gave.", field="after") from error
    if head != "at" or found < 0:
        raise InvalidArgument(f"{after!r} is not a cursor of this list.", field="after")
    return found


def cut(rows: Sequence[Row], start: int, total: int) -> Slice:
    """The page that begins behind *start* rows."""
    shown = [{**row, CURSOR: _cursor(number)} for number, row in enumerate(rows, start + 1)]
    end = start + len(shown)
    return Slice(shown, _cursor(end) if end < total else "", total, start > 0)


def _cursor(number: int) -> str:
    return urlsafe_b64encode(f"at:{number}".encode()).decode().rstrip("=")


async def _of_each(context: GraphContext, path: str, parents: Iterable[Row], asked: Mapping[str, Any]) -> Answers:
    uids = list(dict.fromkeys(parent["uid"] for parent in parents))
    found: Answers = {}
    for start in range(0, len(uids), MOST_GROUPS):
        found |= await context.services.post(CMDB, path, Answers, {**asked, "cis": uids[start : start + MOST_GROUPS]})
    return found
