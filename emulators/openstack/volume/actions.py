"""What owners do with a volume: extend, upload, retype, revert, mark as bootable or read-only."""

from __future__ import annotations

from typing import Any, Final

from dcsim.errors import InsufficientResources
from emulators.openstack.asks import Ask, ask, name_of
from emulators.openstack.call import Call, Reply
from emulators.openstack.faults import Fault
from emulators.openstack.image.face import complete_snapshot, queue_snapshot
from emulators.openstack.image.lifecycle import DOCKER_PROPERTY
from emulators.openstack.schemas import BOOLEAN, UUID, closed, truth
from emulators.openstack.service import Versioned
from emulators.openstack.times import micro
from emulators.openstack.volume import events, limits, parameters, views
from emulators.openstack.volume.attaching import set_status
from emulators.openstack.volume.lookups import find_type, find_volume
from emulators.openstack.volume.messages import tell
from emulators.openstack.volume.records import CinderSnapshot, CinderType, CinderVolume
from emulators.openstack.volume.service import VOLUME
from emulators.openstack.volume.storage import GIB, grow_disk
from emulators.openstack.volume.volumes import image_of_ref
from emulators.world.decide import Decision
from emulators.world.decisions.timers import later

PATH: Final = "/volumes/{volume_id}/action"
EXTEND_SECONDS: Final = 2.0
UPLOAD_SECONDS: Final = 10.0
_UPLOAD: Final[dict[str, Any]] = {
    "image_name": {"type": "string", "minLength": 1, "maxLength": 255},
    "force": BOOLEAN,
    "disk_format": {"type": "string", "enum": ["raw", "vmdk", "vdi", "qcow2", "vhd", "vhdx", "ploop"]},
    "container_format": parameters.OPTIONAL_TEXT,
}
_UPLOAD_31: Final = _UPLOAD | {
    "visibility": {"type": "string", "enum": ["community", "public", "private", "shared"]},
    "protected": BOOLEAN,
}


def target(call: Call) -> CinderVolume:
    """The volume that an action is about; raises Fault 404."""
    return find_volume(call.state, call.credentials, call.path["volume_id"])


def invalid(reason: str) -> Fault:
    """Cinder's refusal because of a volume's state."""
    return Fault(400, f"Invalid volume: {reason}")


# -- extend -------------------------------------------------------------------------------------------------------------------


@VOLUME.action(PATH, "os-extend", body=closed({"new_size": parameters.SIZE}, "new_size"), quality="client")
async def extend(call: Call) -> Reply:
    """Make a volume larger, since 3.42 while it is attached, too."""
    await call.ask(decide_extend, volume=target(call).uid, size=int(call.body["new_size"]), in_use=call.since("3.42"))
    return Reply(status=202)


@ask
def decide_extend(d: Decision, *, volume: str, size: int, in_use: bool) -> None:
    """It is being extended; raises Fault 400 (state, size) or 413 (quota)."""
    found = d.get(CinderVolume, volume)
    allowed = ("available", "in-use") if in_use else ("available",)
    if found.status not in allowed:
        raise invalid(f"Volume {volume} status must be '{allowed[-1]}' to extend, currently {found.status}.")
    if size <= found.size:
        raise Fault(
            400,
            f"Invalid input received: New size for extend must be greater than current size. (current: {found.size}, extended: {size}).",
        )
    type_ = d.state.maybe(CinderType, found.type)
    limits.require(d, found.project, what="volumes", gib=size - found.size, type_name=type_.name if type_ else "", count=0)
    set_status(d, found, "extending", before=found.status)
    arguments = {"volume": volume, "size": size, "request": d.context.actor.request_id}
    later(d, volume, EXTEND_SECONDS, Ask(ask=name_of(finish_extend), arguments=arguments))


@ask
def finish_extend(d: Decision, *, volume: str, size: int, request: str) -> None:
    """It is larger; when its datastore has no room, it is as it was, and a message says so."""
    found = d.state.maybe(CinderVolume, volume)
    if found is None or found.status != "extending":
        return
    try:
        grow_disk(d, found.disk, size)
    except InsufficientResources:
        set_status(d, found, found.before)
        tell(d, found.project, "VOLUME", volume, "007_009", "extend volume:Volume is not extended: its backend has no room.", request)
        return
    d.update(events.VOLUME_EXTENDED, found, status=found.before, before="", size=size, updated=d.now)


# -- flags --------------------------------------------------------------------------------------------------------------------


