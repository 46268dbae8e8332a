"""The devices that every VM has, and its disk controllers.  Keys, units and labels are those that vCenter gives."""

from __future__ import annotations

from functools import cache
from typing import Any, Final

from pyVmomi import vim

from dcsim.ids import digest
from emulators.vsphere.views.constructors import description
from emulators.vsphere.views.virtual_machine.machine import Machine
from emulators.world.model import Controller, Vm

device = vim.vm.device
PCI: Final = 100
IDE: Final = (200, 201)
PS2: Final = 300
SIO: Final = 400
VIDEO: Final = 500
KEYBOARD: Final = 600
POINTING: Final = 700
VMCI: Final = 12000
SCSI_RESERVED_UNIT: Final = 7
_SCSI_SLOTS: Final = (160, 192, 224, 256)
_SCSI_UNIT: Final = 3
_AHCI_UNIT: Final = 24
_NVME_UNIT: Final = 30
_VMCI_UNIT: Final = 17

_SCSI_TYPES: Final = {
    "pvscsi": ("ParaVirtualSCSIController", "VMware paravirtual SCSI"),
    "lsilogic": ("VirtualLsiLogicController", "LSI Logic"),
    "lsilogic-sas": ("VirtualLsiLogicSASController", "LSI Logic SAS"),
    "buslogic": ("VirtualBusLogicController", "BusLogic"),
}


def fixed_devices(machine: Machine, attached: dict[int, list[int]]) -> list[Any]:
    """The chipset: IDE, PS/2, PCI and Super I/O controllers, keyboard, pointing device, video card and VMCI.

    ``attached`` maps a controller's key to the keys of the devices on it.
    """
    return [
        *(_ide(bus, tuple(attached.get(key, ()))) for bus, key in enumerate(IDE)),
        _ps2(),
        device.VirtualPCIController(
            key=PCI, deviceInfo=description("PCI controller 0"), busNumber=0, device=[VIDEO, VMCI, *attached.get(PCI, [])]
        ),
        _super_io(),
        _keyboard(),
        _pointing(),
        _video(),
        _vmci(machine.vm),
    ]


# Devices that are the same for all VMs are made once and shared, so nobody may change them.


@cache
def _ide(bus: int, keys: tuple[int, ...]) -> Any:
    return device.VirtualIDEController(key=IDE[bus], deviceInfo=description(f"IDE {bus}"), busNumber=bus, device=list(keys))


@cache
def _keyboard() -> Any:
    return device.VirtualKeyboard(key=KEYBOARD, deviceInfo=description("Keyboard"), controllerKey=PS2, unitNumber=0)


@cache
def _ps2() -> Any:
    return device.VirtualPS2Controller(key=PS2, deviceInfo=description("PS2 controller 0"), busNumber=0, device=[KEYBOARD, POINTING])


@cache
def _super_io() -> Any:
    return device.VirtualSIOController(key=SIO, deviceInfo=description("SIO controller 0"), busNumber=0)


@cache
def _pointing() -> Any:
    return device.VirtualPointingDevice(
        key=POINTING,
        deviceInfo=description("Pointing device", "Pointing device; Device"),
        backing=device.VirtualPointingDevice.DeviceBackingInfo(deviceName="", useAutoDetect=False, hostPointingDevice="autodetect"),
        controllerKey=PS2,
        unitNumber=1,
    )


@cache
def _video() -> Any:
    return device.VirtualVideoCard(
        key=VIDEO,
        deviceInfo=description("Video card"),
        controllerKey=PCI,
        unitNumber=0,
        videoRamSizeInKB=4096,
        numDisplays=1,
        useAutoDetect=False,
        enable3DSupport=False,
        use3dRenderer="automatic",
        graphicsMemorySizeInKB=262144,
    )


def _vmci(vm: Vm) -> Any:
    text = "Device on the virtual machine PCI bus that provides support for the virtual machine communication interface"
    return device.VirtualVMCIDevice(
        key=VMCI,
        deviceInfo=description("VMCI device", text),
        controllerKey=PCI,
        unitNumber=_VMCI_UNIT,
        id=int.from_bytes(digest("vmci", vm.uuid)[:4], "big", signed=True),
        allowUnrestrictedCommunication=False,
        filterEnable=True,
    )


def disk_controllers(machine: Machine, attached: dict[int, list[int]]) -> list[Any]:
    """The VM's SCSI, SATA and NVMe controllers."""
    return [_controller(one, attached.get(one.key, [])) for one in controllers_of(machine)]


def controllers_of(machine: Machine) -> list[Controller]:
    """The controllers that were chosen, and those that disks and drives say they are on, in the order of their keys."""
    known = {one.key: one for one in machine.vm.controllers}
    keys = {disk.controller for disk in machine.disks} | {cdrom_controller(cdrom.key) for cdrom in machine.vm.cdroms}
    for key in keys - known.keys() - set(IDE):
        known[key] = _implied(key)
    return [known[key] for key in sorted(known)]


def cdrom_controller(key: int) -> int:
    """The controller of a CD-ROM drive by its key: two on each IDE channel (3000 on), thirty on each SATA controller (16000 on)."""
    if key >= 16000:  # noqa: PLR2004 - where vCenter's keys of SATA drives begin
        return 15000 + (key - 16000) // 30
    return IDE[min(max((key - 3000) // 2, 0), 1)]


def cdrom_unit(key: int) -> int:
    """The drive's unit number on its controller."""
    return (key - 16000) % 30 if key >= 16000 else (key - 3000) % 2  # noqa: PLR2004 - as above


def _implied(key: int) -> Controller:
    for first, kind in ((31000, "nvme"), (15000, "ahci")):
        if key >= first:
            return Controller(key, kind, key - first)
    return Controller(key, "pvscsi", max(key - 1000, 0))


def _controller(one: Controller, keys: list[int]) -> Any:
    if one.type == "ahci":
        return device.VirtualAHCIController(
            key=one.key,
            deviceInfo=description(f"SATA controller {one.bus}", "AHCI"),
            controllerKey=PCI,
            unitNumber=_AHCI_UNIT + one.bus,
            busNumber=one.bus,
            device=keys,
        )
    if one.type == "nvme":
        return device.VirtualNVMEController(
            key=one.key,
            deviceInfo=description(f"NVME controller {one.bus}", f"NVME controller {one.bus}"),
            controllerKey=PCI,
            unitNumber=_NVME_UNIT + one.bus,
            busNumber=one.bus,
            device=keys,
            sharedBus="noSharing",
        )
    name, summary = _SCSI_TYPES[one.type]
    return getattr(device, name)(
        key=one.key,
        deviceInfo=description(f"SCSI controller {one.bus}", summary),
        slotInfo=pci_slot(_SCSI_SLOTS[one.bus % len(_SCSI_SLOTS)]),
        controllerKey=PCI,
        unitNumber=_SCSI_UNIT + one.bus,
        busNumber=one.bus,
        device=keys,
        hotAddRemove=True,
        sharedBus="noSharing",
        scsiCtlrUnitNumber=SCSI_RESERVED_UNIT,
    )


@cache
def pci_slot(number: int) -> Any:
    """Where on the PCI bus a device sits; shared, so nobody may change it."""
    return device.VirtualDevice.PciBusSlotInfo(pciSlotNumber=number)


@cache
def connection(*, start: bool, connected: bool, tried: bool) -> Any:
    """Whether a removable device is connected; shared, so nobody may change it."""
    return device.VirtualDevice.ConnectInfo(
        migrateConnect="unset",
        startConnected=start,
        allowGuestControl=True,
        connected=connected,
        status="ok" if tried else "untried",
    )
