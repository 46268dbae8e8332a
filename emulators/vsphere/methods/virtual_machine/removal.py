"""VMs that go: with their files, or out of the inventory only."""

from __future__ import annotations

from pyVmomi import vim

from emulators.vsphere.call import Call, method
from emulators.vsphere.completion import completed
from emulators.world.decisions.vms import DestroyVm
from emulators.world.model import Vm


@method(vim.VirtualMachine, "Destroy_Task", quality="client")
async def destroy(call: Call) -> vim.Task:
    """Delete the VM with its files.  Faults: InvalidPowerState, TaskInProgress."""
    return await call.task(DestroyVm(vm=call.entity(Vm).uid))


@method(vim.VirtualMachine, "UnregisterVM", quality="client")
async def unregister(call: Call) -> None:
    """Take the VM out of the inventory; its disks stay.  Faults: InvalidPowerState, TaskInProgress."""
    await completed(call, DestroyVm(vm=call.entity(Vm).uid, keep_files=True))
