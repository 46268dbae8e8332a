"""The actions by which Nova of old attached volumes, which clients still use: reserve, attach, detach, connect."""

from __future__ import annotations

from typing import Any, Final

from emulators.openstack.asks import ask
from emulators.openstack.call import Call, Reply
from emulators.openstack.faults import Fault
from emulators.openstack.schemas import UUID, closed
from emulators.openstack.volume import attaching, events, parameters
from emulators.openstack.volume.actions import PATH, invalid, target
from emulators.openstack.volume.attaching import attachments_of, set_status
from emulators.openstack.volume.records import CinderAttachment, CinderVolume
from emulators.openstack.volume.releasing import require_unused
from emulators.openstack.volume.service import VOLUME
from emulators.world.decide import Decision

_ATTACH: Final = {
    **closed(
        {
            "instance_uuid": UUID,
            "mountpoint": {"type": "string", "minLength": 1, "maxLength": 255},
            "host_name": parameters.TEXT,
            "mode": {"type": "string", "enum": ["rw", "ro"]},
        },
        "mountpoint",
    ),
    "anyOf": [{"required": ["instance_uuid"]}, {"required": ["host_name"]}],
}
_DETACHABLE: Final = frozenset({"available", "in-use", "attaching", "detaching", "error"})
_DETACH: Final = {**closed({"attachment_id": parameters.OPTIONAL_UUID}), "type": ["object", "null"]}
_CONNECT: Final = closed({"connector": {"type": ["object", "string"]}}, "connector")
_DISCONNECT: Final = closed({"connector": {"type": ["string", "object", "null"]}}, "connector")


@VOLUME.action(PATH, "os-attach", body=_ATTACH, quality="client")
async def attach(call: Call) -> Reply:
    """Record that a volume is attached."""
    body = call.body
    device, mode = body["mountpoint"], body.get("mode", "rw")
    server, host = body.get("instance_uuid", ""), body.get("host_name", "")
    await call.ask(decide_attach, volume=target(call).uid, server=server, host=host, device=device, mode=mode)
    return Reply(status=202)


@ask
def decide_attach(d: Decision, *, volume: str, server: str, host: str, device: str, mode: str) -> None:
    """It is attached; raises Fault 400 unless it was available or being attached."""
    found = d.get(CinderVolume, volume)
    if found.status not in {"available", "attaching", "reserved"} and not (found.multiattach and found.status == "in-use"):
        raise invalid(f"Volume {volume} status must be available or attaching, but is {found.status}.")
    if found.admin_metadata.get("readonly") == "True" and mode == "rw":
        raise Fault(400, f"Invalid attaching mode '{mode}' for volume {volume}.")
    mine = next((one for one in attachments_of(d.state, volume) if one.server == server and one.status != "attached"), None)
    if mine is None:
        set_status(d, found, "available")
        mine = attaching.reserve(d, d.get(CinderVolume, volume), server)
    attaching.connect(d, mine, device=device, host=host, mode=mode)
    found = d.get(CinderVolume, volume)
    metadata = found.admin_metadata | {"attached_mode": mode}
    metadata.setdefault("readonly", "False")
    d.update(events.VOLUME_CHANGED, found, admin_metadata=metadata)


@VOLUME.action(PATH, "os-detach", body=_DETACH, quality="client")
async def detach(call: Call) -> Reply:
    """Record that a volume is detached."""
    found, attachment = target(call), (call.body or {}).get("attachment_id") or ""
    require_unused(call, named(call, found, attachment))
    await call.ask(decide_detach, volume=found.uid, attachment=attachment)
    return Reply(status=202)


def named(call: Call, volume: CinderVolume, attachment: str) -> list[CinderAttachment]:
    """The attachment of a volume that a request is about: the one that it names, or the only one."""
    found = attachments_of(call.state, volume.uid)
    return [one for one in found if one.uid == attachment] if attachment else found if len(found) == 1 else []


