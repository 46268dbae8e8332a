"""Tasks while they run: in a datacenter whose clock stands still, so that nothing ends before a test lets it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from pyVmomi import vim

from tests.clients.harness import Datacenter, wait_until
from tests.clients.pyvmomi.session import all_of, connected, finish, reference


@pytest.fixture(scope="module")
def unhurried(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Datacenter]:
    """A datacenter with realistic timing and a paused clock."""
    datacenter = Datacenter(tmp_path_factory.mktemp("unhurried"), "--machines", "simulated", "--timing", "realistic", "--vms", "4")
    try:
        datacenter.start()
        datacenter.rest("PUT", "/sim/clock", {"paused": True})
        yield datacenter
    finally:
        datacenter.clear_away()


@pytest.fixture
def service(unhurried: Datacenter) -> Iterator[Any]:
    """A session in it."""
    with connected(unhurried) as service:
        yield service


@pytest.fixture
def running(service: Any) -> Any:
    """A VM that is on."""
    return next(vm for vm in all_of(service, vim.VirtualMachine) if vm.runtime.powerState == "poweredOn")


def let_pass(datacenter: Datacenter, task: Any) -> str:
    """Step the clock until a task has ended; its state."""

    def ended() -> str:
        datacenter.rest("POST", "/sim/clock/step", {"seconds": 5})
        state = str(task.info.state)
        return state if state in {"success", "error"} else ""

    return wait_until(ended, "the task ends")


def test_a_running_task_shows_and_a_second_one_must_wait(unhurried: Datacenter, service: Any, running: Any) -> None:
    task = running.Suspend()
    assert (task.info.state, task.info.completeTime, running.runtime.powerState) == ("running", None, "poweredOn")
    assert task in running.recentTask
    for switch in (running.PowerOff, running.Reset, running.Suspend):
        with pytest.raises(vim.fault.TaskInProgress) as raised:
            finish(switch())
        assert raised.value.task == task
    assert let_pass(unhurried, task) == "success"
    assert running.runtime.powerState == "suspended"
    assert service.CurrentTime() > task.info.startTime


def test_of_two_clones_with_one_name_one_is_made(unhurried: Datacenter, service: Any, running: Any) -> None:
    spec = vim.vm.CloneSpec(location=vim.vm.RelocateSpec(), powerOn=False, template=False)
    tasks = [running.Clone(running.parent, "twice", spec), running.Clone(running.parent, "twice", spec)]
    assert sorted(let_pass(unhurried, task) for task in tasks) == ["error", "success"]
    assert {type(task.info.error) for task in tasks} == {type(None), vim.fault.DuplicateName}
    assert [vm.name for vm in all_of(service, vim.VirtualMachine)].count("twice") == 1


def test_progress_is_told_to_who_waits(unhurried: Datacenter, service: Any, running: Any) -> None:
    task = running.Clone(running.parent, "watched", vim.vm.CloneSpec(location=vim.vm.RelocateSpec(), powerOn=False, template=False))
    seen = set()
    for _ in range(60):
        unhurried.rest("POST", "/sim/clock/step", {"seconds": 0.5})
        seen.add(task.info.progress)
        if task.info.state == "success":
            break
    assert seen & set(range(1, 100)), seen
    assert task.info.state == "success"
    assert service.content.taskManager.recentTask


def test_an_answered_task_survives_sigkill(unhurried: Datacenter, running: Any) -> None:
    """What was acknowledged is there after a crash, and what was under way is brought to its end."""
    task, vm = running.CreateSnapshot("before-the-crash", "", memory=False, quiesce=False), running._moId
    assert task.info.state == "running"
    unhurried.kill()
    unhurried.start()
    with connected(unhurried) as again:
        resumed = reference(vim.Task, task._moId, again._stub)
        assert let_pass(unhurried, resumed) == "success"
        found = reference(vim.VirtualMachine, vm, again._stub)
        assert [node.name for node in found.snapshot.rootSnapshotList] == ["before-the-crash"]
