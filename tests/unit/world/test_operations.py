"""Operations as tasks: who holds what, how they end, and that a late refusal is their failure."""

from __future__ import annotations

from typing import Any, cast

import pytest

from dcsim.errors import Busy, InvalidState, NotFound
from emulators.world.commands import FINISHES, decode_command, encode_command
from emulators.world.decisions import operations
from emulators.world.decisions.hardware import VmSettings
from emulators.world.decisions.operations import CancelTask, CompleteTask, ProgressTask, RefuseOperation
from emulators.world.decisions.pools import DestroyPool
from emulators.world.decisions.power import PowerOff, PowerOn, Reset
from emulators.world.decisions.vms import CloneVm, CreateVm, DestroyVm, MarkTemplate, ReconfigureVm
from emulators.world.model import Power, ResourcePool, Task, TaskError, TaskState, Vm
from tests.unit.world.lab import ACTOR, Lab


def test_a_task_says_what_is_done_to_what_by_whom(lab: Lab) -> None:
    vm = lab.vm("web")
    task = lab.begin(PowerOff(vm=vm.uid))
    assert (task.operation, task.name, task.state) == ("vm.power_off", "Power Off virtual machine", TaskState.RUNNING)
    assert (task.subject, task.subject_name, task.lock, task.actor) == (vm.uid, "web", vm.uid, ACTOR)
    assert task.started == lab.clock.now()
    assert decode_command(task.request) == PowerOff(vm=vm.uid)


def test_its_subject_is_held_until_it_ends(lab: Lab) -> None:
    vm = lab.vm("web")
    task = lab.begin(PowerOff(vm=vm.uid))
    for refused in (Reset(vm=vm.uid), ReconfigureVm(vm=vm.uid), DestroyVm(vm=vm.uid)):
        with pytest.raises(Busy, match=r"already in progress on 'web': vm\.power_off") as busy:
            lab.do(refused)
        assert (busy.value.subject, busy.value.task) == (vm.uid, task.uid)
    lab.begin(PowerOff(vm=lab.vm("db").uid))
    done = lab.finish(task)
    assert (done.state, done.progress, done.lock, done.completed) == (TaskState.SUCCESS, 100, "", lab.clock.now())
    with pytest.raises(Busy):
        lab.do(MarkTemplate(vm=lab.vm("db").uid))
    lab.do(MarkTemplate(vm=vm.uid))


def test_what_needs_no_machine_is_done_at_once_where_nothing_takes_time(lab: Lab, slow_lab: Lab) -> None:
    pool = lab.named(ResourcePool, "gold")
    assert lab.begin(DestroyPool(pool=pool.uid)).state is TaskState.SUCCESS
    assert lab.state.maybe(ResourcePool, pool.uid) is None
    task = slow_lab.begin(DestroyPool(pool=slow_lab.named(ResourcePool, "gold").uid))
    assert task.state is TaskState.RUNNING
    seconds = operations.seconds_for(slow_lab.state, 7, task.uid, DestroyPool(pool=pool.uid))
    assert 0.8 <= seconds <= 1.2


def test_how_long_it_takes_is_the_seed_s(lab: Lab, slow_lab: Lab) -> None:
    seconds = [operations.seconds_for(slow_lab.state, 7, "task-a", PowerOff(vm="x")) for _ in range(2)]
    assert seconds[0] == seconds[1] != operations.seconds_for(slow_lab.state, 8, "task-a", PowerOff(vm="x"))
    assert operations.seconds_for(lab.state, 7, "task-a", PowerOff(vm="x")) == 0


def test_progress_stays_below_the_end(lab: Lab) -> None:
    task = lab.begin(PowerOff(vm=lab.vm("web").uid))
    for said, kept in ((40, 40), (400, 99), (-1, 0)):
        lab.do(ProgressTask(task=task.uid, progress=said))
        assert lab.state.get(Task, task.uid).progress == kept
    lab.finish(task)
    with pytest.raises(InvalidState, match="is over"):
        lab.do(ProgressTask(task=task.uid, progress=50))


def test_a_failed_effect_changes_nothing_but_the_task(lab: Lab) -> None:
    vm = lab.vm("web")
    task = lab.fail(lab.begin(PowerOff(vm=vm.uid)))
    assert (task.state, task.lock, task.error) == (TaskState.ERROR, "", TaskError("MachineError", "the engine is on fire"))
    assert lab.vm("web") == vm
    with pytest.raises(InvalidState):
        lab.finish(task)


