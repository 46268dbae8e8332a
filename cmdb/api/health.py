"""How good the graph is."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from cmdb.api.context import Context, routes
from cmdb.health import CHECKS, Finding, Quality
from cmdb.model import concrete_classes
from dcsim.errors import NotFound
from dcsim.http.routes import Request


class FindingQuery(msgspec.Struct, frozen=True, rename={"cls": "class"}):
    """Which: of a class or below it; with a ``field`` that is missing, or a source that has not seen them."""

    cls: str = "CI"
    field: str = ""
    limit: Annotated[int, Meta(ge=1, le=1000)] = 100
    cursor: str = ""


class Findings(msgspec.Struct, frozen=True):
    """A page by uid; ``next`` is empty on the last one."""

    check: str
    total: int
    items: list[Finding]
    next: str = ""


@routes.get("/cmdb/health", "How good the graph is", returns=Quality)
async def health(request: Request[Context]) -> Quality:
    """The counts of everything that can be wrong."""
    return (await request.context.surveyor.survey()).quality


@routes.get("/cmdb/health/{check}", "The CIs behind a count", query=FindingQuery, returns=Findings)
async def findings(request: Request[Context]) -> Findings:
    """orphans, stale, duplicates or incomplete."""
    check, asked = request.path["check"], request.query
    if check not in CHECKS:
        raise NotFound(f"There is no check {check!r}: there are {', '.join(CHECKS)}.", subject=check)
    classes = set(concrete_classes(asked.cls))
    found = [
        one
        for one in (await request.context.surveyor.survey()).findings[check]
        if one.cls in classes and (not asked.field or asked.field in one.fields)
    ]
    left = [one for one in found if one.uid > asked.cursor]
    return Findings(check, len(found), left[: asked.limit], left[asked.limit - 1].uid if len(left) > asked.limit else "")
