"""Snapshots, asked of the VM."""

from __future__ import annotations

from pyVmomi import vim

from emulators.vsphere.call import Call, method
from emulators.vsphere.soap.faults import VimFault, not_supported
from emulators.vsphere.specs.names import invalid_name
from emulators.world.decisions.snapshots import CreateSnapshot, RemoveSnapshots, RevertSnapshot
from emulators.world.model import Snapshot, Vm


@method(vim.VirtualMachine, "CreateSnapshot_Task", quality="client")
async def create_snapshot(call: Call) -> vim.Task:
    """Keep the VM's state; the machine's memory is not kept.  Faults: InvalidName, TaskInProgress, NotSupported (a template)."""
    return await _create(call, quiesce=call.args.quiesce)


@method(vim.VirtualMachine, "CreateSnapshotEx_Task", quality="client")
async def create_snapshot_ex(call: Call) -> vim.Task:
    """As CreateSnapshot_Task, with more to say on how the guest's file systems come to rest."""
    return await _create(call, quiesce=call.args.quiesceSpec is not None)


async def _create(call: Call, *, quiesce: bool) -> vim.Task:
    vm, name = call.entity(Vm), call.args.name
    if vm.template:
        raise not_supported()
    if not name.strip():
        raise invalid_name(name, call.target.ref)
    return await call.task(
        CreateSnapshot(vm=vm.uid, name=name, description=call.args.description or "", memory=call.args.memory, quiesce=quiesce)
    )


@method(vim.VirtualMachine, "RevertToCurrentSnapshot_Task", quality="client")
async def revert_to_current(call: Call) -> vim.Task:
    """Go back to the current snapshot.  Faults: NotFound (there is none), TaskInProgress."""
    vm = call.entity(Vm)
    if not vm.current_snapshot:
        raise VimFault(vim.fault.NotFound(), "The virtual machine does not have a current snapshot.")
    return await call.task(RevertSnapshot(vm=vm.uid, snapshot=vm.current_snapshot, stay_off=bool(call.args.suppressPowerOn)))


@method(vim.VirtualMachine, "RemoveAllSnapshots_Task", quality="client")
async def remove_all(call: Call) -> vim.Task:
    """Remove every snapshot; the VM stays as it is.  Faults: TaskInProgress, NotSupported (a selection of them)."""
    if call.args.spec is not None:
        raise not_supported()
    vm = call.entity(Vm)
    every = tuple(snapshot.uid for snapshot in call.world.state.where(Snapshot, "vm", vm.uid))
    return await call.task(RemoveSnapshots(vm=vm.uid, snapshots=every))


@method(vim.VirtualMachine, "ConsolidateVMDisks_Task", quality="client")
async def consolidate(call: Call) -> vim.Task:
    """Merge disks that no snapshot needs: the world leaves none behind, so that the task finds nothing to merge."""
    return await call.task(RemoveSnapshots(vm=call.entity(Vm).uid, snapshots=()))
