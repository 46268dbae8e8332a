"""People's edits of CIs and relations."""

from __future__ import annotations

from cmdb.api.context import Context, routes
from cmdb.editing import Edit, Editor, Founding, Removed, Whole
from cmdb.editing.bodies import Linking
from cmdb.model import Ci, Relation
from dcsim.http.routes import IDEMPOTENCY_KEY, IF_MATCH, Reply, Request


def editor_of(request: Request[Context]) -> Editor:
    """What edits the graph."""
    return Editor(request.context.synchroniser.feed)


@routes.post("/cmdb/cis", "Found a CI", body=Founding, returns=Ci, headers=(IDEMPOTENCY_KEY,))
async def found_ci(request: Request[Context]) -> Reply:
    """One that nobody else knows of."""
    made = await editor_of(request).found(request.actor, request.body, request.idempotency_key())
    return Reply(made, 201, {"Location": f"/cmdb/cis/{made.uid}"}, made.version)


@routes.patch("/cmdb/cis/{uid}", "State something of a CI, or take it back", body=Edit, returns=Ci, headers=(IF_MATCH,))
async def change_ci(request: Request[Context]) -> Reply:
    """What people say counts first; null takes it back, and the other sources' word counts again."""
    after = await editor_of(request).change(request.actor, request.path["uid"], request.body, request.expected_version())
    return Reply(after, version=after.version)


@routes.put("/cmdb/cis/{uid}", "State all that people know of a CI", body=Whole, returns=Ci, headers=(IF_MATCH,))
async def replace_ci(request: Request[Context]) -> Reply:
    """In place of what they stated before."""
    after = await editor_of(request).replace(request.actor, request.path["uid"], request.body, request.expected_version())
    return Reply(after, version=after.version)


@routes.delete("/cmdb/cis/{uid}", "Take back all that people state of a CI", returns=Removed, headers=(IF_MATCH,))
async def withdraw_ci(request: Request[Context]) -> Removed:
    """It stays while another source states it, and the answer says which."""
    return await editor_of(request).withdraw(request.actor, request.path["uid"], request.expected_version())


@routes.put("/cmdb/cis/{uid}/relations/{type}/{target}", "State a relation", body=Linking, returns=Relation)
async def relate(request: Request[Context]) -> Relation:
    """From the dependant to what it needs."""
    path = request.path
    return await editor_of(request).relate(request.actor, path["uid"], path["type"], path["target"], request.body)


@routes.delete("/cmdb/cis/{uid}/relations/{type}/{target}", "Take a relation back", returns=Removed)
async def unrelate(request: Request[Context]) -> Removed:
    """It stays while another source states it."""
    path = request.path
    return await editor_of(request).unrelate(request.actor, path["uid"], path["type"], path["target"])
