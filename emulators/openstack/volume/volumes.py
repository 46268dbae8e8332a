"""Volumes: create, list, show, update, delete."""

from __future__ import annotations

import uuid
from typing import Any, Final

from emulators.openstack.asks import ask
from emulators.openstack.call import Call, Reply
from emulators.openstack.credentials import Credentials
from emulators.openstack.faults import Fault
from emulators.openstack.image.access import find_image
from emulators.openstack.image.records import GlanceImage
from emulators.openstack.schemas import closed
from emulators.openstack.service import Versioned
from emulators.openstack.volume import events, parameters, views
from emulators.openstack.volume.attaching import attachments_of
from emulators.openstack.volume.creation import Wanted, create
from emulators.openstack.volume.listing import answer, flag, listed, owned
from emulators.openstack.volume.lookups import default_type, find_backup, find_group, find_snapshot, find_type, find_volume
from emulators.openstack.volume.records import CinderSnapshot, CinderVolume
from emulators.openstack.volume.removal import RemoveVolume
from emulators.openstack.volume.service import VOLUME
from emulators.openstack.volume.snapshots import require_deletable, start_deletion
from emulators.world.decide import Decision, run
from emulators.world.state import WorldState

ZONE: Final = "nova"
DELETABLE: Final = frozenset({"available", "error", "error_restoring", "error_extending", "error_deleting", "error_managing"})
_FIELDS: Final = {
    "name": parameters.OPTIONAL_TEXT,
    "description": parameters.OPTIONAL_TEXT,
    "display_name": parameters.OPTIONAL_TEXT,
    "display_description": parameters.OPTIONAL_TEXT,
    "volume_type": parameters.OPTIONAL_TEXT,
    "metadata": parameters.OPTIONAL_METADATA,
    "snapshot_id": parameters.OPTIONAL_UUID,
    "source_volid": parameters.OPTIONAL_UUID,
    "consistencygroup_id": parameters.OPTIONAL_UUID,
    "size": parameters.OPTIONAL_SIZE,
    "availability_zone": {"type": ["string", "null"], "pattern": r"\S", "maxLength": 255},
    "multiattach": parameters.OPTIONAL_BOOLEAN,
    "image_id": parameters.OPTIONAL_TEXT,
    "imageRef": parameters.OPTIONAL_TEXT,
}
_SINCE_313: Final = {**_FIELDS, "group_id": parameters.OPTIONAL_TEXT}
_SINCE_347: Final = {**_SINCE_313, "backup_id": parameters.OPTIONAL_UUID}


def _create_schema(fields: dict[str, Any], *, strict: bool = False) -> dict[str, Any]:
    volume = {"type": "object", "properties": fields, "additionalProperties": not strict}
    hints = {"type": ["object", "null"]}
    return dict(closed({"volume": volume, "OS-SCH-HNT:scheduler_hints": hints}, "volume"))


CREATE: Final = Versioned(
    {
        "3.0-3.12": _create_schema(_FIELDS),
        "3.13-3.46": _create_schema(_SINCE_313),
        "3.47-3.52": _create_schema(_SINCE_347),
        "3.53-": _create_schema(_SINCE_347, strict=True),
    }
)
_UPDATABLE: Final = {name: _FIELDS[name] for name in ("name", "description", "display_name", "display_description")} | {
    "metadata": parameters.METADATA
}
_UPDATE: Final = closed({"volume": closed(_UPDATABLE)}, "volume")
_UPDATE_353: Final = closed({"volume": {**closed(_UPDATABLE), "minProperties": 1}}, "volume")


@VOLUME.post("/volumes", body=CREATE, status=202, quality="client")
async def create_volume(call: Call) -> dict[str, Any]:
    """Make a volume: empty, or of a snapshot, a volume, an image or a backup."""
    made = await call.ask(decide_create, wanted=_wanted(call, call.body["volume"]))
    return {"volume": views.volume(call, made)}


@ask
def decide_create(d: Decision, *, wanted: Wanted) -> CinderVolume:
    """The volume, as it was when it was asked for."""
    return create(d, wanted)


def _wanted(call: Call, body: dict[str, Any]) -> Wanted:
    state, credentials = call.state, call.credentials
    if "multiattach" in body and body["multiattach"] in {True, "true", "True"}:
        raise Fault(400, "multiattach parameter has been removed. The default behavior is to use multiattach enabled volume types.")
    snapshot, source, group, backup = (
        body.get("snapshot_id") or "",
        body.get("source_volid") or "",
        (body.get("group_id") if call.since("3.13") else "") or body.get("consistencygroup_id") or "",
        (body.get("backup_id") if call.since("3.47") else "") or "",
    )
    size = parameters.number(body.get("size"))
    if snapshot:
        _require_status(find_snapshot(state, credentials, snapshot), "snapshot", {"available"})
    if source:
        _require_status(find_volume(state, credentials, source), "volume", {"available", "in-use"})
    if group:
        find_group(state, credentials, group)
    if backup:
        size = size or find_backup(state, credentials, backup).size
    image = body.get("imageRef") or body.get("image_id") or ""
    return Wanted(
        project=call.project,
        user=credentials.user,
        size=size,
        name=parameters.text(body.get("name", body.get("display_name"))),
        description=parameters.text(body.get("description", body.get("display_description"))),
        type=_type_of(call, body.get("volume_type") or "", chosen=bool(snapshot or source)),
        zone=_zone(body.get("availability_zone")),
        snapshot=snapshot,
        source=source,
        image=image_of_ref(state, credentials, image) if image else "",
        backup=backup,
        group=group,
        metadata=body.get("metadata") or {},
    )


