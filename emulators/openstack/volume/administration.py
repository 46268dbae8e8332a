"""What administrators do with a volume: set its status by hand, force deletion and detachment, migrate it."""

from __future__ import annotations

from typing import Any, Final

from emulators.openstack.asks import ask
from emulators.openstack.call import Call, Reply
from emulators.openstack.credentials import admin
from emulators.openstack.faults import Fault
from emulators.openstack.schemas import BOOLEAN, UUID, closed
from emulators.openstack.service import Versioned
from emulators.openstack.volume import events, parameters
from emulators.openstack.volume.actions import PATH, invalid, target
from emulators.openstack.volume.attaching import attachments_of
from emulators.openstack.volume.connecting import decide_detach, named
from emulators.openstack.volume.records import CinderSnapshot, CinderVolume
from emulators.openstack.volume.releasing import require_unused
from emulators.openstack.volume.service import VOLUME
from emulators.openstack.volume.storage import backend_host, room, stores
from emulators.openstack.volume.volumes import remove_volume
from emulators.world.decide import Decision
from emulators.world.decisions import hardware as hw
from emulators.world.model import Disk

STATES: Final = frozenset(
    {"creating", "available", "deleting", "error", "error_deleting", "error_managing", "managing", "attaching", "in-use", "detaching"}
    | {"maintenance", "restoring-backup", "error_restoring", "reserved", "awaiting-transfer", "backing-up", "error_backing-up"}
    | {"error_extending", "downloading", "uploading", "retyping", "extending"}
)
ATTACH_STATES: Final = frozenset({"attached", "detached"})
MIGRATION_STATES: Final = frozenset({"migrating", "error", "success", "completing", "none", "starting"})
_ANY: Final = {"type": ["string", "null"]}


def _one_of(states: frozenset[str]) -> dict[str, str]:
    return {"type": "string", "pattern": rf"^(?i:{'|'.join(sorted(states))})\Z"}


_RESET: Final = {
    **closed({"status": _one_of(STATES), "attach_status": _one_of(ATTACH_STATES), "migration_status": _one_of(MIGRATION_STATES)}),
    "minProperties": 1,
}
_FLAGS: Final[dict[str, Any]] = {"force_host_copy": BOOLEAN, "lock_volume": BOOLEAN}
_MIGRATE: Final = Versioned(
    {
        "3.0-3.15": closed({"host": parameters.TEXT, **_FLAGS}, "host"),
        "3.16-": closed({"host": {"type": ["string", "null"], "maxLength": 255}, "cluster": parameters.OPTIONAL_TEXT, **_FLAGS}),
    }
)
_FORCE_DETACH: Final = closed({"connector": {"type": ["string", "object", "null"]}, "attachment_id": _ANY})


@VOLUME.action(PATH, "os-reset_status", body=_RESET, rule=admin)
async def reset_status(call: Call) -> Reply:
    """Set a volume's status by hand."""
    fields = {name: call.body.get(name, "").lower() for name in ("status", "attach_status", "migration_status")}
    await call.ask(decide_reset, volume=target(call).uid, **fields)
    return Reply(status=202)


@ask
def decide_reset(d: Decision, *, volume: str, status: str, attach_status: str, migration_status: str) -> None:
    """The volume is said to be so; one that is said to be detached has no attachments left."""
    found = d.get(CinderVolume, volume)
    if attach_status == "detached":
        for attachment in attachments_of(d.state, volume):
            d.delete(events.ATTACHMENT_DELETED, attachment)
        disk = d.state.maybe(Disk, found.disk)
        if disk is not None and disk.vm:
            d.update(hw.DISK_CHANGED, disk, vm="")
    migration = {"": found.migration, "none": ""}.get(migration_status, migration_status)
    d.update(events.VOLUME_CHANGED, found, status=status or found.status, migration=migration, updated=d.now)


@VOLUME.action(PATH, "os-force_delete", rule=admin)
async def force_delete(call: Call) -> Reply:
    """Delete a volume whatever its status."""
    await call.ask(remove_volume, volume=target(call).uid, cascade=True, force=True)
    return Reply(status=202)


@VOLUME.action(PATH, "os-force_detach", body=_FORCE_DETACH, rule=admin)
async def force_detach(call: Call) -> Reply:
    """Detach a volume whatever its status."""
    found, attachment = target(call), call.body.get("attachment_id") or ""
    require_unused(call, named(call, found, attachment))
    await call.ask(decide_detach, volume=found.uid, attachment=attachment, force=True)
    return Reply(status=202)


@VOLUME.action(PATH, "os-migrate_volume", body=_MIGRATE, rule=admin)
async def migrate(call: Call) -> Reply:
    """Move a volume to another backend."""
    host = call.body.get("host") or call.body.get("cluster")
    if not host:
        raise Fault(400, "Invalid input received: host or cluster must be provided.")
    await call.ask(decide_migrate, volume=target(call).uid, host=host)
    return Reply(status=202)


