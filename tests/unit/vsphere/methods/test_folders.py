"""Folders, datacenters and names, through pyVmomi."""

from __future__ import annotations

from typing import Any

import pytest
from pyVmomi import vim, vmodl

from emulators.world.model import Datastore, Disk, Vm


async def test_folders_are_made_renamed_nested_and_dissolved(vcenter: Any) -> None:
    vm = await vcenter.vm(on=False)
    top = await vcenter.call(lambda: vm.parent)
    web = await vcenter.call(top.CreateFolder, "web")
    inner = await vcenter.call(web.CreateFolder, "inner")
    assert await vcenter.call(lambda: [inner.parent.name, inner.childType]) == ["web", ["Folder", "VirtualMachine", "VirtualApp"]]
    await vcenter.task(web.Rename_Task, "www")
    assert await vcenter.call(lambda: web.name) == "www"
    await vcenter.task(inner.MoveIntoFolder_Task, [vm])
    assert await vcenter.call(lambda: [vm.parent, list(inner.childEntity)]) == [inner, [vm]]
    await vcenter.task(top.MoveIntoFolder_Task, [inner])
    assert await vcenter.call(lambda: inner.parent) == top
    uid = vcenter.entity(vm).uid
    await vcenter.task(inner.Destroy_Task)
    await vcenter.settled()
    assert vcenter.world.state.maybe(Vm, uid) is None
    with pytest.raises(vmodl.fault.ManagedObjectNotFound):
        await vcenter.call(lambda: inner.name)


async def test_unregistering_a_folder_leaves_the_disks(vcenter: Any) -> None:
    vm = await vcenter.vm(on=False)
    folder = await vcenter.call(lambda: vm.parent.CreateFolder("old"))
    await vcenter.task(folder.MoveIntoFolder_Task, [vm])
    uid = vcenter.entity(vm).uid
    path = vcenter.world.state.where(Disk, "vm", uid)[0].path
    await vcenter.task(folder.UnregisterAndDestroy_Task)
    await vcenter.settled()
    assert vcenter.world.state.maybe(Vm, uid) is None
    assert vcenter.world.state.one(Disk, "path", path) is not None


async def test_what_folders_refuse(vcenter: Any) -> None:
    vm = await vcenter.vm(on=True)
    top, host = await vcenter.call(lambda: (vm.parent, vm.runtime.host))
    folder = await vcenter.call(top.CreateFolder, "one")
    inner = await vcenter.call(folder.CreateFolder, "two")
    with pytest.raises(vim.fault.DuplicateName) as duplicate:
        await vcenter.call(top.CreateFolder, "one")
    assert duplicate.value.object == folder
    with pytest.raises(vim.fault.InvalidName):
        await vcenter.call(top.CreateFolder, "")
    with pytest.raises(vim.fault.InvalidFolder) as loop:
        await vcenter.task(inner.MoveIntoFolder_Task, [folder])
    assert loop.value.target == folder
    with pytest.raises(vmodl.fault.InvalidArgument) as wrong:
        await vcenter.task(folder.MoveIntoFolder_Task, [host])
    assert wrong.value.invalidProperty == "list"
    with pytest.raises(vmodl.fault.NotSupported):
        await vcenter.task(top.Destroy_Task)
    await vcenter.task(folder.MoveIntoFolder_Task, [vm])
    with pytest.raises(vim.fault.InvalidPowerState):
        await vcenter.task(folder.Destroy_Task)
    assert await vcenter.call(lambda: vm.parent) == folder


async def test_names_in_a_folder_are_one_of_a_kind(vcenter: Any) -> None:
    vm, other = (await vcenter.all(vim.VirtualMachine))[:2]
    folder = await vcenter.call(lambda: vm.parent.CreateFolder("apart"))
    await vcenter.task(folder.MoveIntoFolder_Task, [other])
    name = await vcenter.call(lambda: vm.name)
    await vcenter.task(other.Rename_Task, name)
    with pytest.raises(vim.fault.DuplicateName) as raised:
        await vcenter.task(folder.MoveIntoFolder_Task, [vm])
    assert raised.value.object == other


async def test_datacenters_come_and_go_when_empty(vcenter: Any) -> None:
    root = await vcenter.call(lambda: vcenter.si.content.rootFolder)
    made = await vcenter.call(root.CreateDatacenter, "second")
    assert await vcenter.call(lambda: [made.vmFolder.name, made.hostFolder.name, made.parent]) == ["vm", "host", root]
    await vcenter.task(made.Rename_Task, "DC2")
    with pytest.raises(vim.fault.DuplicateName):
        await vcenter.call(root.CreateDatacenter, "DC2")
    with pytest.raises(vim.fault.InvalidName):
        await vcenter.call(root.CreateDatacenter, "")
    folder = await vcenter.call(lambda: made.vmFolder)
    with pytest.raises(vmodl.fault.NotSupported):
        await vcenter.call(folder.CreateDatacenter, "x")
    await vcenter.task(made.Destroy_Task)
    assert made not in await vcenter.all(vim.Datacenter)
    full = (await vcenter.all(vim.Datacenter))[0]
    with pytest.raises(vim.fault.ResourceInUse):
        await vcenter.task(full.Destroy_Task)


async def test_a_renamed_datastore_is_in_every_path(vcenter: Any) -> None:
    vm = await vcenter.vm(on=False)
    store = await vcenter.call(lambda: vm.datastore[0])
    await vcenter.task(store.Rename_Task, "renamed")
    assert (await vcenter.call(lambda: vm.config.files.vmPathName)).startswith("[renamed] ")
    uid = vcenter.entity(store).uid
    assert all(disk.path.startswith("[renamed] ") for disk in vcenter.world.state.where(Disk, "datastore", uid))
    await vcenter.call(store.RenameDatastore, "again")
    assert await vcenter.call(lambda: store.summary.name) == "again"
    other = next(one for one in vcenter.world.state.all(Datastore) if one.uid != uid)
    with pytest.raises(vim.fault.DuplicateName):
        await vcenter.call(store.RenameDatastore, other.name)
    with pytest.raises(vim.fault.InvalidName):
        await vcenter.call(store.RenameDatastore, "a/b")


async def test_hosts_keep_their_names_clusters_and_networks_do_not(vcenter: Any) -> None:
    host = (await vcenter.all(vim.HostSystem))[0]
    with pytest.raises(vmodl.fault.NotSupported):
        await vcenter.task(host.Rename_Task, "x")
    for managed in (vim.ClusterComputeResource, vim.dvs.DistributedVirtualPortgroup, vim.dvs.VmwareDistributedVirtualSwitch):
        thing = (await vcenter.all(managed))[0]
        await vcenter.task(thing.Rename_Task, f"new {managed.__name__}")
        assert await vcenter.call(lambda thing=thing: thing.name) == f"new {managed.__name__}"
