"""How a volume comes to be: from nothing, a snapshot, a volume, a backup or an image."""

from __future__ import annotations

import msgspec

from dcsim.errors import InsufficientResources
from emulators.openstack.asks import Ask, ask, name_of
from emulators.openstack.faults import Fault
from emulators.openstack.image.face import image as image_of
from emulators.openstack.image.records import GlanceImage
from emulators.openstack.volume import events, limits
from emulators.openstack.volume.attaching import set_status
from emulators.openstack.volume.files import copy_files, has_files
from emulators.openstack.volume.messages import tell
from emulators.openstack.volume.records import CinderSnapshot, CinderType, CinderVolume
from emulators.openstack.volume.storage import backend_host, make_disk, place
from emulators.world.decide import Decision
from emulators.world.decisions.timers import later

CREATE_SECONDS = 2.0
COPY_SECONDS = 8.0
GIB = 1 << 30
NO_BACKEND = "schedule allocate volume:Could not find any available weighted backend."


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """A volume to make; ``size`` 0 means as large as what it is made of.  ``at_once``: whoever asks takes the time for it."""

    project: str
    user: str = ""
    size: int = 0
    name: str = ""
    description: str = ""
    type: str = ""
    zone: str = "nova"
    snapshot: str = ""
    source: str = ""
    image: str = ""
    backup: str = ""
    group: str = ""
    metadata: dict[str, str] = {}
    at_once: bool = False


def create(d: Decision, wanted: Wanted) -> CinderVolume:
    """The volume, on its way to be available.  Raises Fault 400 (it does not fit its source), 404 or 413 (quota)."""
    snapshot, source = d.state.maybe(CinderSnapshot, wanted.snapshot), d.state.maybe(CinderVolume, wanted.source)
    image = image_of(d.state, wanted.image) if wanted.image else None
    size = _size(wanted, snapshot, source, image)
    type_ = _type(d, wanted, snapshot, source)
    limits.require(d, wanted.project, what="volumes", gib=size, type_name=type_.name if type_ else "")
    made = d.create(
        events.VOLUME_CREATED,
        CinderVolume,
        uid=d.new_uuid(),
        name=wanted.name,
        project=wanted.project,
        user=wanted.user,
        size=size,
        description=wanted.description,
        type=type_.uid if type_ else "",
        zone=wanted.zone,
        snapshot=wanted.snapshot,
        source=wanted.source,
        backup=wanted.backup,
        group=wanted.group,
        multiattach=bool(type_ and type_.extra_specs.get("multiattach") == "<is> True"),
        encryption_key=d.new_uuid() if type_ and type_.encryption else "",
        metadata=dict(wanted.metadata),
        image_metadata=_inherited(d, snapshot, source, image),
    )
    origin = snapshot.disk if snapshot else source.disk if source else ""
    seconds = 0.0 if wanted.at_once else COPY_SECONDS if origin or image else CREATE_SECONDS
    bootable = bool(image) or bool(source and source.bootable) or _was_bootable(d, snapshot)
    arguments = {"volume": made.uid, "near": origin, "bootable": bootable, "seed": d.context.actor.request_id, "at_once": wanted.at_once}
    later(d, made.uid, seconds, Ask(ask=name_of(finish_create), arguments=arguments))
    return made


@ask
def finish_create(d: Decision, *, volume: str, near: str, bootable: bool, seed: str, at_once: bool = False) -> None:
    """The volume lies on a datastore and is available; when none has the room it is in error, and a message says why."""
    made = d.state.maybe(CinderVolume, volume)
    if made is None or made.status != "creating":
        return
    try:
        type_ = d.state.maybe(CinderType, made.type)
        store = place(d, made.size, near, type_.extra_specs if type_ else None)
    except InsufficientResources:
        set_status(d, made, "error")
        tell(d, made.project, "VOLUME", made.uid, "001_003", NO_BACKEND, seed)
        return
    disk = make_disk(d, store, name=f"volume-{made.uid}", project=made.project, gib=made.size)
    host = backend_host(d.state, store)
    source = _files_of(d, made)
    if not source or at_once:
        d.update(events.VOLUME_READY, made, status="available", disk=disk.uid, host=host, bootable=bootable, updated=d.now)
        return
    d.update(events.VOLUME_CHANGED, made, disk=disk.uid, host=host, bootable=bootable, written=True)
    copy_files(d, volume, source, disk.uid, made.size, then=name_of(finish_copy), otherwise=name_of(fail_copy), volume=volume)


