"""``config.hardware``: processors, memory and every device."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyVmomi import vim

from emulators.vsphere.views.constructors import MIB
from emulators.vsphere.views.virtual_machine.controllers import (
    PCI,
    cdrom_controller,
    controllers_of,
    disk_controllers,
    fixed_devices,
)
from emulators.vsphere.views.virtual_machine.disks import cdrom_devices, disk_devices
from emulators.vsphere.views.virtual_machine.machine import Machine
from emulators.vsphere.views.virtual_machine.nics import nic_devices

if TYPE_CHECKING:
    from emulators.vsphere.properties.view import View


def hardware(view: View, machine: Machine) -> vim.vm.VirtualHardware:
    """The virtual hardware of a VM, in the order of devices that vCenter keeps."""
    vm = machine.vm
    return vim.vm.VirtualHardware(
        numCPU=vm.cpus,
        numCoresPerSocket=vm.cores_per_socket,
        autoCoresPerSocket=False,
        memoryMB=vm.memory_bytes // MIB,
        virtualICH7MPresent=False,
        virtualSMCPresent=False,
        device=devices(view, machine),
        motherboardLayout="i440bxHostBridge",
        simultaneousThreads=1,
    )


def devices(view: View, machine: Machine) -> list[Any]:
    """Every device of a VM."""
    attached = _attached(machine)
    return [
        *fixed_devices(machine, attached),
        *disk_controllers(machine, attached),
        *cdrom_devices(view, machine.vm),
        *disk_devices(view, machine),
        *nic_devices(view, machine),
    ]


def _attached(machine: Machine) -> dict[int, list[int]]:
    """The keys of the devices on each controller."""
    attached: dict[int, list[int]] = {PCI: [one.key for one in controllers_of(machine)] + [port.key for port in machine.ports]}
    for disk in machine.disks:
        attached.setdefault(disk.controller, []).append(disk.key)
    for cdrom in machine.vm.cdroms:
        attached.setdefault(cdrom_controller(cdrom.key), []).append(cdrom.key)
    return attached
