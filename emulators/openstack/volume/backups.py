"""Backups of volumes: full and incremental, restored, exported and imported."""

from __future__ import annotations

import base64
import binascii
from typing import Any, Final

import msgspec

from emulators.openstack.asks import Ask, ask, name_of
from emulators.openstack.call import Call, Reply
from emulators.openstack.credentials import admin
from emulators.openstack.faults import Fault
from emulators.openstack.schemas import BOOLEAN, UUID, closed, truth
from emulators.openstack.service import Versioned
from emulators.openstack.times import micro
from emulators.openstack.volume import events, limits, parameters, views
from emulators.openstack.volume.attaching import set_status
from emulators.openstack.volume.files import RemoveFiles, copy_files, has_files
from emulators.openstack.volume.listing import Kind, answer, links, listed, owned
from emulators.openstack.volume.lookups import find_backup, find_snapshot, find_volume
from emulators.openstack.volume.records import CinderBackup, CinderSnapshot, CinderVolume
from emulators.openstack.volume.service import VOLUME
from emulators.world.decide import Decision, run
from emulators.world.decisions.timers import later

SECONDS: Final = 15.0
SERVICE: Final = "cinder.backup.drivers.swift.SwiftBackupDriver"
CONTAINER: Final = "volumebackups"
OBJECT_GIB: Final = 20
"""Objects of the Swift driver have about 50 MB: this many a GiB."""
BACKUPS: Final = Kind(
    "backups",
    {
        "id": lambda one: one.uid,
        "name": lambda one: one.name,
        "status": lambda one: one.status,
        "volume_id": lambda one: one.volume,
        "size": lambda one: one.size,
        "created_at": lambda one: one.created,
    },
)
_FIELDS: Final[dict[str, Any]] = {
    "volume_id": UUID,
    "container": parameters.OPTIONAL_TEXT,
    "description": parameters.PRINTABLE,
    "incremental": BOOLEAN,
    "force": BOOLEAN,
    "name": parameters.OPTIONAL_TEXT,
    "snapshot_id": parameters.OPTIONAL_UUID,
}
_METADATA: Final = {"metadata": parameters.OPTIONAL_METADATA}
_ZONE: Final = {"availability_zone": parameters.OPTIONAL_TEXT}
_CREATE: Final = Versioned(
    {
        "3.0-3.42": closed({"backup": closed(_FIELDS, "volume_id")}, "backup"),
        "3.43-3.50": closed({"backup": closed(_FIELDS | _METADATA, "volume_id")}, "backup"),
        "3.51-": closed({"backup": closed(_FIELDS | _METADATA | _ZONE, "volume_id")}, "backup"),
    }
)
_TEXTS: Final[dict[str, Any]] = {"name": parameters.OPTIONAL_TEXT, "description": parameters.PRINTABLE}
_UPDATE: Final = Versioned(
    {
        "3.9-3.42": closed({"backup": {**closed(_TEXTS), "type": ["object", "null"]}}, "backup"),
        "3.43-": closed({"backup": {**closed(_TEXTS | {"metadata": parameters.METADATA}), "type": ["object", "null"]}}, "backup"),
    }
)


class Exported(msgspec.Struct, frozen=True):
    """What a backup record says of a backup, wherever it came from."""

    id: str
    volume_id: str
    size: int
    display_name: str = ""
    display_description: str = ""
    container: str = ""
    object_count: int = 0


def summary(call: Call, one: CinderBackup) -> dict[str, Any]:
    """A backup in a list."""
    return {"id": one.uid, "name": one.name or None, "links": links(call, f"backups/{one.uid}")}


def detail(call: Call, one: CinderBackup) -> dict[str, Any]:
    """A backup in full."""
    row = summary(call, one) | {
        "status": one.status,
        "size": one.size,
        "object_count": one.objects,
        "availability_zone": one.zone or None,
        "container": one.container or None,
        "created_at": micro(one.created),
        "updated_at": views.time(one.updated),
        "description": one.description or None,
        "fail_reason": one.fail_reason or None,
        "volume_id": one.volume,
        "is_incremental": one.incremental,
        "has_dependent_backups": call.state.count(CinderBackup, "parent", one.uid) > 0,
        "snapshot_id": one.snapshot or None,
        "data_timestamp": views.time(one.data_timestamp),
    }
    if call.credentials.admin and call.since("3.18"):
        row["os-backup-project-attr:project_id"] = one.project
    if call.since("3.43"):
        row["metadata"] = one.metadata
    if call.since("3.56"):
        row |= {"user_id": one.user, "encryption_key_id": None} if call.since("3.64") else {"user_id": one.user}
    return row


def target(call: Call) -> CinderBackup:
    return find_backup(call.state, call.credentials, call.path["backup_id"])


