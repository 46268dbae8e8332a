"""Questions about many CIs in one request, for those who show many: rows of a list, relations, the past, impact and needs."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta

from cmdb.api.context import Context, routes
from cmdb.impact import Impact, Upstream, impact_of, needs_of
from cmdb.model import HistoryRow
from cmdb.model.graph import MAX_INTEGER
from cmdb.selecting import CiRows, CiSelection, Uids, select
from cmdb.stores.port import HistoryQuery
from dcsim.http.routes import Request

MOST_ANALYSED: Final = 50
"""CIs whose impact or needs one request may ask for: each is a walk through the graph of its own."""


class RelationSelection(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The relations of each of ``cis``, of some ``types`` (none: all): ``limit`` of each, from the ``offset`` on."""

    cis: Uids
    direction: Literal["out", "in", "both"] = "both"
    types: list[str] = msgspec.field(default_factory=list)
    limit: Annotated[int, Meta(ge=1, le=1000)] = 100
    offset: Annotated[int, Meta(ge=0, le=MAX_INTEGER)] = 0


class RelationRow(msgspec.Struct, frozen=True):
    """A relation as one of its ends sees it: ``out`` to the ``other`` that it needs, ``in`` from the ``other`` that needs it."""

    uid: str
    type: str
    direction: str
    other: str
    by: tuple[str, ...]
    properties: dict[str, Any]


class RelationGroup(msgspec.Struct, frozen=True):
    """Some of the relations of one CI; ``total`` counts all that were asked for."""

    items: list[RelationRow]
    total: int


class PastSelection(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The newest ``limit`` changes of each of ``cis``, before the row ``before`` (0: all)."""

    cis: Uids
    limit: Annotated[int, Meta(ge=1, le=1000)] = 100
    before: Annotated[int, Meta(ge=0, le=MAX_INTEGER)] = 0


class Analysed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """CIs, each of which is looked at alone."""

    cis: Annotated[list[str], Meta(min_length=1, max_length=MOST_ANALYSED)]


@routes.search("/cmdb/query", "CIs as rows", body=CiSelection, returns=CiRows)
async def query(request: Request[Context]) -> CiRows:
    """Those that meet conditions, in order, in groups where asked for, with the columns that are wanted."""
    return await select(request.context.store, request.body)


@routes.search("/cmdb/relations/query", "Relations of many CIs", body=RelationSelection, returns=dict[str, RelationGroup])
async def relations_of_many(request: Request[Context]) -> dict[str, RelationGroup]:
    """By CI; one that is unknown has none."""
    asked: RelationSelection = request.body
    found: dict[str, list[RelationRow]] = {uid: [] for uid in asked.cis}
    for one in await request.context.store.relations_of(found, asked.direction, asked.types or None):
        for end, other, way in ((one.source, one.target, "out"), (one.target, one.source, "in")):
            if end in found and asked.direction in {way, "both"}:
                found[end].append(RelationRow(f"{one.source}|{one.type}|{one.target}", one.type, way, other, one.by, dict(one.properties)))
    stop = asked.offset + asked.limit
    return {uid: RelationGroup(those[asked.offset : stop], len(those)) for uid, those in found.items()}


@routes.search("/cmdb/history/query", "What became of many CIs", body=PastSelection, returns=dict[str, list[HistoryRow]])
async def history_of_many(request: Request[Context]) -> dict[str, list[HistoryRow]]:
    """By CI, newest first."""
    asked: PastSelection = request.body
    store = request.context.store
    return {
        uid: await store.history(HistoryQuery(uids=(uid,), after=asked.before, backwards=True, limit=asked.limit))
        for uid in dict.fromkeys(asked.cis)
    }


@routes.search("/cmdb/impact/query", "What fails with each of these", body=Analysed, returns=dict[str, Impact])
async def impact_of_each(request: Request[Context]) -> dict[str, Impact]:
    """By CI, without those that there are not."""
    store = request.context.store
    return {uid: await impact_of(store, [uid]) for uid in await store.nodes(request.body.cis)}


@routes.search("/cmdb/needs/query", "What each of these stands on", body=Analysed, returns=dict[str, Upstream])
async def needs_of_each(request: Request[Context]) -> dict[str, Upstream]:
    """By CI, without those that there are not."""
    store = request.context.store
    return {uid: await needs_of(store, uid) for uid in await store.nodes(request.body.cis)}
