"""Tasks and their history, through pyVmomi."""

from __future__ import annotations

from typing import Any

import pytest
from pyVmomi import vim, vmodl

from emulators.world.decisions.power import PowerOff

Spec = vim.TaskFilterSpec


async def test_a_collector_of_tasks_reads_back_and_forth(vcenter: Any) -> None:
    vm = await vcenter.vm(on=True)
    manager = await vcenter.call(lambda: vcenter.si.content.taskManager)
    await vcenter.task(vm.SuspendVM_Task)
    await vcenter.task(vm.PowerOnVM_Task)
    with pytest.raises(vim.fault.InvalidPowerState):
        await vcenter.task(vm.PowerOnVM_Task)
    spec = Spec(entity=Spec.ByEntity(entity=vm, recursion="self"))
    collector = await vcenter.call(manager.CreateCollectorForTasks, spec)
    page = await vcenter.call(lambda: [(one.descriptionId, str(one.state)) for one in collector.latestPage])
    assert page == [("VirtualMachine.powerOn", "error"), ("VirtualMachine.powerOn", "success"), ("VirtualMachine.suspend", "success")]
    assert [one.descriptionId for one in await vcenter.call(collector.ReadNextTasks, 2)] == [
        "VirtualMachine.suspend",
        "VirtualMachine.powerOn",
    ]
    assert [str(one.state) for one in await vcenter.call(collector.ReadNextTasks, 2)] == ["error"]
    assert [str(one.state) for one in await vcenter.call(collector.ReadPreviousTasks, 2)] == ["error", "success"]
    with pytest.raises(vmodl.fault.InvalidArgument):
        await vcenter.call(collector.ReadNextTasks, 0)
    await vcenter.call(collector.DestroyCollector)


async def test_filters_of_tasks(vcenter: Any) -> None:
    vm = await vcenter.vm(on=True)
    host, root = await vcenter.call(lambda: (vm.runtime.host, vcenter.si.content.rootFolder))
    await vcenter.task(vm.PowerOffVM_Task)
    with pytest.raises(vim.fault.InvalidPowerState):
        await vcenter.task(vm.PowerOffVM_Task)
    now = vcenter.world.clock.now()
    manager = await vcenter.call(lambda: vcenter.si.content.taskManager)
    wanted: list[tuple[Any, int]] = [
        (Spec(entity=Spec.ByEntity(entity=vm, recursion="self")), 2),
        (Spec(entity=Spec.ByEntity(entity=host, recursion="self")), 0),
        (Spec(entity=Spec.ByEntity(entity=host, recursion="children")), 2),
        (Spec(entity=Spec.ByEntity(entity=root, recursion="all"), state=["error"]), 1),
        (Spec(userName=Spec.ByUsername(systemUser=False, userList=["nobody"])), 0),
        (Spec(userName=Spec.ByUsername(systemUser=False, userList=["VSPHERE.LOCAL\\Administrator"])), 2),
        (Spec(time=Spec.ByTime(timeType="completedTime", endTime=now)), 2),
        (Spec(time=Spec.ByTime(timeType="startedTime", beginTime=now)), 0),
        (Spec(tag=["x"]), 0),
    ]
    for spec, count in wanted:
        collector = await vcenter.call(manager.CreateCollectorForTasks, spec)
        assert len(await vcenter.call(collector.ReadNextTasks, 100)) == count, spec
    gone = vim.VirtualMachine("vm-99999")
    with pytest.raises(vmodl.fault.ManagedObjectNotFound):
        await vcenter.call(manager.CreateCollectorForTasks, Spec(entity=Spec.ByEntity(entity=gone, recursion="self")))


async def test_a_power_task_cannot_be_cancelled(vcenter: Any) -> None:
    vm = await vcenter.vm(on=True)
    vcenter.hold()
    await vcenter.execute(PowerOff(vm=vcenter.entity(vm).uid))
    task = await vcenter.call(lambda: vm.recentTask[0])
    with pytest.raises(vmodl.fault.NotSupported):
        await vcenter.call(task.CancelTask)


async def test_a_task_that_is_over_cannot_be_cancelled(vcenter: Any) -> None:
    vm = await vcenter.vm(on=True)
    await vcenter.task(vm.PowerOffVM_Task)
    task = await vcenter.call(lambda: vm.recentTask[0])
    with pytest.raises(vim.fault.InvalidState):
        await vcenter.call(task.CancelTask)


async def test_a_clone_can_be_cancelled(vcenter: Any) -> None:
    vm = await vcenter.vm(on=False)
    folder = await vcenter.call(lambda: vm.parent)
    vcenter.hold()
    spec = vim.vm.CloneSpec(location=vim.vm.RelocateSpec(), powerOn=False, template=False)
    task = await vcenter.call(vm.CloneVM_Task, folder, "never", spec)
    assert await vcenter.call(lambda: task.info.cancelable) is True
    await vcenter.call(task.CancelTask)
    info = await vcenter.call(lambda: task.info)
    assert (str(info.state), info.cancelled, type(info.error)) == ("error", True, vmodl.fault.RequestCanceled)
    assert "never" not in await vcenter.call(lambda: [one.name for one in folder.childEntity])
