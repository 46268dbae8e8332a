"""``VirtualDeviceConfigSpec`` → changes of a VM's virtual hardware."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

from pyVmomi import vim

from emulators.vsphere.call import Call
from emulators.vsphere.soap.faults import VimFault
from emulators.vsphere.specs.devices import cdroms, controllers, disks, nics
from emulators.vsphere.specs.devices.plan import Change, Plan
from emulators.world.model import Vm

_HANDLERS: Final[tuple[tuple[Any, Callable[[Plan, Change], None]], ...]] = (
    (vim.vm.device.VirtualDisk, disks.change),
    (vim.vm.device.VirtualEthernetCard, nics.change),
    (vim.vm.device.VirtualCdrom, cdroms.change),
    (vim.vm.device.VirtualSCSIController, controllers.change),
    (vim.vm.device.VirtualSATAController, controllers.change),
    (vim.vm.device.VirtualNVMEController, controllers.change),
)


def plan_devices(call: Call, vm: Vm | None, changes: Iterable[Any], *, site: str = "") -> Plan:
    """What ``deviceChange`` asks for, checked against the hardware that the VM has (``vm`` None: a new one of ``site``).

    VimFault InvalidDeviceSpec and its kin name the entry that is wrong; NotSupported for devices that the world has no model of.
    """
    plan = Plan(call, vm, site)
    for index, spec in enumerate(changes):
        handler = next((handler for cls, handler in _HANDLERS if isinstance(spec.device, cls)), None)
        change = Change(index, spec)
        if handler is None:
            raise unsupported(change)
        handler(plan, change)
    return plan


def unsupported(change: Change) -> VimFault:
    """The world has no such device."""
    name = type(change.device)._wsdlName
    fault = vim.fault.DeviceUnsupportedForVmVersion(
        property="virtualDeviceSpec.device", deviceIndex=change.index, currentVersion="vmx-21", expectedVersion="vmx-21"
    )
    return VimFault(fault, f"Device '{name}' is not supported by this virtual machine.")
