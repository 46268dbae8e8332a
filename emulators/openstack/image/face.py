"""What the other services ask of Glance.  Functions with a Decision run inside the caller's transaction."""

from __future__ import annotations

from emulators.machines.images.names import TINY
from emulators.openstack.credentials import Credentials
from emulators.openstack.faults import Fault
from emulators.openstack.image.access import find_image
from emulators.openstack.image.events import GUEST_IMAGE_REMOVED, IMAGE_CREATED, IMAGE_DELETED
from emulators.openstack.image.lifecycle import activate_blank
from emulators.openstack.image.records import GlanceImage
from emulators.world.decide import Decision
from emulators.world.model import Image, Vm
from emulators.world.state import WorldState


def image(state: WorldState, image_id: str) -> GlanceImage | None:
    """An image of any owner, whatever its state."""
    return state.maybe(GlanceImage, image_id)


def bootable(state: WorldState, credentials: Credentials, image_id: str) -> GlanceImage:
    """An image that a server or volume can be made of.

    Raises Fault 400: there is none that the caller may see, or it is not active.
    """
    try:
        found = find_image(state, credentials, image_id)
    except Fault as error:
        raise Fault(400, "Can not find requested image") from error
    if found.status != "active":
        raise Fault(400, f"Image {image_id} is not active.")
    return found


def guest_ref(state: WorldState, image_id: str) -> str:
    """The engine's name of the guest image that servers of this image run; the smallest one for an image that is no more."""
    found = state.maybe(GlanceImage, image_id)
    world = state.maybe(Image, found.image) if found else None
    return world.ref if world else TINY


def world_image(state: WorldState, image_id: str) -> str:
    """The uid of the world's Image, for ``Vm.image``; empty when the image is not active."""
    found = state.maybe(GlanceImage, image_id)
    return found.image if found else ""


def queue_snapshot(  # noqa: PLR0913 - each is a property of the new image
    d: Decision,
    *,
    project: str,
    user: str,
    name: str,
    properties: dict[str, str],
    min_disk: int = 0,
    min_ram: int = 0,
    disk_format: str = "qcow2",
    container_format: str = "bare",
    visibility: str = "private",
) -> GlanceImage:
    """Register an image whose bytes come later (``complete_snapshot``): a server's snapshot or a volume's upload."""
    return d.create(
        IMAGE_CREATED,
        GlanceImage,
        uid=d.new_uuid(),
        name=name,
        project=project,
        user=user,
        visibility=visibility,
        container_format=container_format,
        disk_format=disk_format,
        min_disk=min_disk,
        min_ram=min_ram,
        properties=dict(properties),
        updated=d.now,
    )


def complete_snapshot(d: Decision, image_id: str, *, size: int, ref: str = "") -> None:
    """The snapshot is there: a disk of ``size`` bytes, whose servers run the engine's image ``ref``.  A deleted image stays so."""
    found = d.state.maybe(GlanceImage, image_id)
    if found is not None and found.status in {"queued", "saving"}:
        activate_blank(d, found, size, ref)


def drop_snapshot(d: Decision, image_id: str) -> None:
    """The snapshot could not be made: its image goes."""
    found = d.state.maybe(GlanceImage, image_id)
    if found is not None and found.status in {"queued", "saving"}:
        remove(d, found)


def remove(d: Decision, found: GlanceImage) -> None:
    """The image is gone, and the guest image it stood for unless servers use it."""
    world = d.state.maybe(Image, found.image)
    if world is not None and not any(vm.image == world.uid for vm in d.state.iterate(Vm)):
        d.delete(GUEST_IMAGE_REMOVED, world)
    d.delete(IMAGE_DELETED, found)
