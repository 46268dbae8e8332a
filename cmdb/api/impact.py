"""What a failure would do, and what a CI stands on."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from cmdb.api.context import Context, routes
from cmdb.impact import Impact, Upstream, impact_of, needs_of
from dcsim.http.routes import Request


class WhatIf(msgspec.Struct, frozen=True):
    """CIs that fail together; those of ``planned`` are out of service already, so that their redundancy is spent."""

    cis: Annotated[list[str], Meta(min_length=1, max_length=1000)]
    planned: list[str] = msgspec.field(default_factory=list)


@routes.get("/cmdb/cis/{uid}/impact", "What fails with a CI", returns=Impact)
async def impact(request: Request[Context]) -> Impact:
    """Everything that gets worse, each with its explanation."""
    return await impact_of(request.context.store, [request.path["uid"]])


@routes.get("/cmdb/cis/{uid}/needs", "What a CI stands on", returns=Upstream)
async def needs(request: Request[Context]) -> Upstream:
    """What it needs, and which of that is a single point of failure."""
    return await needs_of(request.context.store, request.path["uid"])


@routes.search("/cmdb/impact", "What if these fail together", body=WhatIf, returns=Impact)
async def what_if(request: Request[Context]) -> Impact:
    """Everything that gets worse."""
    return await impact_of(request.context.store, request.body.cis, spent=request.body.planned)
