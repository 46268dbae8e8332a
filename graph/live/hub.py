"""Reading the bus once for everybody: a worker that keeps the last events in memory and wakes those who follow."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Sequence
from typing import Final

import msgspec
import structlog

from dcsim.bus import Bus
from dcsim.bus.following import Page, await_more, read_page, topics
from dcsim.errors import BusUnavailable
from dcsim.events import decode_envelope
from graph.live.entries import REPLACED, TRIMMED, Entry, Gap
from graph.live.positions import Place, encode

log = structlog.get_logger(__name__)

KEPT: Final = 8192
"""Events that followers find in memory; who is further behind reads the bus."""
KEPT_BYTES: Final = 32 << 20
SETTLE_SECONDS: Final = 0.01
"""How long changes are gathered for those who want objects and not events."""
LOOK_SECONDS: Final = 2.0
"""How often new topics are looked for."""
MAX_BACKOFF_SECONDS: Final = 2.0


class Hub:
    """The events of all topics in one order, from when it started."""

    name = "live"

    def __init__(self, bus: Bus, *, keep: int = KEPT) -> None:
        self.bus = bus
        self.ready = asyncio.Event()
        """Set once the bus has said where it is."""
        self.away = "the bus was not reached yet"
        """Why it hears nothing; empty when it does."""
        self.positions: dict[str, Place] = {}
        self.base = 0
        """The index of the first event in memory; `top` is that of the next one to come."""
        self.settled = 0
        """`top` at the last tick for those who want objects."""
        self._keep = keep
        self._entries: deque[Entry] = deque()
        self._bytes = 0
        self._seq = ""
        self._looked = 0.0
        self._more = asyncio.Event()
        self._tick = asyncio.Event()
        self._ticking: asyncio.TimerHandle | None = None

    @property
    def top(self) -> int:
        """The index of the next event to come."""
        return self.base + len(self._entries)

    @property
    def seq(self) -> str:
        """The place after the last event."""
        return self._seq or encode(self.positions)

    def between(self, first: int, end: int) -> list[Entry]:
        """Events in memory by index."""
        return [self._entries[index - self.base] for index in range(first, end)]

    async def more(self) -> None:
        """Return when events have come."""
        await self._more.wait()

    async def tick(self) -> None:
        """Return when events have come and settled."""
        await self._tick.wait()

    async def run(self) -> None:
        """Read until cancelled; a bus that is away is waited for."""
        backoff = 0.05
        while True:
            try:
                await self._follow()
                backoff = 0.05
            except BusUnavailable as error:
                if not self.away:
                    log.warning("live.waits", reason=error.message)
                self.away = error.message
                await asyncio.sleep(backoff)
                backoff = min(backoff * 2, MAX_BACKOFF_SECONDS)

    async def _follow(self) -> None:
        if not self.ready.is_set() or time.monotonic() - self._looked > LOOK_SECONDS:
            await self._look()
        for topic in list(self.positions):
            while not await self._read(topic):
                pass
        self.away = ""
        if self.positions:
            await await_more(self.bus, {topic: place.sequence for topic, place in self.positions.items()})
        else:
            await asyncio.sleep(LOOK_SECONDS / 10)

    async def _look(self) -> None:
        """Find topics: at the start they are followed from their end, later from their beginning."""
        starting = not self.ready.is_set()
        for topic in await topics(self.bus):
            if topic not in self.positions and (page := await read_page(self.bus, topic, after=0, limit=1)) is not None:
                self.positions[topic] = Place(page.epoch, page.end if starting else page.trimmed)
                self._seq = ""
        self._looked = time.monotonic()
        self.ready.set()

    async def _read(self, topic: str) -> bool:
        """Read a page of a topic; True when that was all."""
        place = self.positions[topic]
        page = await read_page(self.bus, topic, after=place.sequence)
        if page is None:  # a bus that was emptied, and is filled again in a moment
            return True
        if page.epoch != place.epoch:
            self._publish([self._gap(topic, Place(page.epoch, page.trimmed), REPLACED)])
            return False
        if place.sequence < page.trimmed:
            self._publish([self._gap(topic, Place(page.epoch, page.trimmed), TRIMMED)])
            return False
        self._publish(self._entries_of(topic, page))
        if page.upto > self.positions[topic].sequence:
            self.positions[topic] = Place(page.epoch, page.upto)  # what came last was no event
        return page.upto >= page.end

    def _gap(self, topic: str, place: Place, reason: str) -> Entry:
        previous = self.seq
        self.positions[topic] = place
        self._seq = encode(self.positions)
        return Entry(topic, place, self._seq, previous, gap=Gap(topic, reason))

    def _entries_of(self, topic: str, page: Page) -> list[Entry]:
        found: list[Entry] = []
        for sequence, body in page.events:
            if not readable(topic, sequence, body):
                continue
            previous = self.seq
            self.positions[topic] = place = Place(page.epoch, sequence)
            self._seq = encode(self.positions)
            found.append(Entry(topic, place, self._seq, previous, body))
        return found

    def _publish(self, entries: Sequence[Entry]) -> None:
        if not entries:
            return
        for entry in entries:
            self._entries.append(entry)
            self._bytes += len(entry.body)
        while len(self._entries) > self._keep or self._bytes > KEPT_BYTES:
            self._bytes -= len(self._entries.popleft().body)
            self.base += 1
        more, self._more = self._more, asyncio.Event()
        more.set()
        if self._ticking is None:
            self._ticking = asyncio.get_running_loop().call_later(SETTLE_SECONDS, self._settle)

    def _settle(self) -> None:
        self._ticking = None
        self.settled = self.top
        tick, self._tick = self._tick, asyncio.Event()
        tick.set()


def readable(topic: str, sequence: int, body: bytes) -> bool:
    """Whether an entry is an event; what is none is logged and told to nobody."""
    try:
        decode_envelope(body)
    except msgspec.DecodeError as error:
        log.warning("live.no_event", topic=topic, sequence=sequence, reason=str(error))
        return False
    return True
