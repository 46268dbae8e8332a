"""What the deployment is made of: services, hosts, pools, capabilities, availability zones, resource filters."""

from __future__ import annotations

from typing import Any, Final

from emulators.openstack.asks import ask
from emulators.openstack.call import Call, Reply
from emulators.openstack.credentials import admin
from emulators.openstack.faults import Fault
from emulators.openstack.schemas import BOOLEAN, closed
from emulators.openstack.times import micro
from emulators.openstack.volume import events, parameters, views
from emulators.openstack.volume.listing import flag
from emulators.openstack.volume.records import CinderService, CinderSnapshot, CinderVolume
from emulators.openstack.volume.seed import BACKEND
from emulators.openstack.volume.service import VOLUME
from emulators.openstack.volume.storage import CAPABILITIES, GIB, backend_host, backend_of, room, stores
from emulators.openstack.volume.volumes import ZONE
from emulators.world import capacity
from emulators.world.decide import Decision
from emulators.world.model import Datastore, Hypervisor

FILTERS: Final = {
    "volume": ["name", "status", "metadata", "bootable", "migration_status", "availability_zone", "group_id", "created_at", "updated_at"],
    "backup": ["name", "status", "volume_id"],
    "snapshot": ["name", "status", "volume_id", "metadata", "availability_zone"],
    "group": ["name"],
    "group_snapshot": ["name", "status", "group_id"],
    "attachment": ["volume_id", "status", "instance_id", "attach_status"],
    "message": ["resource_uuid", "resource_type", "event_id", "request_id", "message_level"],
    "pool": ["name", "volume_type"],
    "volume_type": ["is_public"],
}
_WORD: Final = {"type": "string", "minLength": 1, "maxLength": 255}
_PLACE: Final[dict[str, Any]] = {"host": parameters.HOST, "cluster": parameters.OPTIONAL_TEXT}
_NAMED_HOST: Final = {"type": ["string", "null"], "minLength": 1, "maxLength": 255, "pattern": r"^[a-zA-Z0-9-._#@:/+]*\Z"}
_EITHER: Final = {"anyOf": [{"required": ["binary"]}, {"required": ["service"]}]}
_TARGET: Final = {**closed({**_PLACE, "binary": _WORD, "service": _WORD}), **_EITHER}
_REASON: Final = {**_WORD, "pattern": r"\S"}
_TARGET_REASON: Final = {**closed({**_PLACE, "binary": _WORD, "service": _WORD, "disabled_reason": _REASON}), **_EITHER}


def _up(call: Call, service: CinderService) -> bool:
    """A service is up while the host that it runs on is."""
    host = call.state.one(Hypervisor, "name", service.host.partition("@")[0])
    return host is None or host.running


@VOLUME.get("/os-services", rule=admin)
async def list_services(call: Call) -> dict[str, Any]:
    """The services, and whether they are up."""
    host, binary = call.first("host"), call.first("binary") or call.first("service")
    found = [
        one for one in call.state.all(CinderService) if host in {"", one.host, one.host.partition("@")[0]} and binary in {"", one.name}
    ]
    return {"services": [_service(call, one) for one in found]}


def _service(call: Call, one: CinderService) -> dict[str, Any]:
    row: dict[str, Any] = {
        "binary": one.name,
        "host": one.host,
        "zone": one.zone,
        "status": "disabled" if one.disabled else "enabled",
        "state": "up" if _up(call, one) else "down",
        "updated_at": micro(call.cloud.now()),
        "disabled_reason": one.reason or None,
    }
    if one.name == "cinder-volume":
        row |= {"replication_status": "disabled", "active_backend_id": None, "frozen": one.frozen}
    if call.since("3.7"):
        row["cluster"] = None
    if call.since("3.49") and one.name == "cinder-volume":
        row["backend_state"] = row["state"]
    return row


async def _set_service(call: Call, *, disabled: bool) -> dict[str, Any]:
    body = call.body
    binary = body.get("binary") or body.get("service") or ""
    if not body.get("host"):
        raise Fault(400, "Missing required element 'host' in request body.")
    reason = body.get("disabled_reason", "")
    await call.ask(decide_service, host=body["host"], binary=binary, disabled=disabled, reason=reason)
    row = {"host": body["host"], "service": binary, "binary": binary, "disabled": disabled, "status": "disabled" if disabled else "enabled"}
    return row | ({"disabled_reason": reason} if reason else {})


