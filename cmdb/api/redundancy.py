"""What others ask before a change and after an alarm: which redundancy is left, and what CIs stand on within some steps."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from cmdb.api.context import Context, routes
from cmdb.impact.ancestry import Ancestor, ancestors_of
from cmdb.impact.redundancy import Group, redundancy_of
from dcsim.http.routes import Request

Uids = Annotated[list[str], Meta(min_length=1, max_length=500)]


class RedundancyQuestion(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """CIs whose groups are wanted; those of ``planned`` are out of service in the meantime, and count as down."""

    cis: Uids
    planned: Annotated[list[str], Meta(max_length=500)] = msgspec.field(default_factory=list)


class AncestorsQuestion(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """CIs, and how many steps along what is needed to go from each."""

    cis: Uids
    hops: Annotated[int, Meta(ge=1, le=20)] = 10


@routes.search("/cmdb/redundancy", "What redundancy is left", body=RedundancyQuestion, returns=dict[str, list[Group]])
async def redundancy(request: Request[Context]) -> dict[str, list[Group]]:
    """By CI: the groups in which it stands in for others, and how many of each may still fail."""
    return await redundancy_of(request.context.store, request.body.cis, spent=request.body.planned)


@routes.search("/cmdb/ancestors", "What many CIs stand on", body=AncestorsQuestion, returns=dict[str, list[Ancestor]])
async def ancestors(request: Request[Context]) -> dict[str, list[Ancestor]]:
    """By CI: what it needs, nearest first, with the number of steps to it."""
    return await ancestors_of(request.context.store, request.body.cis, request.body.hops)
