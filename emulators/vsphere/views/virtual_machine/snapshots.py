"""``snapshot`` and ``rootSnapshot`` of a VM, and the properties of VirtualMachineSnapshot."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyVmomi import vim

from emulators.vsphere.properties.table import prop
from emulators.vsphere.views.virtual_machine.config import config_info
from emulators.vsphere.views.virtual_machine.machine import saved_machine
from emulators.vsphere.views.virtual_machine.runtime import POWER_STATES
from emulators.world.model import Snapshot, Vm

if TYPE_CHECKING:
    from emulators.vsphere.properties.view import View


@prop(vim.VirtualMachine, "snapshot")
def snapshot(view: View, vm: Vm) -> vim.vm.SnapshotInfo | None:
    """The tree of snapshots and which one is current; unset without snapshots."""
    all_of_it = view.state.where(Snapshot, "vm", vm.uid)
    if not all_of_it:
        return None
    below: dict[str, list[Snapshot]] = {}
    for one in all_of_it:
        below.setdefault(one.parent, []).append(one)
    info = vim.vm.SnapshotInfo(rootSnapshotList=[_tree(view, vm, root, below) for root in below.get("", [])])
    if vm.current_snapshot:
        info.currentSnapshot = view.maybe_ref(vm.current_snapshot)
    return info


def _tree(view: View, vm: Vm, one: Snapshot, below: dict[str, list[Snapshot]]) -> Any:
    return vim.vm.SnapshotTree(
        snapshot=view.ref(one),
        vm=view.ref(vm),
        name=one.name,
        description=one.description,
        id=one.ordinal,
        createTime=one.created,
        state=POWER_STATES[one.power],
        quiesced=one.quiesced,
        childSnapshotList=[_tree(view, vm, child, below) for child in below.get(one.uid, [])],
        replaySupported=False,
    )


@prop(vim.VirtualMachine, "rootSnapshot")
def root_snapshot(view: View, vm: Vm) -> list[Any]:
    """The snapshots at the roots of the tree."""
    return [view.ref(one) for one in view.state.where(Snapshot, "vm", vm.uid) if not one.parent]


@prop(vim.vm.Snapshot, "config")
def snapshot_config(view: View, one: Snapshot) -> vim.vm.ConfigInfo:
    """The VM's configuration when the snapshot was taken."""
    return config_info(view, saved_machine(view.state, one))


@prop(vim.vm.Snapshot, "childSnapshot")
def snapshot_children(view: View, one: Snapshot) -> list[Any]:
    """The snapshots that were taken on top of it."""
    return [view.ref(child) for child in view.state.where(Snapshot, "parent", one.uid)]


@prop(vim.vm.Snapshot, "vm")
def snapshot_vm(view: View, one: Snapshot) -> Any:
    """The VM that it is of."""
    return view.ref(one.vm)
