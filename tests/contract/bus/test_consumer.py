"""Hearing events: order, retries, dead letters, takeover, crashes."""

from __future__ import annotations

import asyncio
from collections import defaultdict

from dcsim.bus import Bus, Consumer, OutboxRelay, Unprocessable, dead_letters
from dcsim.bus.streams import stream_key
from dcsim.events import Envelope
from tests.contract.bus.harness import Outbox, eventually, running


class Ear:
    """A handler that remembers, and fails for chosen sequence numbers."""

    def __init__(self) -> None:
        self.heard: list[int] = []
        self.by_subject: dict[str, list[int]] = defaultdict(list)
        self.failing: dict[int, int] = {}

    async def __call__(self, event: Envelope) -> None:
        if self.failing.get(event.sequence, 0) > 0:
            self.failing[event.sequence] -= 1
            raise RuntimeError(f"cannot digest {event.sequence}")
        self.heard.append(event.sequence)
        self.by_subject[event.subject].append(event.sequence)


async def test_every_event_is_heard_in_order_per_subject(bus: Bus) -> None:
    outbox, ear = Outbox(), Ear()
    outbox.commit(1000)
    async with running(OutboxRelay(bus, outbox, epoch="one"), Consumer(bus, "cmdb", ear)):
        await eventually(lambda: len(ear.heard) == 1000)
    assert sorted(ear.heard) == list(range(1, 1001))
    assert all(heard == sorted(heard) for heard in ear.by_subject.values())


async def test_groups_hear_independently(bus: Bus) -> None:
    outbox, one, two = Outbox(), Ear(), Ear()
    outbox.commit(50)
    async with running(OutboxRelay(bus, outbox, epoch="one"), Consumer(bus, "one", one), Consumer(bus, "two", two)):
        await eventually(lambda: len(one.heard) == len(two.heard) == 50)


async def test_acknowledged_events_are_not_heard_again(bus: Bus) -> None:
    outbox, ear = Outbox(), Ear()
    outbox.commit(30)
    async with running(OutboxRelay(bus, outbox, epoch="one"), Consumer(bus, "cmdb", ear)):
        await eventually(lambda: len(ear.heard) == 30)
    outbox.commit(5)
    async with running(OutboxRelay(bus, outbox, epoch="one"), Consumer(bus, "cmdb", ear)):
        await eventually(lambda: len(ear.heard) == 35)
        await asyncio.sleep(0.1)
    assert sorted(ear.heard) == list(range(1, 36))


async def test_failure_is_retried_in_place(bus: Bus) -> None:
    outbox, ear = Outbox(), Ear()
    outbox.commit(10, subject="same")
    ear.failing = {4: 2}
    async with running(OutboxRelay(bus, outbox, epoch="one"), Consumer(bus, "cmdb", ear, backoff=0.01)):
        await eventually(lambda: len(ear.heard) == 10)
    assert ear.heard == list(range(1, 11)), "later events of the subject wait for the failing one"
    assert await dead_letters.count(bus, "cmdb") == 0


async def test_poison_is_parked_with_its_reason_and_can_be_redriven(bus: Bus) -> None:
    outbox, ear = Outbox(), Ear()
    outbox.commit(10, subject="same")
    ear.failing = {4: 3}
    async with running(OutboxRelay(bus, outbox, epoch="one"), Consumer(bus, "cmdb", ear, attempts=3, backoff=0.01)):
        await eventually(lambda: len(ear.heard) == 9)
        assert 4 not in ear.heard
        (letter,) = await dead_letters.dead_letters(bus, "cmdb")
        assert (letter.reason, letter.attempts, letter.entry_id) == ("RuntimeError: cannot digest 4", 3, "4-0")
        assert await dead_letters.redrive(bus, "cmdb") == 1
        await eventually(lambda: 4 in ear.heard)
        assert await dead_letters.count(bus, "cmdb") == 0


async def test_what_is_no_event_is_parked_and_the_rest_goes_on(bus: Bus) -> None:
    outbox, ear = Outbox(), Ear()
    async with bus.speaking() as redis:
        await redis.xadd(stream_key("engine", 0), {"e": "{not json"}, id="0-1")
        await redis.xadd(stream_key("engine", 0), {"other": "field"}, id="0-2")
    async with running(Consumer(bus, "cmdb", ear)):

        async def both_parked() -> bool:
            return await dead_letters.count(bus, "cmdb") == 2

        await eventually(both_parked)
        outbox.commit(5)
        letters = await dead_letters.dead_letters(bus, "cmdb")
        assert {letter.body for letter in letters} == {b"{not json", b""}
        assert all(letter.reason.startswith("not an event") for letter in letters)


