"""Power of a VM and its guest."""

from __future__ import annotations

from pyVmomi import vim

from emulators.vsphere.call import Call, method
from emulators.vsphere.soap.faults import VimFault, not_supported
from emulators.world.decisions import power
from emulators.world.model import Hypervisor, Power, Vm


@method(vim.VirtualMachine, "PowerOnVM_Task", quality="client")
async def power_on(call: Call) -> vim.Task:
    """Start the VM's machine, or resume it, on ``host`` when named.

    Faults: InvalidPowerState, TaskInProgress, NotSupported (a template), InsufficientResourcesFault and its kin, InaccessibleDatastore.
    """
    host = call.maybe(call.args.host, Hypervisor)
    return await call.task(power.PowerOn(vm=call.entity(Vm).uid, host=host.uid if host is not None else ""))


@method(vim.VirtualMachine, "PowerOffVM_Task", quality="client")
async def power_off(call: Call) -> vim.Task:
    """Cut the power.  Faults: InvalidPowerState, TaskInProgress, NotSupported (a template)."""
    return await call.task(power.PowerOff(vm=_no_template(call).uid))


@method(vim.VirtualMachine, "SuspendVM_Task", quality="client")
async def suspend(call: Call) -> vim.Task:
    """Freeze the machine.  Faults: InvalidPowerState, TaskInProgress, NotSupported (a template)."""
    return await call.task(power.Suspend(vm=_no_template(call).uid))


@method(vim.VirtualMachine, "ResetVM_Task", quality="client")
async def reset(call: Call) -> vim.Task:
    """Cut the power and start again.  Faults: InvalidPowerState, TaskInProgress, NotSupported (a template)."""
    return await call.task(power.Reset(vm=_no_template(call).uid))


@method(vim.VirtualMachine, "ShutdownGuest", quality="client")
async def shutdown_guest(call: Call) -> None:
    """Ask the guest to shut down and return at once.  Faults: InvalidPowerState, ToolsUnavailable, TaskInProgress, NotSupported."""
    await call.execute(power.ShutdownGuest(vm=_no_template(call).uid))


@method(vim.VirtualMachine, "RebootGuest", quality="client")
async def reboot_guest(call: Call) -> None:
    """Ask the guest to restart and return at once.  Faults: InvalidPowerState, ToolsUnavailable, TaskInProgress, NotSupported."""
    await call.execute(power.RebootGuest(vm=_no_template(call).uid))


@method(vim.VirtualMachine, "StandbyGuest", quality="client")
async def standby_guest(call: Call) -> None:
    """Ask the guest to prepare for suspension: it is suspended.  Faults: InvalidPowerState, ToolsUnavailable, TaskInProgress."""
    vm = _no_template(call)
    if vm.power is Power.ON and not vm.guest.tools_running:
        message = "Cannot complete operation because VMware Tools is not running in this virtual machine."
        raise VimFault(vim.fault.ToolsUnavailable(), message)
    await call.execute(power.Suspend(vm=vm.uid))


def _no_template(call: Call) -> Vm:
    """The VM; VimFault NotSupported when it is a template."""
    vm = call.entity(Vm)
    if vm.template:
        raise not_supported()
    return vm
