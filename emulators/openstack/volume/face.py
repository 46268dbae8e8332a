"""What the other services ask of Cinder.  Functions with a Decision run inside the caller's transaction."""

from __future__ import annotations

from emulators.openstack.credentials import Credentials
from emulators.openstack.faults import Fault
from emulators.openstack.volume import attaching, events
from emulators.openstack.volume.creation import Wanted, create
from emulators.openstack.volume.lookups import default_type, find_snapshot, find_volume
from emulators.openstack.volume.records import CinderAttachment, CinderSnapshot, CinderVolume
from emulators.openstack.volume.removal import RemoveVolume
from emulators.world.decide import Decision, run
from emulators.world.state import WorldState

__all__ = [
    "attach",
    "attachment_of",
    "attachments_of_server",
    "create_for_server",
    "detach",
    "release_server",
    "reserve",
    "snapshot",
    "volume",
    "volumes_of",
]


def volume(state: WorldState, credentials: Credentials, volume_id: str) -> CinderVolume:
    """The volume; raises Fault 404 unless the caller may see it."""
    return find_volume(state, credentials, volume_id)


def snapshot(state: WorldState, credentials: Credentials, snapshot_id: str) -> CinderSnapshot:
    """The snapshot of a volume; raises Fault 404 unless the caller may see it."""
    return find_snapshot(state, credentials, snapshot_id)


def reserve(d: Decision, volume_id: str, server: str = "") -> str:
    """Keep a volume for a server that will attach it; the attachment's id.  Raises Fault 400 when it is not free."""
    return attaching.reserve(d, d.get(CinderVolume, volume_id), server).uid


def attach(d: Decision, volume_id: str, *, server: str, vm: str, device: str, host: str, delete_on_termination: bool = False) -> str:
    """Attach a volume, reserved for the server or free, and plug its disk into the server's VM; the attachment's id.

    Raises Fault 400 when the volume is not free.
    """
    found = attachment_of(d.state, volume_id, server)
    attachment = found if found is not None else attaching.reserve(d, d.get(CinderVolume, volume_id), server)
    attachment = attaching.connect(d, attachment, vm=vm, device=device, host=host)
    d.update(events.ATTACHMENT_CHANGED, attachment, delete_on_termination=delete_on_termination)
    return attachment.uid


def attachment_of(state: WorldState, volume_id: str, server: str) -> CinderAttachment | None:
    """The attachment of a volume to a server, reserved ones included."""
    return next((one for one in state.where(CinderAttachment, "server", server) if one.volume == volume_id), None)


def attachments_of_server(state: WorldState, server: str) -> list[CinderAttachment]:
    """All attachments of a server, in the order in which they were made."""
    return state.where(CinderAttachment, "server", server)


def detach(d: Decision, volume_id: str, server: str) -> None:
    """Unplug a volume from a server, or let go of the reservation; the volume is available again."""
    found = attachment_of(d.state, volume_id, server)
    if found is None:
        raise Fault(404, f"Volume attachment could not be found with filter: volume_id = {volume_id}, instance = {server}.")
    attaching.disconnect(d, found)


def release_server(d: Decision, server: str) -> None:
    """Detach everything from a server that goes; volumes that were to go with it do."""
    for one in attachments_of_server(d.state, server):
        attaching.disconnect(d, one)
        left = d.state.maybe(CinderVolume, one.volume)
        if one.delete_on_termination and left is not None and left.status == "available":
            run(d, RemoveVolume(volume=left.uid))


def volumes_of(state: WorldState, server: str) -> list[CinderVolume]:
    """The volumes that are attached to a server."""
    found = (state.maybe(CinderVolume, one.volume) for one in attachments_of_server(state, server) if one.status == "attached")
    return [one for one in found if one is not None]


def create_for_server(  # noqa: PLR0913 - each is a property of the block device
    d: Decision,
    *,
    project: str,
    user: str,
    size: int,
    image: str = "",
    snapshot: str = "",
    source: str = "",
    name: str = "",
    zone: str = "nova",
    volume_type: str = "",
) -> CinderVolume:
    """A volume for a server's block device, available when this returns: the server takes the time.  Raises Fault 400, 404 or 413."""
    type_ = volume_type
    if not type_ and not snapshot and not source:
        default = default_type(d.state, project)
        type_ = default.uid if default else ""
    wanted = Wanted(
        project=project,
        user=user,
        size=size,
        image=image,
        snapshot=snapshot,
        source=source,
        name=name,
        zone=zone,
        type=type_,
        at_once=True,
    )
    made = create(d, wanted)
    return d.get(CinderVolume, made.uid)
