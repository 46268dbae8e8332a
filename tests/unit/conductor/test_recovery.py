"""Crashes, restarts, and what others do to containers: both sides agree again, and nothing acknowledged is lost."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from dcsim.errors import MachinesUnavailable
from emulators.machines.port import MachineSpec, MachineState
from emulators.world.commands import Operation
from emulators.world.decisions.hardware import VmSettings
from emulators.world.decisions.power import PowerOff, PowerOn, Reset, Suspend
from emulators.world.decisions.snapshots import CreateSnapshot, RevertSnapshot
from emulators.world.decisions.vms import CloneVm, DestroyVm, MarkTemplate
from emulators.world.model import Power, Snapshot, Task, TaskState, Vm
from tests.unit.conductor.conftest import OpenStage
from tests.unit.conductor.stage import BROKEN, Containers, Stage
from tests.unit.world.lab import GIB

RUNNING, STOPPED, PAUSED, ABSENT = MachineState.RUNNING, MachineState.STOPPED, MachineState.PAUSED, MachineState.ABSENT


def outside_events(stage: Stage, after: int = 0) -> list[tuple[str, str]]:
    """Type and reason of what somebody else did."""
    records = [record for record in stage.lab.events(after) if record.actor.principal == "outside"]
    return [(record.event.type.rpartition(".")[2], record.event.detail.get("reason", "")) for record in records]


def agreed(stage: Stage) -> bool:
    """Whether every machine is what its VM is."""
    wanted = {Power.ON: {RUNNING}, Power.SUSPENDED: {PAUSED}, Power.OFF: {STOPPED, ABSENT, MachineState.CREATED}}
    vms = {vm.uid: vm for vm in stage.lab.state.all(Vm)}
    return all(stage.machines.state_of(uid) in wanted[vm.power] for uid, vm in vms.items()) and set(stage.machines._machines) <= set(vms)


# -- resuming what a crash interrupted ---------------------------------------------------------------------------------------------

CRASHES: dict[str, tuple[Callable[[Stage], Operation], str, Callable[[Stage], bool]]] = {
    "power on, first time": (lambda s: PowerOn(vm=s.lab.vm("spare").uid), "start", lambda s: s.machine("spare") is RUNNING),
    "power on, created only": (lambda s: PowerOn(vm=s.lab.vm("spare").uid), "create", lambda s: s.machine("spare") is RUNNING),
    "power off": (lambda s: PowerOff(vm=s.lab.vm("web").uid), "kill", lambda s: s.machine("web") is STOPPED),
    "suspend": (lambda s: Suspend(vm=s.lab.vm("web").uid), "pause", lambda s: s.machine("web") is PAUSED),
    "reset": (lambda s: Reset(vm=s.lab.vm("web").uid), "reset", lambda s: s.machine("web") is RUNNING),
    "clone": (
        lambda s: CloneVm(source=s.lab.vm("web").uid, settings=VmSettings(name="copy"), power_on=True),
        "clone",
        lambda s: s.machine("copy") is RUNNING,
    ),
    "snapshot": (
        lambda s: CreateSnapshot(vm=s.lab.vm("web").uid, name="one"),
        "snapshot",
        lambda s: bool(s.lab.named(Snapshot, "one").machine_ref),
    ),
}


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("name", list(CRASHES))
async def test_what_was_begun_is_finished_after_a_crash(open_stage: OpenStage, name: str, when: str) -> None:
    make, call, holds = CRASHES[name]
    stage = await open_stage()
    stage.machines.hold(call, when)
    uid = await stage.execute(make(stage))
    await stage.machines.reached.wait()
    again = await stage.restarted()
    await again.quiet()
    assert again.lab.state.get(Task, uid).state is TaskState.SUCCESS
    assert holds(again)
    assert agreed(again)
    assert outside_events(again) == []
    await again.close()


@pytest.mark.parametrize("when", ["before", "after"])
async def test_a_crash_while_destroying(stage: Stage, when: str) -> None:
    web = stage.lab.vm("web")
    await stage.done(PowerOff(vm=web.uid))
    stage.machines.hold("delete", when)
    await stage.execute(DestroyVm(vm=web.uid))
    await stage.machines.reached.wait()
    again = await stage.restarted()
    await again.quiet()
    assert again.lab.state.maybe(Vm, web.uid) is None
    assert again.machines.state_of(web.uid) is ABSENT
    await again.close()


@pytest.mark.parametrize("when", ["before", "after"])
async def test_a_crash_while_reverting(stage: Stage, when: str) -> None:
    web = stage.lab.vm("web")
    await stage.machines.put_file(web.uid, "/etc/motd", b"before")
    await stage.done(CreateSnapshot(vm=web.uid, name="one"))
    await stage.machines.put_file(web.uid, "/etc/motd", b"after")
    stage.machines.hold("revert", when)
    await stage.execute(RevertSnapshot(vm=web.uid, snapshot=stage.lab.named(Snapshot, "one").uid))
    await stage.machines.reached.wait()
    again = await stage.restarted()
    await again.quiet()
    assert await again.machines.get_file(web.uid, "/etc/motd") == b"before"
    assert agreed(again)
    await again.close()


async def test_a_clone_that_waits_for_its_power_is_not_copied_twice(stage: Stage) -> None:
    stage.machines.hold("start")
    clone = await stage.execute(CloneVm(source=stage.lab.vm("web").uid, settings=VmSettings(name="copy"), power_on=True))
    await stage.machines.reached.wait()
    again = await stage.restarted()
    await again.quiet()
    assert again.machines.count("clone") == 1
    assert again.lab.state.get(Task, clone).state is TaskState.SUCCESS
    assert again.machine("copy") is RUNNING
    await again.close()


async def test_a_machine_left_by_a_crash_between_creation_and_failure_goes(stage: Stage) -> None:
    """Its task failed, but nobody lived to remove what it had made."""
    spare = stage.lab.vm("spare")
    spec = stage.conductor.hands.spec(spare)
    await stage.conductor.hands.surroundings(spec)
    await stage.machines.create(spec)
    again = await stage.restarted()
    assert again.machines.state_of(spare.uid) is ABSENT
    await again.close()


# -- what others do ----------------------------------------------------------------------------------------------------------------


async def test_a_container_killed_behind_our_back_is_a_power_event_with_its_cause(stage: Stage) -> None:
    after = stage.lab.world.sequence
    stage.machines.crash(stage.lab.vm("web").uid)
    await stage.until(lambda: stage.lab.vm("web").power is Power.OFF)
    assert outside_events(stage, after) == [("failed", "the container was changed outside dc-sim (exit code 137)")]
    await stage.done(PowerOn(vm=stage.lab.vm("web").uid))
    assert stage.machine("web") is RUNNING


async def test_one_removed_by_hand_is_made_again_when_it_is_needed(stage: Stage) -> None:
    web = stage.lab.vm("web")
    stage.machines.remove_by_hand(web.uid)
    await stage.until(lambda: stage.lab.vm("web").power is Power.OFF)
    assert outside_events(stage)[-1] == ("failed", "the container was removed outside dc-sim")
    await stage.done(PowerOn(vm=web.uid))
    assert stage.machine("web") is RUNNING


async def test_one_removed_while_it_was_off(stage: Stage) -> None:
    web = stage.lab.vm("web")
    await stage.done(PowerOff(vm=web.uid))
    stage.machines.remove_by_hand(web.uid)
    await stage.done(PowerOn(vm=web.uid))
    assert stage.machine("web") is RUNNING


async def test_one_started_by_hand_is_a_vm_that_is_on(stage: Stage) -> None:
    web = stage.lab.vm("web")
    await stage.done(PowerOff(vm=web.uid))
    stage.machines.start_by_hand(web.uid)
    await stage.until(lambda: stage.lab.vm("web").power is Power.ON)
    assert outside_events(stage)[-1][0] == "powered_on"
    assert stage.lab.vm("web").guest.addresses


async def test_a_template_started_by_hand_is_stopped(stage: Stage) -> None:
    web = stage.lab.vm("web").uid
    await stage.done(PowerOff(vm=web))
    await stage.execute(MarkTemplate(vm=web))
    stage.machines.start_by_hand(web)
    await stage.until(lambda: stage.machine("web") is STOPPED)
    assert stage.lab.vm("web").power is Power.OFF


async def test_what_happens_during_an_operation_is_looked_at_when_it_is_over(stage: Stage) -> None:
    web = stage.lab.vm("web")
    stage.machines.hold("snapshot", "after")
    await stage.execute(CreateSnapshot(vm=web.uid, name="one"))
    await stage.machines.reached.wait()
    stage.machines.crash(web.uid)
    await asyncio.sleep(0.05)
    assert stage.lab.vm("web").power is Power.ON, "the operation may account for it"
    stage.machines.release()
    await stage.until(lambda: stage.lab.vm("web").power is Power.OFF)


async def test_our_own_doing_is_nobody_else_s(stage: Stage) -> None:
    web = stage.lab.vm("web").uid
    for operation in (Reset(vm=web), Suspend(vm=web), PowerOn(vm=web), PowerOff(vm=web), DestroyVm(vm=web)):
        await stage.done(operation)
    await asyncio.sleep(0.05)
    assert outside_events(stage) == []


async def test_a_report_does_not_undo_an_operation_that_is_under_way(stage: Stage) -> None:
    """Killed outside while a power-on of it is being carried out: it ends on."""
    web = stage.lab.vm("web").uid
    await stage.done(PowerOff(vm=web))
    stage.machines.hold("start", "after")
    await stage.execute(PowerOn(vm=web))
    await stage.machines.reached.wait()
    stage.machines.start_by_hand(web)
    stage.machines.release()
    await stage.quiet()
    await asyncio.sleep(0.05)
    assert (stage.lab.vm("web").power, stage.machine("web")) == (Power.ON, RUNNING)


async def test_orphans_are_removed_and_machines_of_operations_are_not(stage: Stage) -> None:
    orphan = MachineSpec(id="vm-orphan", name="orphan", image="x", cpus=1, memory_bytes=GIB, world=stage.lab.world.world_id)
    await stage.machines.create(orphan)
    stage.machines.hold("clone", "after")
    await stage.execute(CloneVm(source=stage.lab.vm("web").uid, settings=VmSettings(name="copy")))
    await stage.machines.reached.wait()
    made = next(subject for name, subject in stage.machines.calls if name == "clone")
    await stage.conductor.observer.reconcile()
    assert stage.machines.state_of("vm-orphan") is ABSENT
    assert stage.machines.state_of(made) is not ABSENT
    stage.machines.release()
    await stage.quiet()
    assert agreed(stage)


async def test_changes_made_while_dc_sim_was_away_are_seen_at_the_start(stage: Stage) -> None:
    web, db = stage.lab.vm("web").uid, stage.lab.vm("db").uid
    await stage.close()
    stage.machines.crash(web)
    stage.machines.remove_by_hand(db)
    again = await Stage(stage.lab.path.parent, stage.machines).open()
    assert {again.lab.vm("web").power, again.lab.vm("db").power} == {Power.OFF}
    assert len(outside_events(again)) == 2
    await again.close()


async def test_the_backend_that_was_away_is_looked_at_again(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("emulators.conductor.observer.RECONNECT_SECONDS", 0.01)
    web = stage.lab.vm("web").uid
    stage.machines.broken["list"] = MachinesUnavailable("The engine is away.")
    stage.machines._machines[web].end(1)  # and nobody heard of it
    stage.machines.break_stream()
    await asyncio.sleep(0.05)
    assert stage.lab.vm("web").power is Power.ON
    stage.machines.broken.clear()
    await stage.until(lambda: stage.lab.vm("web").power is Power.OFF)


async def test_one_machine_in_trouble_does_not_keep_the_others_waiting(open_stage: OpenStage) -> None:
    machines = Containers()
    machines.broken["start"] = BROKEN
    stage = await open_stage(machines=machines)
    assert {stage.lab.vm("web").power, stage.lab.vm("db").power} == {Power.OFF}
    reports = [record for record in stage.lab.events() if record.event.detail.get("reason") == BROKEN.message]
    assert len(reports) == 2
    assert {record.actor.principal for record in reports} == {"system"}
