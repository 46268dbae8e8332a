"""Virtual disks and CD-ROM drives as devices."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from pyVmomi import vim

from dcsim.ids import digest
from emulators.vsphere.views.constructors import KIB, description, like, shares
from emulators.vsphere.views.virtual_machine.controllers import cdrom_controller, cdrom_unit, connection
from emulators.vsphere.views.virtual_machine.machine import Machine, disk_files
from emulators.world.model import Cdrom, Datastore, Disk, Power, Vm

if TYPE_CHECKING:
    from emulators.vsphere.properties.view import View

device = vim.vm.device
SHARES_NORMAL = 1000
UNTHROTTLED = -1


def disk_devices(view: View, machine: Machine) -> list[Any]:
    """The VM's disks, "Hard disk 1" first."""
    return [_disk(view, machine, disk, place) for place, disk in enumerate(machine.disks, 1)]


def _disk(view: View, machine: Machine, disk: Disk, place: int) -> Any:
    kilobytes = disk.capacity_bytes // KIB
    return like(
        _plain_disk(),
        key=disk.key,
        deviceInfo=description(f"Hard disk {place}", f"{kilobytes:,} KB"),
        backing=disk_backing(view, machine, disk),
        controllerKey=disk.controller,
        unitNumber=disk.unit,
        capacityInKB=kilobytes,
        capacityInBytes=disk.capacity_bytes,
        diskObjectId=f"{machine.vm.number}-{disk.key}",
    )


@cache
def _plain_disk() -> Any:
    normal = shares(SHARES_NORMAL, "normal")
    return device.VirtualDisk(
        shares=normal,
        storageIOAllocation=vim.StorageResourceManager.IOAllocationInfo(limit=UNTHROTTLED, shares=normal, reservation=0),
        vDiskVersion=1,
        nativeUnmanagedLinkedClone=False,
        guestReadOnly=False,
    )


@cache
def _plain_file() -> Any:
    return device.VirtualDisk.FlatVer2BackingInfo(
        backingObjectId="", split=False, writeThrough=False, eagerlyScrub=False, digestEnabled=False, sharing="sharingNone"
    )


def disk_backing(view: View, machine: Machine, disk: Disk) -> Any:
    """The file behind a disk; with snapshots, the newest delta and below it, as ``parent``, what it builds on."""
    backing = None
    for place, path in enumerate(disk_files(machine, disk)):
        backing = _flat(view, disk, path, backing, place)
    return backing


def _flat(view: View, disk: Disk, path: str, parent: Any, place: int) -> Any:
    backing = like(
        _plain_file(),
        fileName=path,
        datastore=view.maybe_ref(disk.datastore),
        diskMode=disk.mode,
        thinProvisioned=disk.thin,
        uuid=disk.uuid.upper(),
        contentId=digest("content", disk.uid, place).hex()[:32],
    )
    if parent is not None:
        backing.parent = parent
        backing.deltaDiskFormat = "seSparseFormat"
        backing.deltaGrainSize = 8
    return backing


def cdrom_devices(view: View, vm: Vm) -> list[Any]:
    """The VM's CD-ROM drives, "CD/DVD drive 1" first."""
    return [_cdrom(view, vm, cdrom, place) for place, cdrom in enumerate(vm.cdroms, 1)]


def _cdrom(view: View, vm: Vm, cdrom: Cdrom, place: int) -> Any:
    on = vm.power is Power.ON
    return device.VirtualCdrom(
        key=cdrom.key,
        deviceInfo=description(f"CD/DVD drive {place}", f"ISO {cdrom.image}" if cdrom.image else "Remote ATAPI"),
        backing=_iso(view, vm, cdrom) if cdrom.image else device.VirtualCdrom.RemoteAtapiBackingInfo(deviceName="", useAutoDetect=False),
        connectable=connection(start=cdrom.start_connected, connected=cdrom.connected and on, tried=on),
        controllerKey=cdrom_controller(cdrom.key),
        unitNumber=cdrom_unit(cdrom.key),
    )


def _iso(view: View, vm: Vm, cdrom: Cdrom) -> Any:
    name = cdrom.image.partition("]")[0].removeprefix("[")
    stores = [store for store in view.state.where(Datastore, "name", name) if store.site == vm.site]
    backing = device.VirtualCdrom.IsoBackingInfo(fileName=cdrom.image, backingObjectId="")
    if stores:
        backing.datastore = view.maybe_ref(stores[0])
    return backing
