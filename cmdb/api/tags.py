"""Tags: words that people, systems and imports put on CIs."""

from __future__ import annotations

import msgspec

from cmdb.api.context import Context, routes
from cmdb.api.edits import editor_of
from cmdb.editing.bodies import Tag
from cmdb.model import Ci
from cmdb.tags import TagCount, counts_of
from dcsim.errors import InvalidArgument
from dcsim.http.routes import Reply, Request


class TagQuery(msgspec.Struct, frozen=True, rename={"cls": "class"}):
    """Of which class, or below it."""

    cls: str = "CI"


@routes.get("/cmdb/tags", "Every tag, and how many CIs have it", query=TagQuery, returns=list[TagCount])
async def tags(request: Request[Context]) -> list[TagCount]:
    """The most used first."""
    return await counts_of(request.context.store, request.query.cls)


@routes.put("/cmdb/cis/{uid}/tags/{tag}", "Put a tag on a CI", returns=Ci)
async def tag_ci(request: Request[Context]) -> Reply:
    """One that is there already is left alone."""
    after = await editor_of(request).tag(request.actor, request.path["uid"], _tag(request))
    return Reply(after, version=after.version)


@routes.delete("/cmdb/cis/{uid}/tags/{tag}", "Take a tag off a CI", returns=Ci)
async def untag_ci(request: Request[Context]) -> Reply:
    """Only people's own: what another source states stays."""
    after = await editor_of(request).untag(request.actor, request.path["uid"], _tag(request))
    return Reply(after, version=after.version)


def _tag(request: Request[Context]) -> str:
    try:
        return msgspec.convert(request.path["tag"], Tag)
    except msgspec.ValidationError as error:
        raise InvalidArgument("A tag has 1 to 64 characters, none of them a comma, semicolon, slash or control.", field="tag") from error
