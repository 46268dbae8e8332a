"""One reader's place in the events: behind, it reads the bus; caught up, it shares what the hub has in memory.

Nothing is queued for anybody: a reader that is slow keeps nothing but its place.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

import msgspec

from dcsim.bus.following import read_page
from dcsim.errors import BusUnavailable
from graph.live.entries import AHEAD, REPLACED, TRIMMED, Entry, Gap
from graph.live.hub import Hub, readable
from graph.live.positions import OLDEST, Place, Positions, encode, parse

MOST: Final = 512
"""Events in a batch."""
STREAM: Final = MOST // 8
"""Events of one stream of the bus in a page that is replayed."""
READY_SECONDS: Final = 15.0
AHEAD_SECONDS: Final = 5.0
"""How long events are waited for that a client has heard elsewhere and this gateway has not."""


class Batch(msgspec.Struct, frozen=True):
    """Some events in order; ``span`` are their indexes in the hub, the same for all that share them, None for what was replayed."""

    entries: Sequence[Entry]
    span: tuple[int, int] | None = None


async def follow(hub: Hub, after: str | None, *, settled: bool = False) -> Follower:
    """A reader from now on, or *after* a ``seq``.  Raises InvalidArgument, BusUnavailable."""
    heard = parse(after) if after and after != OLDEST else None
    try:
        async with asyncio.timeout(READY_SECONDS):
            await hub.ready.wait()
    except TimeoutError as error:
        raise BusUnavailable(f"There are no live events now: {hub.away}.") from error
    if after == OLDEST:
        return Follower(hub, {topic: Place(place.epoch, 0) for topic, place in hub.positions.items()}, settled=settled, forgiving=True)
    if heard is not None:
        await _reached(hub, heard)
    return Follower(hub, heard, settled=settled)


async def _reached(hub: Hub, heard: Positions) -> None:
    """Wait for the hub when the client has heard more than it, from another gateway."""
    try:
        async with asyncio.timeout(AHEAD_SECONDS):
            while any(_ahead(hub.positions.get(topic), place) for topic, place in heard.items()):
                await hub.more()
    except TimeoutError:
        return  # the follower calls it a gap


def _ahead(here: Place | None, heard: Place) -> bool:
    return here is not None and here.epoch == heard.epoch and here.sequence < heard.sequence


class Follower:
    """A place; `batch` gives what comes after it.  *forgiving*: what was dropped before the start is no gap."""

    def __init__(self, hub: Hub, heard: Positions | None, *, settled: bool = False, forgiving: bool = False) -> None:
        self._hub = hub
        self._settled = settled
        self._forgiving = forgiving
        self._index: int | None = hub.top if heard is None else None
        self._positions: dict[str, Place] = dict(hub.positions if heard is None else heard)
        self.seq = hub.seq if heard is None else encode(heard)

    async def batch(self) -> Batch:
        """The next events, as soon as there are some.  Raises BusUnavailable when they would have to be replayed and cannot."""
        while True:
            if self._index is None or self._index < self._hub.base:
                entries = await self._catch_up()
                if entries:
                    return Batch(entries)
                continue
            end = min(self._hub.settled if self._settled else self._hub.top, self._index + MOST)
            if end > self._index:
                span = self._index, end
                self._index = end
                entries = self._hub.between(*span)
                self.seq = entries[-1].seq
                return Batch(entries, span)
            await (self._hub.tick() if self._settled else self._hub.more())

    async def _catch_up(self) -> list[Entry]:
        """A page of what the hub had when this began; when that was all, the hub's memory follows."""
        if self._index is not None:
            self._index, self._positions = None, parse(self.seq)
        target, top = dict(self._hub.positions), self._hub.top
        found: list[Entry] = []
        complete = True
        for topic, place in target.items():
            entries, done = await self._page(topic, place)
            found += entries
            complete &= done
        if complete:
            self._positions, self._index, self._forgiving = target, top, False
            self.seq = encode(target)
        return found

    async def _page(self, topic: str, target: Place) -> tuple[list[Entry], bool]:
        """A page of a topic up to *target*, and whether that was all of it."""
        place = self._positions.get(topic) or Place(target.epoch, 0)
        if place.epoch != target.epoch:
            return [self._gap(topic, target, REPLACED)], True
        if place.sequence > target.sequence:
            return [self._gap(topic, target, AHEAD)], True
        if place == target:
            return [], True
        page = await read_page(self._hub.bus, topic, after=place.sequence, limit=STREAM)
        if page is None or page.epoch != target.epoch:
            return [self._gap(topic, target, REPLACED)], True
        found: list[Entry] = []
        if place.sequence < page.trimmed:
            start = Place(page.epoch, min(page.trimmed, target.sequence))
            if self._forgiving:
                self._positions[topic] = start
            else:
                found.append(self._gap(topic, start, TRIMMED))
        for sequence, body in page.events:
            if self._positions.get(topic, place).sequence < sequence <= target.sequence and readable(topic, sequence, body):
                found.append(self._moved(topic, Place(page.epoch, sequence), body))
        if self._positions.get(topic, place).sequence < page.upto < target.sequence:
            self._positions[topic] = Place(page.epoch, page.upto)  # what came last was no event
        return found, page.upto >= target.sequence

    def _moved(self, topic: str, place: Place, body: bytes = b"", gap: Gap | None = None) -> Entry:
        previous = encode(self._positions)
        self._positions[topic] = place
        self.seq = encode(self._positions)
        return Entry(topic, place, self.seq, previous, body, gap)

    def _gap(self, topic: str, place: Place, reason: str) -> Entry:
        return self._moved(topic, place, gap=Gap(topic, reason))