@ask
def decide_service(d: Decision, *, host: str, binary: str, disabled: bool, reason: str) -> None:
    """It works, or doesn't; raises Fault 404."""
    found = next((one for one in d.state.where(CinderService, "host", host) if one.name == binary), None)
    if found is None:
        raise Fault(404, f"Service {binary} could not be found on host {host}.")
    d.update(events.SERVICE_CHANGED, found, disabled=disabled, reason=reason if disabled else "", updated=d.now)


@VOLUME.put("/os-services/enable", body=_TARGET, rule=admin)
async def enable(call: Call) -> dict[str, Any]:
    """Let a service work."""
    return await _set_service(call, disabled=False)


@VOLUME.put("/os-services/disable", body=_TARGET, rule=admin)
async def disable(call: Call) -> dict[str, Any]:
    """Give a service no new work."""
    return await _set_service(call, disabled=True)


@VOLUME.put("/os-services/disable-log-reason", body=_TARGET_REASON, rule=admin)
async def disable_with_reason(call: Call) -> dict[str, Any]:
    """Give a service no new work, and say why."""
    if "disabled_reason" not in call.body:
        raise Fault(400, "Missing required element 'disabled_reason' in request body.")
    return await _set_service(call, disabled=True)


_HOST: Final = closed(_PLACE)


@VOLUME.put("/os-services/freeze", body=_HOST, rule=admin, status=202)
async def freeze(call: Call) -> Reply:
    """Take no new volumes on a backend, and delete none."""
    await call.ask(decide_frozen, host=call.body.get("host") or "", frozen=True)
    return Reply(status=202)


@VOLUME.put("/os-services/thaw", body=_HOST, rule=admin, status=202)
async def thaw(call: Call) -> Reply:
    """Let a backend work again."""
    await call.ask(decide_frozen, host=call.body.get("host") or "", frozen=False)
    return Reply(status=202)


@VOLUME.put("/os-services/failover_host", body=closed({**_PLACE, "backend_id": parameters.OPTIONAL_TEXT}), rule=admin, status=202)
async def failover(_: Call) -> Reply:
    """Refused: the backend is not replicated."""
    raise Fault(400, "Invalid input received: The backend is not replicated: there is nothing to fail over to.")


@ask
def decide_frozen(d: Decision, *, host: str, frozen: bool) -> None:
    """It is so; raises Fault 400 when there is no such backend."""
    found = next((one for one in d.state.where(CinderService, "host", host) if one.name == "cinder-volume"), None)
    if found is None:
        raise Fault(400, f"Service cinder-volume could not be found on host {host}.")
    d.update(events.SERVICE_CHANGED, found, frozen=frozen, updated=d.now)


# -- storage ------------------------------------------------------------------------------------------------------------------


@VOLUME.get("/scheduler-stats/get_pools", rule=admin)
async def pools(call: Call) -> dict[str, Any]:
    """The pools that volumes are placed in; with ``detail`` their room, too."""
    name = call.first("name")
    found = [store for store in stores(call.state) if name in {"", backend_host(call.state, store)}]
    detailed = flag(call, "detail")
    return {"pools": [_pool(call, store, detailed=detailed) for store in found]}


def _pool(call: Call, store: Datastore, *, detailed: bool) -> dict[str, Any]:
    row: dict[str, Any] = {"name": backend_host(call.state, store)}
    if detailed:
        space = capacity.datastore_space(call.state, store)
        row["capabilities"] = {
            "pool_name": store.name,
            **CAPABILITIES,
            "total_capacity_gb": space.capacity / GIB,
            "free_capacity_gb": float(room(call.state, store)),
            "allocated_capacity_gb": space.used // GIB,
            "provisioned_capacity_gb": space.provisioned / GIB,
            "max_over_subscription_ratio": "1.0",
            "reserved_percentage": 0,
            "backend_state": "up" if store.accessible else "down",
            "timestamp": micro(call.cloud.now()),
        }
    return row


