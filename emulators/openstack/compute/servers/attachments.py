"""os-volume_attachments."""

from __future__ import annotations

from typing import Any, Final

from emulators.openstack.call import Call
from emulators.openstack.compute.parameters import COUNTS, query
from emulators.openstack.compute.servers import states
from emulators.openstack.compute.servers.lookup import caller_of, server_of
from emulators.openstack.compute.servers.records import BlockDevice, NovaServer
from emulators.openstack.compute.servers.schemas import TAG
from emulators.openstack.compute.servers.wiring import attach_volume, change_device, detach_volume, device_of, swap_volume
from emulators.openstack.compute.service import COMPUTE
from emulators.openstack.faults import Fault
from emulators.openstack.schemas import BOOLEAN, UUID, truth, wrapped
from emulators.openstack.service import Versioned
from emulators.openstack.volume import face as volume

_DEVICE: Final = {"type": ["string", "null"], "pattern": "(^/dev/x{0,1}[a-z]{0,1}d{0,1})([a-z]+)[0-9]*$"}
_BASE: Final[dict[str, Any]] = {"volumeId": UUID, "device": _DEVICE}
KEY: Final = "volumeAttachment"
ATTACH: Final = Versioned(
    {
        "2.1-2.48": wrapped(KEY, _BASE, "volumeId"),
        "2.49-2.78": wrapped(KEY, {**_BASE, "tag": TAG}, "volumeId"),
        "2.79-": wrapped(KEY, {**_BASE, "tag": TAG, "delete_on_termination": BOOLEAN}, "volumeId"),
    }
)
CHANGE: Final = Versioned(
    {
        "2.1-2.84": wrapped(KEY, {"volumeId": UUID}, "volumeId"),
        "2.85-": wrapped(KEY, {**_BASE, "tag": TAG, "delete_on_termination": BOOLEAN, "serverId": UUID, "id": UUID}, "volumeId"),
    }
)


def _row(call: Call, one: BlockDevice, server: NovaServer) -> dict[str, Any]:
    row: dict[str, Any] = {} if call.since("2.89") else {"id": one.volume}
    row |= {"volumeId": one.volume, "serverId": server.uid, "device": one.device}
    if call.since("2.70"):
        row["tag"] = one.tag
    if call.since("2.79"):
        row["delete_on_termination"] = one.delete_on_termination
    if call.since("2.89"):
        row |= {"attachment_id": one.attachment, "bdm_uuid": one.uid}
    return row


def _require_device(call: Call, server: NovaServer) -> BlockDevice:
    found = device_of(call.state, server.uid, call.path["volume_id"])
    if found is None:
        raise Fault(404, f"Instance {server.uid} is not attached to volume {call.path['volume_id']}")
    return found


@COMPUTE.get("/servers/{server_id}/os-volume_attachments", query=query(limit=COUNTS, offset=COUNTS))
async def attachments(call: Call) -> dict[str, Any]:
    """The server's volumes."""
    server = server_of(call)
    found = call.state.where(BlockDevice, "server", server.uid)
    start = int(call.first("offset", "0") or 0)
    limit = int(call.first("limit", "1000") or 0)
    return {"volumeAttachments": [_row(call, one, server) for one in found[start : start + limit]]}


@COMPUTE.get("/servers/{server_id}/os-volume_attachments/{volume_id}")
async def attachment(call: Call) -> dict[str, Any]:
    """One of them, by the volume's id."""
    server = server_of(call)
    return {KEY: _row(call, _require_device(call, server), server)}


@COMPUTE.post("/servers/{server_id}/os-volume_attachments", body=ATTACH)
async def attach(call: Call) -> dict[str, Any]:
    """Attach a volume."""
    server, given = server_of(call), call.body[KEY]
    if server.vm_state in {states.SHELVED, states.OFFLOADED} and not call.since("2.20"):
        raise Fault(409, f"Cannot 'attach_volume' instance {server.uid} while it is in vm_state {server.vm_state}")
    wanted = volume.volume(call.state, call.credentials, given["volumeId"])
    states.require(server, "attach_volume", admin=call.credentials.admin)
    if wanted.multiattach and not call.since("2.60"):
        raise Fault(400, "Multiattach volumes are only supported starting with compute API version 2.60.")
    delete = truth(given.get("delete_on_termination", False))
    made = await call.ask(
        attach_volume,
        server=server.uid,
        volume_id=wanted.uid,
        device=given.get("device") or "",
        tag=given.get("tag"),
        delete=delete,
        admin=call.credentials.admin,
        caller=caller_of(call),
    )
    row: dict[str, Any] = {"id": made.volume, "serverId": server.uid, "volumeId": made.volume, "device": made.device}
    if call.since("2.70"):
        row["tag"] = made.tag
    return {KEY: row | {"delete_on_termination": delete} if call.since("2.79") else row}


@COMPUTE.put("/servers/{server_id}/os-volume_attachments/{volume_id}", body=CHANGE, status=202)
async def change(call: Call) -> None:
    """Say whether the volume goes with the server (from 2.85), or put another in its place, which is for Cinder."""
    server, given = server_of(call), call.body[KEY]
    swaps = given["volumeId"] != call.path["volume_id"] or not call.since("2.85")
    if swaps and not call.credentials.admin:
        raise Fault(403, "Policy doesn't allow os_compute_api:os-volumes-attachments:swap to be performed.")
    if call.since("2.85"):
        await _update(call, server, given)
    if swaps:
        await _swap(call, server, given["volumeId"])


async def _update(call: Call, server: NovaServer, given: dict[str, Any]) -> None:
    device = _require_device(call, server)
    for name, value in (("id", device.volume), ("serverId", server.uid), ("device", device.device), ("tag", device.tag)):
        if name in given and given[name] != value:
            raise Fault(400, f"The {name} property is not mutable")
    if "delete_on_termination" in given:
        await call.ask(change_device, device=device.uid, delete=truth(given["delete_on_termination"]))


async def _swap(call: Call, server: NovaServer, new: str) -> None:
    old = volume.volume(call.state, call.credentials, call.path["volume_id"])
    if not old.migration:
        raise Fault(409, f"volume {old.uid} is not migrating; this API should only be called by Cinder")
    try:
        wanted = volume.volume(call.state, call.credentials, new)
    except Fault as error:
        raise Fault(400, error.message) from error
    _require_device(call, server)
    await call.ask(swap_volume, server=server.uid, old=old.uid, new=wanted.uid, caller=caller_of(call))


@COMPUTE.delete("/servers/{server_id}/os-volume_attachments/{volume_id}", status=202)
async def detach(call: Call) -> None:
    """Detach a volume."""
    server = server_of(call)
    if server.vm_state in {states.SHELVED, states.OFFLOADED} and not call.since("2.20"):
        raise Fault(409, f"Cannot 'detach_volume' instance {server.uid} while it is in vm_state {server.vm_state}")
    volume_id = volume.volume(call.state, call.credentials, call.path["volume_id"]).uid
    await call.ask(detach_volume, server=server.uid, volume_id=volume_id, admin=call.credentials.admin, caller=caller_of(call))
