"""Snapshots of volumes."""

from __future__ import annotations

from typing import Any, Final

from dcsim.errors import InsufficientResources
from emulators.openstack.asks import Ask, ask, name_of
from emulators.openstack.call import Call, Reply
from emulators.openstack.credentials import admin
from emulators.openstack.faults import Fault
from emulators.openstack.schemas import BOOLEAN, closed, truth
from emulators.openstack.volume import events, limits, parameters, views
from emulators.openstack.volume.files import RemoveFiles, copy_files, has_files
from emulators.openstack.volume.listing import answer, listed, owned
from emulators.openstack.volume.lookups import find_snapshot, find_volume
from emulators.openstack.volume.messages import tell
from emulators.openstack.volume.records import CinderSnapshot, CinderType, CinderVolume
from emulators.openstack.volume.service import VOLUME
from emulators.openstack.volume.storage import drop_disk, make_disk, place
from emulators.world.decide import Decision, run
from emulators.world.decisions.timers import later

SECONDS: Final = 2.0
STATES: Final = frozenset({"available", "error", "creating", "deleting", "error_deleting"})
_CREATE: Final = closed(
    {
        "snapshot": {
            "type": "object",
            "properties": {
                "name": parameters.OPTIONAL_TEXT,
                "display_name": parameters.OPTIONAL_TEXT,
                "description": parameters.PRINTABLE,
                "volume_id": parameters.OPTIONAL_UUID,
                "force": BOOLEAN,
                "metadata": parameters.OPTIONAL_METADATA,
            },
            "required": ["volume_id"],
            "additionalProperties": False,
        }
    },
    "snapshot",
)
_TEXTS: Final = {
    "name": parameters.OPTIONAL_TEXT,
    "display_name": parameters.OPTIONAL_TEXT,
    "description": parameters.PRINTABLE,
    "display_description": parameters.PRINTABLE,
}
_UPDATE: Final = closed({"snapshot": {**closed(_TEXTS), "minProperties": 1}}, "snapshot")


@VOLUME.post("/snapshots", body=_CREATE, status=202, quality="client")
async def create_snapshot(call: Call) -> dict[str, Any]:
    """Take a snapshot of a volume."""
    body = call.body["snapshot"]
    volume = find_volume(call.state, call.credentials, body["volume_id"] or "None")
    in_use = call.since("3.66") or truth(body.get("force", False))
    made = await call.ask(
        decide_create,
        volume=volume.uid,
        user=call.credentials.user,
        name=parameters.text(body.get("name", body.get("display_name"))),
        description=parameters.text(body.get("description")),
        metadata=body.get("metadata") or {},
        in_use=in_use,
    )
    return {"snapshot": views.snapshot(call, made)}


@ask
def decide_create(
    d: Decision, *, volume: str, user: str, name: str, description: str, metadata: dict[str, str], in_use: bool, group_snapshot: str = ""
) -> CinderSnapshot:
    """The snapshot, on its way; raises Fault 400 (the volume's state) or 413 (quota)."""
    found = d.get(CinderVolume, volume)
    allowed = {"available", "in-use"} if in_use else {"available"}
    if found.status not in allowed:
        raise Fault(
            400, f"Invalid volume: Volume {volume} status must be {' or '.join(sorted(allowed))}, but current status is: {found.status}."
        )
    type_ = d.state.maybe(CinderType, found.type)
    limits.require(d, found.project, what="snapshots", gib=found.size, type_name=type_.name if type_ else "")
    made = d.create(
        events.SNAPSHOT_CREATED,
        CinderSnapshot,
        uid=d.new_uuid(),
        name=name,
        project=found.project,
        user=user,
        volume=volume,
        size=found.size,
        type=found.type,
        description=description,
        metadata=dict(metadata),
        group_snapshot=group_snapshot,
    )
    arguments = {"snapshot": made.uid, "request": d.context.actor.request_id}
    later(d, made.uid, SECONDS, Ask(ask=name_of(finish_create), arguments=arguments))
    return made


