"""/v3/registered_limits: how much of a service's resources every project may have unless it has a limit of its own."""

from __future__ import annotations

from typing import Any, Final

from emulators.openstack.asks import ask
from emulators.openstack.call import Call
from emulators.openstack.credentials import anyone
from emulators.openstack.faults import Fault
from emulators.openstack.identity import events
from emulators.openstack.identity.catalog_model import CatalogService, Limit, Region, RegisteredLimit
from emulators.openstack.identity.finding import conflict
from emulators.openstack.identity.ids import new_id
from emulators.openstack.identity.lists import View, listed, shown
from emulators.openstack.identity.policy import allow
from emulators.openstack.identity.schemas import DESCRIPTION, NAME
from emulators.openstack.identity.service import IDENTITY
from emulators.openstack.schemas import UUID, closed
from emulators.world.decide import Decision
from emulators.world.state import WorldState

COUNT: Final = {"type": "integer", "minimum": -1, "maximum": 0x7FFFFFFF}
REGION: Final = {"type": ["string", "null"], "minLength": 1, "maxLength": 255}
_PROPERTIES: Final = {"service_id": UUID, "region_id": REGION, "resource_name": NAME, "default_limit": COUNT, "description": DESCRIPTION}
_CREATE: Final = closed(
    {
        "registered_limits": {
            "type": "array",
            "items": closed(_PROPERTIES, "service_id", "resource_name", "default_limit"),
            "minItems": 1,
        }
    },
    "registered_limits",
)
_UPDATE: Final = closed({"registered_limit": closed(_PROPERTIES)}, "registered_limit")
FILTERS: Final = ("service_id", "region_id", "resource_name")


def registered_view(call: Call, limit: RegisteredLimit) -> dict[str, Any]:
    """A registered limit as clients see it."""
    view = {
        "id": limit.uid,
        "service_id": limit.service,
        "region_id": limit.region or None,
        "resource_name": limit.name,
        "default_limit": limit.default,
        "description": limit.description,
    }
    return shown(call, "registered_limits", view)


def require_registered(state: WorldState, uid: str) -> RegisteredLimit:
    """The registered limit of that id; raises Fault 404."""
    found = state.maybe(RegisteredLimit, uid)
    if found is None:
        raise Fault(404, f"Could not find registered limit for {uid}.")
    return found


@IDENTITY.get("/registered_limits", rule=anyone)
async def list_registered_limits(call: Call) -> dict[str, Any]:
    """The registered limits that the query asks for."""
    return listed(call, "registered_limits", (registered_view(call, one) for one in call.state.all(RegisteredLimit)), FILTERS)


@IDENTITY.post("/registered_limits", rule=anyone, status=201, body=_CREATE)
async def create_registered_limits(call: Call) -> dict[str, list[View]]:
    """New ones: all of them or none."""
    allow(call)
    made = await call.ask(create, given=call.body["registered_limits"])
    return {"registered_limits": [registered_view(call, one) for one in made]}


@ask
def create(decision: Decision, *, given: list[dict[str, Any]]) -> list[RegisteredLimit]:
    """They hold; raises Fault 400 for a service or region that there is not, 409 for what is registered already."""
    return [_create(decision, one) for one in given]


def _create(decision: Decision, given: dict[str, Any]) -> RegisteredLimit:
    region, name = given.get("region_id") or "", given["resource_name"]
    _require_place(decision.state, given["service_id"], region, name)
    return decision.create(
        events.REGISTERED_LIMIT.created,
        RegisteredLimit,
        uid=new_id(decision),
        name=name,
        service=given["service_id"],
        region=region,
        default=given["default_limit"],
        description=given.get("description"),
    )


def _require_place(state: WorldState, service: str, region: str, name: str, but: str = "") -> None:
    if state.maybe(CatalogService, service) is None:
        raise Fault(400, f"Could not find service: {service}.")
    if region and state.one(Region, "name", region) is None:
        raise Fault(400, f"Could not find region: {region}.")
    same = (one for one in state.where(RegisteredLimit, "name", name) if (one.service, one.region) == (service, region))
    if any(one.uid != but for one in same):
        raise conflict("registered_limit", "Duplicate entry")


@IDENTITY.get("/registered_limits/{registered_limit_id}", rule=anyone)
async def get_registered_limit(call: Call) -> dict[str, Any]:
    """A registered limit."""
    return {"registered_limit": registered_view(call, require_registered(call.state, call.path["registered_limit_id"]))}


@IDENTITY.patch("/registered_limits/{registered_limit_id}", rule=anyone, body=_UPDATE)
async def update_registered_limit(call: Call) -> dict[str, Any]:
    """The registered limit with its changes."""
    allow(call)
    changed = await call.ask(update, uid=call.path["registered_limit_id"], given=call.body["registered_limit"])
    return {"registered_limit": registered_view(call, changed)}


@ask
def update(decision: Decision, *, uid: str, given: dict[str, Any]) -> RegisteredLimit:
    """Its properties are these; raises Fault 403 for another place while projects' own limits rest on it."""
    old = require_registered(decision.state, uid)
    service, name = given.get("service_id", old.service), given.get("resource_name", old.name)
    region = given.get("region_id", old.region) or ""
    if (service, region, name) != (old.service, old.region, old.name):
        _require_unused(decision.state, uid)
        _require_place(decision.state, service, region, name, uid)
    return decision.update(
        events.REGISTERED_LIMIT.changed,
        old,
        name=name,
        service=service,
        region=region,
        default=given.get("default_limit", old.default),
        description=given.get("description", old.description),
    )


def _require_unused(state: WorldState, uid: str) -> None:
    if state.count(Limit, "registered", uid):
        raise Fault(403, f"Unable to update or delete registered limit {uid} because there are project limits associated with it.")


@IDENTITY.delete("/registered_limits/{registered_limit_id}", rule=anyone)
async def delete_registered_limit(call: Call) -> None:
    """The registered limit is gone."""
    allow(call)
    await call.ask(delete, uid=call.path["registered_limit_id"])


@ask
def delete(decision: Decision, *, uid: str) -> None:
    """Raises Fault 403 while projects' own limits rest on it."""
    found = require_registered(decision.state, uid)
    _require_unused(decision.state, uid)
    decision.delete(events.REGISTERED_LIMIT.deleted, found)
