"""Arrays, LUNs, datastores, virtual disks and guest images."""

from __future__ import annotations

from graph.backends.entities import EntityByKey
from graph.backends.keyed import EntityBy
from graph.execution.fields import column, graph_type, joined
from graph.execution.relay import Connection
from graph.execution.scalars import BigInt
from graph.schema.entity import Entity, shows
from graph.schema.filters import entities
from graph.schema.refs import HostRef, OpenStackImageRef, ProjectRef, VirtualMachineRef, VolumeRef


@shows("storage_array")
@graph_type
class StorageArray(Entity):
    """A storage array; all datastores on its LUNs fall with it."""

    vendor: str = column()
    model: str = column()
    serial: str = column()
    operable: bool = column()
    luns: Connection[Lun] | None = entities("lun", "array")


@shows("lun")
@graph_type
class Lun(Entity):
    """A block device that an array exports."""

    naa: str = column(description="Its world-wide id.")
    capacity_bytes: BigInt = column()
    operable: bool = column()
    array: StorageArray | None = joined(EntityByKey("storage_array", "array"))
    datastores: Connection[Datastore] | None = entities("datastore", "luns")


@shows("datastore")
@graph_type
class Datastore(Entity):
    """A VMFS or NFS store for VM files."""

    type: str = column()
    moid: str = column(description="vCenter's managed object id; empty where vCenter does not show it.")
    uuid: str = column(description="Of the file system: hosts mount it under this name.")
    capacity_bytes: BigInt = column()
    used_bytes: BigInt = column()
    accessible: bool = column()
    maintenance: bool = column()
    luns: Connection[Lun] | None = entities("lun", "datastores")
    hosts: Connection[HostRef] | None = entities("hypervisor", "datastores")
    vms: Connection[VirtualMachineRef] | None = entities("vm", "datastore")
    disks: Connection[Disk] | None = entities("disk", "datastore")


@shows("disk")
@graph_type
class Disk(Entity):
    """A virtual disk, or what is behind a volume of Cinder."""

    path: str = column()
    uuid: str = column()
    capacity_bytes: BigInt = column()
    used_bytes: BigInt = column()
    thin: bool = column()
    mode: str = column()
    key: int = column(description="Its device key in the VM.")
    vm: VirtualMachineRef | None = joined(EntityByKey("vm", "vm"))
    datastore: Datastore | None = joined(EntityByKey("datastore", "datastore"))
    project: ProjectRef | None = joined(EntityByKey("project", "project"))
    volume: VolumeRef | None = joined(EntityBy("cinder_volume", "disk"), description="It as Cinder sees it.")


@shows("image")
@graph_type
class Image(Entity):
    """A guest image."""

    ref: str = column(description="Its name where machines are made.")
    os: str = column()
    guest_id: str = column()
    size_bytes: BigInt = column()
    project: ProjectRef | None = joined(EntityByKey("project", "project"))
    openstack_image: OpenStackImageRef | None = joined(EntityBy("glance_image", "image"), description="It as Glance sees it.")


@graph_type
class StorageQuery:
    """Reading storage."""

    storage_arrays: Connection[StorageArray] | None = entities("storage_array")
    luns: Connection[Lun] | None = entities("lun")
    datastores: Connection[Datastore] | None = entities("datastore")
    disks: Connection[Disk] | None = entities("disk")
    images: Connection[Image] | None = entities("image")