@VOLUME.get("/capabilities/{host}", rule=admin)
async def capabilities(call: Call) -> dict[str, Any]:
    """What a backend can do."""
    host = call.path["host"]
    found = [
        store for store in stores(call.state) if host in {backend_host(call.state, store), backend_of(backend_host(call.state, store))}
    ]
    if not found:
        raise Fault(404, f"Backend {host} could not be found.")
    return {
        "namespace": f"OS::Storage::Capabilities::{host}",
        "vendor_name": "Open Source",
        "volume_backend_name": BACKEND,
        "pool_name": found[0].name,
        "driver_version": "3.0.0",
        "storage_protocol": "iSCSI",
        "display_name": "Capabilities of the volumes' datastore",
        "description": "Volume type options that the datacenter's volumes have.",
        "visibility": "public",
        "replication_targets": [],
        "properties": {
            "thin_provisioning": {"title": "Thin Provisioning", "description": "Sets thin provisioning.", "type": "boolean"},
            "compression": {"title": "Compression", "description": "Enables compression.", "type": "boolean"},
            "qos": {"title": "QoS", "description": "Enables QoS.", "type": "boolean"},
            "replication_enabled": {"title": "Replication", "description": "Enables replication.", "type": "boolean"},
        },
    }


@VOLUME.get("/os-availability-zone", quality="client")
async def zones(_: Call) -> dict[str, Any]:
    """The one zone."""
    return {"availabilityZoneInfo": [{"zoneName": ZONE, "zoneState": {"available": True}}]}


@VOLUME.get("/os-hosts", rule=admin)
async def hosts(call: Call) -> dict[str, Any]:
    """The hosts of services."""
    return {
        "hosts": [
            {
                "host_name": one.host,
                "service": one.name,
                "zone": one.zone,
                "service-status": "available" if _up(call, one) else "unavailable",
                "service-state": "disabled" if one.disabled else "enabled",
                "last-update": views.time(call.cloud.now()),
            }
            for one in call.state.all(CinderService)
        ]
    }


@VOLUME.get("/os-hosts/{host}", rule=admin)
async def host(call: Call) -> dict[str, Any]:
    """The volumes of a host, in all and by project."""
    name = call.path["host"]
    if not call.state.count(CinderService, "host", name):
        raise Fault(404, f"Host {name} could not be found.")
    volumes = [one for one in call.state.all(CinderVolume) if backend_of(one.host) == name]
    ids = {one.uid for one in volumes}
    snapshots = [one for one in call.state.all(CinderSnapshot) if one.volume in ids]
    projects = ["(total)", *sorted({one.project for one in volumes})]
    return {"host": [{"resource": _share(name, project, volumes, snapshots)} for project in projects]}


def _share(name: str, project: str, volumes: list[CinderVolume], snapshots: list[CinderSnapshot]) -> dict[str, str]:
    mine = [one for one in volumes if project in {"(total)", one.project}]
    theirs = [one for one in snapshots if project in {"(total)", one.project}]
    return {
        "host": name,
        "project": project,
        "volume_count": str(len(mine)),
        "total_volume_gb": str(sum(one.size for one in mine)),
        "snapshot_count": str(len(theirs)),
        "total_snapshot_gb": str(sum(one.size for one in theirs)),
    }


@VOLUME.get("/resource_filters", versions="3.33-")
async def resource_filters(call: Call) -> dict[str, Any]:
    """What lists can be filtered by."""
    wanted = call.first("resource")
    return {"resource_filters": [{"resource": name, "filters": names} for name, names in FILTERS.items() if wanted in {"", name}]}


@VOLUME.get("/clusters", rule=admin, versions="3.7-")
@VOLUME.get("/clusters/detail", rule=admin, versions="3.7-")
async def clusters(_: Call) -> dict[str, Any]:
    """Clusters of volume services: none."""
    return {"clusters": []}


_CLEANUP: Final = closed(
    {
        "cluster_name": _NAMED_HOST,
        "host": _NAMED_HOST,
        "disabled": BOOLEAN,
        "is_up": BOOLEAN,
        "binary": {"enum": ["cinder-volume", "cinder-scheduler"]},
        "resource_id": parameters.OPTIONAL_UUID,
        "resource_type": {"type": ["string", "null"], "minLength": 0, "maxLength": 40},
        "service_id": {"type": ["integer", "string", "null"], "pattern": "^[0-9]*$", "maxLength": 11},
    }
)


@VOLUME.post("/workers/cleanup", body=_CLEANUP, rule=admin, versions="3.24-", status=202)
async def cleanup(_: Call) -> dict[str, Any]:
    """Nothing is left behind: what a crash interrupted is taken up by the engine itself."""
    return {"cleaning": [], "unavailable": []}
