"""/v3/services."""

from __future__ import annotations

from typing import Any, Final

from emulators.openstack.asks import ask
from emulators.openstack.call import Call
from emulators.openstack.credentials import anyone
from emulators.openstack.identity import endpoints, events
from emulators.openstack.identity.catalog import endpoints_of
from emulators.openstack.identity.catalog_model import CatalogService, Limit, RegisteredLimit
from emulators.openstack.identity.extras import decoded, extra_of
from emulators.openstack.identity.finding import require, require_same_id
from emulators.openstack.identity.ids import new_id
from emulators.openstack.identity.lists import listed, shown
from emulators.openstack.identity.policy import allow
from emulators.openstack.identity.schemas import BOOLEAN, changed, created
from emulators.openstack.identity.service import IDENTITY
from emulators.world.decide import Decision

_NAME: Final = {"type": "string", "minLength": 1, "maxLength": 255}
PROPERTIES: Final = {"type": _NAME, "name": _NAME, "enabled": BOOLEAN}


def service_view(call: Call, service: CatalogService) -> dict[str, Any]:
    """A service as clients see it."""
    own = {"id": service.uid, "name": service.name, "type": service.type, "enabled": service.enabled}
    return shown(call, "services", decoded(service.extra) | own)


@IDENTITY.get("/services", rule=anyone)
async def list_services(call: Call) -> dict[str, Any]:
    """The services that the query asks for."""
    allow(call, reads="")
    return listed(call, "services", (service_view(call, one) for one in call.state.all(CatalogService)), ("type", "name"))


@IDENTITY.post("/services", rule=anyone, status=201, body=created("service", PROPERTIES, "type", loose=True))
async def create_service(call: Call) -> dict[str, Any]:
    """A new service."""
    allow(call)
    return {"service": service_view(call, await call.ask(create, given=call.body["service"]))}


@ask
def create(decision: Decision, *, given: dict[str, Any]) -> CatalogService:
    """The service stands in the catalog once it has an endpoint."""
    return decision.create(
        events.SERVICE.created,
        CatalogService,
        uid=new_id(decision),
        name=given.get("name", ""),
        type=given["type"],
        enabled=given.get("enabled", True),
        extra=extra_of(given, PROPERTIES),
    )


@IDENTITY.get("/services/{service_id}", rule=anyone)
async def get_service(call: Call) -> dict[str, Any]:
    """A service."""
    allow(call, reads="")
    return {"service": service_view(call, require(call.state, CatalogService, call.path["service_id"]))}


@IDENTITY.patch("/services/{service_id}", rule=anyone, body=changed("service", PROPERTIES))
async def update_service(call: Call) -> dict[str, Any]:
    """The service with its changes."""
    allow(call)
    given = call.body["service"]
    require_same_id(given, call.path["service_id"])
    return {"service": service_view(call, await call.ask(update, uid=call.path["service_id"], given=given))}


@ask
def update(decision: Decision, *, uid: str, given: dict[str, Any]) -> CatalogService:
    """The service's properties are these."""
    service = require(decision.state, CatalogService, uid)
    own = {name: given[name] for name in ("name", "type", "enabled") if name in given}
    return decision.update(events.SERVICE.changed, service, **own, extra=extra_of(given, PROPERTIES, service.extra))


@IDENTITY.delete("/services/{service_id}", rule=anyone)
async def delete_service(call: Call) -> None:
    """The service is gone with its endpoints."""
    allow(call)
    await call.ask(delete, uid=call.path["service_id"])


@ask
def delete(decision: Decision, *, uid: str) -> None:
    """The service is gone with its endpoints and limits."""
    service = require(decision.state, CatalogService, uid)
    for endpoint in endpoints_of(decision.state, uid):
        endpoints.delete(decision, uid=endpoint.uid)
    for registered in decision.state.where(RegisteredLimit, "service", uid):
        for limit in decision.state.where(Limit, "registered", registered.uid):
            decision.delete(events.LIMIT.deleted, limit)
        decision.delete(events.REGISTERED_LIMIT.deleted, registered)
    decision.delete(events.SERVICE.deleted, service)