def test_what_is_refused_at_the_end_fails_the_task_and_is_undone_whole(lab: Lab) -> None:
    """Two VMs of one name: the second to end loses, and the first is not half made."""
    create = CreateVm(settings=VmSettings(name="twin"), site=lab.vm().site, pool=lab.root.uid, datastore=lab.datastore().uid)
    clone = lab.begin(CloneVm(source=lab.vm("spare").uid, settings=VmSettings(name="twin")))
    lab.run(create)
    before = {uid for uid in lab.image() if not uid.startswith("task")}
    failed = lab.finish(clone)
    assert failed.state is TaskState.ERROR
    assert failed.error is not None
    assert (failed.error.type, failed.error.detail["field"]) == ("AlreadyExists", "name")
    assert {uid for uid in lab.image() if not uid.startswith("task")} == before


def test_a_bug_in_a_consequence_leaves_the_task_running(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    task = lab.begin(PowerOff(vm=lab.vm("web").uid))

    def broken(*_: Any) -> Any:
        raise KeyError("a bug")

    monkeypatch.setitem(cast("dict[type, Any]", FINISHES), PowerOff, broken)
    with pytest.raises(KeyError):
        lab.finish(task)
    assert lab.state.get(Task, task.uid) == task


def test_only_what_can_be_cancelled_is(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    task = lab.begin(PowerOff(vm=lab.vm("web").uid))
    with pytest.raises(InvalidState, match="cannot be cancelled"):
        lab.do(CancelTask(task=task.uid))
    monkeypatch.setattr(CloneVm, "CANCELABLE", True)
    clone = lab.begin(CloneVm(source=lab.vm("spare").uid, settings=VmSettings(name="copy")))
    lab.do(CancelTask(task=clone.uid))
    ended = lab.state.get(Task, clone.uid)
    assert ended.error is not None
    assert (ended.state, ended.error.type, ended.cancelable) == (TaskState.ERROR, "Cancelled", False)
    assert lab.state.where(Vm, "name", "copy") == []


def test_a_refusal_can_be_kept_as_a_failed_task(lab: Lab) -> None:
    operation = PowerOn(vm=lab.vm("web").uid)
    error = TaskError("InvalidState", "it is on")
    task = lab.state.get(Task, lab.do(RefuseOperation(operation=encode_command(operation), error=error)))
    assert (task.state, task.error, task.lock) == (TaskState.ERROR, error, "")


def test_one_task_may_end_with_another(lab: Lab) -> None:
    """A clone that is to be powered on ends when it is on; as it ends, so does the clone."""
    source = lab.vm("spare").uid
    for name, fails in (("good", False), ("bad", True)):
        clone = lab.run(CloneVm(source=source, settings=VmSettings(name=name), power_on=True))
        assert (clone.state, clone.progress) == (TaskState.RUNNING, 95)
        lab.finish(clone)
        power_on = lab.state.get(Task, clone.awaits)
        if fails:
            lab.fail(power_on)
        else:
            lab.finish(power_on)
        assert lab.state.get(Task, clone.uid).state is (TaskState.ERROR if fails else TaskState.SUCCESS)
        assert lab.vm(name).power is (Power.OFF if fails else Power.ON)


def test_the_history_of_tasks_has_an_end_but_keeps_what_runs(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(operations, "KEPT_TASKS", 3)
    running = lab.begin(PowerOff(vm=lab.vm("web").uid))
    ended = [lab.run(ReconfigureVm(vm=lab.vm("spare").uid, settings=VmSettings(annotation=str(n)))) for n in range(4)]
    assert [task.uid for task in lab.state.all(Task)] == [running.uid, ended[2].uid, ended[3].uid]


def test_nothing_happens_to_what_is_not_there(lab: Lab) -> None:
    with pytest.raises(NotFound):
        lab.do(PowerOff(vm="vm-nobody"))
    with pytest.raises(NotFound):
        lab.do(CompleteTask(task="task-nobody"))


def test_a_restart_keeps_running_tasks_and_their_locks(lab: Lab) -> None:
    vm = lab.vm("web")
    task = lab.begin(PowerOff(vm=vm.uid))
    again = lab.reopened()
    with pytest.raises(Busy):
        again.do(Reset(vm=vm.uid))
    assert again.finish(task).state is TaskState.SUCCESS
    assert again.vm("web").power is Power.OFF
    again.close()
