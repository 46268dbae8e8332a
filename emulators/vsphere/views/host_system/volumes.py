"""File systems that a host mounts, and what a datastore is on them."""

from __future__ import annotations

from typing import Any, Final

from pyVmomi import vim

from emulators.vsphere.views.constructors import MIB
from emulators.vsphere.views.host_system.facts import Facts, host_datastores
from emulators.world.model import Datastore, Hypervisor, Lun
from emulators.world.state import WorldState

VOLUME_TYPES: Final = ("VMFS", "NFS", "NFS41", "vsan", "vsanD", "VVOL", "vfat", "PMEM", "OTHER")
VMFS_VERSION: Final = "6.82"
VMFS_MAJOR: Final = 6
MAX_BLOCKS: Final = 63_963_136
VSAN: Final = "vsan"
_EXPORT: Final = "/vol/{}"


def file_system_volumes(state: WorldState, found: Facts) -> vim.host.FileSystemVolumeInfo:
    """``config.fileSystemVolume``: the volumes of the host's datastores."""
    return vim.host.FileSystemVolumeInfo(
        volumeTypeList=list(VOLUME_TYPES),
        mountInfo=[
            vim.host.FileSystemMountInfo(
                mountInfo=mount_info(found.host, datastore),
                volume=volume(state, datastore),
                vStorageSupport="vStorageSupported" if datastore.luns else "vStorageUnsupported",
            )
            for datastore in host_datastores(state, found.host)
            if datastore.type != VSAN  # it is no file system that a host mounts
        ],
    )


def mount_info(host: Hypervisor, datastore: Datastore) -> vim.host.MountInfo:
    """How a host has a datastore mounted."""
    reachable = datastore.accessible and host.running
    info = vim.host.MountInfo(path=f"/vmfs/volumes/{datastore.uuid}", accessMode="readWrite", mounted=True, accessible=reachable)
    if not reachable:
        info.inaccessibleReason = "AllPathsDown_Start"
    return info


def is_nfs(datastore: Datastore) -> bool:
    """Is it a share of a file server?"""
    return datastore.type.upper().startswith("NFS")


def volume(state: WorldState, datastore: Datastore) -> vim.host.FileSystemVolume:
    """The volume that a datastore is."""
    return nas_volume(datastore) if is_nfs(datastore) else vmfs_volume(state, datastore)


def nas_volume(datastore: Datastore) -> vim.host.NasVolume:
    """A share of a file server."""
    server = f"nfs.{datastore.name.lower()}.storage"
    return vim.host.NasVolume(
        type=datastore.type,
        name=datastore.name,
        capacity=datastore.capacity_bytes,
        remoteHost=server,
        remotePath=_EXPORT.format(datastore.name),
        userName="",
        remoteHostNames=[server],
        securityType="AUTH_SYS",
        protocolEndpoint=False,
    )


def vmfs_volume(state: WorldState, datastore: Datastore) -> vim.host.VmfsVolume:
    """A VMFS over LUNs; one without LUNs is on a disk of its own name."""
    names = [lun.naa for lun in (state.maybe(Lun, uid) for uid in datastore.luns) if lun is not None] or [f"mpx.{datastore.name}"]
    return vim.host.VmfsVolume(
        type="VMFS",
        name=datastore.name,
        capacity=datastore.capacity_bytes,
        blockSizeMb=1,
        blockSize=MIB // 1024,
        unmapGranularity=MIB // 1024,
        unmapPriority="low",
        maxBlocks=MAX_BLOCKS,
        majorVersion=VMFS_MAJOR,
        version=VMFS_VERSION,
        uuid=datastore.uuid,
        extent=[_extent(name) for name in names],
        vmfsUpgradable=False,
        ssd=bool(datastore.luns),
        local=not datastore.luns,
        scsiDiskType="native512",
    )


def _extent(name: str) -> Any:
    return vim.host.ScsiDisk.Partition(diskName=name, partition=1)
