"""De-duplication tasks, and what people decide."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from cmdb.api.context import Context, routes
from cmdb.duplicates import Deduplication, Merge
from cmdb.model import Ci
from cmdb.stores.port import Filter, Page, Query
from dcsim.comparison import Op
from dcsim.http.routes import Request


class TaskQuery(msgspec.Struct, frozen=True):
    """Which tasks."""

    state: Literal["open", "merged", "dismissed", "all"] = "open"
    limit: Annotated[int, Meta(ge=1, le=1000)] = 100
    cursor: str = ""


@routes.get("/cmdb/duplicates", "De-duplication tasks", query=TaskQuery, returns=Page)
async def tasks(request: Request[Context]) -> Page:
    """What may be one thing, and nobody can say for certain."""
    asked: TaskQuery = request.query
    filters = () if asked.state == "all" else (Filter("state", Op.EQ, asked.state),)
    return await request.context.store.page(Query(cls="DeDuplicationTask", filters=filters, limit=asked.limit, cursor=asked.cursor))


@routes.post("/cmdb/duplicates/{uid}/merge", "It is this CI", body=Merge, returns=Ci, status=200)
async def merge(request: Request[Context]) -> Ci:
    """The task, decided."""
    return await Deduplication(request.context.synchroniser.feed).merge(request.actor, request.path["uid"], request.body)


@routes.post("/cmdb/duplicates/{uid}/distinct", "It is none of the candidates", returns=Ci, status=200)
async def distinct(request: Request[Context]) -> Ci:
    """The task, decided."""
    return await Deduplication(request.context.synchroniser.feed).distinct(request.actor, request.path["uid"])


@routes.post("/cmdb/duplicates/{uid}/reopen", "Take a decision back", returns=Ci, status=200)
async def reopen(request: Request[Context]) -> Ci:
    """The task, open again."""
    return await Deduplication(request.context.synchroniser.feed).reopen(request.actor, request.path["uid"])