@ask
def finish_create(d: Decision, *, snapshot: str, request: str) -> None:
    """It lies beside its volume; in error when there is no room."""
    found = d.state.maybe(CinderSnapshot, snapshot)
    volume = d.state.maybe(CinderVolume, found.volume) if found else None
    if found is None or volume is None or found.status != "creating":
        return
    try:
        disk = make_disk(d, place(d, found.size, volume.disk), name=f"_snapshot-{snapshot}", project=found.project, gib=found.size)
    except InsufficientResources:
        d.update(events.SNAPSHOT_CHANGED, found, status="error", updated=d.now)
        tell(d, found.project, "SNAPSHOT", snapshot, "022_018", "create snapshot:Snapshot is failed to be created.", request)
        return
    if not has_files(d.state, volume):
        d.update(events.SNAPSHOT_CHANGED, found, status="available", progress="100%", disk=disk.uid, updated=d.now)
        return
    d.update(events.SNAPSHOT_CHANGED, found, disk=disk.uid, written=True)
    then, otherwise = name_of(finish_copy), name_of(fail_copy)
    copy_files(d, snapshot, volume.disk, disk.uid, found.size, then=then, otherwise=otherwise, snapshot=snapshot)


@ask
def finish_copy(d: Decision, *, snapshot: str) -> None:
    """It has the volume's files."""
    found = d.state.maybe(CinderSnapshot, snapshot)
    if found is not None and found.status == "creating":
        d.update(events.SNAPSHOT_CHANGED, found, status="available", progress="100%", updated=d.now)


@ask
def fail_copy(d: Decision, *, snapshot: str) -> None:
    """It could not be taken."""
    found = d.state.maybe(CinderSnapshot, snapshot)
    if found is not None and found.status == "creating":
        d.update(events.SNAPSHOT_CHANGED, found, status="error", updated=d.now)


@VOLUME.get("/snapshots", quality="client")
async def list_snapshots(call: Call) -> dict[str, Any]:
    """Snapshots in short."""
    page = listed(call, views.SNAPSHOTS, owned(call, CinderSnapshot))
    return answer(call, views.SNAPSHOTS, page, lambda one: views.snapshot(call, one))


@VOLUME.get("/snapshots/detail", quality="client")
async def detail_snapshots(call: Call) -> dict[str, Any]:
    """Snapshots in full."""
    page = listed(call, views.SNAPSHOTS, owned(call, CinderSnapshot))
    return answer(call, views.SNAPSHOTS, page, lambda one: views.snapshot_detail(call, one))


@VOLUME.get("/snapshots/{snapshot_id}", quality="client")
async def show_snapshot(call: Call) -> dict[str, Any]:
    """One snapshot."""
    return {"snapshot": views.snapshot_detail(call, find_snapshot(call.state, call.credentials, call.path["snapshot_id"]))}


@VOLUME.put("/snapshots/{snapshot_id}", body=_UPDATE, quality="client")
async def update_snapshot(call: Call) -> dict[str, Any]:
    """Change name or description."""
    found = find_snapshot(call.state, call.credentials, call.path["snapshot_id"])
    fields = {name.removeprefix("display_"): parameters.text(value) for name, value in call.body["snapshot"].items()}
    return {"snapshot": views.snapshot(call, await call.ask(change_snapshot, snapshot=found.uid, fields=fields))}


@ask
def change_snapshot(d: Decision, *, snapshot: str, fields: dict[str, Any]) -> CinderSnapshot:
    """Its fields hold."""
    found = d.get(CinderSnapshot, snapshot)
    return d.update(events.SNAPSHOT_CHANGED, found, **fields, updated=d.now) if fields else found


@VOLUME.delete("/snapshots/{snapshot_id}", status=202, quality="client")
async def delete_snapshot(call: Call) -> Reply:
    """Delete a snapshot."""
    found = find_snapshot(call.state, call.credentials, call.path["snapshot_id"])
    await call.ask(remove_snapshot, snapshot=found.uid)
    return Reply(status=202)


