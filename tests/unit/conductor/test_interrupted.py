"""Crashes in the middle of what a single call does to a machine, and looks at machines that something is being done to."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from emulators.machines.port import MachineState
from emulators.machines.simulated.backend import SimulatedMachines
from emulators.world.commands import Operation
from emulators.world.decisions.hardware import VmSettings
from emulators.world.decisions.power import PowerOff, Reset, Suspend
from emulators.world.decisions.snapshots import CreateSnapshot
from emulators.world.decisions.vms import CloneVm, DestroyVm
from emulators.world.model import Power, Task, TaskState, Vm
from tests.unit.conductor.conftest import OpenStage
from tests.unit.conductor.stage import BROKEN, Containers, Stage

RUNNING, PAUSED = MachineState.RUNNING, MachineState.PAUSED


async def pause_unseen(stage: Stage, uid: str) -> None:
    """What a copy of the disks does to a machine that runs: nobody is told of it."""
    await SimulatedMachines.pause(stage.machines, uid)


def outside(stage: Stage) -> list[str]:
    """What was taken for somebody else's doing."""
    return [record.event.type for record in stage.lab.events() if record.actor.principal == "outside"]


async def test_a_reset_that_only_came_to_the_kill_starts_the_machine(stage: Stage) -> None:
    web = stage.lab.vm("web")
    stage.machines.hold("reset")
    uid = await stage.execute(Reset(vm=web.uid))
    await stage.machines.reached.wait()
    await SimulatedMachines.kill(stage.machines, web.uid)
    again = await stage.restarted()
    await again.quiet()
    assert again.lab.state.get(Task, uid).state is TaskState.SUCCESS
    assert (again.machine("web"), again.lab.vm("web").power, outside(again)) == (RUNNING, Power.ON, [])
    await again.close()


async def test_a_destroyed_vm_is_gone_even_if_its_snapshot_s_files_cannot_be_removed(stage: Stage) -> None:
    """Its container is gone by then: there is no way back."""
    web = stage.lab.vm("web")
    await stage.done(CreateSnapshot(vm=web.uid, name="one"))
    await stage.done(PowerOff(vm=web.uid))
    stage.machines.broken["delete_snapshot"] = BROKEN
    await stage.done(DestroyVm(vm=web.uid))
    assert stage.lab.state.maybe(Vm, web.uid) is None
    assert stage.machines.state_of(web.uid) is MachineState.ABSENT


FREEZING: dict[str, Callable[[str], Operation]] = {
    "snapshot": lambda uid: CreateSnapshot(vm=uid, name="one"),
    "clone": lambda uid: CloneVm(source=uid, settings=VmSettings(name="copy")),
}


@pytest.mark.parametrize("call", FREEZING)
async def test_a_machine_that_a_crash_left_frozen_goes_on(stage: Stage, call: str) -> None:
    """Running machines are frozen while their disks are copied."""
    web = stage.lab.vm("web")
    stage.machines.hold(call)
    uid = await stage.execute(FREEZING[call](web.uid))
    await stage.machines.reached.wait()
    await pause_unseen(stage, web.uid)
    again = await stage.restarted()
    await again.quiet()
    await again.until(lambda: again.machine("web") is RUNNING)
    assert again.lab.state.get(Task, uid).state is TaskState.SUCCESS
    assert (again.lab.vm("web").power, outside(again)) == (Power.ON, [])
    await again.close()


@pytest.mark.parametrize("call", FREEZING)
async def test_who_looks_while_disks_are_copied_takes_nothing_for_suspended(stage: Stage, call: str) -> None:
    web, lists = stage.lab.vm("web"), stage.machines.count("list")
    stage.machines.hold(call)
    await stage.execute(FREEZING[call](web.uid))
    await stage.machines.reached.wait()
    await pause_unseen(stage, web.uid)
    stage.conductor.observer.reconciled.clear()
    stage.machines.break_stream()
    await stage.until(stage.conductor.observer.reconciled.is_set)
    assert stage.machines.count("list") == lists + 1
    await SimulatedMachines.resume(stage.machines, web.uid)
    stage.machines.release()
    await stage.quiet()
    assert (stage.lab.vm("web").power, outside(stage)) == (Power.ON, [])


async def test_what_was_listed_is_looked_at_again_before_it_is_believed(open_stage: OpenStage) -> None:
    stage = await open_stage()
    web = stage.lab.vm("web")
    await pause_unseen(stage, web.uid)
    stage.machines.hold("list", "after")
    stage.conductor.observer.reconciled.clear()
    stage.machines.break_stream()
    await stage.machines.reached.wait()
    await SimulatedMachines.resume(stage.machines, web.uid)
    stage.machines.release()
    await stage.until(stage.conductor.observer.reconciled.is_set)
    assert (stage.lab.vm("web").power, outside(stage)) == (Power.ON, [])


async def test_what_is_frozen_by_others_is_suspended(stage: Stage) -> None:
    """Only what the copy of disks froze goes on by itself."""
    web = stage.lab.vm("web")
    await pause_unseen(stage, web.uid)
    again = await stage.restarted()
    await again.quiet()
    assert (again.machine("web"), again.lab.vm("web").power) == (PAUSED, Power.SUSPENDED)
    assert outside(again)
    await again.close()


async def test_a_clone_that_is_finished_while_machines_are_compared_keeps_its_machine(stage: Stage) -> None:
    """When they were listed there was no such VM; when orphans are removed there is."""
    lists, db = stage.machines.count("list"), stage.lab.vm("db").uid
    stage.machines.hold("clone", "after")
    await stage.execute(CloneVm(source=stage.lab.vm("web").uid, settings=VmSettings(name="copy")))
    await stage.machines.reached.wait()
    stage.conductor.observer.reconciled.clear()
    async with stage.conductor.hands.turns.of(db):
        stage.machines.break_stream()
        await stage.until(lambda: stage.machines.count("list") > lists)
        stage.machines.release()
        await stage.quiet()
        assert stage.machine("copy") is MachineState.CREATED
    await stage.until(stage.conductor.observer.reconciled.is_set)
    assert stage.machine("copy") is MachineState.CREATED


@pytest.mark.parametrize("operation", [PowerOff, Suspend])
async def test_a_first_container_that_a_crash_left_unreported_goes_when_its_vm_is_not_on(
    tmp_path: Path, operation: type[PowerOff | Suspend]
) -> None:
    """The container ran already, the world did not know, and somebody asked for something else."""
    machines = Containers()
    stage = Stage(tmp_path, machines)
    machines.hold("start", "after")
    opening = asyncio.create_task(stage.open())
    await machines.reached.wait()
    web = stage.lab.vm("web").uid
    await stage.until(lambda: stage.machine("web") is RUNNING)
    uid = await stage.execute(operation(vm=web))
    opening.cancel()
    await asyncio.gather(opening, return_exceptions=True)
    again = await stage.restarted()
    await again.quiet()
    assert again.lab.state.get(Task, uid).state is TaskState.SUCCESS
    await again.until(lambda: again.machine("web") is MachineState.ABSENT)
    assert outside(again) == []
    await again.close()
