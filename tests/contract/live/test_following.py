"""Readers of the hub hear every event once, in order: from now, from a seq, from memory or from the bus; what is missing shows as a gap."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from dcsim.bus import Bus, OutboxRelay
from dcsim.errors import InvalidArgument
from graph.live.entries import AHEAD, REPLACED, TRIMMED, Entry
from graph.live.follower import Follower, follow
from graph.live.positions import OLDEST, Place, encode, parse
from tests.contract.bus.harness import Outbox, eventually, running
from tests.contract.live.harness import Side, side


async def heard(follower: Follower, count: int) -> list[Entry]:
    """The next *count* entries."""
    found: list[Entry] = []
    async with asyncio.timeout(10):
        while len(found) < count:
            found += (await follower.batch()).entries
    return found


def numbers(entries: list[Entry]) -> list[int]:
    """Their sequence numbers."""
    return [entry.event.sequence for entry in entries]


async def at(side_: Side, sequence: int) -> None:
    """Wait until the hub has heard that much."""
    await eventually(lambda: side_.hub.positions.get("engine", Place("", 0)).sequence >= sequence)


async def test_order_is_the_producers_across_partitions(bus: Bus, tmp_path: Path) -> None:
    async with side(bus, tmp_path) as one:
        await eventually(lambda: "engine" in one.hub.positions)
        follower = await follow(one.hub, None)
        one.commit(3000)
        assert numbers(await heard(follower, 3000)) == list(range(1, 3001))


async def test_a_seq_resumes_after_its_event_from_memory_and_from_the_bus(bus: Bus, tmp_path: Path) -> None:
    async with side(bus, tmp_path, keep=100) as one:
        one.commit(2500)
        await at(one, 2500)
        all_of_them = await heard(await follow(one.hub, OLDEST), 2500)
        assert numbers(all_of_them) == list(range(1, 2501))
        for place in (0, 7, 1200, 2450, 2498):
            rest = await heard(await follow(one.hub, all_of_them[place].seq), 2499 - place)
            assert numbers(rest) == list(range(place + 2, 2501))


async def test_a_reader_that_sleeps_loses_and_doubles_nothing(bus: Bus, tmp_path: Path) -> None:
    async with side(bus, tmp_path, keep=50) as one:
        await eventually(lambda: "engine" in one.hub.positions)
        follower = await follow(one.hub, None)
        found: list[Entry] = []
        for round_ in range(1, 6):
            one.commit(400)
            await at(one, round_ * 400)
            found += (await follower.batch()).entries
        found += await heard(follower, 2000 - len(found))
        assert numbers(found) == list(range(1, 2001))
        assert one.hub.top - one.hub.base == 50


async def test_what_was_trimmed_is_a_gap_and_then_the_rest(bus: Bus, tmp_path: Path) -> None:
    async with side(bus, tmp_path, keep=10) as one:
        one.commit(1000)
        await at(one, 1000)
        await bus.trim("engine", keep=100)
        first, *rest = await heard(await follow(one.hub, encode({"engine": Place("world-1", 5)})), 102)
        assert first.gap is not None
        assert first.gap.reason == TRIMMED
        assert numbers(rest) == list(range(900, 1001))
        assert numbers(await heard(await follow(one.hub, OLDEST), 101)) == list(range(900, 1001)), "asked for what is kept: no gap"


async def test_another_world_is_a_gap_for_who_follows_and_who_comes_back(bus: Bus, tmp_path: Path) -> None:
    async with side(bus, tmp_path) as one:
        one.commit(20)
        await at(one, 20)
        follower = await follow(one.hub, None)
        seq = one.hub.seq
    outbox = Outbox()
    outbox.commit(3)
    async with side(bus, tmp_path, epoch="world-1") as two, running(OutboxRelay(bus, outbox, epoch="world-2")):
        await eventually(lambda: two.hub.positions["engine"] == Place("world-2", 3))
        first = (await heard(await follow(two.hub, seq), 1))[0]
        assert first.gap is not None
        assert first.gap.reason == REPLACED
        assert follower.seq == seq


async def test_a_place_behind_the_end_is_a_gap(bus: Bus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("graph.live.follower.AHEAD_SECONDS", 0.05)
    async with side(bus, tmp_path) as one:
        one.commit(5)
        await at(one, 5)
        (entry,) = await heard(await follow(one.hub, encode({"engine": Place("world-1", 99)})), 1)
        assert entry.gap is not None
        assert entry.gap.reason == AHEAD


async def test_a_topic_that_comes_later_is_heard_from_its_beginning(bus: Bus, tmp_path: Path) -> None:
    async with side(bus, tmp_path) as one:
        await eventually(lambda: "engine" in one.hub.positions)
        seq = one.hub.seq
        outbox = Outbox()
        outbox.commit(7)
        async with running(OutboxRelay(bus, outbox, epoch="itsm-1", topic="itsm")):
            found = await heard(await follow(one.hub, seq), 7)
        assert {entry.topic for entry in found} == {"itsm"}
        assert parse(found[-1].seq)["itsm"] == Place("itsm-1", 7)


@pytest.mark.parametrize("seq", ["x", "!!!", "AAAA" * 1000, "ZW5naW5l", encode({"engine": Place("w", -1)}), "ü"])
async def test_a_seq_that_none_of_ours_is_is_refused(bus: Bus, tmp_path: Path, seq: str) -> None:
    async with side(bus, tmp_path) as one:
        with pytest.raises(InvalidArgument):
            await follow(one.hub, seq)
