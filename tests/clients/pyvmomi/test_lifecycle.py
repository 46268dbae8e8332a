"""A VM's life through its tasks: made, switched, changed, copied, kept and brought back, moved, gone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from pyVim.task import WaitForTasks
from pyVmomi import vim, vmodl

from tests.clients.harness import Datacenter, wait_until
from tests.clients.pyvmomi.session import all_of, card, finish, named, remove

GIB = 1 << 20  # in KiB, as devices count


def test_a_new_vm_has_what_was_asked_for(new_vm: Callable[..., Any]) -> None:
    vm = new_vm(numCPUs=2, numCoresPerSocket=2, memoryMB=256, annotation="made by a test")
    assert (vm.config.hardware.numCPU, vm.config.hardware.memoryMB, vm.config.annotation) == (2, 256, "made by a test")
    assert (vm.runtime.powerState, vm.summary.config.template, vm.config.guestId) == ("poweredOff", False, "debian12_64Guest")
    assert vm in vm.resourcePool.vm
    assert vm in vm.datastore[0].vm


def test_power_goes_on_and_off_and_pauses(si: Any, new_vm: Callable[..., Any]) -> None:
    vm = new_vm(deviceChange=[card(si)])
    for switch, state in ((vm.PowerOn, "poweredOn"), (vm.Suspend, "suspended"), (vm.PowerOn, "poweredOn"), (vm.Reset, "poweredOn")):
        finish(switch())
        assert vm.runtime.powerState == state
    assert vm.runtime.bootTime is not None
    assert vm.runtime.host in vm.resourcePool.owner.host
    vm.ShutdownGuest()
    wait_until(lambda: vm.runtime.powerState == "poweredOff", "the guest has shut down")
    assert vm.guest.ipAddress is None


def test_the_guest_tells_its_address_while_it_runs(si: Any) -> None:
    vm = named(si, vim.VirtualMachine, "shop-web-01")
    plugged = next(device for device in vm.config.hardware.device if isinstance(device, vim.vm.device.VirtualEthernetCard))
    assert vm.guest.net[0].macAddress == plugged.macAddress
    assert vm.guest.ipAddress == vm.guest.net[0].ipAddress[0] == vm.summary.guest.ipAddress
    assert (vm.guest.guestState, vm.guest.toolsRunningStatus) == ("running", "guestToolsRunning")


def test_a_task_tells_how_it_went(si: Any, vm: Any) -> None:
    task = vm.PowerOn()
    finish(task)
    info = task.info
    assert (info.state, info.descriptionId, info.entity, info.entityName) == ("success", "VirtualMachine.powerOn", vm, vm.name)
    assert info.queueTime <= info.startTime <= info.completeTime
    assert info.reason.userName == "VSPHERE.LOCAL\\Administrator"
    assert task in si.content.taskManager.recentTask
    assert task in vm.recentTask


def test_many_tasks_are_waited_for_together(si: Any, new_vm: Callable[..., Any]) -> None:
    vms = [new_vm() for _ in range(6)]
    WaitForTasks([vm.PowerOn() for vm in vms], si=si)
    assert {vm.runtime.powerState for vm in vms} == {"poweredOn"}


def test_hardware_changes(vm: Any) -> None:
    finish(vm.Reconfigure(vim.vm.ConfigSpec(numCPUs=2, memoryMB=512, annotation="bigger")))
    assert (vm.config.hardware.numCPU, vm.config.hardware.memoryMB, vm.config.annotation) == (2, 512, "bigger")
    assert (vm.summary.config.numCpu, vm.summary.config.memorySizeMB) == (2, 512)


def test_a_disk_and_a_card_come_and_go(si: Any, vm: Any) -> None:
    before = {device.key for device in vm.config.hardware.device}
    change = vim.vm.device.VirtualDeviceSpec
    controller = vim.vm.device.ParaVirtualSCSIController(key=-1, busNumber=0, sharedBus="noSharing")
    disk = vim.vm.device.VirtualDisk(key=-2, controllerKey=-1, unitNumber=0, capacityInKB=GIB)
    disk.backing = vim.vm.device.VirtualDisk.FlatVer2BackingInfo(diskMode="persistent", thinProvisioned=True, fileName="")
    specs = [change(operation="add", device=controller), change(operation="add", fileOperation="create", device=disk)]
    finish(vm.Reconfigure(vim.vm.ConfigSpec(deviceChange=[*specs, card(si)])))
    added = {type(device): device for device in vm.config.hardware.device if device.key not in before}
    assert added[vim.vm.device.VirtualDisk].capacityInKB == GIB
    assert added[vim.vm.device.VirtualDisk].controllerKey == added[vim.vm.device.ParaVirtualSCSIController].key
    assert added[vim.vm.device.VirtualVmxnet3].macAddress.startswith("00:50:56:")
    grown = added[vim.vm.device.VirtualDisk]
    grown.capacityInKB = 2 * GIB
    finish(vm.Reconfigure(vim.vm.ConfigSpec(deviceChange=[change(operation="edit", device=grown)])))
    assert next(device for device in vm.config.hardware.device if device.key == grown.key).capacityInKB == 2 * GIB
    gone = [change(operation="remove", device=added[vim.vm.device.VirtualVmxnet3])]
    finish(vm.Reconfigure(vim.vm.ConfigSpec(deviceChange=gone)))
    assert added[vim.vm.device.VirtualVmxnet3].key not in {device.key for device in vm.config.hardware.device}


def test_a_clone_is_alike_and_not_the_same(si: Any, vm: Any) -> None:
    spec = vim.vm.CloneSpec(location=vim.vm.RelocateSpec(), powerOn=True, template=False)
    clone = finish(vm.Clone(vm.parent, f"{vm.name}-clone", spec))
    try:
        assert clone.runtime.powerState == "poweredOn"
        assert clone.config.hardware.memoryMB == vm.config.hardware.memoryMB
        assert {clone.config.uuid, clone.config.instanceUuid}.isdisjoint({vm.config.uuid, vm.config.instanceUuid})
    finally:
        remove(si, clone)


def test_a_template_makes_vms_and_does_not_run(si: Any, vm: Any) -> None:
    vm.MarkAsTemplate()
    assert vm.config.template
    with pytest.raises(vmodl.fault.NotSupported):
        finish(vm.PowerOn())
    cluster = all_of(si, vim.ClusterComputeResource)[0]
    location = vim.vm.RelocateSpec(pool=cluster.resourcePool)
    made = finish(vm.Clone(vm.parent, f"{vm.name}-made", vim.vm.CloneSpec(location=location, powerOn=False, template=False)))
    assert not made.config.template
    remove(si, made)
    vm.MarkAsVirtualMachine(pool=cluster.resourcePool)
    assert not vm.config.template


def test_snapshots_make_a_tree_and_bring_hardware_back(vm: Any) -> None:
    first = finish(vm.CreateSnapshot("first", "as made", memory=False, quiesce=False))
    finish(vm.Reconfigure(vim.vm.ConfigSpec(memoryMB=512)))
    finish(vm.CreateSnapshot("second", "bigger", memory=False, quiesce=False))
    tree = vm.snapshot.rootSnapshotList
    assert [node.name for node in tree] == ["first"]
    assert [node.name for node in tree[0].childSnapshotList] == ["second"]
    assert vm.snapshot.currentSnapshot == tree[0].childSnapshotList[0].snapshot
    finish(first.Revert())
    assert vm.config.hardware.memoryMB == 128
    assert vm.snapshot.currentSnapshot == first
    finish(tree[0].childSnapshotList[0].snapshot.Remove(removeChildren=False))
    finish(vm.RemoveAllSnapshots())
    assert vm.snapshot is None


def test_renaming_and_moving_in_the_tree(si: Any, vm: Any) -> None:
    folder = vm.parent.CreateFolder("kept-apart")
    finish(vm.Rename(f"{vm.name}-renamed"))
    assert vm.name == vm.config.name == vm.summary.config.name
    finish(folder.MoveInto([vm]))
    assert (vm.parent, folder.childEntity) == (folder, [vm])
    finish(folder.parent.MoveInto([vm]))
    finish(folder.Rename("kept-apart-2"))
    assert folder.name == "kept-apart-2"
    finish(folder.Destroy())
    assert folder._moId not in {one._moId for one in all_of(si, vim.Folder)}


def test_vmotion_takes_a_running_vm_to_another_host(vm: Any) -> None:
    finish(vm.PowerOn())
    there = next(host for host in vm.resourcePool.owner.host if host != vm.runtime.host)
    finish(vm.Migrate(pool=vm.resourcePool, host=there, priority="defaultPriority"))
    assert (vm.runtime.host, vm.runtime.powerState) == (there, "poweredOn")
    assert vm in there.vm


def test_a_destroyed_vm_is_gone_everywhere(si: Any, simulated: Datacenter, new_vm: Callable[..., Any]) -> None:
    vm = new_vm("gone-soon")
    parent, pool = vm.parent, vm.resourcePool
    finish(vm.Destroy())
    assert vm not in parent.childEntity
    assert vm not in pool.vm
    assert simulated.rest("GET", "/sim/vms?name=gone-soon")["items"] == []


def test_a_crashed_host_loses_its_vms_to_others(si: Any, simulated: Datacenter) -> None:
    """vSphere HA: they run again elsewhere, and the host comes back without them."""
    host = max(all_of(si, vim.HostSystem), key=lambda one: len(one.vm))
    ran = [vm for vm in host.vm if vm.runtime.powerState == "poweredOn"]
    assert ran
    fault = simulated.rest("POST", "/sim/inject/host-crash", {"subject": host.name})
    wait_until(lambda: host.runtime.connectionState == "notResponding", "the host does not respond")
    wait_until(lambda: all(vm.runtime.powerState == "poweredOn" and vm.runtime.host != host for vm in ran), "its VMs run elsewhere")
    simulated.rest("DELETE", f"/sim/faults/{fault['uid']}")
    wait_until(lambda: host.runtime.connectionState == "connected", "the host is back")
