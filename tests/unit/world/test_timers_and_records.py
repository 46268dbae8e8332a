"""What happens later, and what vendors keep."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest

from dcsim.errors import AlreadyExists, InvalidArgument, JournalUnavailable, NotFound
from emulators.conductor.timekeeper import Timekeeper
from emulators.world.decisions.components import ClearFault, InjectFault
from emulators.world.decisions.records import ChangeRecord, CreateRecord, DeleteRecord, Record, typed
from emulators.world.decisions.timers import FireTimer
from emulators.world.model import Allocation, Connection, Fault, Timer, kind
from tests.unit.world.lab import ACTOR, NOW, Lab


@kind
class Policy(Record, frozen=True, kw_only=True, omit_defaults=True):
    """A record that only tests have."""

    KIND = "test_policy"
    INDEXED = ("owner",)

    owner: str = ""
    count: int = 0
    labels: tuple[str, ...] = ()
    share: Allocation = Allocation()


def make(**fields: Any) -> CreateRecord:
    return CreateRecord(kind="test_policy", fields={"name": "p", **fields})


# -- timers ----------------------------------------------------------------------------------------------------------------------


def crash(lab: Lab) -> Timer:
    lab.do(InjectFault(code="host-crash", subject=lab.host().uid))
    (timer,) = lab.state.all(Timer)
    return timer


def test_a_timer_keeps_what_it_will_do_and_why(slow_lab: Lab) -> None:
    timer = crash(slow_lab)
    assert (timer.name, timer.subject, timer.due) == ("host.not_responding", slow_lab.host().uid, NOW + timedelta(seconds=30))
    after = slow_lab.world.sequence
    slow_lab.do(FireTimer(timer=timer.uid))
    fired, *follows = slow_lab.events(after)
    assert fired.event.type == "dcsim.work.timer.fired"
    assert follows[0].event.cause == timer.cause
    assert slow_lab.host().connection is Connection.NOT_RESPONDING
    slow_lab.do(FireTimer(timer=timer.uid))
    assert slow_lab.state.maybe(Timer, timer.uid) is None


def test_a_timer_whose_command_is_refused_is_gone_all_the_same(slow_lab: Lab) -> None:
    timer = crash(slow_lab)
    slow_lab.do(ClearFault(fault=slow_lab.state.all(Fault)[0].uid))
    boot = next(one for one in slow_lab.state.all(Timer) if one.uid != timer.uid)
    slow_lab.do(InjectFault(code="host-crash", subject=slow_lab.host().uid))
    slow_lab.do(FireTimer(timer=boot.uid))
    assert slow_lab.state.maybe(Timer, boot.uid) is None
    assert not slow_lab.host().running


@asynccontextmanager
async def keeping(lab: Lab) -> AsyncIterator[None]:
    """A timekeeper at work."""
    keeper = Timekeeper(lab.world)
    stop = lab.world.watch(keeper.on_commit)
    running = asyncio.create_task(keeper.run())
    await asyncio.sleep(0)
    try:
        yield
    finally:
        stop()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def until(lab: Lab, connection: Connection) -> None:
    async with asyncio.timeout(5):
        while lab.host().connection is not connection:
            await asyncio.sleep(0.005)


async def test_timers_fire_when_simulated_time_comes(slow_lab: Lab) -> None:
    async with keeping(slow_lab):
        crash(slow_lab)
        await asyncio.sleep(0.05)
        assert slow_lab.host().connection is Connection.CONNECTED, "the clock stands still"
        slow_lab.world.set_clock(ACTOR, step_seconds=29.9)
        await asyncio.sleep(0.05)
        assert slow_lab.host().connection is Connection.CONNECTED
        slow_lab.world.set_clock(ACTOR, speed=1000, paused=False)
        await until(slow_lab, Connection.NOT_RESPONDING)


async def test_a_step_over_several_fires_them_in_their_order(slow_lab: Lab) -> None:
    async with keeping(slow_lab):
        crash(slow_lab)
        slow_lab.do(ClearFault(fault=slow_lab.state.all(Fault)[0].uid))
        after = slow_lab.world.sequence
        slow_lab.world.set_clock(ACTOR, step_seconds=600)
        await until(slow_lab, Connection.CONNECTED)
        async with asyncio.timeout(5):
            while not slow_lab.host().running:
                await asyncio.sleep(0.005)
    types = slow_lab.types(after)
    assert types.index("compute.hypervisor.not_responding") < types.index("compute.hypervisor.booted")


async def test_timers_are_there_after_a_restart_and_fire_late(slow_lab: Lab) -> None:
    crash(slow_lab)
    slow_lab.world.set_clock(ACTOR, step_seconds=60)
    again = slow_lab.reopened()
    async with keeping(again):
        await until(again, Connection.NOT_RESPONDING)
    again.close()


@pytest.mark.parametrize("error", [JournalUnavailable("the disk is full"), KeyError("a bug")])
async def test_a_timer_that_cannot_fire_now_is_tried_again(slow_lab: Lab, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    monkeypatch.setattr("emulators.conductor.timekeeper.RETRY_SECONDS", 0.01)
    crash(slow_lab)
    execute, failures = slow_lab.world.execute, [error, error]

    async def sometimes(*arguments: Any, **options: Any) -> Any:
        if failures:
            raise failures.pop()
        return await execute(*arguments, **options)

    monkeypatch.setattr(slow_lab.world, "execute", sometimes)
    async with keeping(slow_lab):
        slow_lab.world.set_clock(ACTOR, step_seconds=60)
        await until(slow_lab, Connection.NOT_RESPONDING)
    assert failures == []


# -- records ---------------------------------------------------------------------------------------------------------------------


def test_a_record_lives_like_anything_else(lab: Lab) -> None:
    uid = lab.do(make(owner="ucs", labels=("a", "b")))
    assert lab.state.where(Policy, "owner", "ucs")[0].labels == ("a", "b")
    lab.do(ChangeRecord(uid=uid, fields={"count": 3, "share": Allocation(reservation=5)}))
    again = lab.reopened()
    changed = again.state.get(Policy, uid)
    assert (changed.count, changed.share.reservation, changed.version) == (3, 5, 2)
    again.do(DeleteRecord(uid=uid))
    assert again.state.count(Policy) == 0
    again.close()


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"nonsense": 1}, "nonsense"),
        ({"number": 9}, "number"),
        ({"version": 9}, "version"),
        ({"count": "three"}, None),
        ({"labels": ["a", "list"]}, None),
        ({"labels": {"a": "dict"}}, None),
        ({"count": 1 << 70}, None),
        ({"count": object()}, None),
    ],
)
def test_what_the_journal_could_not_give_back_is_refused(lab: Lab, fields: dict[str, Any], field: str | None) -> None:
    uid, before = lab.do(make(uid="policy-1")), lab.image()
    for command in (make(**fields), ChangeRecord(uid=uid, fields=fields)):
        with pytest.raises(InvalidArgument, match="test_policy") as refused:
            lab.do(command)
        assert refused.value.field == field
    assert {**lab.image()} == {**before, uid: lab.image()[uid]}
    assert lab.state.get(Policy, uid).count == 0


def test_a_record_needs_a_name_and_a_uid_of_its_own(lab: Lab) -> None:
    with pytest.raises(InvalidArgument, match="needs 'name'"):
        lab.do(CreateRecord(kind="test_policy", fields={}))
    lab.do(make(uid="policy-1"))
    with pytest.raises(AlreadyExists, match="'policy-1' already"):
        lab.do(make(uid="policy-1"))
    with pytest.raises(InvalidArgument, match="called 'uid'"):
        lab.do(ChangeRecord(uid="policy-1", fields={"uid": "policy-2"}))


def test_the_world_s_own_kinds_are_no_records(lab: Lab) -> None:
    with pytest.raises(InvalidArgument, match="no kind of vendor record") as refused:
        lab.do(CreateRecord(kind="vm", fields={"name": "x"}))
    assert refused.value.field == "kind"
    for command in (ChangeRecord(uid=lab.vm().uid, fields={"name": "x"}), DeleteRecord(uid=lab.vm().uid)):
        with pytest.raises(NotFound):
            lab.do(command)


def test_plain_data_becomes_what_the_record_declares() -> None:
    assert typed("test_policy", {"labels": ["a"], "share": {"reservation": 7}}) == {"labels": ("a",), "share": Allocation(reservation=7)}
    with pytest.raises(InvalidArgument) as refused:
        typed("test_policy", {"nonsense": 1})
    assert refused.value.field == "nonsense"
    with pytest.raises(InvalidArgument, match="Expected `int`"):
        typed("test_policy", {"count": "three"})