@VOLUME.action(PATH, "os-set_bootable", body=closed({"bootable": BOOLEAN}, "bootable"), status=200, quality="client")
async def set_bootable(call: Call) -> Reply:
    """Say whether servers can boot from a volume."""
    await call.ask(change_flags, volume=target(call).uid, fields={"bootable": truth(call.body["bootable"])})
    return Reply(status=200)


@VOLUME.action(PATH, "os-update_readonly_flag", body=closed({"readonly": BOOLEAN}, "readonly"), quality="client")
async def update_readonly(call: Call) -> Reply:
    """Say whether a volume is attached read-only."""
    found = target(call)
    if found.status != "available":
        raise invalid(f"Volume {found.uid} status must be available to update readonly flag, but current status is: {found.status}.")
    readonly = str(truth(call.body["readonly"]))
    await call.ask(change_flags, volume=found.uid, fields={"admin_metadata": found.admin_metadata | {"readonly": readonly}})
    return Reply(status=202)


@ask
def change_flags(d: Decision, *, volume: str, fields: dict[str, Any]) -> None:
    """The volume's fields hold."""
    d.update(events.VOLUME_CHANGED, d.get(CinderVolume, volume), **fields, updated=d.now)


# -- images -------------------------------------------------------------------------------------------------------------------


@VOLUME.action(
    PATH,
    "os-volume_upload_image",
    body=Versioned({"3.0-3.0": closed(_UPLOAD, "image_name"), "3.1-": closed(_UPLOAD_31, "image_name")}),
    quality="client",
)
async def upload_image(call: Call) -> dict[str, Any]:
    """Make an image of a volume."""
    body = call.body
    found = target(call)
    if body.get("visibility") == "public":
        call.require_admin()
    volume, image = await call.ask(decide_upload, volume=found.uid, user=call.credentials.user, body=body)
    row: dict[str, Any] = {
        "id": volume.uid,
        "updated_at": views.time(volume.updated),
        "status": "uploading",
        "display_description": volume.description or None,
        "size": volume.size,
        "volume_type": _type_row(call.state.maybe(CinderType, volume.type)),
        "image_id": image,
        "container_format": body.get("container_format") or "bare",
        "disk_format": body.get("disk_format", "raw"),
        "image_name": body["image_name"],
    }
    if call.since("3.1"):
        row |= {"visibility": body.get("visibility", "private"), "protected": truth(body.get("protected", False))}
    return {"os-volume_upload_image": row}


def _type_row(type_: CinderType | None) -> dict[str, Any] | None:
    if type_ is None:
        return None
    return {
        "id": type_.uid,
        "name": type_.name,
        "description": type_.description or None,
        "is_public": type_.public,
        "qos_specs_id": type_.qos or None,
        "created_at": micro(type_.created),
        "updated_at": None,
        "deleted": False,
        "deleted_at": None,
        "extra_specs": type_.extra_specs,
    }


@ask
def decide_upload(d: Decision, *, volume: str, user: str, body: dict[str, Any]) -> tuple[CinderVolume, str]:
    """The volume is being uploaded; answers it and the image's id.  Raises Fault 400."""
    found = d.get(CinderVolume, volume)
    allowed = ("available", "in-use") if truth(body.get("force", False)) else ("available",)
    if found.status not in allowed:
        raise invalid(f"Volume {volume} status must be {' or '.join(allowed)}, but current status is: {found.status}.")
    image = queue_snapshot(
        d,
        project=found.project,
        user=user,
        name=body["image_name"],
        properties={key: value for key, value in found.image_metadata.items() if key in {DOCKER_PROPERTY, "os_distro", "os_version"}},
        min_disk=int(found.image_metadata.get("min_disk", "0") or 0),
        min_ram=int(found.image_metadata.get("min_ram", "0") or 0),
        disk_format=body.get("disk_format", "raw"),
        container_format=body.get("container_format") or "bare",
        visibility=body.get("visibility", "private"),
    )
    changed = set_status(d, found, "uploading", before=found.status)
    later(d, volume, UPLOAD_SECONDS, Ask(ask=name_of(finish_upload), arguments={"volume": volume, "image": image.uid}))
    return changed, image.uid


@ask
def finish_upload(d: Decision, *, volume: str, image: str) -> None:
    """The image is active; its servers run what the volume's would."""
    found = d.state.maybe(CinderVolume, volume)
    if found is not None and found.status == "uploading":
        complete_snapshot(d, image, size=found.size * GIB)
        set_status(d, found, found.before)


