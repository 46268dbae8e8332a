"""Reading CIs and their relations."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from cmdb.api.context import Context, ci_of, routes
from cmdb.filters import filters_of
from cmdb.model import Ci, Relation
from cmdb.stores.port import Filter, Op, Page, Query
from dcsim.http.routes import Reply, Request


class CiQuery(msgspec.Struct, frozen=True, kw_only=True, rename={"cls": "class"}):
    """Which CIs: of a class or below it, of a name, with all tags, stated by a source, with every word of ``text``, that pass every
    ``filter`` (``attribute:op:value``; ops: eq ne lt le gt ge in like has exists); ``sort`` is a field, ``-`` descends.

    ``at``: as the graph was at that instant; then in the order of uids."""

    cls: str = "CI"
    name: str = ""
    tag: tuple[str, ...] = ()
    source: str = ""
    filter: tuple[str, ...] = ()
    text: str = ""
    sort: str = "uid"
    limit: Annotated[int, Meta(ge=1, le=1000)] = 100
    cursor: str = ""


class RelationQuery(msgspec.Struct, frozen=True):
    """Which relations: ``out`` to what the CI needs, ``in`` from what needs it."""

    direction: Literal["out", "in", "both"] = "both"


@routes.get("/cmdb/cis", "CIs", query=CiQuery, returns=Page)
async def cis(request: Request[Context]) -> Page:
    """One page of them."""
    asked: CiQuery = request.query
    return await request.context.store.page(
        Query(
            cls=asked.cls,
            filters=(*((Filter("name", Op.EQ, asked.name),) if asked.name else ()), *filters_of(asked.filter)),
            tags=asked.tag,
            source=asked.source,
            text=asked.text,
            sort=asked.sort,
            limit=asked.limit,
            cursor=asked.cursor,
        )
    )


@routes.get("/cmdb/cis/{uid}", "One CI", returns=Ci)
async def ci(request: Request[Context]) -> Reply:
    """With what each source says of it."""
    found = await ci_of(request)
    return Reply(found, version=found.version)


@routes.get("/cmdb/cis/{uid}/relations", "What a CI is related to", query=RelationQuery, returns=list[Relation])
async def relations(request: Request[Context]) -> list[Relation]:
    """Its relations."""
    found = await ci_of(request)
    return await request.context.store.relations_of([found.uid], request.query.direction)
