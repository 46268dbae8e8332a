"""/v3/limits: how much of a service's resources one project, or one domain, may have."""

from __future__ import annotations

from typing import Any, Final

from emulators.openstack.asks import ask
from emulators.openstack.call import Call
from emulators.openstack.credentials import anyone
from emulators.openstack.faults import Fault
from emulators.openstack.identity import events
from emulators.openstack.identity.catalog_model import Limit, RegisteredLimit
from emulators.openstack.identity.finding import conflict
from emulators.openstack.identity.ids import new_id
from emulators.openstack.identity.lists import View, listed, shown
from emulators.openstack.identity.model import Domain
from emulators.openstack.identity.policy import allow
from emulators.openstack.identity.projects import domain_of
from emulators.openstack.identity.registered_limits import COUNT, REGION, require_registered
from emulators.openstack.identity.schemas import DESCRIPTION, NAME, NULLABLE_ID
from emulators.openstack.identity.service import IDENTITY
from emulators.openstack.schemas import UUID, closed
from emulators.world.decide import Decision
from emulators.world.model import Project
from emulators.world.state import WorldState

_NEW: Final = closed(
    {
        "project_id": NULLABLE_ID,
        "domain_id": NULLABLE_ID,
        "service_id": UUID,
        "region_id": REGION,
        "resource_name": NAME,
        "resource_limit": COUNT,
        "description": DESCRIPTION,
    },
    "service_id",
    "resource_name",
    "resource_limit",
)
_ONE: Final = [{"required": ["domain_id"]}, {"required": ["project_id"]}]
_CREATE: Final = closed({"limits": {"type": "array", "items": {**_NEW, "oneOf": _ONE}, "minItems": 1}}, "limits")
_UPDATE: Final = closed({"limit": closed({"resource_limit": COUNT, "description": DESCRIPTION})}, "limit")
FILTERS: Final = ("service_id", "region_id", "resource_name", "project_id", "domain_id")


def limit_view(call: Call, limit: Limit) -> dict[str, Any]:
    """A limit as clients see it."""
    registered = require_registered(call.state, limit.registered)
    view = {
        "id": limit.uid,
        "project_id": limit.project or None,
        "domain_id": limit.domain or None,
        "service_id": registered.service,
        "region_id": registered.region or None,
        "resource_name": limit.name,
        "resource_limit": limit.limit,
        "description": limit.description,
    }
    return shown(call, "limits", view)


@IDENTITY.get("/limits/model", rule=anyone)
async def get_limit_model(_: Call) -> dict[str, Any]:
    """How limits are enforced: each project by itself."""
    words = "Limit enforcement and validation does not take project hierarchy into consideration."
    return {"model": {"name": "flat", "description": words}}


@IDENTITY.get("/limits", rule=anyone)
async def list_limits(call: Call) -> dict[str, Any]:
    """The limits that the query asks for and that concern the caller."""
    found = [one for one in call.state.all(Limit) if _concerns(call, one)]
    return listed(call, "limits", (limit_view(call, one) for one in found), FILTERS)


def _concerns(call: Call, limit: Limit) -> bool:
    caller = call.credentials
    if caller.system or caller.roles & {"admin", "service"}:
        return True
    if caller.domain:
        return caller.domain in (limit.domain, domain_of(call.state, limit.project))
    return bool(caller.project) and limit.project == caller.project


@IDENTITY.post("/limits", rule=anyone, status=201, body=_CREATE)
async def create_limits(call: Call) -> dict[str, list[View]]:
    """New ones: all of them or none."""
    allow(call)
    return {"limits": [limit_view(call, one) for one in await call.ask(create, given=call.body["limits"])]}


@ask
def create(decision: Decision, *, given: list[dict[str, Any]]) -> list[Limit]:
    """They hold; raises Fault 400 or 403 for what no limit can be for, 409 for one that there is already."""
    return [_create(decision, one) for one in given]


def _create(decision: Decision, given: dict[str, Any]) -> Limit:
    state, project, domain = decision.state, given.get("project_id") or "", given.get("domain_id") or ""
    if bool(project) is bool(domain):
        raise Fault(400, "Expecting to find exactly one of project_id and domain_id in the limit.")
    if domain and state.maybe(Domain, domain) is None:
        raise Fault(400, f"Could not find domain: {domain}.")
    if project and state.maybe(Project, project) is None:
        raise Fault(400, f"Could not find project: {project}.")
    registered = _registered(state, given)
    if any((one.project, one.domain) == (project, domain) for one in state.where(Limit, "registered", registered.uid)):
        raise conflict("limit", "Duplicate entry")
    return decision.create(
        events.LIMIT.created,
        Limit,
        uid=new_id(decision),
        name=registered.name,
        registered=registered.uid,
        project=project,
        domain=domain,
        limit=given["resource_limit"],
        description=given.get("description"),
    )


def _registered(state: WorldState, given: dict[str, Any]) -> RegisteredLimit:
    """The registered limit that this is an exception from; raises Fault 403 when there is none."""
    place = given["service_id"], given.get("region_id") or ""
    found = next((one for one in state.where(RegisteredLimit, "name", given["resource_name"]) if (one.service, one.region) == place), None)
    if found is None:
        raise Fault(403, "Unable to create a limit that has no corresponding registered limit.")
    return found


def _own(call: Call) -> Limit:
    """The limit of the path; raises Fault 404."""
    found = call.state.maybe(Limit, call.path["limit_id"])
    if found is None:
        raise Fault(404, f"Could not find limit for {call.path['limit_id']}.")
    return found


@IDENTITY.get("/limits/{limit_id}", rule=anyone)
async def get_limit(call: Call) -> dict[str, Any]:
    """A limit, to whom it concerns."""
    found = call.state.maybe(Limit, call.path["limit_id"])
    if found is None or not _concerns(call, found):
        allow(call, reads="")
    return {"limit": limit_view(call, _own(call))}


@IDENTITY.patch("/limits/{limit_id}", rule=anyone, body=_UPDATE)
async def update_limit(call: Call) -> dict[str, Any]:
    """The limit with its changes."""
    allow(call)
    return {"limit": limit_view(call, await call.ask(update, uid=_own(call).uid, given=call.body["limit"]))}


@ask
def update(decision: Decision, *, uid: str, given: dict[str, Any]) -> Limit:
    """Its properties are these."""
    old = decision.get(Limit, uid)
    limit, description = given.get("resource_limit", old.limit), given.get("description", old.description)
    return decision.update(events.LIMIT.changed, old, limit=limit, description=description)


@IDENTITY.delete("/limits/{limit_id}", rule=anyone)
async def delete_limit(call: Call) -> None:
    """The limit is gone; the registered one holds."""
    allow(call)
    await call.ask(delete, uid=_own(call).uid)


@ask
def delete(decision: Decision, *, uid: str) -> None:
    """The limit is gone."""
    decision.delete(events.LIMIT.deleted, decision.get(Limit, uid))