def _require_status(one: CinderVolume | CinderSnapshot, what: str, allowed: set[str]) -> None:
    if one.status not in allowed:
        raise Fault(400, f"Invalid {what}: Originating {what} status must be one of '{', '.join(sorted(allowed))}' values")


def _type_of(call: Call, name: str, *, chosen: bool) -> str:
    """The type that is named, else the source's (empty), else the default."""
    if name:
        return find_type(call.state, call.credentials, name).uid
    default = None if chosen else default_type(call.state, call.project)
    return default.uid if default else ""


def _zone(name: str | None) -> str:
    if name and name != ZONE:
        raise Fault(400, f"Invalid input received: Availability zone '{name}' is invalid.")
    return ZONE


def image_of_ref(state: WorldState, credentials: Credentials, reference: str) -> str:
    """The id of an image by its id, its address or its name; raises Fault 400 or 409."""
    last = reference.rpartition("/")[2]
    try:
        return find_image(state, credentials, str(uuid.UUID(last))).uid
    except (ValueError, Fault):
        named = [one for one in state.all(GlanceImage) if one.name == reference and not one.hidden]
    if len(named) > 1:
        raise Fault(409, f"Multiple matches found for '{reference}', use an ID to be more specific.")
    if not named:
        raise Fault(400, "Invalid image identifier or unable to access requested image.")
    try:
        return find_image(state, credentials, named[0].uid).uid
    except Fault as error:
        raise Fault(400, "Invalid image identifier or unable to access requested image.") from error


@VOLUME.get("/volumes", quality="client")
async def list_volumes(call: Call) -> dict[str, Any]:
    """Volumes in short."""
    page = listed(call, views.VOLUMES, owned(call, CinderVolume))
    return answer(call, views.VOLUMES, page, lambda one: views.volume_summary(call, one))


@VOLUME.get("/volumes/detail", quality="client")
async def detail_volumes(call: Call) -> dict[str, Any]:
    """Volumes in full."""
    page = listed(call, views.VOLUMES, owned(call, CinderVolume))
    return answer(call, views.VOLUMES, page, lambda one: views.volume_detail(call, one))


@VOLUME.get("/volumes/summary", versions="3.12-")
async def summary(call: Call) -> dict[str, Any]:
    """How many volumes there are, and how large they are together."""
    found = owned(call, CinderVolume)
    row: dict[str, Any] = {"total_count": len(found), "total_size": sum(one.size for one in found)}
    if call.since("3.36"):
        values: dict[str, list[str]] = {}
        for one in found:
            for key, value in one.metadata.items():
                if value not in values.setdefault(key, []):
                    values[key].append(value)
        row["metadata"] = values
    return {"volume-summary": row}


@VOLUME.get("/volumes/{volume_id}", quality="client")
async def show_volume(call: Call) -> dict[str, Any]:
    """One volume."""
    return {"volume": views.volume_detail(call, find_volume(call.state, call.credentials, call.path["volume_id"]))}


@VOLUME.put("/volumes/{volume_id}", body=Versioned({"3.0-3.52": _UPDATE, "3.53-": _UPDATE_353}), quality="client")
async def update_volume(call: Call) -> dict[str, Any]:
    """Change name, description or metadata."""
    found = find_volume(call.state, call.credentials, call.path["volume_id"])
    fields, body = {}, call.body["volume"]
    for field, names in (("name", ("name", "display_name")), ("description", ("description", "display_description"))):
        given = next((body[name] for name in names if name in body), None)
        if any(name in body for name in names):
            fields[field] = parameters.text(given)
    if "metadata" in body:
        fields["metadata"] = body["metadata"]
    changed = await call.ask(change_volume, volume=found.uid, fields=fields)
    return {"volume": views.volume(call, changed)}


@ask
def change_volume(d: Decision, *, volume: str, fields: dict[str, Any]) -> CinderVolume:
    """Its fields hold."""
    found = d.get(CinderVolume, volume)
    return d.update(events.VOLUME_CHANGED, found, **fields, updated=d.now) if fields else found


@VOLUME.delete("/volumes/{volume_id}", status=202, quality="client")
async def delete_volume(call: Call) -> Reply:
    """Delete a volume; with ``cascade`` its snapshots, too, with ``force`` (administrators) whatever its state."""
    found = find_volume(call.state, call.credentials, call.path["volume_id"])
    force = call.since("3.23") and flag(call, "force")
    if force:
        call.require_admin()
    await call.ask(remove_volume, volume=found.uid, cascade=flag(call, "cascade"), force=force)
    return Reply(status=202)


@ask
def remove_volume(d: Decision, *, volume: str, cascade: bool = False, force: bool = False) -> None:
    """It is being deleted; raises Fault 400 unless that can be."""
    found = d.get(CinderVolume, volume)
    snapshots = d.state.where(CinderSnapshot, "volume", volume)
    status_fits = found.status in DELETABLE or (force and found.status != "deleting")
    if not status_fits or attachments_of(d.state, volume) or found.migration not in {"", "success", "error"} or (snapshots and not cascade):
        raise Fault(
            400,
            f"Invalid volume: Volume status must be {' or '.join(sorted(DELETABLE))} and must not be migrating, attached, belong to a "
            "group, have snapshots, awaiting a transfer, or be disassociated from snapshots after volume transfer.",
        )
    if found.group and not force:
        raise Fault(400, f"Invalid volume: Volume {volume} belongs to the group {found.group}.")
    for snapshot in snapshots:
        require_deletable(d, snapshot)
        start_deletion(d, snapshot)
    run(d, RemoveVolume(volume=volume))
