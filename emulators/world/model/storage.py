"""Arrays, LUNs, datastores, disks and images."""

from __future__ import annotations

from typing import ClassVar

from emulators.world.model.base import Entity, kind


@kind
class StorageArray(Entity, frozen=True, kw_only=True, omit_defaults=True):
    """A storage array; all datastores on its LUNs fall with it."""

    KIND: ClassVar[str] = "storage_array"
    INDEXED: ClassVar[tuple[str, ...]] = ("site",)

    vendor: str = "NETAPP"
    model: str = "AFF-A400"
    serial: str = ""
    operable: bool = True


@kind
class Lun(Entity, frozen=True, kw_only=True, omit_defaults=True):
    """A block device that an array exports; ``naa`` is its world-wide id."""

    KIND: ClassVar[str] = "lun"
    INDEXED: ClassVar[tuple[str, ...]] = ("array",)

    array: str
    naa: str
    capacity_bytes: int
    operable: bool = True


@kind
class Datastore(Entity, frozen=True, kw_only=True, omit_defaults=True):
    """A VMFS or NFS store for VM files.  What is used is the sum of what lies on it; ``filled_bytes`` is what a fault put there."""

    KIND: ClassVar[str] = "datastore"
    INDEXED: ClassVar[tuple[str, ...]] = ("site", "name", "luns", "hosts", "folder")

    type: str = "VMFS"
    folder: str = ""
    uuid: str = ""
    luns: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    capacity_bytes: int
    filled_bytes: int = 0
    accessible: bool = True
    maintenance: bool = False


@kind
class Disk(Entity, frozen=True, kw_only=True, omit_defaults=True):
    """A virtual disk, or a volume; a Docker volume stands behind it.  ``key``, ``controller`` and ``unit`` place it in its VM."""

    KIND: ClassVar[str] = "disk"
    INDEXED: ClassVar[tuple[str, ...]] = ("vm", "datastore", "path", "project")

    vm: str = ""
    project: str = ""
    datastore: str
    path: str
    uuid: str
    capacity_bytes: int
    used_bytes: int = 0
    thin: bool = True
    mode: str = "persistent"
    key: int = 2000
    controller: int = 1000
    unit: int = 0


@kind
class Image(Entity, frozen=True, kw_only=True, omit_defaults=True):
    """A guest image; ``ref`` is its name in the machine backend."""

    KIND: ClassVar[str] = "image"
    INDEXED: ClassVar[tuple[str, ...]] = ("name", "project")

    ref: str
    project: str = ""
    os: str = "linux"
    guest_id: str = "otherLinux64Guest"
    size_bytes: int = 0
