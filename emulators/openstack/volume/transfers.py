"""Volume transfers: a volume is offered with a key; who knows it takes the volume.  Two paths, the newer one (3.55) with snapshots."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import Any, Final

from emulators.openstack.asks import ask
from emulators.openstack.call import Call, Reply
from emulators.openstack.faults import Fault
from emulators.openstack.schemas import BOOLEAN, UUID, closed, truth
from emulators.openstack.service import Versioned
from emulators.openstack.times import micro
from emulators.openstack.volume import events, limits, parameters
from emulators.openstack.volume.attaching import set_status
from emulators.openstack.volume.listing import Kind, answer, links, listed, owned
from emulators.openstack.volume.lookups import find_transfer, find_volume
from emulators.openstack.volume.records import CinderSnapshot, CinderTransfer, CinderType, CinderVolume
from emulators.openstack.volume.service import VOLUME
from emulators.world.decide import Decision
from emulators.world.decisions import hardware as hw
from emulators.world.model import Disk

OLD: Final = "/os-volume-transfer"
NEW: Final = "/volume-transfers"
TRANSFERS: Final = Kind(
    "transfers",
    {"id": lambda one: one.uid, "name": lambda one: one.name, "volume_id": lambda one: one.volume, "created_at": lambda one: one.created},
)
_FIELDS: Final = {"volume_id": UUID, "name": parameters.OPTIONAL_TEXT}
_CREATE: Final = closed({"transfer": closed(_FIELDS, "volume_id")}, "transfer")
_CREATE_355: Final = closed({"transfer": closed(_FIELDS | {"no_snapshots": BOOLEAN}, "volume_id")}, "transfer")
_ACCEPT: Final = closed({"accept": closed({"auth_key": {"type": ["string", "integer"]}}, "auth_key")}, "accept")


def summary(call: Call, one: CinderTransfer) -> dict[str, Any]:
    """A transfer in a list."""
    path = call.operation.path.strip("/").partition("/")[0]
    return {"id": one.uid, "volume_id": one.volume, "name": one.name, "links": links(call, f"{path}/{one.uid}")}


def detail(call: Call, one: CinderTransfer) -> dict[str, Any]:
    """A transfer in full."""
    row = summary(call, one) | {"created_at": micro(one.created)}
    if call.since("3.55"):
        row["no_snapshots"] = one.no_snapshots
    if call.since("3.57"):
        row |= {
            "source_project_id": one.source_project or None,
            "destination_project_id": one.destination_project or None,
            "accepted": one.accepted,
        }
    return row


def digest(salt: str, key: str) -> str:
    """What is kept of a key."""
    return hmac.new(salt.encode(), key.encode(), hashlib.sha256).hexdigest()


def _target(call: Call) -> CinderTransfer:
    return find_transfer(call.state, call.credentials, call.path["transfer_id"])


async def create_transfer(call: Call) -> dict[str, Any]:
    """Offer a volume; the key is in this answer alone."""
    body = call.body["transfer"]
    volume = find_volume(call.state, call.credentials, body["volume_id"])
    salt, key = secrets.token_hex(4), secrets.token_hex(8)
    made = await call.ask(
        decide_create,
        volume=volume.uid,
        name=parameters.text(body.get("name")),
        salt=salt,
        key_digest=digest(salt, key),
        no_snapshots=truth(body.get("no_snapshots", False)),
    )
    return {"transfer": detail(call, made) | {"auth_key": key}}


@ask
def decide_create(d: Decision, *, volume: str, name: str, salt: str, key_digest: str, no_snapshots: bool) -> CinderTransfer:
    """The volume awaits its transfer; raises Fault 400 unless it is available."""
    found = d.get(CinderVolume, volume)
    if found.status != "available":
        raise Fault(400, f"Invalid volume: status must be available, but it is {found.status}")
    if found.encryption_key:
        raise Fault(400, "Invalid volume: transferring encrypted volume is not supported")
    if no_snapshots and d.state.count(CinderSnapshot, "volume", volume):
        raise Fault(400, "Invalid volume: the volume has snapshots that would stay behind")
    set_status(d, found, "awaiting-transfer")
    return d.create(
        events.TRANSFER_CREATED,
        CinderTransfer,
        uid=d.new_uuid(),
        name=name,
        volume=volume,
        project=found.project,
        salt=salt,
        digest=key_digest,
        no_snapshots=no_snapshots,
        source_project=found.project,
    )


async def list_transfers(call: Call) -> dict[str, Any]:
    """Offers in short."""
    return answer(call, TRANSFERS, listed(call, TRANSFERS, owned(call, CinderTransfer)), lambda one: summary(call, one))


async def detail_transfers(call: Call) -> dict[str, Any]:
    """Offers in full."""
    return answer(call, TRANSFERS, listed(call, TRANSFERS, owned(call, CinderTransfer)), lambda one: detail(call, one))


async def show_transfer(call: Call) -> dict[str, Any]:
    """One offer."""
    return {"transfer": detail(call, _target(call))}


async def delete_transfer(call: Call) -> Reply:
    """Withdraw an offer."""
    await call.ask(decide_delete, transfer=_target(call).uid)
    return Reply(status=202)


@ask
def decide_delete(d: Decision, *, transfer: str) -> None:
    """The volume is available again."""
    found = d.get(CinderTransfer, transfer)
    volume = d.state.maybe(CinderVolume, found.volume)
    if volume is not None and volume.status == "awaiting-transfer":
        set_status(d, volume, "available")
    d.delete(events.TRANSFER_DELETED, found)


async def accept_transfer(call: Call) -> dict[str, Any]:
    """Take a volume that is on offer."""
    uid, key = call.path["transfer_id"], str(call.body["accept"]["auth_key"])
    found = call.state.maybe(CinderTransfer, uid)
    if found is None:
        raise Fault(404, f"Transfer {uid} could not be found.")
    if not hmac.compare_digest(found.digest, digest(found.salt, key)):
        raise Fault(403, f"Invalid auth key: Attempt to transfer {uid} with invalid auth key.")
    await call.ask(decide_accept, transfer=uid, project=call.project, user=call.credentials.user)
    return {"transfer": summary(call, found)}


@ask
def decide_accept(d: Decision, *, transfer: str, project: str, user: str) -> None:
    """The volume is the project's; raises Fault 413 beyond its quota."""
    found = d.get(CinderTransfer, transfer)
    volume = d.get(CinderVolume, found.volume)
    type_ = d.state.maybe(CinderType, volume.type)
    limits.require(d, project, what="volumes", gib=volume.size, type_name=type_.name if type_ else "")
    disk = d.state.maybe(Disk, volume.disk)
    if disk is not None:
        d.update(hw.DISK_CHANGED, disk, project=project)
    d.update(events.VOLUME_CHANGED, volume, project=project, user=user, status="available", updated=d.now)
    for snapshot in d.state.where(CinderSnapshot, "volume", volume.uid):
        d.update(events.SNAPSHOT_CHANGED, snapshot, project=project, user=user)
    d.delete(events.TRANSFER_DELETED, found, detail={"to": project})


def _declare(collection: str, versions: str, create: Any) -> None:
    """The operations of one of the two paths."""
    VOLUME.post(collection, body=create, status=202, versions=versions)(create_transfer)
    VOLUME.get(collection, versions=versions)(list_transfers)
    VOLUME.get(f"{collection}/detail", versions=versions)(detail_transfers)
    VOLUME.get(f"{collection}/{{transfer_id}}", versions=versions)(show_transfer)
    VOLUME.delete(f"{collection}/{{transfer_id}}", status=202, versions=versions)(delete_transfer)
    VOLUME.post(f"{collection}/{{transfer_id}}/accept", body=_ACCEPT, status=202, versions=versions)(accept_transfer)


_declare(OLD, "", Versioned({"3.0-": _CREATE}))
_declare(NEW, "3.55-", _CREATE_355)
