"""Arrays, LUNs, datastores, disks and images."""

from __future__ import annotations

from cmdb.model.classes.compute import Image
from cmdb.model.classes.storage import Datastore, Disk, Lun, StorageArray
from cmdb.projection.declare import ENGINE, VSPHERE, Link, Shape, Statements, View, projects, seen
from cmdb.projection.kinds.facility import site_of, state_of


class ArrayShape(Shape, frozen=True, kw_only=True):
    """A storage array."""

    vendor: str = "NETAPP"
    model: str = "AFF-A400"
    serial: str = ""
    operable: bool = True


class LunShape(Shape, frozen=True, kw_only=True):
    """A LUN."""

    array: str
    naa: str
    capacity_bytes: int
    operable: bool = True


class DatastoreShape(Shape, frozen=True, kw_only=True):
    """A datastore."""

    type: str = "VMFS"
    uuid: str = ""
    luns: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    capacity_bytes: int
    filled_bytes: int = 0
    accessible: bool = True
    maintenance: bool = False


class DiskShape(Shape, frozen=True, kw_only=True):
    """A virtual disk, or what stands behind a volume."""

    vm: str = ""
    project: str = ""
    datastore: str
    path: str
    uuid: str
    capacity_bytes: int
    thin: bool = True
    mode: str = "persistent"


class VolumeOf(Shape, frozen=True, kw_only=True):
    """A volume of Cinder's, as far as it tells that a disk is one."""

    disk: str = ""


class ImageShape(Shape, frozen=True, kw_only=True):
    """A guest image."""

    ref: str
    project: str = ""
    os: str = "linux"
    guest_id: str = "otherLinux64Guest"
    size_bytes: int = 0


class GlanceOf(Shape, frozen=True, kw_only=True):
    """An image of Glance's, as far as it tells what stands behind it."""

    image: str = ""


@projects("storage_array", ArrayShape)
def storage_array(it: ArrayShape, view: View) -> Statements:
    """An array."""
    state = state_of(it.operable)
    item = StorageArray(
        site=site_of(it, view), vendor=it.vendor, model=it.model, serial=it.serial, operable=it.operable, operational_state=state
    )
    yield seen(ENGINE, it, item)
    yield Link(ENGINE, it.uid, "LOCATED_IN", it.site)


@projects("lun", LunShape)
def lun(it: LunShape, view: View) -> Statements:
    """A block device."""
    yield seen(ENGINE, it, Lun(site=site_of(it, view), naa=it.naa, capacity_bytes=it.capacity_bytes, operable=it.operable))
    yield Link(ENGINE, it.uid, "PART_OF", it.array)


@projects("datastore", DatastoreShape)
def datastore(it: DatastoreShape, view: View) -> Statements:
    """A store for VM files, which hosts mount."""
    item = Datastore(
        site=site_of(it, view), uuid=it.uuid, type=it.type, capacity_bytes=it.capacity_bytes, filled_bytes=it.filled_bytes,
        accessible=it.accessible, maintenance=it.maintenance, operational_state=state_of(it.accessible),
    )  # fmt: skip
    yield seen(VSPHERE, it, item)
    for extent in it.luns:
        yield Link(ENGINE, it.uid, "BACKED_BY", extent)
    for host in it.hosts:
        yield Link(VSPHERE, host, "MOUNTS", it.uid)


@projects("disk", DiskShape)
def disk(it: DiskShape, view: View) -> Statements:
    """A VM's disk.  A volume's is told of by the volume (`openstack.cinder_volume`)."""
    if view.where("cinder_volume", VolumeOf, "disk", it.uid):
        return
    item = Disk(
        site=site_of(it, view), uuid=it.uuid, path=it.path, capacity_bytes=it.capacity_bytes, thin=it.thin, mode=it.mode, project=it.project
    )
    yield seen(ENGINE if it.project else VSPHERE, it, item)
    yield Link(ENGINE, it.uid, "STORED_ON", it.datastore)
    yield Link(ENGINE, it.vm, "USES", it.uid)


@projects("image", ImageShape)
def image(it: ImageShape, view: View) -> Statements:
    """An image of the machines'.  Those that Glance knows are told of by Glance (`openstack.glance_image`)."""
    if view.where("glance_image", GlanceOf, "image", it.uid):
        return
    yield seen(ENGINE, it, Image(ref=it.ref, os=it.os, guest_id=it.guest_id, size_bytes=it.size_bytes, project=it.project))