def _files_of(d: Decision, made: CinderVolume) -> str:
    """What the volume is to have the files of: a disk's uid, or empty."""
    snapshot, source = d.state.maybe(CinderSnapshot, made.snapshot), d.state.maybe(CinderVolume, made.source)
    if snapshot is not None:
        return snapshot.disk if snapshot.written else ""
    return source.disk if source is not None and has_files(d.state, source) else ""


@ask
def finish_copy(d: Decision, *, volume: str) -> None:
    """It has the files that it was made of."""
    made = d.state.maybe(CinderVolume, volume)
    if made is not None and made.status == "creating":
        d.update(events.VOLUME_READY, made, status="available", updated=d.now)


@ask
def fail_copy(d: Decision, *, volume: str) -> None:
    """It could not be made."""
    made = d.state.maybe(CinderVolume, volume)
    if made is not None and made.status == "creating":
        set_status(d, made, "error")


def _size(wanted: Wanted, snapshot: CinderSnapshot | None, source: CinderVolume | None, image: GlanceImage | None) -> int:
    size = wanted.size or (snapshot.size if snapshot else source.size if source else 0)
    if not size:
        raise Fault(400, "Invalid input received: Size in GB must be specified, or a source that has one.")
    if snapshot is not None and size < snapshot.size:
        raise Fault(
            400,
            f"Invalid input received: Volume size '{size}'GB cannot be smaller than the snapshot size {snapshot.size}GB. "
            "They must be >= original snapshot size.",
        )
    if source is not None and size < source.size:
        raise Fault(400, f"Invalid input received: Clones currently must be >= original volume size. ({size}GB < {source.size}GB)")
    if image is not None:
        _require_image_fits(image, size)
    return size


def _require_image_fits(image: GlanceImage, size: int) -> None:
    if image.status != "active":
        raise Fault(400, f"Invalid input received: Image {image.uid} is not active.")
    gib = -(-max(image.size, 0) // GIB)
    if gib > size:
        raise Fault(400, f"Invalid input received: Size of specified image {gib}GB is larger than volume size {size}GB.")
    if image.min_disk > size:
        raise Fault(400, f"Invalid input received: Volume size {size}GB cannot be smaller than the image minDisk size {image.min_disk}GB.")


def _type(d: Decision, wanted: Wanted, snapshot: CinderSnapshot | None, source: CinderVolume | None) -> CinderType | None:
    inherited = snapshot.type if snapshot else source.type if source else ""
    return d.state.maybe(CinderType, wanted.type or inherited)


def _was_bootable(d: Decision, snapshot: CinderSnapshot | None) -> bool:
    volume = d.state.maybe(CinderVolume, snapshot.volume) if snapshot else None
    return bool(volume and volume.bootable)


def _inherited(d: Decision, snapshot: CinderSnapshot | None, source: CinderVolume | None, image: GlanceImage | None) -> dict[str, str]:
    """What a bootable volume keeps of the image that it was made of."""
    if image is not None:
        base = {
            "checksum": image.checksum,
            "container_format": image.container_format,
            "disk_format": image.disk_format,
            "image_id": image.uid,
            "image_name": image.name,
            "min_disk": str(image.min_disk),
            "min_ram": str(image.min_ram),
            "size": str(image.size),
        }
        return base | image.properties
    origin = d.state.maybe(CinderVolume, snapshot.volume) if snapshot else source
    return dict(origin.image_metadata) if origin else {}
