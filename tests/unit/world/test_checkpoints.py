"""Checkpoints: taken while the world goes on, gone back to whole, and made worlds of their own."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from dcsim.errors import AlreadyExists, Busy, InvalidArgument, JournalUnavailable, NotFound
from emulators.world.checkpoints import Checkpoints
from emulators.world.commands import Effect
from emulators.world.decisions.components import InjectFault
from emulators.world.decisions.hardware import VmSettings
from emulators.world.decisions.power import PowerOff, PowerOn, ReportMachine
from emulators.world.decisions.records import CreateRecord, DeleteRecord, Record
from emulators.world.decisions.snapshots import CreateSnapshot
from emulators.world.decisions.vms import CloneVm, DestroyVm
from emulators.world.engine import World
from emulators.world.evolve import apply_stored
from emulators.world.model import Power, Snapshot, Task, Vm, kind
from emulators.world.model import World as WorldRecord
from emulators.world.state import WorldState
from tests.unit.world.lab import ACTOR, Lab, image

LEFT_ALONE = ("task-", "world-", "remembered_request-")


@kind
class Mark(Record, frozen=True, kw_only=True, omit_defaults=True):
    """A record that only tests have."""

    KIND = "test_mark"


@pytest.fixture
def checkpoints(lab: Lab, tmp_path: Path) -> Checkpoints:
    """The lab's checkpoints."""
    return Checkpoints(lab.world, tmp_path / "checkpoints")


def things(lab: Lab) -> dict[str, bytes]:
    """What a restore brings back."""
    return {uid: data for uid, data in lab.image().items() if not uid.startswith(LEFT_ALONE)}


def versionless(lab: Lab) -> dict[str, object]:
    """The same without the versions, which only grow."""
    fields = {entity.uid: {name: getattr(entity, name) for name in entity.__struct_fields__ if name != "version"} for entity in lab.state}
    return {uid: found for uid, found in fields.items() if not uid.startswith(LEFT_ALONE)}


def upset(lab: Lab) -> None:
    """Change something of everything."""
    lab.do(InjectFault(code="host-crash", subject=lab.host("esx-3").uid))
    lab.run(CloneVm(source=lab.vm("web").uid, settings=VmSettings(name="new")))
    lab.run(DestroyVm(vm=lab.vm("spare").uid))
    lab.run(PowerOff(vm=lab.vm("web").uid))
    lab.do(DeleteRecord(uid="mark-1"))
    lab.do(CreateRecord(kind="test_mark", fields={"uid": "mark-1", "name": "again"}))


async def test_everything_comes_back_but_history(lab: Lab, checkpoints: Checkpoints) -> None:
    lab.do(CreateRecord(kind="test_mark", fields={"uid": "mark-1", "name": "first"}))
    before, order = versionless(lab), [entity.uid for entity in lab.state]
    taken = await checkpoints.take("monday")
    assert taken.sequence == lab.world.sequence
    upset(lab)
    tasks, version = lab.state.count(Task), lab.vm("web").version
    sequence = await checkpoints.restore("monday", ACTOR)
    assert sequence == lab.world.sequence > taken.sequence
    assert versionless(lab) == before
    assert [entity.uid for entity in lab.state if not entity.uid.startswith("task-")] == order
    assert lab.state.count(Task) == tasks
    assert lab.vm("web").version == version + 1
    assert len({entity.number for entity in lab.state}) == len(lab.state)


async def test_a_restore_is_journaled_like_everything(lab: Lab, checkpoints: Checkpoints) -> None:
    lab.do(CreateRecord(kind="test_mark", fields={"uid": "mark-1", "name": "first"}))
    await checkpoints.take("monday")
    upset(lab)
    await checkpoints.restore("monday", ACTOR)
    state = WorldState()
    for record in lab.events():
        apply_stored(state, record.event)
    assert image(state) == lab.image()
    assert list(image(state)) == list(lab.image())
    restored = [record for record in lab.events() if record.event.type == "dcsim.world.checkpoint.restored"]
    assert restored[0].event.detail == {"checkpoint": "monday"}
    again = lab.reopened()
    assert again.image() == image(state)
    again.close()


