"""Snapshots, through pyVmomi."""

from __future__ import annotations

from typing import Any

import pytest
from pyVmomi import vim, vmodl

from emulators.world.decisions.power import PowerOff


def names(tree: list[Any]) -> list[Any]:
    """A snapshot tree as nested names."""
    return [[one.name, *names(one.childSnapshotList)] for one in tree]


def tree(vm: Any) -> list[Any]:
    """The VM's snapshots."""
    return names(vm.snapshot.rootSnapshotList) if vm.snapshot else []


async def test_a_tree_grows_is_walked_and_pruned(vcenter: Any) -> None:
    vm = await vcenter.vm(on=False)
    first = await vcenter.task(vm.CreateSnapshot_Task, "first", "of all", False, False)
    second = await vcenter.task(vm.CreateSnapshotEx_Task, "second", None, False, vim.vm.GuestQuiesceSpec(timeout=5))
    assert await vcenter.call(tree, vm) == [["first", ["second"]]]
    assert await vcenter.call(lambda: vm.snapshot.currentSnapshot) == second

    await vcenter.task(first.RevertToSnapshot_Task)
    assert await vcenter.call(lambda: vm.snapshot.currentSnapshot) == first
    await vcenter.task(vm.CreateSnapshot_Task, "third", "", False, False)
    assert await vcenter.call(tree, vm) == [["first", ["second"], ["third"]]]

    await vcenter.call(second.RenameSnapshot, "2nd", "renamed")
    found = await vcenter.call(lambda: vm.snapshot.rootSnapshotList[0].childSnapshotList[0])
    assert (found.name, found.description) == ("2nd", "renamed")

    await vcenter.task(first.RemoveSnapshot_Task, False)
    assert await vcenter.call(tree, vm) == [["2nd"], ["third"]]
    await vcenter.task(vm.CreateSnapshot_Task, "fourth", "", False, False)
    third = await vcenter.call(lambda: vm.snapshot.rootSnapshotList[1].snapshot)
    await vcenter.task(third.RemoveSnapshot_Task, True)
    assert await vcenter.call(tree, vm) == [["2nd"]]
    await vcenter.task(vm.RemoveAllSnapshots_Task)
    assert await vcenter.call(tree, vm) == []
    await vcenter.task(vm.ConsolidateVMDisks_Task)


async def test_reverting_brings_settings_back(vcenter: Any) -> None:
    vm = await vcenter.vm(on=False)
    cpus = await vcenter.call(lambda: vm.config.hardware.numCPU)
    await vcenter.task(vm.CreateSnapshot_Task, "before", "", False, False)
    await vcenter.task(vm.ReconfigVM_Task, vim.vm.ConfigSpec(numCPUs=cpus + 1))
    await vcenter.task(vm.RevertToCurrentSnapshot_Task)
    assert await vcenter.call(lambda: vm.config.hardware.numCPU) == cpus


async def test_a_snapshot_of_a_running_vm_reverts_to_running_unless_suppressed(vcenter: Any) -> None:
    vm = await vcenter.vm(on=True)
    await vcenter.task(vm.CreateSnapshot_Task, "live", "", True, False)
    await vcenter.task(vm.PowerOffVM_Task)
    await vcenter.task(vm.RevertToCurrentSnapshot_Task)
    assert await vcenter.call(lambda: vm.runtime.powerState) == "poweredOn"
    await vcenter.task(vm.PowerOffVM_Task)
    await vcenter.task(vm.RevertToCurrentSnapshot_Task, None, True)
    assert await vcenter.call(lambda: vm.runtime.powerState) == "poweredOff"


async def test_what_snapshots_cannot_do(vcenter: Any) -> None:
    vm = await vcenter.vm(on=True)
    with pytest.raises(vim.fault.NotFound):
        await vcenter.task(vm.RevertToCurrentSnapshot_Task)
    with pytest.raises(vim.fault.InvalidName):
        await vcenter.task(vm.CreateSnapshot_Task, " ", "", False, False)
    snapshot = await vcenter.task(vm.CreateSnapshot_Task, "one", "", False, False)
    with pytest.raises(vim.fault.InvalidName):
        await vcenter.call(snapshot.RenameSnapshot, "", None)
    vcenter.hold()
    await vcenter.execute(PowerOff(vm=vcenter.entity(vm).uid))
    for method, arguments in (
        (vm.CreateSnapshot_Task, ("x", "", False, False)),
        (snapshot.RevertToSnapshot_Task, ()),
        (snapshot.RemoveSnapshot_Task, (False,)),
        (vm.RemoveAllSnapshots_Task, ()),
        (snapshot.RenameSnapshot, ("x", None)),
    ):
        with pytest.raises(vim.fault.TaskInProgress):
            await vcenter.task(method, *arguments)


async def test_a_removed_snapshot_is_not_found(vcenter: Any) -> None:
    vm = await vcenter.vm(on=False)
    snapshot = await vcenter.task(vm.CreateSnapshot_Task, "one", "", False, False)
    await vcenter.task(snapshot.RemoveSnapshot_Task, False)
    with pytest.raises(vmodl.fault.ManagedObjectNotFound):
        await vcenter.task(snapshot.RevertToSnapshot_Task)


async def test_templates_have_no_snapshots(vcenter: Any) -> None:
    vm = await vcenter.vm(on=False)
    await vcenter.call(vm.MarkAsTemplate)
    with pytest.raises(vmodl.fault.NotSupported):
        await vcenter.task(vm.CreateSnapshot_Task, "x", "", False, False)
