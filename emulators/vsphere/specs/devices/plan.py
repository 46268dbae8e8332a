"""What one ``deviceChange`` array comes to while it is read: entries may refer to devices that earlier ones add."""

from __future__ import annotations

from typing import Any, Final

from pyVmomi import vim

from emulators.vsphere.call import Call
from emulators.vsphere.soap.faults import VimFault
from emulators.world.decisions.hardware import DeviceChanges, DiskAdd, DiskRemove, DiskSet, PortAdd, PortSet
from emulators.world.model import Cdrom, Controller, Disk, Port, Vm

ADD: Final = "add"
EDIT: Final = "edit"
REMOVE: Final = "remove"


class Change:
    """One entry of the array: its index, device and operations."""

    def __init__(self, index: int, spec: Any) -> None:
        self.index = index
        self.device = spec.device
        self.operation = str(spec.operation or EDIT)
        self.file_operation = str(spec.fileOperation or "")

    def invalid(self, path: str, message: str = "") -> VimFault:
        """InvalidDeviceSpec: ``path`` is the property of the device that is wrong."""
        fault = vim.fault.InvalidDeviceSpec(property=f"virtualDeviceSpec.{path}", deviceIndex=self.index)
        return VimFault(fault, message or f"Invalid configuration for device '{self.index}'.")

    def bad_operation(self) -> VimFault:
        """InvalidDeviceOperation: the device exists, but not this can be done to it."""
        fault = vim.fault.InvalidDeviceOperation(
            property="virtualDeviceSpec.operation", deviceIndex=self.index, badOp=self.operation, badFileOp=self.file_operation or None
        )
        return VimFault(fault, f"Invalid operation for device '{self.index}'.")

    def bad_backing(self) -> VimFault:
        """InvalidDeviceBacking: nothing of that kind can stand behind the device."""
        fault = vim.fault.InvalidDeviceBacking(property="virtualDeviceSpec.device.backing", deviceIndex=self.index)
        return VimFault(fault, f"Incompatible device backing specified for device '{self.index}'.")


class Plan:
    """The changes so far, and the hardware as it would be with them."""

    def __init__(self, call: Call, vm: Vm | None, site: str) -> None:
        state = call.world.state
        self.call = call
        self.vm = vm
        self.site = vm.site if vm is not None else site
        self.controllers: list[Controller] = list(vm.controllers) if vm is not None else []
        self.cdroms: list[Cdrom] = list(vm.cdroms) if vm is not None else []
        self.disks: dict[int, Disk] = {disk.key: disk for disk in state.where(Disk, "vm", vm.uid)} if vm is not None else {}
        self.ports: dict[int, Port] = {port.key: port for port in state.where(Port, "vm", vm.uid)} if vm is not None else {}
        self.units: set[tuple[int, int]] = {(disk.controller, disk.unit) for disk in self.disks.values()}
        self.temporary: dict[int, int] = {}
        self.add_disks: list[DiskAdd] = []
        self.set_disks: list[DiskSet] = []
        self.remove_disks: list[DiskRemove] = []
        self.add_ports: list[PortAdd] = []
        self.set_ports: list[PortSet] = []
        self.remove_ports: list[str] = []

    def settings(self) -> dict[str, Any]:
        """The fields of VmSettings that the changes set."""
        controllers, cdroms = tuple(self.controllers), tuple(self.cdroms)
        given: dict[str, Any] = {}
        if self.vm is None or controllers != self.vm.controllers:
            given["controllers"] = controllers
        if cdroms != (self.vm.cdroms if self.vm is not None else ()):
            given["cdroms"] = cdroms
        return given

    def changes(self) -> DeviceChanges:
        """The changes of disks and NICs."""
        return DeviceChanges(
            remove_disks=tuple(self.remove_disks),
            set_disks=tuple(self.set_disks),
            add_disks=tuple(self.add_disks),
            remove_ports=tuple(self.remove_ports),
            set_ports=tuple(self.set_ports),
            add_ports=tuple(self.add_ports),
        )
