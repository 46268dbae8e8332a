"""The running world: batches, what is told to whom, requests that come twice, the clock."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from dcsim.errors import AlreadyExists, InvalidArgument, JournalUnavailable, NotFound, VersionConflict
from dcsim.events import Actor
from emulators.world.decisions.components import ClearFault, InjectFault, SetBladePower
from emulators.world.decisions.hardware import DeviceChanges, DiskSet, VmSettings
from emulators.world.decisions.power import PowerOff, PowerOn
from emulators.world.decisions.snapshots import RenameSnapshot
from emulators.world.decisions.vms import ReconfigureVm
from emulators.world.engine import BATCH, Committed
from emulators.world.model import Blade, BladePower, Datastore, Disk, Fault, RememberedRequest, Task, Vm
from emulators.world.model import World as WorldRecord
from tests.unit.world.lab import ACTOR, NOW, Lab


def inject(lab: Lab, name: str = "esx-1") -> InjectFault:
    return InjectFault(code="host-crash", subject=lab.host(name).uid)


async def test_an_answer_comes_after_the_commit_and_says_where(lab: Lab) -> None:
    before = lab.world.sequence
    outcome = await lab.world.execute(inject(lab), ACTOR)
    assert outcome.sequence == lab.world.sequence == lab.world.journal.last()[0] > before
    assert lab.state.get(Fault, outcome.result).code == "host-crash"


async def test_concurrent_commands_share_a_transaction_and_see_one_another(lab: Lab) -> None:
    commits: list[Committed] = []
    lab.world.watch(commits.append)
    vm, blades = lab.vm("spare"), lab.state.all(Blade)
    tasks = [lab.world.execute(SetBladePower(blade=blade.uid, power=BladePower.OFF), ACTOR) for blade in blades]
    refused = lab.world.execute(PowerOn(vm=vm.uid), ACTOR)
    *done, error = await asyncio.gather(*tasks, refused, return_exceptions=True)
    assert len(commits) == 1
    assert len({outcome.sequence for outcome in done if not isinstance(outcome, BaseException)}) == len(blades)
    assert isinstance(error, Exception), "its host went down earlier in the same batch"


async def test_more_than_a_batch_is_all_done(lab: Lab) -> None:
    vm = lab.vm("spare")
    works = [lab.world.execute(ReconfigureVm(vm=vm.uid, settings=VmSettings(annotation=str(n))), ACTOR) for n in range(BATCH * 2 + 1)]
    outcomes = await asyncio.gather(*works, return_exceptions=True)
    assert sum(not isinstance(one, BaseException) for one in outcomes) == 1, "the first holds the VM"
    assert len(outcomes) == BATCH * 2 + 1


async def test_closing_finishes_what_was_asked_for(lab: Lab) -> None:
    works = [asyncio.create_task(lab.world.execute(inject(lab, name), ACTOR)) for name in ("esx-1", "esx-2", "esx-3")]
    works += [asyncio.create_task(lab.world.execute(RenameSnapshot(snapshot=f"s-{n}", name="x"), ACTOR)) for n in range(BATCH * 2)]
    await asyncio.sleep(0)
    lab.world.close()
    outcomes = await asyncio.gather(*works, return_exceptions=True)
    assert not any(isinstance(one, BaseException) for one in outcomes[:3])
    assert all(isinstance(one, NotFound) for one in outcomes[3:])
    again = Lab(lab.path.parent)
    assert again.state.count(Fault) == 3
    with pytest.raises(JournalUnavailable, match="is closed"):
        await lab.world.execute(ClearFault(fault=lab.state.all(Fault)[0].uid), ACTOR)
    again.close()


async def test_a_cancelled_caller_does_not_undo_the_command(lab: Lab) -> None:
    asking = asyncio.create_task(lab.world.execute(inject(lab), ACTOR))
    await asyncio.sleep(0)
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    assert lab.state.count(Fault) == 1


async def test_a_value_that_the_journal_cannot_hold_spoils_only_its_own_command(lab: Lab) -> None:
    disk, before = lab.state.all(Disk)[0], lab.world.sequence
    huge = ReconfigureVm(vm=disk.vm, devices=DeviceChanges(set_disks=(DiskSet(disk=disk.uid, capacity_bytes=1 << 70),)))
    bad, good = await asyncio.gather(lab.world.execute(huge, ACTOR), lab.world.execute(inject(lab), ACTOR), return_exceptions=True)
    assert isinstance(bad, OverflowError)
    assert not isinstance(good, BaseException)
    assert lab.state.get(Disk, disk.uid) == disk
    assert [record.sequence for record in lab.events(before)] == list(range(before + 1, lab.world.sequence + 1))


async def test_watchers_hear_what_to_look_at_again_even_when_one_of_them_fails(lab: Lab) -> None:
    heard: list[Committed] = []

    def broken(committed: Committed) -> None:
        raise RuntimeError("a bug")

    lab.world.watch(broken)
    stop = lab.world.watch(heard.append)
    await lab.world.execute(inject(lab, "esx-2"), ACTOR)
    assert {lab.host("esx-2").uid, ("fault",)} <= heard[0].touched
    assert lab.host("esx-1").uid not in heard[0].touched
    stop()
    stop()
    await lab.world.execute(inject(lab), ACTOR)
    assert len(heard) == 1


async def test_a_version_can_be_expected(lab: Lab) -> None:
    vm = lab.vm("web")
    with pytest.raises(VersionConflict):
        await lab.world.execute(PowerOff(vm=vm.uid), ACTOR, subject=vm.uid, expected_version=vm.version + 1)
    assert lab.state.count(Task) == 0
    await lab.world.execute(PowerOff(vm=vm.uid), ACTOR, subject=vm.uid, expected_version=vm.version)
    assert lab.state.count(Task) == 1


# -- requests that come twice ----------------------------------------------------------------------------------------------------


async def test_a_request_with_a_key_is_done_once(lab: Lab) -> None:
    first = await lab.world.execute(inject(lab), ACTOR, key="k1")
    again = await lab.world.execute(inject(lab), ACTOR, key="k1")
    assert (again.result, lab.state.count(Fault)) == (first.result, 1)
    reopened = lab.reopened()
    assert (await reopened.world.execute(inject(reopened), ACTOR, key="k1")).result == first.result
    assert reopened.state.count(Fault) == 1
    reopened.close()


async def test_in_one_batch_too(lab: Lab) -> None:
    both = await asyncio.gather(*(lab.world.execute(inject(lab), ACTOR, key="k1") for _ in range(2)))
    assert both[0].result == both[1].result


async def test_a_key_is_one_principal_s_and_one_request_s(lab: Lab) -> None:
    await lab.world.execute(inject(lab), ACTOR, key="k1")
    with pytest.raises(AlreadyExists):
        await lab.world.execute(inject(lab), Actor(principal="somebody else"), key="k1")
    with pytest.raises(InvalidArgument, match="was used for another request") as refused:
        await lab.world.execute(inject(lab, "esx-2"), ACTOR, key="k1")
    assert refused.value.field == "Idempotency-Key"


async def test_a_refused_request_may_be_tried_again_with_its_key(lab: Lab) -> None:
    fault = lab.do(inject(lab))
    with pytest.raises(AlreadyExists):
        await lab.world.execute(inject(lab), ACTOR, key="k1")
    lab.do(ClearFault(fault=fault))
    assert (await lab.world.execute(inject(lab), ACTOR, key="k1")).result != fault


async def test_old_keys_are_forgotten(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("emulators.world.remembered.KEPT_REQUESTS", 2)
    for number, name in enumerate(("esx-1", "esx-2", "esx-3")):
        await lab.world.execute(inject(lab, name), ACTOR, key=f"k{number}")
    assert [one.name for one in lab.state.all(RememberedRequest)] == ["k1", "k2"]


# -- the clock -------------------------------------------------------------------------------------------------------------------


def record(lab: Lab) -> WorldRecord:
    found = lab.world.record
    assert found is not None
    return found


async def test_the_clock_goes_on_from_exactly_what_the_journal_says(lab: Lab) -> None:
    lab.world.set_clock(ACTOR, step_seconds=90)
    assert lab.clock.now() == record(lab).clock_base == NOW + timedelta(seconds=90)
    lab.world.set_clock(ACTOR, speed=1000)
    assert (lab.clock.speed, lab.clock.paused) == (1000, True)
    lab.world.set_clock(ACTOR, paused=False)
    before = lab.clock.now()
    await asyncio.sleep(0.01)
    lab.world.set_clock(ACTOR, paused=True)
    assert lab.clock.now() - before > timedelta(seconds=9)
    assert lab.clock.now() == record(lab).clock_base


@pytest.mark.parametrize("change", [{"speed": 0.5}, {"speed": 1001.0}])
def test_a_clock_that_cannot_be_set_stays_as_it_was(lab: Lab, change: dict[str, Any]) -> None:
    with pytest.raises(InvalidArgument):
        lab.world.set_clock(ACTOR, **change)
    assert (lab.clock.now(), lab.clock.speed, lab.clock.paused) == (NOW, 1.0, True)


async def test_a_paused_clock_is_paused_after_a_restart(lab: Lab) -> None:
    lab.world.set_clock(ACTOR, step_seconds=3600)
    again = lab.reopened()
    assert again.clock.paused
    assert again.clock.now() == NOW + timedelta(seconds=3600)
    again.close()


async def test_a_fast_clock_goes_on_from_the_last_event(lab: Lab) -> None:
    lab.world.set_clock(ACTOR, speed=1000, paused=False)
    await asyncio.sleep(0.01)
    lab.do(inject(lab))
    last = lab.events()[-1].simulated
    again = lab.reopened()
    assert not again.clock.paused
    assert last <= again.clock.now() < last + timedelta(minutes=5)
    again.close()


async def test_a_free_running_clock_goes_on_as_if_it_had_never_stopped(tmp_path: Path) -> None:
    lab = Lab(tmp_path)
    lab.world.set_clock(ACTOR, paused=False)
    behind = lab.clock.wall() - lab.clock.now()
    again = lab.reopened()
    assert abs((again.clock.wall() - again.clock.now()) - behind) < timedelta(seconds=1)
    again.close()


async def test_simulated_time_never_goes_back(tmp_path: Path) -> None:
    """The wall's clock may have been set back while dc-sim was down."""
    lab = Lab(tmp_path)
    lab.clock.step(7200)  # as if events had come from two hours later than the record accounts for
    lab.do(inject(lab))
    lab.world.set_clock(ACTOR, paused=False)
    last = lab.events()[-1].simulated
    again = lab.reopened()
    assert again.clock.now() >= last
    again.close()


def test_an_empty_world_has_no_record(tmp_path: Path) -> None:
    from emulators.world.engine import World

    world = World.open(tmp_path / "new.db", synchronous="off")
    assert (world.record, world.seed, world.world_id, world.state.count(Vm), world.state.count(Datastore)) == (None, 0, "", 0, 0)
    world.close()
