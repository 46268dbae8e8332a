"""Flavors: made, described, deleted, and who may use the private ones."""

from __future__ import annotations

from typing import Any, Final

from emulators.openstack.asks import ask
from emulators.openstack.call import Call
from emulators.openstack.compute.flavor_views import detailed
from emulators.openstack.compute.flavors import FLAVOR_CHANGED, Flavor, create_flavor, delete_flavor, require
from emulators.openstack.compute.parameters import DESCRIPTION, number, whole
from emulators.openstack.compute.projects import require_project
from emulators.openstack.compute.service import COMPUTE
from emulators.openstack.credentials import admin
from emulators.openstack.faults import Fault
from emulators.openstack.schemas import BOOLEAN, NAME, closed, truth, wrapped
from emulators.openstack.service import Versioned
from emulators.world.decide import Decision

MAX_FLOAT: Final = 3.40282e38
_FIELDS: Final[dict[str, Any]] = {
    "name": NAME,
    "id": {"type": ["string", "number", "null"], "minLength": 1, "maxLength": 255, "pattern": "^(?! )[a-zA-Z0-9. _-]+(?<! )$"},
    "ram": number(1),
    "vcpus": number(1),
    "disk": number(),
    "OS-FLV-EXT-DATA:ephemeral": number(),
    "swap": number(),
    "rxtx_factor": {
        "type": ["number", "string"],
        "pattern": r"^[0-9]+(\.[0-9]+)?$",
        "maxLength": 255,
        "exclusiveMinimum": 0,
        "maximum": MAX_FLOAT,
    },
    "os-flavor-access:is_public": BOOLEAN,
}
_NEEDED: Final = ("name", "ram", "vcpus", "disk")
_CREATE: Final = Versioned(
    {"2.1-2.54": wrapped("flavor", _FIELDS, *_NEEDED), "2.55-": wrapped("flavor", {**_FIELDS, "description": DESCRIPTION}, *_NEEDED)}
)
_UPDATE: Final = wrapped("flavor", {"description": DESCRIPTION}, "description")
_TENANT: Final = closed({"tenant": {"type": "string", "minLength": 1, "maxLength": 255}}, "tenant")


@COMPUTE.post("/flavors", rule=admin, body=_CREATE, quality="faults")
async def create(call: Call) -> dict[str, Any]:
    """A new flavor."""
    wanted = call.body["flavor"]
    given = wanted.get("id")
    fields = {
        "uid": "" if given is None else str(given),
        "name": wanted["name"],
        "ram": whole(wanted["ram"], "ram", 1),
        "vcpus": whole(wanted["vcpus"], "vcpus", 1),
        "disk": whole(wanted["disk"], "disk"),
        "ephemeral": whole(wanted.get("OS-FLV-EXT-DATA:ephemeral", 0), "ephemeral"),
        "swap": whole(wanted.get("swap", 0), "swap"),
        "rxtx_factor": _factor(wanted.get("rxtx_factor", 1.0)),
        "public": truth(wanted.get("os-flavor-access:is_public", True)),
        "description": wanted.get("description"),
    }
    return {"flavor": detailed(call, await call.ask(create_flavor, flavor=fields))}


def _factor(value: float | str) -> float:
    factor = float(value)
    if not 0 < factor <= MAX_FLOAT:
        raise Fault(400, f"Invalid input received: 'rxtx_factor' argument must be a float between 0 and {MAX_FLOAT:g}")
    return factor


@COMPUTE.put("/flavors/{flavor_id}", rule=admin, versions="2.55-", body=_UPDATE, quality="faults")
async def update(call: Call) -> dict[str, Any]:
    """The flavor's description."""
    uid, description = call.path["flavor_id"], call.body["flavor"]["description"]
    return {"flavor": detailed(call, await call.ask(describe_flavor, uid=uid, description=description))}


@COMPUTE.delete("/flavors/{flavor_id}", rule=admin, status=202, quality="faults")
async def delete(call: Call) -> None:
    """The flavor goes; servers keep what they were made with."""
    await call.ask(delete_flavor, uid=call.path["flavor_id"])


@COMPUTE.get("/flavors/{flavor_id}/os-flavor-access", rule=admin, quality="faults")
async def show_access(call: Call) -> dict[str, Any]:
    """The projects that may use a private flavor."""
    flavor = require(call.state, call.path["flavor_id"])
    if flavor.public:
        raise Fault(404, "Access list not available for public flavors.")
    return _access(flavor)


@COMPUTE.action("/flavors/{flavor_id}/action", "addTenantAccess", rule=admin, body=_TENANT, status=200, quality="faults")
async def add_access(call: Call) -> dict[str, Any]:
    """A project may use the flavor."""
    require_project(call.state, call.body["tenant"])
    uid, tenant = call.path["flavor_id"], call.body["tenant"]
    return _access(await call.ask(grant_flavor, uid=uid, project=tenant, private_only=call.since("2.7")))


@COMPUTE.action("/flavors/{flavor_id}/action", "removeTenantAccess", rule=admin, body=_TENANT, status=200, quality="faults")
async def remove_access(call: Call) -> dict[str, Any]:
    """A project may not use the flavor any more."""
    return _access(await call.ask(revoke_flavor, uid=call.path["flavor_id"], project=call.body["tenant"]))


def _access(flavor: Flavor) -> dict[str, Any]:
    return {"flavor_access": [{"flavor_id": flavor.uid, "tenant_id": project} for project in flavor.projects]}


@ask
def describe_flavor(decision: Decision, *, uid: str, description: str | None) -> Flavor:
    """The flavor with another description."""
    return decision.update(FLAVOR_CHANGED, require(decision.state, uid), description=description)


@ask
def grant_flavor(decision: Decision, *, uid: str, project: str, private_only: bool) -> Flavor:
    """The flavor with one more project; raises Fault 409 when it has it, or needs none."""
    flavor = require(decision.state, uid)
    if private_only and flavor.public:
        raise Fault(409, "Can not add access to a public flavor.")
    if project in flavor.projects:
        raise Fault(409, f"Flavor access already exists for flavor {uid} and project {project} combination.")
    return decision.update(FLAVOR_CHANGED, flavor, projects=(*flavor.projects, project))


@ask
def revoke_flavor(decision: Decision, *, uid: str, project: str) -> Flavor:
    """The flavor without a project; raises Fault 404 when it does not have it."""
    flavor = require(decision.state, uid)
    if project not in flavor.projects:
        raise Fault(404, f"Flavor access not found for {uid} / {project} combination.")
    return decision.update(FLAVOR_CHANGED, flavor, projects=tuple(one for one in flavor.projects if one != project))
