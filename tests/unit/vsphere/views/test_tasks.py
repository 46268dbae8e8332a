"""Tasks as vCenter shows them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from pyVmomi import vim

from dcsim.events import Actor
from emulators.vsphere.objects import SINGLETONS
from emulators.vsphere.views.task import method_of
from emulators.world.commands import Operation
from emulators.world.decisions.operations import CompleteTask, FailTask, ProgressTask
from emulators.world.decisions.power import PowerOff, PowerOn, ShutdownGuest
from emulators.world.decisions.snapshots import CreateSnapshot
from emulators.world.model import Power, Task, TaskError, Vm
from tests.unit.vsphere.views.scene import Scene


def begun(scene: Scene, command: Operation, **actor: str) -> Task:
    asked = Actor(**{"principal": "VSPHERE.LOCAL\\Administrator", "api": "vsphere", **actor})
    found: Task = scene.state.get(Task, scene.world.execute_now(command, asked).result)
    return found


def running(scene: Scene) -> Vm:
    return next(vm for vm in scene.vms() if vm.power is Power.ON)


def test_a_task_that_runs(stage: Scene) -> None:
    vm = running(stage)
    task = begun(stage, PowerOff(vm=vm.uid), operation="PowerOffVM_Task", request_id="op-1")
    stage.world.execute_now(ProgressTask(task=task.uid, progress=40), Actor())
    info = stage.get(task, "info")
    assert (info.key, info.task._moId, info.descriptionId) == (f"task-{task.number}", f"task-{task.number}", "VirtualMachine.powerOff")
    assert (info.entity._moId, info.entityName, info.state, info.progress) == (f"vm-{vm.number}", vm.name, "running", 40)
    assert (info.reason.userName, info.activationId) == ("VSPHERE.LOCAL\\Administrator", "op-1")
    assert (info.cancelled, info.completeTime, info.result, info.error) == (False, None, None, None)
    assert stage.xml(task, "info").findtext("{urn:vim25}name") == "PowerOffVM_Task"
    assert [one._moId for one in stage.get(vm, "recentTask")] == [info.key]


def test_a_task_that_ended_well_has_a_typed_result(stage: Scene) -> None:
    vm = running(stage)
    task = begun(stage, CreateSnapshot(vm=vm.uid, name="now"), operation="CreateSnapshotEx_Task")
    stage.world.execute_now(CompleteTask(task=task.uid), Actor())
    info = stage.get(task, "info")
    assert (info.state, info.descriptionId) == ("success", "VirtualMachine.createSnapshotEx")
    assert type(info.result) is vim.vm.Snapshot
    assert info.completeTime is not None


def test_a_task_that_failed_has_a_fault_with_a_message(stage: Scene) -> None:
    task = begun(stage, PowerOff(vm=running(stage).uid))
    stage.world.execute_now(FailTask(task=task.uid, error=TaskError("MachineError", "The engine is away.")), Actor())
    info = stage.get(task, "info")
    assert info.state == "error"
    assert "The engine is away." in info.error.msg
    assert stage.xml(task, "info").find("{urn:vim25}error/{urn:vim25}localizedMessage") is not None


def test_what_was_asked_elsewhere_has_the_method_that_does_the_same(stage: Scene) -> None:
    task = begun(stage, PowerOff(vm=running(stage).uid), principal="system", api="sim", operation="")
    assert method_of(task) == ("PowerOffVM_Task", "VirtualMachine.powerOff")
    assert isinstance(stage.get(task, "info").reason, vim.TaskReasonSystem)


@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        ("PowerOnMultiVM_Task", ("PowerOnMultiVM_Task", "Datacenter.powerOnVm")),
        ("Destroy_Task", ("Destroy_Task", "VirtualMachine.destroy")),
        ("UnregisterVM", ("PowerOnVM_Task", "VirtualMachine.powerOn")),
        ("NoSuchMethod", ("PowerOnVM_Task", "VirtualMachine.powerOn")),
    ],
)
def test_the_method_that_was_called_names_the_task(stage: Scene, operation: str, expected: tuple[str, str]) -> None:
    vm = running(stage)
    stage.do(PowerOff(vm=vm.uid))
    assert method_of(begun(stage, PowerOn(vm=vm.uid), operation=operation)) == expected


def test_a_task_leaves_the_recent_ones_ten_minutes_after_its_end(stage: Scene) -> None:
    vm, manager = running(stage), stage.objects.singleton(SINGLETONS["TaskManager"])
    task = begun(stage, PowerOff(vm=vm.uid))
    stage.world.execute_now(CompleteTask(task=task.uid), Actor())
    assert [one._moId for one in stage.get(manager, "recentTask")] == [f"task-{task.number}"]
    assert stage.fragment(stage.object(vm), "recentTask").expires is not None
    stage.world.clock.step(timedelta(minutes=10, seconds=1).total_seconds())
    assert stage.get(manager, "recentTask") == []
    assert stage.fragment(stage.object(vm), "recentTask").data.count(b"ManagedObjectReference>") == 0


def test_asking_a_guest_is_no_task(stage: Scene) -> None:
    vm = running(stage)
    begun(stage, ShutdownGuest(vm=vm.uid))
    assert stage.get(vm, "recentTask") == []


def test_labels_cover_the_methods_of_the_worlds_operations(scene: Scene) -> None:
    manager: Any = scene.objects.singleton(SINGLETONS["TaskManager"])
    labels = {one.key: one.label for one in scene.get(manager, "description").methodInfo}
    assert labels["VirtualMachine.powerOn"] == "Power On virtual machine"
    assert {"Folder.createVm", "VirtualMachine.clone", "vm.Snapshot.revert", "ResourcePool.destroy"} <= set(labels)