@VOLUME.post("/backups", body=_CREATE, status=202)
async def create_backup(call: Call) -> dict[str, Any]:
    """Back a volume up."""
    body = call.body["backup"]
    volume = find_volume(call.state, call.credentials, body["volume_id"])
    snapshot = body.get("snapshot_id") or ""
    if snapshot and find_snapshot(call.state, call.credentials, snapshot).volume != volume.uid:
        raise Fault(400, f"Invalid snapshot: Snapshot {snapshot} is not of volume {volume.uid}.")
    made = await call.ask(decide_create, volume=volume.uid, user=call.credentials.user, body=body)
    return {"backup": summary(call, made)}


@ask
def decide_create(d: Decision, *, volume: str, user: str, body: dict[str, Any]) -> CinderBackup:
    """The backup, on its way; raises Fault 400 (state, or nothing to build upon) or 413."""
    found = d.get(CinderVolume, volume)
    snapshot = body.get("snapshot_id") or ""
    allowed = {"available", "in-use"} if truth(body.get("force", False)) or snapshot else {"available"}
    if found.status not in allowed:
        raise Fault(
            400, f'Invalid volume: Volume to be backed up should be {" or ".join(sorted(allowed))} but current status is "{found.status}".'
        )
    parent = _parent(d, volume) if truth(body.get("incremental", False)) else None
    limits.require_backup(d, found.project, found.size)
    made = d.create(
        events.BACKUP_CREATED,
        CinderBackup,
        uid=d.new_uuid(),
        name=parameters.text(body.get("name")),
        project=found.project,
        user=user,
        volume=volume,
        snapshot=snapshot,
        parent=parent.uid if parent else "",
        incremental=parent is not None,
        size=found.size,
        description=parameters.text(body.get("description")),
        container=body.get("container") or CONTAINER,
        zone=body.get("availability_zone") or "nova",
        metadata=body.get("metadata") or {},
        volume_metadata=found.metadata,
        image_metadata=found.image_metadata,
        bootable=found.bootable,
        data_timestamp=d.now,
    )
    if not snapshot:
        set_status(d, found, "backing-up", before=found.status)
    later(d, made.uid, SECONDS, Ask(ask=name_of(finish_create), arguments={"backup": made.uid}))
    return made


def _parent(d: Decision, volume: str) -> CinderBackup:
    complete = [one for one in d.state.where(CinderBackup, "volume", volume) if one.status == "available"]
    if not complete:
        raise Fault(400, "Invalid backup: No backups available to do an incremental backup.")
    return complete[-1]


@ask
def finish_create(d: Decision, *, backup: str) -> None:
    """It is in the store, and its volume free."""
    found = d.state.maybe(CinderBackup, backup)
    if found is None or found.status != "creating":
        return
    source = _files_of(d, found)
    if source and not found.written:
        d.update(events.BACKUP_CHANGED, found, written=True)
        then, otherwise = name_of(finish_create), name_of(fail_create)
        copy_files(d, backup, source, backup, found.size, then=then, otherwise=otherwise, backup=backup)
        return
    d.update(events.BACKUP_CHANGED, found, status="available", objects=found.size * OBJECT_GIB, updated=d.now)
    volume = d.state.maybe(CinderVolume, found.volume)
    if volume is not None and volume.status == "backing-up":
        set_status(d, volume, volume.before or "available")


def _files_of(d: Decision, found: CinderBackup) -> str:
    """What the backup is to have the files of: a disk's uid, or empty."""
    snapshot, volume = d.state.maybe(CinderSnapshot, found.snapshot), d.state.maybe(CinderVolume, found.volume)
    if snapshot is not None:
        return snapshot.disk if snapshot.written else ""
    return volume.disk if volume is not None and has_files(d.state, volume) else ""


@ask
def fail_create(d: Decision, *, backup: str) -> None:
    """It is in error, and its volume free."""
    found = d.state.maybe(CinderBackup, backup)
    if found is None:
        return
    d.update(events.BACKUP_CHANGED, found, status="error", fail_reason="The volume's files could not be copied.", updated=d.now)
    volume = d.state.maybe(CinderVolume, found.volume)
    if volume is not None and volume.status == "backing-up":
        set_status(d, volume, volume.before or "available")


@VOLUME.get("/backups")
async def list_backups(call: Call) -> dict[str, Any]:
    """Backups in short."""
    return answer(call, BACKUPS, listed(call, BACKUPS, owned(call, CinderBackup)), lambda one: summary(call, one))


@VOLUME.get("/backups/detail")
async def detail_backups(call: Call) -> dict[str, Any]:
    """Backups in full."""
    return answer(call, BACKUPS, listed(call, BACKUPS, owned(call, CinderBackup)), lambda one: detail(call, one))


@VOLUME.get("/backups/{backup_id}")
async def show_backup(call: Call) -> dict[str, Any]:
    """One backup."""
    return {"backup": detail(call, target(call))}


