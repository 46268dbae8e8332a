"""From outbox to streams: order, exactness, refill."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
from pathlib import Path

from dcsim.bus import ENGINE, PARTITIONS, Bus, OutboxRelay, partition_of
from dcsim.events import decode_envelope
from dcsim.valkey import PrivateValkey
from tests.contract.bus.harness import Outbox, envelope, eventually, running


async def published(bus: Bus) -> dict[int, list[int]]:
    """Sequence numbers on the bus by partition."""
    return {
        partition: [decode_envelope(body or b"").sequence for _, body in await bus.events(ENGINE, partition, limit=100_000)]
        for partition in range(PARTITIONS)
    }


async def everything(bus: Bus) -> list[int]:
    return sorted(sequence for sequences in (await published(bus)).values() for sequence in sequences)


async def until_published(relay: OutboxRelay, sequence: int) -> None:
    await eventually(lambda: relay.cursor == sequence)


async def test_events_arrive_once_and_in_order(bus: Bus) -> None:
    outbox = Outbox()
    outbox.commit(1500)
    relay = OutboxRelay(bus, outbox, epoch="one")
    async with running(relay):
        await eventually(lambda: relay.cursor == 1500)
        outbox.commit(10)
        relay.notify()
        await eventually(lambda: relay.cursor == 1510)
    found = await published(bus)
    assert all(sequences == sorted(sequences) for sequences in found.values())
    assert await everything(bus) == list(range(1, 1511))
    assert sum(1 for sequences in found.values() if sequences) > PARTITIONS / 2


async def test_envelope_survives_the_wire(bus: Bus) -> None:
    outbox = Outbox()
    outbox.commit(1)
    relay = OutboxRelay(bus, outbox, epoch="one")
    async with running(relay):
        await eventually(lambda: relay.cursor == 1)
    ((entry_id, body),) = await bus.events(ENGINE, partition_of(outbox.events[0].subject))
    assert entry_id == "1-0"
    assert decode_envelope(body or b"") == outbox.events[0]


async def test_notify_publishes_at_once(bus: Bus) -> None:
    outbox = Outbox()
    relay = OutboxRelay(bus, outbox, epoch="one")
    async with running(relay):
        await eventually(lambda: relay.cursor == 0)
        started = asyncio.get_running_loop().time()
        outbox.commit(1)
        relay.notify()
        await eventually(lambda: relay.cursor == 1)
        assert asyncio.get_running_loop().time() - started < 0.5


async def test_restarted_relay_goes_on_where_it_was(bus: Bus) -> None:
    outbox = Outbox()
    outbox.commit(100)
    for total in (100, 150):
        relay = OutboxRelay(bus, outbox, epoch="one")
        async with running(relay):
            await until_published(relay, total)
        outbox.commit(50)
    assert await everything(bus) == list(range(1, 151))


async def test_publishing_twice_adds_once(bus: Bus) -> None:
    events = [envelope(1, "a"), envelope(2, "b")]
    assert await bus.open_topic(ENGINE, "one") == 0
    assert await bus.append(ENGINE, events, epoch="one", after=0)
    assert not await bus.append(ENGINE, events, epoch="one", after=0)
    async with bus.speaking() as redis:  # as after a crash of the server between stream and cursor
        await redis.hset("dcsim:cursor:engine", "sequence", "0")
    assert await bus.append(ENGINE, [*events, envelope(3, "a")], epoch="one", after=0)
    assert await everything(bus) == [1, 2, 3]


async def test_another_journal_starts_the_topic_over(bus: Bus) -> None:
    first, second = Outbox(), Outbox()
    first.commit(40)
    second.commit(5)
    for outbox, epoch in ((first, "one"), (second, "two")):
        relay = OutboxRelay(bus, outbox, epoch=epoch)
        async with running(relay):
            await until_published(relay, len(outbox.events))
    assert await everything(bus) == [1, 2, 3, 4, 5]


async def test_emptied_bus_is_refilled(bus: Bus) -> None:
    outbox = Outbox()
    outbox.commit(700)
    relay = OutboxRelay(bus, outbox, epoch="one")
    async with running(relay):
        await eventually(lambda: relay.cursor == 700)
        async with bus.speaking() as redis:
            await redis.flushall()
        outbox.commit(1)  # the relay must not publish 701 before 1 to 700
        relay.notify()
        await eventually(lambda: relay.cursor == 701)
    assert await everything(bus) == list(range(1, 702))


async def test_idle_relay_notices_an_emptied_bus(bus: Bus) -> None:
    outbox = Outbox()
    outbox.commit(10)
    relay = OutboxRelay(bus, outbox, epoch="one")
    async with running(relay):
        await eventually(lambda: relay.cursor == 10)
        async with bus.speaking() as redis:
            await redis.flushall()

        async def refilled() -> bool:
            return await everything(bus) == list(range(1, 11))

        await eventually(refilled)


async def test_killed_valkey_with_an_empty_disk_is_restarted_and_refilled(bus: Bus, valkey: PrivateValkey, tmp_path: Path) -> None:
    outbox = Outbox()
    outbox.commit(300)
    relay = OutboxRelay(bus, outbox, epoch="one")
    keeping = asyncio.create_task(valkey.keep())
    async with running(relay):
        await eventually(lambda: relay.cursor == 300)
        killed = valkey.pid
        assert killed is not None
        shutil.rmtree(tmp_path / "bus" / "appendonlydir")
        os.kill(killed, signal.SIGKILL)
        outbox.commit(100)
        relay.notify()
        await eventually(lambda: valkey.pid not in {None, killed})
        await eventually(lambda: relay.cursor == 400)
    assert await everything(bus) == list(range(1, 401))
    keeping.cancel()


async def test_trim_keeps_what_a_group_still_needs(bus: Bus) -> None:
    outbox = Outbox()
    outbox.commit(200, subject="same")
    relay = OutboxRelay(bus, outbox, epoch="one")
    async with running(relay):
        await eventually(lambda: relay.cursor == 200)
    stream = f"dcsim:events:engine:{partition_of('same')}"
    async with bus.speaking() as redis:
        await redis.xgroup_create(stream, "slow", id="0")
        await redis.xreadgroup("slow", "c", {stream: ">"}, count=60)
        await redis.xack(stream, "slow", *[f"{sequence}-0" for sequence in range(1, 51)])
    assert await bus.trim(ENGINE, keep=10) == 50, "51 to 60 are pending, 61 to 200 not even delivered"
    async with bus.speaking() as redis:
        await redis.xreadgroup("slow", "c", {stream: ">"}, count=1000)
        await redis.xack(stream, "slow", *[f"{sequence}-0" for sequence in range(51, 201)])
    await bus.trim(ENGINE, keep=10)
    assert await everything(bus) == list(range(190, 201))
    assert await bus.trim(ENGINE, keep=1000) == 0


async def test_bus_says_how_far_its_history_is_gone(bus: Bus) -> None:
    outbox = Outbox()
    outbox.commit(200, subject="same")
    relay = OutboxRelay(bus, outbox, epoch="one")
    async with running(relay):
        await eventually(lambda: relay.cursor == 200)
    assert await bus.trimmed(ENGINE) == 0
    await bus.trim(ENGINE, keep=10)
    assert await bus.trimmed(ENGINE) == 189, "190 to 200 are still there"
    await bus.open_topic(ENGINE, "two")
    assert await bus.trimmed(ENGINE) == 0, "another journal, of which nothing is gone"
