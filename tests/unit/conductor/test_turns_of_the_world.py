"""Containers and the world's great turns: hosts that die, dc-sim that stops and starts, worlds that go back."""

from __future__ import annotations

import asyncio
from functools import partial

import pytest

from dcsim.errors import MachinesUnavailable, NotFound
from emulators.conductor import Conductor
from emulators.conductor.observer import PARKED
from emulators.machines.port import MachineState
from emulators.machines.simulated.backend import SimulatedMachines
from emulators.world.checkpoints import Checkpoints
from emulators.world.decisions.components import ClearFault, InjectFault, SetBladePower
from emulators.world.decisions.hardware import DeviceChanges, DiskAdd, VmSettings
from emulators.world.decisions.power import PowerOff, PowerOn, Suspend
from emulators.world.decisions.vms import CloneVm, DestroyVm, ReconfigureVm
from emulators.world.model import Blade, BladePower, Fault, Power, Vm
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


async def test_machines_follow_later_when_they_cannot_now(stage: Stage) -> None:
    """The backend is away while the world goes back, and dc-sim dies before it returns: what machines were is not believed."""
    checkpoints = Checkpoints(stage.lab.world, stage.lab.path.parent / "checkpoints")
    await checkpoints.take("monday")
    await stage.done(PowerOff(vm=stage.lab.vm("web").uid))
    stage.machines.broken["list"] = MachinesUnavailable("The engine is away.")
    await stage.conductor.observer.go_back(partial(checkpoints.restore, "monday", ACTOR))
    assert (stage.lab.vm("web").power, stage.machine("web")) == (Power.ON, STOPPED)
    await stage.close()
    stage.machines.broken.clear()
    again = await Stage(stage.lab.path.parent, stage.machines).open()
    assert (again.lab.vm("web").power, again.machine("web")) == (Power.ON, RUNNING)
    assert outside_events(again) == []
    await again.done(PowerOff(vm=again.lab.vm("web").uid))
    third = await again.restarted()
    assert (third.lab.vm("web").power, third.machine("web")) == (Power.OFF, STOPPED)
    await third.close()


async def test_a_world_that_does_not_go_back_leaves_machines_alone(stage: Stage) -> None:
    checkpoints = Checkpoints(stage.lab.world, stage.lab.path.parent / "checkpoints")
    with pytest.raises(NotFound):
        await stage.conductor.observer.go_back(partial(checkpoints.restore, "never", ACTOR))
    stage.machines.crash(stage.lab.vm("web").uid)
    again = await stage.restarted()
    assert again.lab.vm("web").power is Power.OFF
    await again.close()


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
