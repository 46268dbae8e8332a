"""What the bus tests share: an outbox in memory, workers for a block, waiting for a condition."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from dcsim.events import Actor, Envelope, raw_payload
from dcsim.service import Worker


class Outbox:
    """An OutboxSource whose events are committed by `commit`."""

    def __init__(self) -> None:
        self.events: list[Envelope] = []

    def commit(self, count: int, *, subject: str = "vm-{}", subjects: int = 20) -> None:
        """Append *count* events about *subjects* subjects in turn."""
        for _ in range(count):
            sequence = len(self.events) + 1
            self.events.append(envelope(sequence, subject.format(sequence % subjects)))

    async def read(self, after: int, limit: int, /) -> Sequence[Envelope]:
        """What the relay asks for."""
        return self.events[after : after + limit]


def envelope(sequence: int, subject: str) -> Envelope:
    """The event of that sequence."""
    now = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
    return Envelope(
        id=f"event-{sequence}",
        source="test",
        type="dcsim.test.thing.changed",
        subject=subject,
        time=now,
        simulated_time=now,
        sequence=sequence,
        aggregate_sequence=sequence,
        actor=Actor(principal="tester"),
        data=raw_payload({"sequence": sequence}),
    )


@asynccontextmanager
async def running(*workers: Worker) -> AsyncIterator[None]:
    """Run workers during a block."""
    tasks = [asyncio.create_task(worker.run(), name=worker.name) for worker in workers]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        assert all(isinstance(result, asyncio.CancelledError) for result in results), results


async def eventually(condition: Callable[[], Awaitable[bool] | bool], *, seconds: float = 10.0) -> None:
    """Return when *condition* holds; fail when it doesn't in time."""
    deadline = asyncio.get_running_loop().time() + seconds
    while True:
        answer = condition()
        if await answer if isinstance(answer, Awaitable) else answer:
            return
        assert asyncio.get_running_loop().time() < deadline, "condition does not come true"
        await asyncio.sleep(0.01)
