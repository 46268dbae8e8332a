"""The CMDB's REST API: CIs, their relations and history, what a failure would do, and the comparison with the engine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from cmdb.impact import Impact, Upstream, impact_of, needs_of
from cmdb.model import Ci, HistoryRow, Relation
from cmdb.projection.sync import Report, Synchroniser
from cmdb.stores.port import Filter, GraphStore, HistoryQuery, Op, Page, Query
from dcsim.errors import NotFound
from dcsim.http.routes import Reply, Request, Routes

routes = Routes(api="cmdb", title="dc-sim CMDB")


@dataclass(frozen=True, slots=True)
class Context:
    """What the handlers work with."""

    store: GraphStore
    synchroniser: Synchroniser


class CiQuery(msgspec.Struct, frozen=True, kw_only=True, rename={"cls": "class"}):
    """Which CIs: of a class or below it, of a name, with a tag, with every word of ``text``; ``sort`` is a field, ``-`` descends."""

    cls: str = "CI"
    name: str = ""
    tag: str = ""
    text: str = ""
    sort: str = "uid"
    limit: Annotated[int, Meta(ge=1, le=1000)] = 100
    cursor: str = ""


class RelationQuery(msgspec.Struct, frozen=True):
    """Which relations: ``out`` to what the CI needs, ``in`` from what needs it."""

    direction: Literal["out", "in", "both"] = "both"


class PastQuery(msgspec.Struct, frozen=True):
    """Which changes: the newest ``limit`` before the row ``before`` (0: all)."""

    limit: Annotated[int, Meta(ge=1, le=1000)] = 100
    before: Annotated[int, Meta(ge=0)] = 0


class WhatIf(msgspec.Struct, frozen=True):
    """CIs that fail together; those of ``planned`` are out of service already, so that their redundancy is spent."""

    cis: Annotated[list[str], Meta(min_length=1, max_length=1000)]
    planned: list[str] = msgspec.field(default_factory=list)


class Synchronised(msgspec.Struct, frozen=True):
    """The last comparison with the engine; absent before the first."""

    last: Report | None = None


@routes.get("/cmdb/cis", "CIs", query=CiQuery, returns=Page)
async def cis(request: Request[Context]) -> Page:
    """One page of them."""
    asked: CiQuery = request.query
    return await request.context.store.page(
        Query(
            cls=asked.cls,
            filters=(Filter("name", Op.EQ, asked.name),) if asked.name else (),
            tags=(asked.tag,) if asked.tag else (),
            text=asked.text,
            sort=asked.sort,
            limit=asked.limit,
            cursor=asked.cursor,
        )
    )


@routes.get("/cmdb/cis/{uid}", "One CI", returns=Ci)
async def ci(request: Request[Context]) -> Reply:
    """With what each source says of it."""
    found = await _ci(request)
    return Reply(found, version=found.version)


@routes.get("/cmdb/cis/{uid}/relations", "What a CI is related to", query=RelationQuery, returns=list[Relation])
async def relations(request: Request[Context]) -> list[Relation]:
    """Its relations."""
    found = await _ci(request)
    return await request.context.store.relations_of([found.uid], request.query.direction)


@routes.get("/cmdb/cis/{uid}/impact", "What fails with a CI", returns=Impact)
async def impact(request: Request[Context]) -> Impact:
    """Everything that gets worse, each with its explanation."""
    return await impact_of(request.context.store, [request.path["uid"]])


@routes.get("/cmdb/cis/{uid}/needs", "What a CI stands on", returns=Upstream)
async def needs(request: Request[Context]) -> Upstream:
    """What it needs, and which of that is a single point of failure."""
    return await needs_of(request.context.store, request.path["uid"])


@routes.post("/cmdb/impact", "What if these fail together", body=WhatIf, returns=Impact, status=200)
async def what_if(request: Request[Context]) -> Impact:
    """Everything that gets worse."""
    return await impact_of(request.context.store, request.body.cis, spent=request.body.planned)


@routes.get("/cmdb/cis/{uid}/history", "What became of a CI", query=PastQuery, returns=list[HistoryRow])
async def history(request: Request[Context]) -> list[HistoryRow]:
    """Its changes, newest first, each with who made it; of one that is gone, too."""
    asked: PastQuery = request.query
    query = HistoryQuery(uids=(request.path["uid"],), after=asked.before, backwards=True, limit=asked.limit)
    return await request.context.store.history(query)


@routes.get("/cmdb/sync", "The last comparison with the engine", returns=Synchronised)
async def synchronised(request: Request[Context]) -> Synchronised:
    """What it found."""
    return Synchronised(request.context.synchroniser.last)


@routes.post("/cmdb/sync", "Compare with the engine now", status=202)
async def synchronise(request: Request[Context]) -> Any:
    """Soon; GET tells what it found."""
    request.context.synchroniser.ask()


async def _ci(request: Request[Context]) -> Ci:
    uid = request.path["uid"]
    found = (await request.context.store.nodes([uid])).get(uid)
    if found is None:
        raise NotFound(f"There is no CI {uid!r}.", subject=uid)
    return found