@ask
def decide_detach(d: Decision, *, volume: str, attachment: str, force: bool = False) -> None:
    """It is detached, and available when it never was attached; raises Fault 400 unless it is attached once or where it is named."""
    found = attachments_of(d.state, volume)
    if attachment:
        found = [one for one in found if one.uid == attachment]
        if not found:
            raise invalid(f"Volume attachment could not be found with filter: attachment_id = {attachment}.")
    status = d.get(CinderVolume, volume).status
    if not found and status in _DETACHABLE:
        set_status(d, d.get(CinderVolume, volume), "available")
        return
    if not found or (status not in {"in-use", "detaching"} and not force):
        raise invalid("Unable to detach volume. Volume status must be 'in-use' and attach_status must be 'attached' to detach.")
    if len(found) > 1:
        raise invalid("Detach volume failed: More than one attachment, but no attachment_id provided.")
    attaching.disconnect(d, found[0])


def _status_change(name: str, before: tuple[str, ...], after: str, refusal: str) -> None:
    """Declare an action that only moves a volume from one status to another."""

    @VOLUME.action(PATH, name, quality="client")
    async def change(call: Call) -> Reply:
        await call.ask(move_status, volume=target(call).uid, before=list(before), after=after, refusal=refusal)
        return Reply(status=202)

    change.__name__ = name.replace("-", "_")


@ask
def move_status(d: Decision, *, volume: str, before: list[str], after: str, refusal: str) -> None:
    """It has the status; raises Fault 400 unless it had one of ``before``."""
    found = d.get(CinderVolume, volume)
    if found.status not in before:
        raise invalid(refusal.format(volume=volume, status=found.status))
    attached = any(one.status == "attached" for one in attachments_of(d.state, volume))
    set_status(d, found, "in-use" if after == "available" and attached else after)


_status_change("os-reserve", ("available",), "attaching", "Volume status must be available to reserve, but the status is {status}.")
_status_change("os-unreserve", ("attaching", "available"), "available", "Volume {volume} is not being attached, its status is {status}.")
_status_change(
    "os-begin_detaching",
    ("in-use",),
    "detaching",
    "Unable to detach volume. Volume status must be 'in-use' and attach_status must be 'attached' to detach.",
)
_status_change("os-roll_detaching", ("detaching", "in-use"), "in-use", "Volume {volume} is not being detached, its status is {status}.")


@VOLUME.action(PATH, "os-initialize_connection", body=_CONNECT, status=200)
async def initialize_connection(call: Call) -> dict[str, Any]:
    """How a host would reach the volume."""
    connector = call.body["connector"]
    if not isinstance(connector, dict):
        raise Fault(400, f"Invalid input received: Connector {connector!r} does not say which host it is.")
    return {"connection_info": connection_info(target(call), connector)}


@VOLUME.action(PATH, "os-terminate_connection", body=_DISCONNECT)
async def terminate_connection(call: Call) -> Reply:
    """The host is done with it."""
    require_unused(call, named(call, target(call), ""))
    return Reply(status=202)


def connection_info(volume: CinderVolume, connector: dict[str, Any], attachment: CinderAttachment | None = None) -> dict[str, Any]:
    """The volume's iSCSI target, as the LVM driver tells it."""
    data: dict[str, Any] = {
        "target_discovered": False,
        "target_portal": f"{volume.host.partition('@')[0] or 'controller'}:3260",
        "target_iqn": f"iqn.2010-10.org.openstack:volume-{volume.uid}",
        "target_lun": 0,
        "volume_id": volume.uid,
        "encrypted": bool(volume.encryption_key),
        "qos_specs": None,
        "access_mode": "ro" if volume.admin_metadata.get("readonly") == "True" else "rw",
        "cacheable": False,
    }
    info: dict[str, Any] = {"driver_volume_type": "iscsi", "data": data, "enforce_multipath": bool(connector.get("enforce_multipath"))}
    if attachment is not None:
        info |= {"attachment_id": attachment.uid}
    return info
