"""VMs that move and go, through pyVmomi."""

from __future__ import annotations

from typing import Any

import pytest
from pyVmomi import vim, vmodl

from emulators.world.decisions.hosts import SetConnection
from emulators.world.decisions.power import PowerOff
from emulators.world.model import Datastore, Disk, Vm


async def test_a_running_vm_migrates_and_keeps_its_identity(vcenter: Any) -> None:
    vm = await vcenter.vm(on=True)
    here = await vcenter.call(lambda: vm.runtime.host)
    there = await vcenter.call(lambda: next(host for host in here.parent.host if host != here))
    before = vcenter.entity(vm)
    await vcenter.task(vm.MigrateVM_Task, None, there, "defaultPriority")
    after = vcenter.entity(vm)
    assert await vcenter.call(lambda: vm.runtime.host) == there
    assert (after.uuid, after.power, after.pool) == (before.uuid, before.power, before.pool)


async def test_relocation_moves_files_and_folder(vcenter: Any) -> None:
    vm = await vcenter.vm(on=False)
    entity = vcenter.entity(vm)
    stores = [one for one in vcenter.world.state.where(Datastore, "hosts", entity.host) if one.uid != entity.datastore]
    target = vcenter.services.objects.of(stores[0])
    folder = await vcenter.call(lambda: vm.parent.CreateFolder("elsewhere"))
    await vcenter.task(vm.RelocateVM_Task, vim.vm.RelocateSpec(datastore=vim.Datastore(target.id), folder=folder))
    moved = vcenter.entity(vm)
    assert moved.path.startswith(f"[{stores[0].name}] ")
    assert {one.datastore for one in vcenter.world.state.where(Disk, "vm", moved.uid)} == {stores[0].uid}
    assert await vcenter.call(lambda: vm.parent.name) == "elsewhere"


async def test_all_disks_to_one_datastore_is_a_relocation_too(vcenter: Any) -> None:
    vm = await vcenter.vm(on=False)
    entity = vcenter.entity(vm)
    stores = [one for one in vcenter.world.state.where(Datastore, "hosts", entity.host) if one.uid != entity.datastore]
    target = vim.Datastore(vcenter.services.objects.of(stores[0]).id)
    keys = [one.key for one in vcenter.world.state.where(Disk, "vm", entity.uid)]
    locators = [vim.vm.RelocateSpec.DiskLocator(diskId=key, datastore=target) for key in keys]
    await vcenter.task(vm.RelocateVM_Task, vim.vm.RelocateSpec(disk=locators))
    assert vcenter.entity(vm).datastore == stores[0].uid
    locators[0].diskId = 4711
    with pytest.raises(vmodl.fault.InvalidArgument) as raised:
        await vcenter.task(vm.RelocateVM_Task, vim.vm.RelocateSpec(disk=locators))
    assert raised.value.invalidProperty == "spec.disk[0].diskId"


async def test_moves_that_cannot_be(vcenter: Any) -> None:
    vm = await vcenter.vm(on=True)
    here, folder = await vcenter.call(lambda: (vm.runtime.host, vm.runtime.host.parent.parent))
    there = await vcenter.call(lambda: next(host for host in here.parent.host if host != here))
    with pytest.raises(vmodl.fault.InvalidArgument):
        await vcenter.task(vm.MigrateVM_Task, None, None, "defaultPriority")
    with pytest.raises(vim.fault.InvalidPowerState) as state:
        await vcenter.task(vm.MigrateVM_Task, None, there, "defaultPriority", "poweredOff")
    assert (state.value.existingState, state.value.requestedState) == ("poweredOn", "poweredOff")
    with pytest.raises(vmodl.fault.InvalidArgument) as wrong:
        await vcenter.task(vm.RelocateVM_Task, vim.vm.RelocateSpec(folder=folder))
    assert wrong.value.invalidProperty == "spec.folder"
    elsewhere = vim.ServiceLocator(
        instanceUuid="x", url="https://other", credential=vim.ServiceLocator.NamePassword(username="a", password="b"), sslThumbprint="00"
    )
    with pytest.raises(vmodl.fault.NotSupported):
        await vcenter.task(vm.RelocateVM_Task, vim.vm.RelocateSpec(service=elsewhere))
    await vcenter.execute(SetConnection(host=vcenter.entity(there).uid, connected=False))
    with pytest.raises(vim.fault.InvalidHostConnectionState):
        await vcenter.task(vm.MigrateVM_Task, None, there, "defaultPriority")


async def test_a_vm_is_destroyed_with_its_disks_only_when_off(vcenter: Any) -> None:
    vm = await vcenter.vm(on=True)
    uid = vcenter.entity(vm).uid
    with pytest.raises(vim.fault.InvalidPowerState) as raised:
        await vcenter.task(vm.Destroy_Task)
    assert (raised.value.existingState, raised.value.requestedState) == ("poweredOn", "poweredOff")
    await vcenter.task(vm.PowerOffVM_Task)
    await vcenter.task(vm.Destroy_Task)
    assert vcenter.world.state.maybe(Vm, uid) is None
    assert vcenter.world.state.where(Disk, "vm", uid) == []


async def test_an_unregistered_vm_leaves_its_disks(vcenter: Any) -> None:
    vm = await vcenter.vm(on=True)
    uid = vcenter.entity(vm).uid
    paths = [one.path for one in vcenter.world.state.where(Disk, "vm", uid)]
    with pytest.raises(vim.fault.InvalidPowerState):
        await vcenter.call(vm.UnregisterVM)
    await vcenter.task(vm.PowerOffVM_Task)
    await vcenter.call(vm.UnregisterVM)
    assert vcenter.world.state.maybe(Vm, uid) is None
    assert all(vcenter.world.state.one(Disk, "path", path) is not None for path in paths)


async def test_a_busy_vm_stays(vcenter: Any) -> None:
    vm = await vcenter.vm(on=True)
    vcenter.hold()
    await vcenter.execute(PowerOff(vm=vcenter.entity(vm).uid))
    with pytest.raises(vim.fault.TaskInProgress):
        await vcenter.task(vm.Destroy_Task)
    with pytest.raises(vim.fault.TaskInProgress):
        await vcenter.call(vm.UnregisterVM)
