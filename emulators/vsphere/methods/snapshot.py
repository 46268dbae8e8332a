"""Methods of VirtualMachineSnapshot."""

from __future__ import annotations

from pyVmomi import vim

from emulators.vsphere.call import Call, method
from emulators.vsphere.specs.names import invalid_name
from emulators.world.decisions.snapshots import RemoveSnapshots, RenameSnapshot, RevertSnapshot
from emulators.world.model import Snapshot
from emulators.world.state import WorldState


@method(vim.vm.Snapshot, "RevertToSnapshot_Task", quality="client")
async def revert(call: Call) -> vim.Task:
    """Bring the VM back to this snapshot.  Faults: TaskInProgress."""
    snapshot = call.entity(Snapshot)
    return await call.task(RevertSnapshot(vm=snapshot.vm, snapshot=snapshot.uid, stay_off=bool(call.args.suppressPowerOn)))


@method(vim.vm.Snapshot, "RemoveSnapshot_Task", quality="client")
async def remove(call: Call) -> vim.Task:
    """Remove the snapshot, with those below it when asked.  Faults: TaskInProgress."""
    snapshot = call.entity(Snapshot)
    gone = _subtree(call.world.state, snapshot.uid) if call.args.removeChildren else (snapshot.uid,)
    return await call.task(RemoveSnapshots(vm=snapshot.vm, snapshots=gone))


@method(vim.vm.Snapshot, "RenameSnapshot", quality="client")
async def rename(call: Call) -> None:
    """Give it another name or description.  Faults: InvalidName, TaskInProgress."""
    name = call.args.name
    if name is not None and not name.strip():
        raise invalid_name(name)
    await call.execute(RenameSnapshot(snapshot=call.entity(Snapshot).uid, name=name, description=call.args.description))


def _subtree(state: WorldState, uid: str) -> tuple[str, ...]:
    """The snapshot and all below it, the deepest first."""
    children = state.where(Snapshot, "parent", uid)
    return (*(below for child in children for below in _subtree(state, child.uid)), uid)