_REIMAGE: Final = closed({"image_id": UUID, "reimage_reserved": BOOLEAN}, "image_id")


@VOLUME.action(PATH, "os-reimage", body=_REIMAGE, versions="3.68-")
async def reimage(call: Call) -> Reply:
    """Write an image over a volume."""
    found, image = target(call), image_of_ref(call.state, call.credentials, call.body["image_id"])
    allowed = {"available", "error", *(["reserved"] if truth(call.body.get("reimage_reserved", False)) else [])}
    if found.status not in allowed:
        raise invalid(f"Volume {found.uid} status must be {' or '.join(sorted(allowed))}, but current status is: {found.status}.")
    metadata = found.image_metadata | {"image_id": image}
    await call.ask(change_flags, volume=found.uid, fields={"image_metadata": metadata, "bootable": True})
    return Reply(status=202)


# -- type and content ---------------------------------------------------------------------------------------------------------

_RETYPE: Final = closed(
    {"new_type": {"type": "string"}, "migration_policy": {"type": ["string", "null"], "enum": ["on-demand", "never"]}}, "new_type"
)


@VOLUME.action(PATH, "os-retype", body=_RETYPE)
async def retype(call: Call) -> Reply:
    """Give a volume another type."""
    found = target(call)
    await call.ask(decide_retype, volume=found.uid, new=_new_type(call).uid)
    return Reply(status=202)


def _new_type(call: Call) -> CinderType:
    name, credentials = call.body["new_type"], call.credentials
    try:
        return find_type(call.state, credentials, name)
    except Fault as error:
        raise Fault(400, f"Invalid input received: Invalid volume_type passed: {name}.") from error


@ask
def decide_retype(d: Decision, *, volume: str, new: str) -> None:
    """It has the type; raises Fault 400 or 413."""
    found, type_ = d.get(CinderVolume, volume), d.get(CinderType, new)
    if found.status not in {"available", "in-use"} or found.group or found.type == new:
        raise invalid(
            f"Volume {volume} status must be available or in-use, must not be migrating, have snapshots, be replicated, be part of a group "
            "and destination type must be different than the current one."
        )
    if bool(type_.encryption) != bool(found.encryption_key) and found.status == "in-use":
        raise Fault(400, "Invalid input received: Retype cannot change encryption requirements.")
    used, allowed = limits.usage(d.state, found.project), limits.limits(d.state, found.project)
    for name, more in ((f"volumes_{type_.name}", 1), (f"gigabytes_{type_.name}", found.size)):
        if 0 <= allowed[name] < used[name] + more:
            raise limits.over(f"VolumeLimitExceeded: Maximum number of volumes allowed ({allowed[name]}) exceeded for quota '{name}'.")
    multiattach = type_.extra_specs.get("multiattach") == "<is> True"
    key = (found.encryption_key or d.new_uuid()) if type_.encryption else ""
    d.update(events.VOLUME_RETYPED, found, type=new, multiattach=multiattach, encryption_key=key, updated=d.now)


@VOLUME.action(PATH, "revert", body=closed({"snapshot_id": {"type": ["string", "null"]}}, "snapshot_id"), versions="3.40-")
async def revert(call: Call) -> Reply:
    """Bring a volume back to its latest snapshot."""
    await call.ask(decide_revert, volume=target(call).uid, snapshot=call.body["snapshot_id"] or "")
    return Reply(status=202)


@ask
def decide_revert(d: Decision, *, volume: str, snapshot: str) -> None:
    """It is as it was; raises Fault 400 or 409."""
    found, snapshots = d.get(CinderVolume, volume), d.state.where(CinderSnapshot, "volume", volume)
    if not snapshots:
        raise Fault(400, f"Volume {volume} doesn't have any snapshots.")
    if snapshots[-1].uid != snapshot:
        raise Fault(400, f"Specified snapshot {snapshot or None} is None or not the latest one of volume {volume}.")
    if snapshots[-1].size != found.size:
        raise Fault(
            400, f"Can't revert volume {volume} to its latest snapshot {snapshot}. The volume size must be equal to the snapshot size."
        )
    if found.status != "available":
        raise Fault(409, f"Invalid volume: Can't revert volume {volume} to its latest snapshot. Volume must be available.")
    d.update(events.VOLUME_CHANGED, found, updated=d.now, detail={"reverted to": snapshot})