async def test_unfinished_event_of_a_dead_consumer_is_taken_over(bus: Bus) -> None:
    outbox, ear = Outbox(), Ear()
    outbox.commit(10, subject="same")
    stuck = asyncio.Event()

    async def dies(event: Envelope) -> None:
        stuck.set()
        await asyncio.sleep(3600)

    async with running(OutboxRelay(bus, outbox, epoch="one"), Consumer(bus, "cmdb", dies, lease_ttl=0.5)):
        await asyncio.wait_for(stuck.wait(), 10)
    async with running(Consumer(bus, "cmdb", ear, lease_ttl=0.5)):
        await eventually(lambda: len(ear.heard) == 10)
    assert ear.heard == list(range(1, 11)), "read by the dead one, in order by its heir"


async def test_one_consumer_of_a_group_works_and_the_other_stands_by(bus: Bus) -> None:
    outbox, first, second = Outbox(), Ear(), Ear()
    outbox.commit(20)
    async with running(OutboxRelay(bus, outbox, epoch="one")):
        async with running(Consumer(bus, "cmdb", first)):
            await eventually(lambda: len(first.heard) == 20)
            async with running(Consumer(bus, "cmdb", second)):
                outbox.commit(20)
                await eventually(lambda: len(first.heard) == 40)
                assert second.heard == []
        async with running(Consumer(bus, "cmdb", second)):
            outbox.commit(20)
            await eventually(lambda: len(second.heard) == 20)
    assert len(first.heard) == 40


async def test_consumer_survives_an_emptied_bus(bus: Bus) -> None:
    outbox, ear = Outbox(), Ear()
    outbox.commit(10)
    async with running(OutboxRelay(bus, outbox, epoch="one"), Consumer(bus, "cmdb", ear, lease_ttl=0.5)):
        await eventually(lambda: len(ear.heard) == 10)
        async with bus.speaking() as redis:
            await redis.flushall()
        outbox.commit(10)
        await eventually(lambda: set(range(1, 21)) <= set(ear.heard))


async def test_lag_and_pending_are_told(bus: Bus) -> None:
    outbox = Outbox()
    outbox.commit(10, subject="same")
    release = asyncio.Event()

    async def waits(event: Envelope) -> None:
        await release.wait()

    consumer = Consumer(bus, "cmdb", waits)
    async with running(OutboxRelay(bus, outbox, epoch="one"), consumer):

        async def pending() -> bool:
            return sum(stats.pending for stats in await bus.group_stats(consumer.streams)) == 10

        await eventually(pending)
        release.set()

        async def done() -> bool:
            return all(stats.pending == 0 and stats.lag == 0 for stats in await bus.group_stats(consumer.streams))

        await eventually(done)


async def test_what_no_retry_makes_better_is_parked_at_once(bus: Bus) -> None:
    outbox, attempts = Outbox(), []

    async def refuse(event: Envelope) -> None:
        attempts.append(event.sequence)
        raise Unprocessable("it speaks in tongues")

    outbox.commit(1)
    async with running(OutboxRelay(bus, outbox, epoch="one"), Consumer(bus, "cmdb", refuse, attempts=5, backoff=10)):
        await eventually(lambda: dead_letters_of(bus))
    (letter,) = await dead_letters.dead_letters(bus, "cmdb")
    assert (letter.reason, letter.attempts, attempts) == ("it speaks in tongues", 1, [1])


async def dead_letters_of(bus: Bus) -> bool:
    return await dead_letters.count(bus, "cmdb") > 0


async def test_handler_that_needs_no_order_gets_a_read_together(bus: Bus) -> None:
    outbox, heard, together = Outbox(), [], []

    async def gather(event: Envelope) -> None:
        heard.append(event.sequence)
        await asyncio.sleep(0.02)
        together.append(len(heard))

    outbox.commit(40, subject="same")
    async with running(OutboxRelay(bus, outbox, epoch="one")):
        await eventually(lambda: everything_published(bus, 40))
        async with running(Consumer(bus, "cmdb", gather, ordered=False)):
            await eventually(lambda: len(together) == 40)
    assert together[0] > 10, "while the first was being handled, others were as well"
    assert sorted(heard) == list(range(1, 41))


async def everything_published(bus: Bus, sequence: int) -> bool:
    return await bus.cursor("engine") == ("one", sequence)