async def test_twice_the_same_changes_nothing(lab: Lab, checkpoints: Checkpoints) -> None:
    await checkpoints.take("monday")
    sequence = lab.world.sequence
    assert await checkpoints.restore("monday", ACTOR) == sequence


async def test_nothing_goes_back_while_work_is_under_way(lab: Lab, checkpoints: Checkpoints) -> None:
    await checkpoints.take("monday")
    task = lab.begin(PowerOff(vm=lab.vm("web").uid))
    before = lab.image()
    with pytest.raises(Busy, match="1 tasks are running") as busy:
        await checkpoints.restore("monday", ACTOR)
    assert busy.value.task == task.uid
    assert lab.image() == before


async def test_names_and_what_is_there(lab: Lab, checkpoints: Checkpoints) -> None:
    assert await checkpoints.list() == []
    await checkpoints.take("b")
    await checkpoints.take("a")
    assert [one.name for one in await checkpoints.list()] == ["a", "b"]
    assert (await checkpoints.get("a")).size_bytes > 0
    with pytest.raises(AlreadyExists):
        await checkpoints.take("a")
    for bad in ("../a", "", "a/b", ".hidden", "x" * 65):
        with pytest.raises(InvalidArgument):
            await checkpoints.take(bad)
    await checkpoints.remove("a")
    for gone in (checkpoints.get("a"), checkpoints.remove("a"), checkpoints.restore("a", ACTOR)):
        with pytest.raises(NotFound, match="no checkpoint 'a'"):
            await gone


async def test_two_at_once_of_one_name(checkpoints: Checkpoints) -> None:
    outcomes = await asyncio.gather(checkpoints.take("a"), checkpoints.take("a"), return_exceptions=True)
    assert sorted(type(one).__name__ for one in outcomes) == ["AlreadyExists", "Checkpoint"]


async def test_a_fork_is_a_world_of_its_own(lab: Lab, checkpoints: Checkpoints, tmp_path: Path) -> None:
    running = Effect(machine="docker")
    lab.run(PowerOn(vm=lab.vm("spare").uid), running)
    lab.do(ReportMachine(vm=lab.vm("web").uid, power=Power.ON, effect=running))
    lab.run(CreateSnapshot(vm=lab.vm("web").uid, name="one"), Effect(ref="image:one"))
    await checkpoints.take("monday")
    journal = await checkpoints.fork("monday", tmp_path / "fork", ACTOR)
    fork = World.open(journal)
    assert fork.record is not None
    assert (fork.record.name, fork.record.parent) == ("fork of monday", lab.world.world_id)
    assert fork.world_id != lab.world.world_id
    assert fork.state.count(WorldRecord) == 1
    assert {vm.machine for vm in fork.state.all(Vm)} == {"simulated", ""}
    assert [snapshot.machine_ref for snapshot in fork.state.all(Snapshot)] == [""]
    assert lab.vm("web").machine == "docker"
    fork.execute_now(PowerOff(vm=lab.vm("web").uid), ACTOR)
    fork.close()
    assert lab.vm("web").power is Power.ON
    with pytest.raises(AlreadyExists, match="holds a world already"):
        await checkpoints.fork("monday", tmp_path / "fork", ACTOR)


async def test_a_fork_that_fails_leaves_nothing(
    lab: Lab, checkpoints: Checkpoints, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await checkpoints.take("monday")

    def refuse(*_: object) -> None:
        raise JournalUnavailable("the disk is full")

    monkeypatch.setattr(World, "execute_now", refuse)
    with pytest.raises(JournalUnavailable):
        await checkpoints.fork("monday", tmp_path / "fork", ACTOR)
    monkeypatch.undo()
    assert list((tmp_path / "fork").iterdir()) == []
    await checkpoints.fork("monday", tmp_path / "fork", ACTOR)
