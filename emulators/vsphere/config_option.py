"""What new VMs can be made of (ConfigOption): guest systems, processors, memory, devices.  The limits are those that the world holds to."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

from pyVmomi import vim

from emulators.vsphere.properties import table
from emulators.vsphere.properties.view import View
from emulators.vsphere.specs.devices.controllers import TYPES
from emulators.vsphere.specs.devices.nics import ADAPTERS
from emulators.vsphere.views.constructors import MIB, element
from emulators.vsphere.views.guest_os import GUEST_SYSTEMS, WINDOWS, GuestOs
from emulators.vsphere.views.virtual_machine.controllers import fixed_devices
from emulators.vsphere.views.virtual_machine.machine import Machine
from emulators.world.decisions.hardware import MAX_CPUS, MAX_MEMORY, MIN_MEMORY
from emulators.world.model import Vm

device: Final = vim.vm.device
option: Final = vim.option
_MOST_DISKS: Final = 256
_LARGEST_DISK_KIB: Final = 62 << 30
_CPU_CHOICES: Final = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, MAX_CPUS)


def config_option(view: View, version: int, guests: Collection[str] = ()) -> Any:
    """The options of a hardware version; of these guest systems when some are named."""
    likeness = Vm(uid="", name="", created=view.world.clock.now(), uuid="", instance_uuid="", hardware_version=version)
    capability = table.find(vim.VirtualMachine, "capability")
    systems = [system for system in GUEST_SYSTEMS.values() if not guests or system.id in guests]
    return vim.vm.ConfigOption(
        version=f"vmx-{version:02d}",
        description=f"Hardware version {version}",
        guestOSDescriptor=[_guest(system) for system in systems],
        guestOSDefaultIndex=0,
        hardwareOptions=_hardware(version),
        capabilities=capability.function(view, likeness) if capability is not None else None,
        datastore=vim.vm.DatastoreOption(),
        defaultDevice=fixed_devices(Machine(likeness, (), ()), {}),
        supportedMonitorType=["release", "debug", "stats"],
    )


def knows(guest_id: str) -> bool:
    """Is it a guest system that is offered?"""
    return guest_id in GUEST_SYSTEMS


def _int(least: int, most: int, default: int) -> Any:
    return option.IntOption(valueIsReadonly=False, min=least, max=most, defaultValue=default)


def _long(least: int, most: int, default: int) -> Any:
    return option.LongOption(valueIsReadonly=False, min=least, max=most, defaultValue=default)


def _guest(system: GuestOs) -> Any:
    windows = system.family == WINDOWS
    return vim.vm.GuestOsDescriptor(
        id=system.id,
        family=system.family,
        fullName=system.name,
        supportedMaxCPUs=MAX_CPUS,
        numSupportedPhysicalSockets=64,
        numSupportedCoresPerSocket=MAX_CPUS,
        supportedMinMemMB=MIN_MEMORY // MIB,
        supportedMaxMemMB=MAX_MEMORY // MIB,
        recommendedMemMB=4096 if windows else 2048,
        recommendedColorDepth=32,
        supportedDiskControllerList=[_class(name) for name in TYPES],
        recommendedSCSIController=_class("VirtualLsiLogicSASController" if windows else "ParaVirtualSCSIController"),
        recommendedDiskController=_class("VirtualLsiLogicSASController" if windows else "ParaVirtualSCSIController"),
        supportedNumDisks=_MOST_DISKS,
        recommendedDiskSizeMB=(32 if windows else 16) * 1024,
        recommendedCdromController=device.VirtualIDEController,
        supportedEthernetCard=[_class(name) for name in ADAPTERS if name != "VirtualSriovEthernetCard"],
        recommendedEthernetCard=device.VirtualE1000e if windows else device.VirtualVmxnet3,
        smcRequired=False,
        supportsWakeOnLan=True,
        supportsVMI=False,
        supportsMemoryHotAdd=True,
        supportsCpuHotAdd=True,
        supportsCpuHotRemove=False,
        supportedFirmware=["bios", "efi"],
        recommendedFirmware="efi" if windows else "bios",
        supports3D=False,
        recommended3D=False,
        smcRecommended=False,
        ich7mRecommended=False,
        usbRecommended=False,
        supportLevel="supported",
        supportedForCreate=True,
        vRAMSizeInKB=_int(4096, 131072, 4096),
        numSupportedFloppyDevices=0,
        supportsPvscsiControllerForBoot=True,
        diskUuidEnabled=False,
        supportsHotPlugPCI=True,
    )


def _class(name: str) -> Any:
    return getattr(device, name)


def _hardware(version: int) -> Any:
    levels = vim.ResourceAllocationOption(sharesOption=vim.SharesOption(sharesOption=_int(0, 1_000_000, 1000), defaultLevel="normal"))
    return vim.vm.VirtualHardwareOption(
        hwVersion=version,
        virtualDeviceOption=[*(_scsi(name) for name in TYPES if "SCSI" in name or "Logic" in name), _disk(), *_cards(), _cdrom()],
        deviceListReadonly=False,
        numCPU=list(_CPU_CHOICES),
        numCoresPerSocket=_int(1, MAX_CPUS, 1),
        numCpuReadonly=False,
        memoryMB=_long(MIN_MEMORY // MIB, MAX_MEMORY // MIB, 2048),
        numPCIControllers=_int(1, 1, 1),
        numIDEControllers=_int(2, 2, 2),
        numUSBControllers=_int(0, 0, 0),
        numUSBXHCIControllers=_int(0, 0, 0),
        numSIOControllers=_int(1, 1, 1),
        numPS2Controllers=_int(1, 1, 1),
        resourceConfigOption=vim.ResourceConfigOption(cpuAllocationOption=levels, memoryAllocationOption=levels),
    )


def _scsi(name: str) -> Any:
    units = 64 if name == "ParaVirtualSCSIController" else 16
    return getattr(device, f"{name}Option")(
        type=_class(name),
        deprecated=False,
        plugAndPlay=True,
        hotRemoveSupported=True,
        devices=_int(0, units, 0),
        numSCSIDisks=_int(0, units, 0),
        numSCSICdroms=_int(0, 0, 0),
        numSCSIPassthrough=_int(0, 0, 0),
        sharing=["noSharing"],
        defaultSharedIndex=0,
        hotAddRemove=option.BoolOption(valueIsReadonly=False, supported=True, defaultValue=True),
        scsiCtlrUnitNumber=7,
    )


def _disk() -> Any:
    shares = vim.SharesOption(sharesOption=_int(0, 4000, 1000), defaultLevel="normal")
    allocation = vim.StorageResourceManager.IOAllocationOption(limitOption=_long(-1, 1 << 31, -1), sharesOption=shares)
    return device.VirtualDiskOption(
        type=device.VirtualDisk,
        deprecated=False,
        plugAndPlay=True,
        hotRemoveSupported=True,
        capacityInKB=_long(1, _LARGEST_DISK_KIB, 8 << 20),
        ioAllocationOption=allocation,
    )


def _cards() -> list[Any]:
    oui = option.ChoiceOption(choiceInfo=[element("00:50:56", "VMware")], defaultIndex=0)
    sorts = option.ChoiceOption(choiceInfo=[element("Manual", "Manual"), element("Assigned", "Assigned")], defaultIndex=1)
    wake = option.BoolOption(valueIsReadonly=False, supported=True, defaultValue=True)
    return [
        getattr(device, f"{name}Option")(
            type=_class(name),
            deprecated=False,
            plugAndPlay=True,
            hotRemoveSupported=True,
            controllerType=device.VirtualPCIController,
            autoAssignController=option.BoolOption(supported=True, defaultValue=True),
            supportedOUI=oui,
            macType=sorts,
            wakeOnLanEnabled=wake,
        )
        for name in ("VirtualE1000", "VirtualE1000e", "VirtualPCNet32")
    ]


def _cdrom() -> Any:
    return device.VirtualCdromOption(type=device.VirtualCdrom, deprecated=False, plugAndPlay=False, hotRemoveSupported=False)
