"""What became of CIs."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from cmdb.api.context import Context, routes
from cmdb.model import HistoryRow
from cmdb.stores.port import HistoryQuery
from dcsim.http.routes import Request


class PastQuery(msgspec.Struct, frozen=True):
    """Which changes: the newest ``limit`` before the row ``before`` (0: all)."""

    limit: Annotated[int, Meta(ge=1, le=1000)] = 100
    before: Annotated[int, Meta(ge=0)] = 0


@routes.get("/cmdb/cis/{uid}/history", "What became of a CI", query=PastQuery, returns=list[HistoryRow])
async def history(request: Request[Context]) -> list[HistoryRow]:
    """Its changes, newest first, each with who made it; of one that is gone, too."""
    asked: PastQuery = request.query
    query = HistoryQuery(uids=(request.path["uid"],), after=asked.before, backwards=True, limit=asked.limit)
    return await request.context.store.history(query)
