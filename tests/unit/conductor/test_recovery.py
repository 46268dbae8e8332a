"""Crashes, restarts, and what others do to containers: both sides agree again, and nothing acknowledged is lost."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from dcsim.errors import MachinesUnavailable
from emulators.conductor import Conductor
from emulators.conductor.observer import PARKED
from emulators.machines.port import MachineSpec, MachineState
from emulators.machines.simulated.backend import SimulatedMachines
from emulators.world.checkpoints import Checkpoints
from emulators.world.commands import Operation
from emulators.world.decisions.components import ClearFault, InjectFault, SetBladePower
from emulators.world.decisions.hardware import DeviceChanges, DiskAdd, VmSettings
from emulators.world.decisions.power import PowerOff, PowerOn, Reset, Suspend
from emulators.world.decisions.snapshots import CreateSnapshot, RevertSnapshot
from emulators.world.decisions.vms import CloneVm, DestroyVm, MarkTemplate, ReconfigureVm
from emulators.world.model import Blade, BladePower, Fault, Power, Snapshot, Task, TaskState, Vm
from tests.unit.conductor.conftest import OpenStage
from tests.unit.conductor.stage import BROKEN, Containers, Stage
from tests.unit.world.lab import ACTOR, GIB, Lab

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


# -- hosts ---------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("timing", ["instant", "realistic"])
async def test_containers_fall_with_their_host_at_once(open_stage: OpenStage, timing: str) -> None:
    stage = await open_stage(timing=timing)
    await stage.execute(InjectFault(code="host-crash", subject=stage.lab.host().uid))
    await stage.until(lambda: ("kill", stage.lab.vm("web").uid) in stage.machines.calls)
    assert ("kill", stage.lab.vm("db").uid) in stage.machines.calls
    if timing == "realistic":
        assert (stage.machine("web"), stage.lab.vm("web").power) == (STOPPED, Power.ON), "not detected yet"
        assert outside_events(stage) == []


async def test_high_availability_runs_them_elsewhere_afresh(stage: Stage) -> None:
    started = stage.lab.vm("web").guest.started
    await stage.execute(InjectFault(code="host-crash", subject=stage.lab.host().uid))
    await stage.quiet()
    for name in ("web", "db"):
        assert (stage.machine(name), stage.lab.vm(name).power) == (RUNNING, Power.ON)
        assert stage.lab.vm(name).host != stage.lab.host().uid
    assert started is not None
    assert stage.lab.vm("web").guest.started != started, "it died and was started again, it did not run on"
    assert outside_events(stage) == []


async def test_without_high_availability_they_stay_off(stage: Stage) -> None:
    for name in ("web", "db"):
        await stage.done(ReconfigureVm(vm=stage.lab.vm(name).uid, settings=VmSettings(restart_priority="disabled")))
    await stage.execute(InjectFault(code="host-crash", subject=stage.lab.host().uid))
    await stage.until(lambda: stage.machine("web") is STOPPED)
    await stage.until(lambda: stage.machine("db") is STOPPED)
    assert agreed(stage)


async def test_a_host_that_dies_during_a_start_keeps_nothing_running(open_stage: OpenStage) -> None:
    stage = await open_stage()
    spare = stage.lab.vm("spare")
    stage.machines.hold("start", "after")
    await stage.execute(PowerOn(vm=spare.uid))
    await stage.machines.reached.wait()
    blade = stage.lab.named(Blade, "ucs/1/2")
    await stage.execute(SetBladePower(blade=blade.uid, power=BladePower.OFF))
    stage.machines.release()
    await stage.quiet()
    assert stage.lab.vm("spare").power is Power.OFF
    assert stage.machine("spare") in {ABSENT, STOPPED}


async def test_a_crash_before_the_containers_fell_is_made_good(open_stage: OpenStage) -> None:
    stage = await open_stage(timing="realistic")
    stage.machines.hold("kill")
    await stage.execute(InjectFault(code="host-crash", subject=stage.lab.host().uid))
    await stage.machines.reached.wait()
    again = await stage.restarted()
    await again.until(lambda: again.machine("web") is STOPPED)
    assert outside_events(again) == []
    await again.execute(ClearFault(fault=again.lab.state.all(Fault)[0].uid))
    await again.close()


# -- parking -------------------------------------------------------------------------------------------------------------------------


async def test_parked_machines_run_again_as_they_were(stage: Stage) -> None:
    await stage.done(Suspend(vm=stage.lab.vm("db").uid))
    await stage.conductor.observer.park()
    assert {stage.machine("web"), stage.machine("db")} == {STOPPED}
    again = await stage.restarted()
    assert (again.machine("web"), again.machine("db")) == (RUNNING, PAUSED)
    assert (again.lab.vm("web").power, again.lab.vm("db").power) == (Power.ON, Power.SUSPENDED)
    assert outside_events(again) == []
    assert again.lab.world.journal.meta(PARKED) == "0"
    await again.close()


async def test_dying_in_the_middle_of_parking_or_of_starting_loses_no_power_state(stage: Stage) -> None:
    stage.machines.hold("kill", "after")
    parking = asyncio.create_task(stage.conductor.observer.park())
    await stage.machines.reached.wait()
    parking.cancel()
    await asyncio.gather(parking, return_exceptions=True)
    await stage.close()
    stage.machines.release()
    stage.machines.broken["list"] = MachinesUnavailable("The engine is still starting.")
    early = Stage(stage.lab.path.parent, stage.machines)
    await early.open(observe=False)
    with pytest.raises(MachinesUnavailable):
        await early.conductor.observer.reconcile()
    stage.machines.broken.clear()
    again = await early.restarted()
    assert (again.machine("web"), again.lab.vm("web").power) == (RUNNING, Power.ON)
    assert agreed(again)
    await again.close()


async def test_one_that_cannot_be_stopped_does_not_keep_the_others_running(stage: Stage) -> None:
    stage.machines._machines.pop(stage.lab.vm("web").uid)
    await stage.conductor.observer.park()
    assert stage.machine("db") is STOPPED


async def test_what_does_not_run_again_is_off_with_the_reason(stage: Stage) -> None:
    await stage.conductor.observer.park()
    stage.machines.broken["start"] = BROKEN
    again = await stage.restarted()
    assert again.lab.vm("web").power is Power.OFF
    reasons = [record.event.detail.get("reason") for record in again.lab.events() if record.event.subject == again.lab.vm("web").uid]
    assert reasons[-1] == BROKEN.message
    await again.close()


# -- checkpoints -----------------------------------------------------------------------------------------------------------------------


async def test_machines_follow_a_world_that_goes_back(stage: Stage) -> None:
    checkpoints = Checkpoints(stage.lab.world, stage.lab.path.parent / "checkpoints")
    await stage.done(PowerOn(vm=stage.lab.vm("spare").uid))
    await checkpoints.take("monday")
    await stage.done(PowerOff(vm=stage.lab.vm("web").uid))
    await stage.done(Suspend(vm=stage.lab.vm("spare").uid))
    await stage.done(PowerOff(vm=stage.lab.vm("db").uid))
    await stage.done(DestroyVm(vm=stage.lab.vm("db").uid))
    await stage.done(CloneVm(source=stage.lab.vm("web").uid, settings=VmSettings(name="copy"), power_on=True))
    copy = stage.lab.vm("copy").uid
    await checkpoints.restore("monday", ACTOR)
    await stage.conductor.observer.enforce()
    assert {stage.machine(name) for name in ("web", "db", "spare")} == {RUNNING}
    assert stage.machines.state_of(copy) is ABSENT
    assert agreed(stage)
    await asyncio.sleep(0.05)
    assert outside_events(stage) == []


async def test_machines_that_are_younger_than_the_checkpoint_go(stage: Stage) -> None:
    checkpoints = Checkpoints(stage.lab.world, stage.lab.path.parent / "checkpoints")
    await checkpoints.take("monday")
    await stage.done(PowerOn(vm=stage.lab.vm("spare").uid))
    await checkpoints.restore("monday", ACTOR)
    await stage.conductor.observer.enforce()
    assert (stage.machine("spare"), stage.lab.vm("spare").machine) == (ABSENT, "")


async def test_a_world_from_before_any_container_gets_them_again(open_stage: OpenStage) -> None:
    stage = await open_stage(observe=False)
    checkpoints = Checkpoints(stage.lab.world, stage.lab.path.parent / "checkpoints")
    await checkpoints.take("monday")
    await stage.conductor.observer.reconcile()
    assert stage.machine("web") is RUNNING
    await stage.done(ReconfigureVm(vm=stage.lab.vm("web").uid, devices=DeviceChanges(add_disks=(DiskAdd(capacity_bytes=GIB),))))
    await checkpoints.restore("monday", ACTOR)
    await stage.conductor.observer.enforce()
    assert (stage.machine("web"), stage.lab.vm("web").power, stage.lab.vm("web").machine) == (RUNNING, Power.ON, "docker")


async def test_simulated_machines_are_what_the_world_remembers(open_stage: OpenStage) -> None:
    """They live in the process: after a restart the world's word is all there is."""
    stage = await open_stage(machines=Containers("simulated"))
    await stage.done(Suspend(vm=stage.lab.vm("db").uid))
    await stage.close()
    lab = Lab(stage.lab.path.parent)
    machines = SimulatedMachines(lab.clock, seed=7)
    conductor = Conductor(lab.world, machines)
    await conductor.observer.reconcile()
    for name, state in (("web", RUNNING), ("db", PAUSED)):
        await conductor.hands.known(lab.vm(name))
        assert (await machines.inspect(lab.vm(name).uid)).state is state
    await conductor.stop()
    lab.close()


async def test_containers_without_an_engine_are_simulated_until_it_is_back(stage: Stage) -> None:
    """`dcsim up` once without Docker must not power everything off."""
    await stage.close()
    lab = Lab(stage.lab.path.parent)
    conductor = Conductor(lab.world, SimulatedMachines(lab.clock, seed=7))
    await conductor.observer.reconcile()
    assert lab.vm("web").power is Power.ON
    await conductor.stop()
    lab.close()