@ask
def decide_migrate(d: Decision, *, volume: str, host: str) -> None:
    """It lies there; raises Fault 400 (no such backend, or the volume's state)."""
    found = d.get(CinderVolume, volume)
    to = next((store for store in stores(d.state) if backend_host(d.state, store) == host), None)
    if to is None:
        raise Fault(400, f"Invalid host: No available service named '{host}'")
    bound = found.migration or found.group or d.state.count(CinderSnapshot, "volume", volume)
    if found.status not in {"available", "in-use"} or bound or found.host == host:
        raise invalid(
            f"Volume {volume} status must be available or in-use, must not be migrating, have snapshots, be replicated, be part of a group "
            "and destination host/cluster must be different than the current one"
        )
    if room(d.state, to) < found.size:
        raise Fault(400, "No valid backend was found. The destination has no room.")
    d.update(hw.DISK_CHANGED, d.get(Disk, found.disk), datastore=to.uid, path=f"[{to.name}] volume-{volume}")
    d.update(events.VOLUME_CHANGED, found, host=host, migration="success", updated=d.now)


_COMPLETION: Final = closed({"new_volume": UUID, "error": {"type": ["string", "null", "boolean"]}}, "new_volume")


@VOLUME.action(PATH, "os-migrate_volume_completion", body=_COMPLETION, rule=admin)
async def migrate_completion(call: Call) -> Reply:
    """Refused: migrations complete themselves."""
    target(call)
    raise invalid("Source volume not mid-migration.")


@VOLUME.action(PATH, "os-unmanage", rule=admin)
async def unmanage(call: Call) -> Reply:
    """Refused: there is no storage outside of the world that a volume could be left on."""
    target(call)
    raise Fault(501, "Volumes cannot be taken out of management: they have no storage outside of the datacenter.")


@VOLUME.get("/manageable_volumes", rule=admin, versions="3.8-")
@VOLUME.get("/manageable_volumes/detail", rule=admin, versions="3.8-")
async def manageable_volumes(call: Call) -> dict[str, Any]:
    """Storage that is not managed: none."""
    _require_host(call)
    return {"manageable-volumes": []}


@VOLUME.get("/manageable_snapshots", rule=admin, versions="3.8-")
@VOLUME.get("/manageable_snapshots/detail", rule=admin, versions="3.8-")
async def manageable_snapshots(call: Call) -> dict[str, Any]:
    """Snapshots that are not managed: none."""
    _require_host(call)
    return {"manageable-snapshots": []}


def _require_host(call: Call) -> None:
    if not call.first("host") and not call.first("cluster"):
        raise Fault(400, "Invalid input received: Either host or cluster must be specified.")


_DESCRIBED: Final[dict[str, Any]] = {
    "description": parameters.PRINTABLE,
    "metadata": parameters.OPTIONAL_METADATA,
    "name": parameters.OPTIONAL_TEXT,
}
_OUTSIDE: Final[dict[str, Any]] = {
    **_DESCRIBED,
    "availability_zone": parameters.OPTIONAL_TEXT,
    "bootable": BOOLEAN,
    "volume_type": parameters.OPTIONAL_TEXT,
    "host": parameters.HOST,
    "ref": {"type": ["object", "string"]},
}
_MANAGE_VOLUME: Final = Versioned(
    {
        "3.0-3.15": closed({"volume": closed(_OUTSIDE, "ref")}, "volume"),
        "3.16-": closed({"volume": closed({**_OUTSIDE, "cluster": parameters.OPTIONAL_TEXT}, "ref")}, "volume"),
    }
)
_OUTSIDE_SNAPSHOT: Final[dict[str, Any]] = {**_DESCRIBED, "volume_id": UUID, "ref": {"type": ["object", "null", "string"]}}
_MANAGE_SNAPSHOT: Final = closed({"snapshot": closed(_OUTSIDE_SNAPSHOT, "ref", "volume_id")}, "snapshot")


@VOLUME.post("/manageable_volumes", body=_MANAGE_VOLUME, rule=admin, versions="3.8-")
@VOLUME.post("/os-volume-manage", body=_MANAGE_VOLUME, rule=admin)
async def manage_volume(_: Call) -> Reply:
    """Refused: there is no storage outside of the world."""
    raise Fault(400, "Invalid input received: There is no storage outside of the datacenter that could be taken under management.")


@VOLUME.post("/manageable_snapshots", body=_MANAGE_SNAPSHOT, rule=admin, versions="3.8-")
@VOLUME.post("/os-snapshot-manage", body=_MANAGE_SNAPSHOT, rule=admin)
async def manage_snapshot(_: Call) -> Reply:
    """Refused: there is no storage outside of the world."""
    raise Fault(400, "Invalid input received: There is no storage outside of the datacenter that could be taken under management.")
