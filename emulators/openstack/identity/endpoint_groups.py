"""/v3/OS-EP-FILTER/endpoint_groups: endpoints that have something in common."""

from __future__ import annotations

from typing import Any, Final

from emulators.openstack.asks import ask
from emulators.openstack.call import Call
from emulators.openstack.credentials import anyone
from emulators.openstack.faults import Fault
from emulators.openstack.identity import events
from emulators.openstack.identity.catalog import grouped
from emulators.openstack.identity.catalog_model import EndpointChoice, EndpointGroup
from emulators.openstack.identity.endpoints import endpoint_view
from emulators.openstack.identity.extras import decoded, encoded
from emulators.openstack.identity.finding import require, require_same_id
from emulators.openstack.identity.ids import new_id
from emulators.openstack.identity.lists import listed
from emulators.openstack.identity.policy import allow
from emulators.openstack.identity.schemas import NAME, TEXT
from emulators.openstack.identity.service import IDENTITY
from emulators.openstack.schemas import closed, wrapped
from emulators.world.decide import Decision

BASE: Final = "/OS-EP-FILTER/endpoint_groups"
_PROPERTIES: Final = {"name": NAME, "description": TEXT, "filters": {"type": "object"}}
_CREATE: Final = wrapped("endpoint_group", _PROPERTIES, "name", "filters")
_UPDATE: Final = closed({"endpoint_group": {**closed(_PROPERTIES), "minProperties": 1}}, "endpoint_group")
_ATTRIBUTES: Final = frozenset({"service_id", "region_id", "interface", "enabled"})
_INTERFACES: Final = frozenset({"admin", "internal", "public"})


def group_view(call: Call, group: EndpointGroup) -> dict[str, Any]:
    """An endpoint group as clients see it."""
    return {
        "id": group.uid,
        "name": group.name,
        "description": group.description,
        "filters": decoded(group.filters),
        "links": {"self": call.link(f"{BASE}/{group.uid}")},
    }


def _sound(filters: dict[str, Any]) -> str:
    """The filters' text; raises Fault 400 for those that no endpoint can be tried by."""
    if not filters.keys() <= _ATTRIBUTES or not filters:
        raise Fault(400, "Filters must name at least one of service_id, region_id, interface and enabled, and nothing else.")
    if filters.get("interface", "public") not in _INTERFACES:
        raise Fault(400, "The interface of a filter is one of admin, internal and public.")
    if not all(isinstance(value, str | bool) for value in filters.values()):
        raise Fault(400, "The values of filters are text, or true and false.")
    return encoded(filters)


@IDENTITY.get(BASE, rule=anyone)
async def list_endpoint_groups(call: Call) -> dict[str, Any]:
    """Every group."""
    allow(call, reads="")
    return listed(call, "endpoint_groups", (group_view(call, one) for one in call.state.all(EndpointGroup)), ("name",))


@IDENTITY.post(BASE, rule=anyone, status=201, body=_CREATE)
async def create_endpoint_group(call: Call) -> dict[str, Any]:
    """A new group."""
    allow(call)
    return {"endpoint_group": group_view(call, await call.ask(create, given=call.body["endpoint_group"]))}


@ask
def create(decision: Decision, *, given: dict[str, Any]) -> EndpointGroup:
    """The group exists."""
    return decision.create(
        events.ENDPOINT_GROUP.created,
        EndpointGroup,
        uid=new_id(decision),
        name=given["name"],
        description=given.get("description"),
        filters=_sound(given["filters"]),
    )


@IDENTITY.get(BASE + "/{endpoint_group_id}", rule=anyone)
async def get_endpoint_group(call: Call) -> dict[str, Any]:
    """A group."""
    allow(call, reads="")
    return {"endpoint_group": group_view(call, require(call.state, EndpointGroup, call.path["endpoint_group_id"]))}


@IDENTITY.patch(BASE + "/{endpoint_group_id}", rule=anyone, body=_UPDATE)
async def update_endpoint_group(call: Call) -> dict[str, Any]:
    """The group with its changes."""
    allow(call)
    uid, given = call.path["endpoint_group_id"], call.body["endpoint_group"]
    require_same_id(given, uid)
    return {"endpoint_group": group_view(call, await call.ask(update, uid=uid, given=given))}


@ask
def update(decision: Decision, *, uid: str, given: dict[str, Any]) -> EndpointGroup:
    """Its properties are these."""
    group = require(decision.state, EndpointGroup, uid)
    return decision.update(
        events.ENDPOINT_GROUP.changed,
        group,
        name=given.get("name", group.name),
        description=given.get("description", group.description),
        filters=_sound(given["filters"]) if "filters" in given else group.filters,
    )


@IDENTITY.delete(BASE + "/{endpoint_group_id}", rule=anyone)
async def delete_endpoint_group(call: Call) -> None:
    """The group is gone, also from projects' choices."""
    allow(call)
    await call.ask(delete, uid=call.path["endpoint_group_id"])


@ask
def delete(decision: Decision, *, uid: str) -> None:
    """The group is gone."""
    group = require(decision.state, EndpointGroup, uid)
    for choice in decision.state.where(EndpointChoice, "chosen", uid):
        decision.delete(events.ENDPOINT_CHOICE.deleted, choice)
    decision.delete(events.ENDPOINT_GROUP.deleted, group)


@IDENTITY.get(BASE + "/{endpoint_group_id}/endpoints", rule=anyone)
async def list_endpoints_associated_with_endpoint_group(call: Call) -> dict[str, Any]:
    """The endpoints that fit it."""
    allow(call, reads="")
    found = grouped(call.state, require(call.state, EndpointGroup, call.path["endpoint_group_id"]))
    return listed(call, "endpoints", (endpoint_view(call, one) for one in found))