@ask
def remove_snapshot(d: Decision, *, snapshot: str, force: bool = False) -> None:
    """It is being deleted; raises Fault 400 unless that can be."""
    found = d.get(CinderSnapshot, snapshot)
    if not force:
        require_deletable(d, found)
    start_deletion(d, found)


def require_deletable(_: Decision, snapshot: CinderSnapshot) -> None:
    """Raise Fault 400 for a snapshot that cannot be deleted now."""
    if snapshot.status not in {"available", "error"} or snapshot.group_snapshot:
        raise Fault(400, "Invalid snapshot: Snapshot status must be available or error and snapshot must not be part of a group.")


def start_deletion(d: Decision, snapshot: CinderSnapshot) -> None:
    """It is being deleted, and gone a little later."""
    d.update(events.SNAPSHOT_CHANGED, snapshot, status="deleting", updated=d.now)
    later(d, snapshot.uid, SECONDS, Ask(ask=name_of(finish_remove), arguments={"snapshot": snapshot.uid}))


@ask
def finish_remove(d: Decision, *, snapshot: str) -> None:
    """It is gone, with its disk."""
    found = d.state.maybe(CinderSnapshot, snapshot)
    if found is not None:
        drop_disk(d, found.disk)
        d.delete(events.SNAPSHOT_DELETED, found)
        if found.written:
            run(d, RemoveFiles(target=found.disk))


_STATUS: Final = closed({"status": {"type": "string", "pattern": rf"^(?i:{'|'.join(sorted(STATES))})\Z"}}, "status")
_PROGRESS: Final = {"type": "string", "pattern": r"^(|(0?0?[0-9]|0?[1-9][0-9]|100)%)\Z"}
_TOLD: Final = closed({"status": {"type": "string"}, "progress": {"anyOf": [_PROGRESS, {"enum": [None, False, 0, {}, []]}]}}, "status")


@VOLUME.action("/snapshots/{snapshot_id}/action", "os-reset_status", body=_STATUS, rule=admin)
async def reset_status(call: Call) -> Reply:
    """Set a snapshot's status by hand."""
    return await _set_status(call, STATES)


@VOLUME.action("/snapshots/{snapshot_id}/action", "os-update_snapshot_status", body=_TOLD)
async def update_status(call: Call) -> Reply:
    """What Nova tells of a snapshot that it took."""
    return await _set_status(call, frozenset({"creating", "available", "deleting", "error", "error_deleting"}))


async def _set_status(call: Call, allowed: frozenset[str]) -> Reply:
    found = find_snapshot(call.state, call.credentials, call.path["snapshot_id"])
    status = call.body["status"].lower()
    if status not in allowed:
        raise Fault(400, f"Invalid input for field/attribute status. Value: {status}. '{status}' is not one of {sorted(allowed)}")
    fields = {name: call.body[name] for name in ("progress",) if call.body.get(name)}
    await call.ask(change_snapshot, snapshot=found.uid, fields=fields | {"status": status})
    return Reply(status=202)


@VOLUME.action("/snapshots/{snapshot_id}/action", "os-force_delete", rule=admin)
async def force_delete(call: Call) -> Reply:
    """Delete a snapshot whatever its state."""
    found = find_snapshot(call.state, call.credentials, call.path["snapshot_id"])
    await call.ask(remove_snapshot, snapshot=found.uid, force=True)
    return Reply(status=202)


@VOLUME.action("/snapshots/{snapshot_id}/action", "os-unmanage", rule=admin)
async def unmanage(call: Call) -> Reply:
    """Refused: there is no storage outside of the world that a snapshot could be left on."""
    find_snapshot(call.state, call.credentials, call.path["snapshot_id"])
    raise Fault(501, "Snapshots cannot be taken out of management: they have no storage outside of the datacenter.")