@VOLUME.put("/backups/{backup_id}", body=_UPDATE, versions="3.9-")
async def update_backup(call: Call) -> dict[str, Any]:
    """Change name, description or metadata."""
    body = call.body["backup"] or {}
    fields: dict[str, Any] = {name: parameters.text(body[name]) for name in ("name", "description") if name in body}
    if "metadata" in body:
        fields["metadata"] = body["metadata"]
    changed = await call.ask(change_backup, backup=target(call).uid, fields=fields)
    return {"backup": summary(call, changed)}


@ask
def change_backup(d: Decision, *, backup: str, fields: dict[str, Any]) -> CinderBackup:
    """Its fields hold."""
    return d.update(events.BACKUP_CHANGED, d.get(CinderBackup, backup), **fields, updated=d.now)


@VOLUME.delete("/backups/{backup_id}", status=202)
async def delete_backup(call: Call) -> Reply:
    """Delete a backup."""
    await call.ask(remove_backup, backup=target(call).uid, force=False)
    return Reply(status=202)


@VOLUME.action("/backups/{backup_id}/action", "os-force_delete", rule=admin)
async def force_delete(call: Call) -> Reply:
    """Delete a backup whatever its status."""
    await call.ask(remove_backup, backup=target(call).uid, force=True)
    return Reply(status=202)


@ask
def remove_backup(d: Decision, *, backup: str, force: bool) -> None:
    """It is being deleted, and gone a little later; raises Fault 400 unless that can be."""
    found = d.get(CinderBackup, backup)
    if not force and found.status not in {"available", "error"}:
        raise Fault(400, f"Invalid backup: Backup status must be available or error, but is {found.status}.")
    if d.state.count(CinderBackup, "parent", backup):
        raise Fault(400, "Invalid backup: Incremental backups exist for this backup.")
    d.update(events.BACKUP_CHANGED, found, status="deleting", updated=d.now)
    later(d, backup, 2.0, Ask(ask=name_of(finish_remove), arguments={"backup": backup}))


@ask
def finish_remove(d: Decision, *, backup: str) -> None:
    """It is gone."""
    found = d.state.maybe(CinderBackup, backup)
    if found is not None:
        d.delete(events.BACKUP_DELETED, found)
        if found.written:
            run(d, RemoveFiles(target=backup))


@VOLUME.action(
    "/backups/{backup_id}/action",
    "os-reset_status",
    body=closed({"status": {"type": "string", "pattern": r"^(?i:available|error)\Z"}}, "status"),
    rule=admin,
)
async def reset_status(call: Call) -> Reply:
    """Set a backup's status by hand."""
    await call.ask(change_backup, backup=target(call).uid, fields={"status": call.body["status"].lower()})
    return Reply(status=202)


# -- records ------------------------------------------------------------------------------------------------------------------


@VOLUME.get("/backups/{backup_id}/export_record", rule=admin)
async def export_record(call: Call) -> dict[str, Any]:
    """What another Cinder needs in order to know a backup."""
    one = target(call)
    if one.status != "available":
        raise Fault(400, f"Invalid backup: Backup status must be available and not {one.status}.")
    record = Exported(one.uid, one.volume, one.size, one.name, one.description, one.container, one.objects)
    return {"backup-record": {"backup_service": SERVICE, "backup_url": base64.b64encode(msgspec.json.encode(record)).decode()}}


_RECORD: Final = closed(
    {
        "backup-record": closed(
            {"backup_service": parameters.TEXT, "backup_url": {"type": "string", "minLength": 1, "format": "base64"}},
            "backup_service",
            "backup_url",
        )
    },
    "backup-record",
)


@VOLUME.post("/backups/import_record", body=_RECORD, rule=admin, status=201)
async def import_record(call: Call) -> dict[str, Any]:
    """Know a backup that another Cinder made."""
    body = call.body["backup-record"]
    if body["backup_service"] != SERVICE:
        raise Fault(400, f"Service not found for creating or importing backup: {body['backup_service']}.")
    try:
        record = msgspec.json.decode(base64.b64decode(body["backup_url"], validate=True), type=Exported)
    except (binascii.Error, ValueError, msgspec.MsgspecError) as error:
        raise Fault(400, "Invalid input received: Can't parse backup record.") from error
    made = await call.ask(decide_import, project=call.project, user=call.credentials.user, record=record)
    return {"backup": summary(call, made)}


@ask
def decide_import(d: Decision, *, project: str, user: str, record: Exported) -> CinderBackup:
    """The backup; raises Fault 400 when it is known already."""
    if d.state.find(record.id) is not None or not 0 < record.size <= parameters.MAX_INT:
        raise Fault(400, f"Invalid backup: Backup {record.id} already exists in database, or its record is not one.")
    limits.require_backup(d, project, record.size)
    return d.create(
        events.BACKUP_CREATED,
        CinderBackup,
        uid=record.id,
        name=record.display_name,
        project=project,
        user=user,
        volume=record.volume_id,
        size=record.size,
        description=record.display_description,
        container=record.container,
        objects=record.object_count,
        status="available",
        data_timestamp=d.now,
    )
