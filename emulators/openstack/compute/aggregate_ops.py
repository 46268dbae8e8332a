"""Host aggregates: made, changed, deleted; hosts join and leave; images are brought to their hosts ahead of time."""

from __future__ import annotations

from typing import Any, Final

from emulators.openstack.call import Call
from emulators.openstack.compute.aggregates import (
    ZONE,
    Aggregate,
    add_host,
    aggregate_of,
    create_aggregate,
    delete_aggregate,
    remove_host,
    update_aggregate,
)
from emulators.openstack.compute.parameters import HOSTNAME, path_number
from emulators.openstack.compute.servers.hosts import host_named
from emulators.openstack.compute.service import COMPUTE
from emulators.openstack.credentials import admin
from emulators.openstack.faults import Fault
from emulators.openstack.schemas import NAME, UUID, closed
from emulators.openstack.times import micro
from emulators.world.model import Hypervisor

_ZONE: Final = {"type": ["string", "null"], "minLength": 1, "maxLength": 255, "pattern": r"^(?!\s)[^:\x00-\x1f\x7f]*(?<!\s)$"}
_LOOSE_NAME: Final = {
    "type": "string",
    "minLength": 1,
    "maxLength": 255,
    "pattern": r"^[^\x00-\x1f\x7f]*[^\x00-\x20\x7f][^\x00-\x1f\x7f]*$",
}
_CREATE: Final = closed({"aggregate": closed({"name": NAME, "availability_zone": _ZONE}, "name")}, "aggregate")
_UPDATE: Final = closed({"aggregate": {**closed({"name": _LOOSE_NAME, "availability_zone": _ZONE}), "minProperties": 1}}, "aggregate")
_HOST: Final = closed({"host": HOSTNAME}, "host")
_METADATA: Final = closed(
    {
        "metadata": {
            "type": "object",
            "patternProperties": {r"^[a-zA-Z0-9-_:. ]{1,255}$": {"type": ["string", "null"], "maxLength": 255}},
            "additionalProperties": False,
        }
    },
    "metadata",
)
_CACHE: Final = closed({"cache": {"type": "array", "minItems": 1, "items": closed({"id": UUID}, "id")}}, "cache")
_ALL, _ONE, _ACTION = "/os-aggregates", "/os-aggregates/{aggregate_id}", "/os-aggregates/{aggregate_id}/action"


@COMPUTE.get(_ALL, rule=admin, quality="faults")
async def list_aggregates(call: Call) -> dict[str, Any]:
    """All of them."""
    return {"aggregates": [_view(call, one) for one in call.state.all(Aggregate)]}


@COMPUTE.post(_ALL, rule=admin, body=_CREATE, quality="faults")
async def create(call: Call) -> dict[str, Any]:
    """A new one, without hosts."""
    wanted = call.body["aggregate"]
    made = await call.ask(create_aggregate, name=wanted["name"].strip(), zone=wanted.get("availability_zone"))
    shown = _view(call, made)
    del shown["hosts"], shown["metadata"]
    return {"aggregate": shown}


@COMPUTE.get(_ONE, rule=admin, quality="faults")
async def show_aggregate(call: Call) -> dict[str, Any]:
    """One."""
    return {"aggregate": _view(call, aggregate_of(call.state, _number(call)))}


@COMPUTE.put(_ONE, rule=admin, body=_UPDATE, quality="faults")
async def update(call: Call) -> dict[str, Any]:
    """Another name, or another zone for its hosts."""
    wanted = call.body["aggregate"]
    name = wanted["name"].strip() if "name" in wanted else None
    metadata = {ZONE: wanted[ZONE]} if ZONE in wanted else {}
    changed = await call.ask(update_aggregate, number=_number(call), name=name, metadata=metadata, verb="update")
    return {"aggregate": _view(call, changed)}


@COMPUTE.delete(_ONE, rule=admin, status=200, quality="faults")
async def delete(call: Call) -> None:
    """It goes once it is empty."""
    await call.ask(delete_aggregate, number=_number(call))


@COMPUTE.action(_ACTION, "add_host", rule=admin, body=_HOST, status=200, quality="faults")
async def add(call: Call) -> dict[str, Any]:
    """A host joins."""
    number, host = _number(call), _host(call)
    return {"aggregate": _view(call, await call.ask(add_host, number=number, host=host.uid, name=host.name))}


@COMPUTE.action(_ACTION, "remove_host", rule=admin, body=_HOST, status=200, quality="faults")
async def remove(call: Call) -> dict[str, Any]:
    """A host leaves."""
    number, name = _number(call), call.body["host"]
    host = host_named(call.state, name)
    if host is None:
        raise Fault(404, f"Cannot remove host {name} in aggregate {number}")
    return {"aggregate": _view(call, await call.ask(remove_host, number=number, host=host.uid, name=name))}


@COMPUTE.action(_ACTION, "set_metadata", rule=admin, body=_METADATA, status=200, quality="faults")
async def set_metadata(call: Call) -> dict[str, Any]:
    """Metadata is added and, with null, removed."""
    metadata = call.body["metadata"]
    changed = await call.ask(update_aggregate, number=_number(call), name=None, metadata=metadata, verb="update metadata of")
    return {"aggregate": _view(call, changed)}


@COMPUTE.post("/os-aggregates/{aggregate_id}/images", rule=admin, versions="2.81-", body=_CACHE, status=202, quality="faults")
async def cache_images(call: Call) -> None:
    """Hosts are to have images before servers need them; hosts of the simulation share one store, which has them all."""
    wanted = [image["id"] for image in call.body["cache"]]
    if len(set(wanted)) < len(wanted):
        raise Fault(400, "Duplicate images in request")
    aggregate_of(call.state, _number(call))


def _number(call: Call) -> int:
    return path_number(call.path["aggregate_id"])


def _host(call: Call) -> Hypervisor:
    name = call.body["host"]
    host = host_named(call.state, name)
    if host is None:
        raise Fault(404, f"Compute host {name} could not be found.")
    return host


def _view(call: Call, aggregate: Aggregate) -> dict[str, Any]:
    hosts = [host.name for uid in aggregate.hosts if (host := call.state.maybe(Hypervisor, uid)) is not None]
    shown: dict[str, Any] = {
        "id": aggregate.number,
        "name": aggregate.name,
        "availability_zone": aggregate.zone,
        "hosts": hosts,
        "metadata": aggregate.metadata,
        "created_at": micro(aggregate.created),
        "updated_at": micro(aggregate.updated) if aggregate.updated else None,
        "deleted": False,
        "deleted_at": None,
    }
    return shown | {"uuid": aggregate.uid} if call.since("2.41") else shown
