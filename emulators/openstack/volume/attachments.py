"""The attachments API (since 3.27; ``os-complete`` since 3.44)."""

from __future__ import annotations

from typing import Any, Final

from emulators.openstack.asks import ask
from emulators.openstack.call import Call, Reply
from emulators.openstack.faults import Fault
from emulators.openstack.schemas import UUID, closed
from emulators.openstack.service import Versioned
from emulators.openstack.volume import attaching, events, views
from emulators.openstack.volume.attaching import set_status
from emulators.openstack.volume.connecting import connection_info
from emulators.openstack.volume.listing import answer, listed, owned
from emulators.openstack.volume.lookups import find_attachment, find_volume
from emulators.openstack.volume.records import CinderAttachment, CinderVolume
from emulators.openstack.volume.releasing import require_unused
from emulators.openstack.volume.service import VOLUME
from emulators.world.decide import Decision

SINCE: Final = "3.27-"
_FIELDS: Final[dict[str, Any]] = {"instance_uuid": UUID, "connector": {"type": ["object", "null"]}, "volume_uuid": UUID}
_MODE: Final = {"mode": {"type": "string", "enum": ["rw", "ro"]}}
_CREATE: Final = Versioned(
    {
        "3.27-3.53": closed({"attachment": closed(_FIELDS, "volume_uuid")}, "attachment"),
        "3.54-": closed({"attachment": closed(_FIELDS | _MODE, "volume_uuid")}, "attachment"),
    }
)
_UPDATE: Final = closed({"attachment": closed({"connector": {"type": "object", "minProperties": 1}}, "connector")}, "attachment")


@VOLUME.post("/attachments", body=_CREATE, versions=SINCE)
async def create_attachment(call: Call) -> dict[str, Any]:
    """Reserve a volume for a server; with a connector, connect it, too."""
    body = call.body["attachment"]
    volume = find_volume(call.state, call.credentials, body["volume_uuid"])
    made = await call.ask(
        decide_create,
        volume=volume.uid,
        server=body.get("instance_uuid", ""),
        connector=body.get("connector") or {},
        mode=body.get("mode", ""),
    )
    return {"attachment": views.attachment(call, made)}


@ask
def decide_create(d: Decision, *, volume: str, server: str, connector: dict[str, Any], mode: str) -> CinderAttachment:
    """The attachment; raises Fault 400 when the volume is not free."""
    made = attaching.reserve(d, d.get(CinderVolume, volume), server)
    return decide_connect(d, attachment=made.uid, connector=connector, mode=mode) if connector else made


@ask
def decide_connect(d: Decision, *, attachment: str, connector: dict[str, Any], mode: str) -> CinderAttachment:
    """The host knows how to reach the volume; it is being attached.  Raises Fault 400."""
    found = d.get(CinderAttachment, attachment)
    volume = d.get(CinderVolume, found.volume)
    mode = mode or str(connector.get("mode") or "rw")
    if mode not in {"rw", "ro"} or (mode == "rw" and volume.admin_metadata.get("readonly") == "True"):
        raise Fault(400, f"Invalid attaching mode '{mode}' for volume {volume.uid}.")
    device, host = connector.get("mountpoint"), connector.get("host")
    if volume.status in {"reserved", "available"}:
        set_status(d, volume, "attaching")
    return d.update(
        events.ATTACHMENT_CHANGED,
        found,
        status="attaching",
        mode=mode,
        device=device if isinstance(device, str) else "",
        host=host if isinstance(host, str) else "",
        connector=connector,
        connection=connection_info(volume, connector, found),
        attached=d.now,
    )


@VOLUME.get("/attachments", versions=SINCE)
async def list_attachments(call: Call) -> dict[str, Any]:
    """Attachments in short."""
    page = listed(call, views.ATTACHMENTS, owned(call, CinderAttachment))
    return answer(call, views.ATTACHMENTS, page, lambda one: views.attachment_summary(call, one))


@VOLUME.get("/attachments/detail", versions=SINCE)
async def detail_attachments(call: Call) -> dict[str, Any]:
    """Attachments in full."""
    page = listed(call, views.ATTACHMENTS, owned(call, CinderAttachment))
    return answer(call, views.ATTACHMENTS, page, lambda one: views.attachment(call, one))


@VOLUME.get("/attachments/{attachment_id}", versions=SINCE)
async def show_attachment(call: Call) -> dict[str, Any]:
    """One attachment."""
    return {"attachment": views.attachment(call, _target(call))}


@VOLUME.put("/attachments/{attachment_id}", body=_UPDATE, versions=SINCE)
async def update_attachment(call: Call) -> dict[str, Any]:
    """Connect a reserved volume."""
    connector = call.body["attachment"]["connector"]
    return {
        "attachment": views.attachment(call, await call.ask(decide_connect, attachment=_target(call).uid, connector=connector, mode=""))
    }


@VOLUME.delete("/attachments/{attachment_id}", versions=SINCE, status=200)
async def delete_attachment(call: Call) -> dict[str, Any]:
    """Let go of a volume."""
    found = _target(call)
    require_unused(call, [found])
    await call.ask(decide_delete, attachment=found.uid)
    page = attaching.attachments_of(call.state, found.volume)
    return {"attachments": [views.attachment_summary(call, one) for one in page]}


@ask
def decide_delete(d: Decision, *, attachment: str) -> None:
    """It is gone."""
    attaching.disconnect(d, d.get(CinderAttachment, attachment))


@VOLUME.action("/attachments/{attachment_id}/action", "os-complete", versions="3.44-", status=204)
async def complete(call: Call) -> Reply:
    """The server has the volume."""
    await call.ask(decide_complete, attachment=_target(call).uid)
    return Reply(status=204)


@ask
def decide_complete(d: Decision, *, attachment: str) -> None:
    """The volume is in use; raises Fault 400 unless it was being attached."""
    found = d.get(CinderAttachment, attachment)
    volume = d.get(CinderVolume, found.volume)
    if volume.status not in {"attaching", "in-use"} or found.status not in {"attaching", "attached"}:
        raise Fault(400, f"Invalid volume: Volume {volume.uid} status must be attaching or in-use, but is {volume.status}.")
    d.update(events.ATTACHMENT_CHANGED, found, status="attached", attached=d.now)
    set_status(d, volume, "in-use")


def _target(call: Call) -> CinderAttachment:
    return find_attachment(call.state, call.credentials, call.path["attachment_id"])
