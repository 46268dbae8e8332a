"""Reading CIs and their relations."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from cmdb.api.context import Context, ci_of, routes
from cmdb.filters import filters_of
from cmdb.model import Relation
from cmdb.past import Linked, PastPage, Shown, ci_at, page_at, relations_at, zoned
from cmdb.stores.port import Filter, GraphStore, Page, Query
from dcsim.comparison import Op
from dcsim.errors import InvalidArgument, NotFound
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
    at: datetime | None = None


class CiAtQuery(msgspec.Struct, frozen=True):
    """``at``: as it was at that instant."""

    at: datetime | None = None


class RelationQuery(msgspec.Struct, frozen=True):
    """Which relations: ``out`` to what the CI needs, ``in`` from what needs it; ``at``: as they were at that instant."""

    direction: Literal["out", "in", "both"] = "both"
    at: datetime | None = None


@routes.get("/cmdb/cis", "CIs", query=CiQuery, returns=PastPage)
async def cis(request: Request[Context]) -> Page | PastPage:
    """One page of them."""
    asked: CiQuery = request.query
    if asked.at is not None:
        return await _past(request.context.store, asked, zoned(asked.at, "at"))
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


async def _past(store: GraphStore, asked: CiQuery, at: datetime) -> PastPage:
    """The page as it was: by class, name and tags."""
    given = {"filter": asked.filter, "source": asked.source, "text": asked.text, "sort": asked.sort != "uid"}
    for field in sorted(name for name, value in given.items() if value):
        raise InvalidArgument(f"{field}: the past is listed by class, name and tag, in the order of uids.", field=field)
    return await page_at(store, at, asked.cls, {"name": asked.name, "tags": asked.tag}, asked.cursor, asked.limit)


@routes.get("/cmdb/cis/{uid}", "One CI", query=CiAtQuery, returns=Shown)
async def ci(request: Request[Context]) -> Reply:
    """With what each source says of it."""
    if request.query.at is not None:
        then = await ci_at(request.context.store, request.path["uid"], zoned(request.query.at, "at"))
        if then is None:
            raise NotFound(f"There was no CI {request.path['uid']!r} then.", subject=request.path["uid"])
        return Reply(Shown.of(then))
    found = await ci_of(request)
    return Reply(found, version=found.version)


@routes.get("/cmdb/cis/{uid}/relations", "What a CI is related to", query=RelationQuery, returns=list[Linked])
async def relations(request: Request[Context]) -> list[Relation] | list[Linked]:
    """Its relations."""
    if request.query.at is not None:
        at = zoned(request.query.at, "at")
        return await relations_at(request.context.store, request.path["uid"], at, request.query.direction)
    found = await ci_of(request)
    return await request.context.store.relations_of([found.uid], request.query.direction)
