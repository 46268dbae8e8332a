"""From a producer's outbox to the bus: in order, at least once, and again when the bus has lost it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import Final, Protocol

import structlog

from dcsim.bus.connection import Bus
from dcsim.bus.streams import ENGINE
from dcsim.errors import BusUnavailable, JournalUnavailable
from dcsim.events import Envelope

log = structlog.get_logger(__name__)

BATCH: Final = 512
GATHER_SECONDS: Final = 0.005
"""How long commits are gathered: they come in bursts, and whoever waits for one should be answered before the bus is."""
POLL_SECONDS: Final = 1.0
"""How often an idle relay looks whether the bus still has its cursor."""
TRIM_SECONDS: Final = 30.0
KEEP: Final = 100_000
"""Events that stay replayable after every group is done with them."""
MAX_BACKOFF_SECONDS: Final = 2.0


class OutboxSource(Protocol):
    """Where a producer keeps the events that it committed, e.g. the engine's journal."""

    async def read(self, after: int, limit: int, /) -> Sequence[Envelope]:
        """At most *limit* committed events with a sequence above *after*, in order.  May raise JournalUnavailable."""
        ...


class OutboxRelay:
    """Publishes an outbox to a topic; a worker.

    ``epoch`` identifies the journal (made when the journal is): when it changes, the topic starts over.  The cursor lives on the
    bus, beside the events, so a bus that was emptied is filled again from the outbox.
    """

    def __init__(self, bus: Bus, source: OutboxSource, *, epoch: str, topic: str = ENGINE, keep: int = KEEP) -> None:
        self._bus = bus
        self._source = source
        self._epoch = epoch
        self._topic = topic
        self._keep = keep
        self._committed = asyncio.Event()
        self._cursor: int | None = None
        self._trimmed_at = time.monotonic()

    @property
    def name(self) -> str:
        """What logs call it."""
        return f"relay:{self._topic}"

    @property
    def cursor(self) -> int | None:
        """The last sequence known to be published; None until the bus said."""
        return self._cursor

    def notify(self) -> None:
        """Say that events were committed; cheap, callable from the event loop only."""
        self._committed.set()

    async def run(self) -> None:
        """Publish until cancelled; trouble with the bus or the outbox is waited out."""
        backoff = 0.05
        while True:
            try:
                await self._publish_and_wait()
                backoff = 0.05
            except (BusUnavailable, JournalUnavailable) as error:
                self._cursor = None
                log.warning("relay.waits", topic=self._topic, reason=error.message, seconds=backoff)
                await asyncio.sleep(backoff)
                backoff = min(backoff * 2, MAX_BACKOFF_SECONDS)

    async def _publish_and_wait(self) -> None:
        if self._cursor is None:
            self._cursor = await self._bus.open_topic(self._topic, self._epoch)
            log.info("relay.starts", topic=self._topic, after=self._cursor)
        self._committed.clear()
        while events := await self._source.read(self._cursor, BATCH):
            if not await self._bus.append(self._topic, events, epoch=self._epoch, after=self._cursor):
                self._lost()
                return
            self._cursor = events[-1].sequence
        if time.monotonic() - self._trimmed_at > TRIM_SECONDS:
            self._trimmed_at = time.monotonic()
            await self._bus.trim(self._topic, keep=self._keep)
        await self._idle()

    async def _idle(self) -> None:
        try:
            async with asyncio.timeout(POLL_SECONDS):
                await self._committed.wait()
            await asyncio.sleep(GATHER_SECONDS)
        except TimeoutError:
            if await self._bus.cursor(self._topic) != (self._epoch, self._cursor):
                self._lost()

    def _lost(self) -> None:
        log.warning("relay.bus_was_emptied", topic=self._topic, cursor=self._cursor)
        self._cursor = None
