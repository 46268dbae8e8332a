"""Backups are restored: to the volume that is named, or to a new one."""

from __future__ import annotations

from typing import Any, Final

from emulators.openstack.asks import Ask, ask, name_of
from emulators.openstack.call import Call
from emulators.openstack.faults import Fault
from emulators.openstack.schemas import closed
from emulators.openstack.volume import events, parameters
from emulators.openstack.volume.attaching import set_status
from emulators.openstack.volume.backups import SECONDS, target
from emulators.openstack.volume.creation import Wanted, create
from emulators.openstack.volume.files import copy_files
from emulators.openstack.volume.lookups import default_type, find_volume
from emulators.openstack.volume.records import CinderBackup, CinderVolume
from emulators.openstack.volume.service import VOLUME
from emulators.world.decide import Decision
from emulators.world.decisions.timers import later

_RESTORE: Final = closed(
    {"restore": {**closed({"name": parameters.OPTIONAL_TEXT, "volume_id": parameters.OPTIONAL_UUID}), "type": ["object", "null"]}},
    "restore",
)


@VOLUME.post("/backups/{backup_id}/restore", body=_RESTORE, status=202)
async def restore(call: Call) -> dict[str, Any]:
    """Write a backup to a volume: the one that is named, or a new one."""
    backup, body = target(call), call.body["restore"] or {}
    volume = body.get("volume_id") or ""
    if volume:
        find_volume(call.state, call.credentials, volume)
    name = parameters.text(body.get("name")) or f"restore_backup_{backup.uid}"
    used = await call.ask(decide_restore, backup=backup.uid, volume=volume, name=name, project=call.project, user=call.credentials.user)
    return {"restore": {"backup_id": backup.uid, "volume_id": used.uid, "volume_name": used.name}}


@ask
def decide_restore(d: Decision, *, backup: str, volume: str, name: str, project: str, user: str) -> CinderVolume:
    """The volume, on its way to be what the backup has; raises Fault 400 or 413."""
    found = d.get(CinderBackup, backup)
    if found.status != "available":
        raise Fault(400, f"Invalid backup: Backup status must be available, but is {found.status}.")
    if volume:
        used = d.get(CinderVolume, volume)
    else:
        type_ = default_type(d.state, project)
        made = create(d, Wanted(project=project, user=user, size=found.size, name=name, type=type_.uid if type_ else "", backup=backup))
        used = d.get(CinderVolume, made.uid)
    if volume and used.status != "available":
        raise Fault(400, "Invalid volume: Volume to be restored to must be available")
    if used.size < found.size:
        raise Fault(400, f"Invalid volume: volume size {used.size} is too small to restore backup of size {found.size}.")
    d.update(events.BACKUP_CHANGED, found, status="restoring", restoring=used.uid, updated=d.now)
    if volume:
        used = set_status(d, used, "restoring-backup", before=used.status)
    later(d, backup, SECONDS, Ask(ask=name_of(finish_restore), arguments={"backup": backup, "volume": used.uid}))
    return used


@ask
def finish_restore(d: Decision, *, backup: str, volume: str) -> None:
    """The volume has it; the backup is available again."""
    found, used = d.state.maybe(CinderBackup, backup), d.state.maybe(CinderVolume, volume)
    if found is not None and found.written and used is not None and used.disk:
        d.update(events.VOLUME_CHANGED, used, written=True)
        then, otherwise = name_of(finish_files), name_of(fail_restore)
        copy_files(d, volume, backup, used.disk, used.size, then=then, otherwise=otherwise, backup=backup, volume=volume)
        return
    finish_files(d, backup=backup, volume=volume)


@ask
def fail_restore(d: Decision, *, backup: str, volume: str) -> None:
    """The volume is in error; the backup is as it was."""
    found, used = d.state.maybe(CinderBackup, backup), d.state.maybe(CinderVolume, volume)
    if found is not None and found.status == "restoring":
        d.update(events.BACKUP_CHANGED, found, status="available", restoring="", updated=d.now)
    if used is not None:
        set_status(d, used, "error_restoring")


@ask
def finish_files(d: Decision, *, backup: str, volume: str) -> None:
    """The volume is as the backup is."""
    found, used = d.state.maybe(CinderBackup, backup), d.state.maybe(CinderVolume, volume)
    if found is not None and found.status == "restoring":
        d.update(events.BACKUP_CHANGED, found, status="available", restoring="", updated=d.now)
    if used is not None and used.status == "restoring-backup":
        used = set_status(d, used, "available")
    if found is not None and used is not None:
        said: dict[str, Any] = {"metadata": found.volume_metadata, "image_metadata": found.image_metadata, "bootable": found.bootable}
        d.update(events.VOLUME_CHANGED, used, **said)
