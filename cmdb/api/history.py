"""What became of CIs."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from cmdb.api.context import Context, routes
from cmdb.history import Difference
from cmdb.model import HistoryRow, concrete_classes
from cmdb.model.graph import MAX_INTEGER
from cmdb.past import between, zoned
from cmdb.stores.port import HistoryQuery
from dcsim.errors import InvalidArgument
from dcsim.http.routes import Request


class PastQuery(msgspec.Struct, frozen=True):
    """Which changes: the newest ``limit`` before the row ``before`` (0: all)."""

    limit: Annotated[int, Meta(ge=1, le=1000)] = 100
    before: Annotated[int, Meta(ge=0, le=MAX_INTEGER)] = 0


class FeedQuery(msgspec.Struct, frozen=True):
    """Which changes: above the row ``after``, not before ``since``, of one CI if ``uid`` is given."""

    since: datetime | None = None
    after: Annotated[int, Meta(ge=0, le=MAX_INTEGER)] = 0
    uid: str = ""
    limit: Annotated[int, Meta(ge=1, le=1000)] = 100


class Changes(msgspec.Struct, frozen=True):
    """Changes in the order in which they happened; ``next`` is the ``after`` of what comes then, on the last page as well."""

    items: list[HistoryRow]
    next: int


class DifferenceQuery(msgspec.Struct, frozen=True, rename={"cls": "class", "since": "from", "until": "to"}):
    """Which two instants; of one CI, or of a class; ``cursor`` is a page's ``next``."""

    since: datetime
    until: datetime | None = None
    uid: str = ""
    cls: str = "CI"
    limit: Annotated[int, Meta(ge=1, le=1000)] = 100
    cursor: str = ""


class Differences(msgspec.Struct, frozen=True):
    """What differs, by uid: field → (then, later); ``next`` is empty on the last page."""

    items: list[Difference]
    next: str = ""


@routes.get("/cmdb/history", "What changed", query=FeedQuery, returns=Changes)
async def changes(request: Request[Context]) -> Changes:
    """The oldest first: ask again with ``next`` to follow."""
    asked: FeedQuery = request.query
    since = zoned(asked.since, "since") if asked.since else None
    query = HistoryQuery(uids=(asked.uid,) if asked.uid else (), since=since, after=asked.after, limit=asked.limit)
    rows = await request.context.store.history(query)
    return Changes(rows, rows[-1].number if rows else asked.after)


@routes.get("/cmdb/history/diff", "What differs between two instants", query=DifferenceQuery, returns=Differences)
async def differences(request: Request[Context]) -> Differences:
    """Of all CIs, or those of a class, or one."""
    asked: DifferenceQuery = request.query
    since, until = zoned(asked.since, "from"), zoned(asked.until, "to") if asked.until else datetime.now(UTC)
    classes = set(concrete_classes(asked.cls))
    if until < since:
        raise InvalidArgument("to: before from.", field="to")
    found = await between(request.context.store, since, until, (asked.uid,) if asked.uid else ())
    left = [one for one in found if one.uid > asked.cursor and one.cls in classes]
    return Differences(left[: asked.limit], left[asked.limit - 1].uid if len(left) > asked.limit else "")


@routes.get("/cmdb/cis/{uid}/history", "What became of a CI", query=PastQuery, returns=list[HistoryRow])
async def history(request: Request[Context]) -> list[HistoryRow]:
    """Its changes, newest first, each with who made it; of one that is gone, too."""
    asked: PastQuery = request.query
    query = HistoryQuery(uids=(request.path["uid"],), after=asked.before, backwards=True, limit=asked.limit)
    return await request.context.store.history(query)
