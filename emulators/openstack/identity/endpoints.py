"""/v3/endpoints."""

from __future__ import annotations

import re
from typing import Any, Final

from emulators.openstack.asks import ask
from emulators.openstack.call import Call
from emulators.openstack.credentials import anyone
from emulators.openstack.faults import Fault
from emulators.openstack.identity import events, regions
from emulators.openstack.identity.catalog import ORIGIN
from emulators.openstack.identity.catalog_model import CatalogEndpoint, CatalogService, EndpointChoice, Region
from emulators.openstack.identity.extras import decoded, extra_of
from emulators.openstack.identity.finding import require, require_same_id
from emulators.openstack.identity.ids import new_id
from emulators.openstack.identity.lists import listed, shown
from emulators.openstack.identity.policy import allow
from emulators.openstack.identity.schemas import BOOLEAN, TEXT, changed, created
from emulators.openstack.identity.service import IDENTITY
from emulators.world.decide import Decision

_URL: Final = {"type": "string", "maxLength": 225, "pattern": r"^([a-zA-Z0-9+.-]+:.+|\$\(origin\)s.*)"}
_REGION: Final = {"type": ["string", "null"], "maxLength": 255}
PROPERTIES: Final = {
    "id": {"type": "string"},
    "interface": {"type": "string", "enum": ["admin", "internal", "public"]},
    "service_id": {"type": "string"},
    "url": _URL,
    "region": _REGION,
    "region_id": _REGION,
    "enabled": BOOLEAN,
    "name": TEXT,
    "description": TEXT,
}
_WORDS: Final = frozenset({"project_id", "tenant_id", "user_id", "public_bind_host", "admin_bind_host", "compute_host", "origin"})
_WORD: Final = re.compile(r"[$%]\(([^)]*)\)s")


def endpoint_view(call: Call, endpoint: CatalogEndpoint) -> dict[str, Any]:
    """An endpoint as clients see it; this cloud's own are where the client found it."""
    own = {
        "id": endpoint.uid,
        "interface": endpoint.interface,
        "service_id": endpoint.service,
        "region": endpoint.region or None,
        "region_id": endpoint.region or None,
        "url": endpoint.url.replace(ORIGIN, call.origin),
        "enabled": endpoint.enabled,
    }
    return shown(call, "endpoints", decoded(endpoint.extra) | own)


@IDENTITY.get("/endpoints", rule=anyone)
async def list_endpoints(call: Call) -> dict[str, Any]:
    """The endpoints that the query asks for."""
    allow(call, reads="")
    views = (endpoint_view(call, one) for one in call.state.all(CatalogEndpoint))
    return listed(call, "endpoints", views, ("interface", "service_id", "region_id"))


@IDENTITY.post("/endpoints", rule=anyone, status=201, body=created("endpoint", PROPERTIES, "interface", "service_id", "url"))
async def create_endpoint(call: Call) -> dict[str, Any]:
    """A new endpoint."""
    allow(call)
    return {"endpoint": endpoint_view(call, await call.ask(create, given=call.body["endpoint"]))}


@ask
def create(decision: Decision, *, given: dict[str, Any]) -> CatalogEndpoint:
    """The endpoint stands in the catalog; raises Fault 400 for a service, region or URL that cannot be."""
    service = _service(decision, given["service_id"])
    return decision.create(
        events.ENDPOINT.created,
        CatalogEndpoint,
        uid=new_id(decision),
        name=f"{service.name} {given['interface']}",
        service=service.uid,
        interface=given["interface"],
        url=_sound(given["url"]),
        region=_region(decision, given, ""),
        enabled=given.get("enabled", True),
        extra=extra_of(given, PROPERTIES.keys() - {"name", "description"}),
    )


def _service(decision: Decision, uid: str) -> CatalogService:
    found = decision.state.maybe(CatalogService, uid)
    if found is None:
        raise Fault(400, f"Could not find service: {uid}.")
    return found


def _region(decision: Decision, given: dict[str, Any], before: str) -> str:
    """The region: ``region_id`` must be there, one that the older ``region`` names is made if need be."""
    if given.get("region_id"):
        if decision.state.one(Region, "name", given["region_id"]) is None:
            raise Fault(400, f"Could not find region: {given['region_id']}.")
        return str(given["region_id"])
    name = given.get("region")
    if not name:
        return "" if "region_id" in given or "region" in given else before
    if decision.state.one(Region, "name", name) is None:
        regions.create(decision, name=name, given={})
    return str(name)


def _sound(url: str) -> str:
    """The URL; raises Fault 400 when it asks for something to be filled in that there is not."""
    if any(word not in _WORDS for word in _WORD.findall(url)):
        raise Fault(400, f"Cannot create an endpoint with an invalid URL: {url}.")
    return url


@IDENTITY.get("/endpoints/{endpoint_id}", rule=anyone)
async def get_endpoint(call: Call) -> dict[str, Any]:
    """An endpoint."""
    allow(call, reads="")
    return {"endpoint": endpoint_view(call, require(call.state, CatalogEndpoint, call.path["endpoint_id"]))}


@IDENTITY.patch("/endpoints/{endpoint_id}", rule=anyone, body=changed("endpoint", PROPERTIES))
async def update_endpoint(call: Call) -> dict[str, Any]:
    """The endpoint with its changes."""
    allow(call)
    given = call.body["endpoint"]
    require_same_id(given, call.path["endpoint_id"])
    return {"endpoint": endpoint_view(call, await call.ask(update, uid=call.path["endpoint_id"], given=given))}


@ask
def update(decision: Decision, *, uid: str, given: dict[str, Any]) -> CatalogEndpoint:
    """The endpoint's properties are these."""
    endpoint = require(decision.state, CatalogEndpoint, uid)
    return decision.update(
        events.ENDPOINT.changed,
        endpoint,
        service=_service(decision, given.get("service_id", endpoint.service)).uid,
        interface=given.get("interface", endpoint.interface),
        url=_sound(given.get("url", endpoint.url)),
        region=_region(decision, given, endpoint.region),
        enabled=given.get("enabled", endpoint.enabled),
        extra=extra_of(given, PROPERTIES.keys() - {"name", "description"}, endpoint.extra),
    )


@IDENTITY.delete("/endpoints/{endpoint_id}", rule=anyone)
async def delete_endpoint(call: Call) -> None:
    """The endpoint is gone."""
    allow(call)
    await call.ask(delete, uid=call.path["endpoint_id"])


@ask
def delete(decision: Decision, *, uid: str) -> None:
    """The endpoint is gone."""
    endpoint = require(decision.state, CatalogEndpoint, uid)
    for choice in decision.state.where(EndpointChoice, "chosen", uid):
        decision.delete(events.ENDPOINT_CHOICE.deleted, choice)
    decision.delete(events.ENDPOINT.deleted, endpoint)
