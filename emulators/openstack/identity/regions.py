"""/v3/regions."""

from __future__ import annotations

from typing import Any, Final

from emulators.openstack.asks import ask
from emulators.openstack.call import Call
from emulators.openstack.credentials import anyone
from emulators.openstack.faults import Fault
from emulators.openstack.identity import events
from emulators.openstack.identity.catalog_model import CatalogEndpoint, Region
from emulators.openstack.identity.extras import decoded, extra_of
from emulators.openstack.identity.finding import conflict, not_found
from emulators.openstack.identity.ids import new_id
from emulators.openstack.identity.lists import listed, shown
from emulators.openstack.identity.policy import allow
from emulators.openstack.identity.schemas import DESCRIPTION, changed, created
from emulators.openstack.identity.service import IDENTITY
from emulators.world.decide import Decision
from emulators.world.state import WorldState

_ID: Final = {"type": ["string", "null"], "maxLength": 255}
PROPERTIES: Final = {"description": DESCRIPTION, "parent_region_id": {**_ID, "minLength": 1}, "id": {**_ID, "minLength": 1}}
_BODY: Final = created("region", {**PROPERTIES, "id": _ID}, loose=True)


def region_view(call: Call, region: Region) -> dict[str, Any]:
    """A region as clients see it."""
    own = {"id": region.name, "description": region.description, "parent_region_id": region.parent or None}
    return shown(call, "regions", decoded(region.extra) | own)


def require_region(state: WorldState, name: str) -> Region:
    """The region of that id; raises Fault 404."""
    found = state.one(Region, "name", name)
    if found is None:
        raise not_found("region", name)
    return found


@IDENTITY.get("/regions", rule=anyone)
async def list_regions(call: Call) -> dict[str, Any]:
    """Every region, or those below one."""
    return listed(call, "regions", (region_view(call, one) for one in call.state.all(Region)), ("parent_region_id",))


@IDENTITY.get("/regions/{region_id}", rule=anyone)
async def get_region(call: Call) -> dict[str, Any]:
    """A region."""
    return {"region": region_view(call, require_region(call.state, call.path["region_id"]))}


@IDENTITY.post("/regions", rule=anyone, status=201, body=_BODY)
async def create_region(call: Call) -> dict[str, Any]:
    """A new region, with an id of its own when none is given."""
    allow(call)
    given = call.body["region"]
    return {"region": region_view(call, await call.ask(create, name=given.get("id") or "", given=given))}


@IDENTITY.put("/regions/{region_id}", rule=anyone, status=201, body=_BODY)
async def create_region_with_id(call: Call) -> dict[str, Any]:
    """A new region of that id."""
    allow(call)
    uid, given = call.path["region_id"], call.body["region"]
    if (given.get("id") or uid) != uid:
        raise Fault(400, "Conflicting region IDs specified: the path and the body name different ones.")
    return {"region": region_view(call, await call.ask(create, name=uid, given=given))}


@ask
def create(decision: Decision, *, name: str, given: dict[str, Any]) -> Region:
    """The region exists; raises Fault 404 for a parent that there is not, 409 for an id that is taken."""
    name = name or new_id(decision)
    if decision.state.one(Region, "name", name) is not None:
        raise conflict("region", f"Duplicate ID, {name}.")
    parent = given.get("parent_region_id") or ""
    if parent:
        require_region(decision.state, parent)
    description, extra = given.get("description") or "", extra_of(given, PROPERTIES)
    return decision.create(events.REGION.created, Region, name=name, parent=parent, description=description, extra=extra)


@IDENTITY.patch("/regions/{region_id}", rule=anyone, body=changed("region", PROPERTIES))
async def update_region(call: Call) -> dict[str, Any]:
    """The region with its changes."""
    allow(call)
    uid, given = call.path["region_id"], call.body["region"]
    if (given.get("id") or uid) != uid:
        raise Fault(400, "Cannot change ID")
    return {"region": region_view(call, await call.ask(update, name=uid, given=given))}


@ask
def update(decision: Decision, *, name: str, given: dict[str, Any]) -> Region:
    """The region's properties are these; raises Fault 400 for a parent that stands below it."""
    region = require_region(decision.state, name)
    parent = given.get("parent_region_id", region.parent) or ""
    above = parent
    while above:
        if above == name:
            raise Fault(400, f"The specified parent region {parent} would create a circular region hierarchy.")
        above = require_region(decision.state, above).parent
    return decision.update(
        events.REGION.changed,
        region,
        parent=parent,
        description=given.get("description", region.description) or "",
        extra=extra_of(given, PROPERTIES, region.extra),
    )


@IDENTITY.delete("/regions/{region_id}", rule=anyone)
async def delete_region(call: Call) -> None:
    """The region is gone with those below it."""
    allow(call)
    await call.ask(delete, name=call.path["region_id"])


@ask
def delete(decision: Decision, *, name: str) -> None:
    """Raises Fault 403 while endpoints are in it or below it."""
    state = decision.state
    gone = [require_region(state, name)]
    for region in gone:
        gone.extend(state.where(Region, "parent", region.name))
    if any(state.count(CatalogEndpoint, "region", one.name) for one in gone):
        raise Fault(403, f"Unable to delete region {name} because it or its child regions have associated endpoints.")
    for region in reversed(gone):
        decision.delete(events.REGION.deleted, region)
