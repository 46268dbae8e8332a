"""Volumes and their snapshots as Nova showed them before they were Cinder's alone (until 2.35)."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import quote

from emulators.openstack.call import Call
from emulators.openstack.compute.paging import limit_of
from emulators.openstack.compute.parameters import COUNTS, number, whole
from emulators.openstack.compute.service import COMPUTE
from emulators.openstack.credentials import member
from emulators.openstack.faults import Fault
from emulators.openstack.inward import ask_service
from emulators.openstack.schemas import BOOLEAN, truth, wrapped
from emulators.openstack.volume.service import VOLUME

PROXIED: Final = "2.1-2.35"
_TEXT: Final = {"type": ["string", "null"], "maxLength": 255}
_VOLUME: Final = wrapped(
    "volume",
    {
        "volume_type": {"type": "string"},
        "metadata": {"type": "object"},
        "snapshot_id": {"type": "string"},
        "size": {"type": ["integer", "string"], "pattern": "^[0-9]+$", "minimum": 1, "maxLength": 10},
        "availability_zone": {"type": "string"},
        "display_name": _TEXT,
        "display_description": _TEXT,
    },
    "size",
)
_NAMED: Final = {"display_name": {"type": "string"}, "display_description": {"type": "string"}}
_SNAPSHOT: Final = wrapped("snapshot", {"volume_id": {"type": "string"}, "force": BOOLEAN, **_NAMED}, "volume_id")
_PAGED: Final = {"type": "object", "properties": {"limit": COUNTS, "offset": {"type": "array", "items": number()}}}
_MISSING: Final = 404
Row = dict[str, Any]


@COMPUTE.get("/os-volumes", versions=PROXIED, query=_PAGED, quality="answers")
@COMPUTE.get("/os-volumes/detail", versions=PROXIED, query=_PAGED, quality="answers")
async def list_volumes(call: Call) -> Row:
    """A project's."""
    found = (await ask_service(call, VOLUME, "GET", "/volumes/detail"))["volumes"]
    return {"volumes": [_volume(one) for one in _page(call, found)]}


@COMPUTE.get("/os-volumes/{volume_id}", versions=PROXIED, quality="answers")
async def show_volume(call: Call) -> Row:
    """One."""
    return {"volume": _volume((await _found(call, "volumes", call.path["volume_id"]))["volume"])}


@COMPUTE.post("/os-volumes", versions=PROXIED, body=_VOLUME, quality="answers")
async def create_volume(call: Call) -> Row:
    """A new one."""
    wanted = call.body["volume"]
    kept = {name: wanted[name] for name in ("volume_type", "metadata", "snapshot_id", "availability_zone") if name in wanted}
    named = {"name": wanted.get("display_name"), "description": wanted.get("display_description"), "size": whole(wanted["size"], "size", 1)}
    made = await ask_service(call, VOLUME, "POST", "/volumes", {"volume": {**kept, **named}})
    return {"volume": _volume(made["volume"])}


@COMPUTE.delete("/os-volumes/{volume_id}", rule=member, versions=PROXIED, status=202, quality="answers")
async def delete_volume(call: Call) -> None:
    """It goes."""
    await _found(call, "volumes", call.path["volume_id"])
    await ask_service(call, VOLUME, "DELETE", f"/volumes/{quote(call.path['volume_id'], safe='')}")


@COMPUTE.get("/os-snapshots", versions=PROXIED, query=_PAGED, quality="answers")
@COMPUTE.get("/os-snapshots/detail", versions=PROXIED, query=_PAGED, quality="answers")
async def list_snapshots(call: Call) -> Row:
    """A project's."""
    found = (await ask_service(call, VOLUME, "GET", "/snapshots/detail"))["snapshots"]
    return {"snapshots": [_snapshot(one) for one in _page(call, found)]}


@COMPUTE.get("/os-snapshots/{snapshot_id}", versions=PROXIED, quality="answers")
async def show_snapshot(call: Call) -> Row:
    """One."""
    return {"snapshot": _snapshot((await _found(call, "snapshots", call.path["snapshot_id"]))["snapshot"])}


@COMPUTE.post("/os-snapshots", versions=PROXIED, body=_SNAPSHOT, quality="answers")
async def create_snapshot(call: Call) -> Row:
    """A new one of a volume."""
    wanted = call.body["snapshot"]
    named = {"name": wanted.get("display_name"), "description": wanted.get("display_description")}
    body = {"snapshot": {"volume_id": wanted["volume_id"], "force": truth(wanted.get("force", False)), **named}}
    return {"snapshot": _snapshot((await ask_service(call, VOLUME, "POST", "/snapshots", body))["snapshot"])}


@COMPUTE.delete("/os-snapshots/{snapshot_id}", rule=member, versions=PROXIED, status=202, quality="answers")
async def delete_snapshot(call: Call) -> None:
    """It goes."""
    await _found(call, "snapshots", call.path["snapshot_id"])
    await ask_service(call, VOLUME, "DELETE", f"/snapshots/{quote(call.path['snapshot_id'], safe='')}")


async def _found(call: Call, collection: str, uid: str) -> Row:
    try:
        found: Row = await ask_service(call, VOLUME, "GET", f"/{collection}/{quote(uid, safe='')}")
    except Fault as refusal:
        if refusal.status == _MISSING:
            raise Fault(404, f"{collection.removesuffix('s').capitalize()} {uid} could not be found.") from refusal
        raise
    return found


def _page(call: Call, found: list[Row]) -> list[Row]:
    start = whole(call.first("offset", "0") or "0", "offset")
    return found[start : start + limit_of(call)]


def _volume(one: Row) -> Row:
    attached = [{"id": one["id"], "volumeId": one["id"], "serverId": to["server_id"], "device": to["device"]} for to in one["attachments"]]
    return {
        "id": one["id"],
        "status": one["status"],
        "size": one["size"],
        "availabilityZone": one["availability_zone"],
        "createdAt": one["created_at"],
        "attachments": attached[:1] or [{}],
        "displayName": one["name"],
        "displayDescription": one["description"],
        "volumeType": one["volume_type"],
        "snapshotId": one["snapshot_id"],
        "metadata": one["metadata"],
    }


def _snapshot(one: Row) -> Row:
    return {
        "id": one["id"],
        "volumeId": one["volume_id"],
        "status": one["status"],
        "size": one["size"],
        "createdAt": one["created_at"],
        "displayName": one["name"],
        "displayDescription": one["description"],
    }
