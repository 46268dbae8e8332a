"""The worker that brings events into the graph, each exactly once.

The consumer hands events over one by one and waits; the feed takes what has come together, makes one transaction of it, and then
lets all of them go.  Nonsense is refused on its own and does not hold up the rest.  While the store is away everything waits.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Final, NamedTuple, TypeVar

import structlog

from cmdb.history import Cause
from cmdb.model import Cursor
from cmdb.projection.declare import ENGINE
from cmdb.projection.hearing import HEARD, SNAPSHOT, Hearing, epoch_of, processed_id
from cmdb.projection.overlay import Overlay
from cmdb.projection.projector import Projector
from cmdb.stores.opening import until_usable
from cmdb.stores.port import Batch, GraphStore
from dcsim.bus import ENGINE as TOPIC
from dcsim.bus import Bus, Unprocessable
from dcsim.errors import StoreUnavailable, VersionConflict
from dcsim.events import Envelope

log = structlog.get_logger(__name__)

BATCH: Final = 512
CHUNK: Final = 1000
"""Entities in one transaction when many change at once."""
MAX_CONFLICTS: Final = 10
"""How often a batch is made anew because somebody else wrote at the same time."""


T = TypeVar("T")


class Waiting(NamedTuple):
    """An event, and the handler that waits for it to be in the graph."""

    event: Envelope
    done: asyncio.Future[None]


class Feed:
    """The projection at work.  ``lock`` is held while a batch is made and written: whoever else writes claims holds it as well."""

    name = "projection"

    def __init__(self, store: GraphStore, bus: Bus) -> None:
        self.store = store
        self.projector = Projector(store)
        self.lock = asyncio.Lock()
        self.heard: Cursor | None = None
        """The last event in the graph."""
        self._snapshot: Cursor | None = None
        self._bus = bus
        self._loaded = False
        self._queue: list[Waiting] = []
        self._news = asyncio.Event()
        self.on_written: Callable[[], None] = lambda: None
        """Called after every transaction."""

    async def hear(self, event: Envelope) -> None:
        """The consumer's handler: return when the event's effects are durable.  Raises Unprocessable for nonsense."""
        waiting = Waiting(event, asyncio.get_running_loop().create_future())
        self._queue.append(waiting)
        self._news.set()
        await waiting.done

    async def run(self) -> None:
        """Work until cancelled."""
        while True:
            await self._news.wait()
            self._news.clear()
            while self._queue:
                batch, self._queue = self._queue[:BATCH], self._queue[BATCH:]
                await self._let_go(batch)

    async def _let_go(self, batch: Sequence[Waiting]) -> None:
        """Process the events; those that fail together are tried one by one, so that only the guilty one fails."""
        wanted = [waiting for waiting in batch if not waiting.done.done()]
        try:
            refused = await self.take([waiting.event for waiting in wanted])
        except Exception as error:  # whatever a bug raises goes to the consumer, which retries and parks
            if len(wanted) > 1:
                log.warning("projection.one_by_one", events=len(wanted), exc_info=error)
                for waiting in wanted:
                    await self._let_go([waiting])
            elif wanted and not wanted[0].done.done():
                wanted[0].done.set_exception(error)
            return
        for waiting in wanted:
            if waiting.done.done():
                continue
            if waiting.event.id in refused:
                waiting.done.set_exception(refused[waiting.event.id])
            else:
                waiting.done.set_result(None)

    async def take(self, events: Sequence[Envelope]) -> dict[str, Unprocessable]:
        """Bring events into the graph, in one transaction; answers those that were refused, by id, and why.

        Events that are in the graph already do nothing.
        """
        refused: dict[str, Unprocessable] = {}

        async def hear(overlay: Overlay) -> None:
            refused.clear()
            wanted = await self._wanted(events)
            hearing = Hearing(self.store, self.projector, overlay)
            await hearing.prepare(wanted)
            for event in wanted:
                try:
                    await hearing.take(event)
                except Unprocessable as error:
                    refused[event.id] = error
            reached = hearing.reached(self.heard)
            if reached is not None and reached != self.heard:
                overlay.cursors[HEARD] = reached

        await self._follow(events)
        await self.write(hear)
        return refused

    async def write(self, fill: Callable[[Overlay], Awaitable[None]]) -> None:
        """Let *fill* change the projector and an overlay, and write what it made; again when somebody wrote in between."""
        for attempt in range(MAX_CONFLICTS):
            async with self.lock:
                try:
                    await self._attempt(fill)
                except VersionConflict as error:
                    log.info("projection.conflict", attempt=attempt, reason=error.message)
                else:
                    return
        raise VersionConflict("Others keep changing the same CIs.")

    async def _attempt(self, fill: Callable[[Overlay], Awaitable[None]]) -> None:
        overlay = None
        while overlay is None:
            try:
                overlay = await self._filled(fill)
            except StoreUnavailable:
                await until_usable(self.store)
        self.heard = overlay.cursors.get(HEARD, self.heard)
        self._snapshot = overlay.cursors.get(SNAPSHOT, self._snapshot)
        self._loaded = True

    async def _filled(self, fill: Callable[[Overlay], Awaitable[None]]) -> Overlay:
        await self.load()
        self._loaded = False  # until all is written: the state in memory runs ahead of the store
        overlay = self.projector.overlay()
        await fill(overlay)
        batch = overlay.batch()
        if not _empty(batch):
            await self._write(batch)
        return overlay

    async def _write(self, batch: Batch) -> None:
        """Write until it is certain that it is written: a store that went away may have written it, and then skips it."""
        while True:
            try:
                await self.store.apply(batch)
            except StoreUnavailable:
                await until_usable(self.store)
            else:
                self.on_written()
                return

    async def edit(
        self, cause: Cause, plan: Callable[[Overlay], Awaitable[T]], then: Callable[[Overlay], Awaitable[None]] | None = None
    ) -> T:
        """Let somebody else than the engine change an overlay by *plan*, and write it with all that follows; answers what the plan does.

        What the plan raises, it raises before it has called `Overlay.relate`; then nothing has changed.  *then* may change the projector.
        Raises StoreUnavailable at once: whoever asked is still there and can ask again.
        """
        for attempt in range(MAX_CONFLICTS):
            async with self.lock:
                await self.load()
                overlay = self.projector.overlay()
                answer = await plan(overlay)
                self._loaded = False  # until all is written
                try:
                    if then is not None:
                        await then(overlay)
                    await self.projector.follow(overlay, cause)
                    await self.store.apply(overlay.batch())
                except VersionConflict as error:
                    log.info("projection.conflict", attempt=attempt, reason=error.message)
                    continue
                self._loaded = True
                self.on_written()
                return answer
        raise VersionConflict("Others keep changing the same CIs.")

    async def load(self) -> None:
        """Know what the store knows; at once when that is so already."""
        if not self._loaded:
            await self.projector.load()
            self.heard = await self.store.cursor(HEARD)
            self._snapshot = await self.store.cursor(SNAPSHOT)
            self._loaded = True

    async def _wanted(self, events: Sequence[Envelope]) -> list[Envelope]:
        """Those of the events that are of the journal at hand and not in the graph yet, in the journal's order, each once."""
        fresh = [event for event in {event.id: event for event in events}.values() if not self._in_snapshot(event)]
        known = await self.store.processed([processed_id(event) for event in fresh])
        wanted = sorted((event for event in fresh if processed_id(event) not in known), key=lambda event: event.sequence)
        heard = self.heard
        return [event for event in wanted if heard is None or epoch_of(event) == heard.epoch]

    async def _follow(self, events: Sequence[Envelope]) -> None:
        """Start over when the bus has another journal than the graph; events of a journal that is gone are dropped later."""
        await self.ready()
        if self.heard is None or all(epoch_of(event) == self.heard.epoch for event in events):
            return
        published = await self._bus.cursor(TOPIC)
        if published is not None and published[0] != self.heard.epoch:
            log.warning("projection.another_journal", before=self.heard.epoch, now=published[0])
            await self.start_over(published[0])

    async def start_over(self, epoch: str) -> None:
        """Withdraw all that the engine said: it has another journal.  What others say stays."""
        cause = Cause(at=datetime.now(UTC), source=ENGINE)
        while uids := self.projector.mirror.uids()[:CHUNK]:
            await self.write(partial(self._forget, uids, cause))

        async def begin(overlay: Overlay) -> None:
            overlay.cursors |= {HEARD: Cursor(epoch, 0), SNAPSHOT: Cursor(epoch, 0)}

        await self.write(begin)

    async def _forget(self, uids: Sequence[str], cause: Cause, overlay: Overlay) -> None:
        await self.projector.changed(overlay, dict.fromkeys(uids), cause)

    async def ready(self) -> None:
        """Return when the mirror shows what the store knows."""
        async with self.lock:
            await self._loaded_when_usable()

    async def _loaded_when_usable(self) -> None:
        while not self._loaded:
            try:
                await self.load()
            except StoreUnavailable:
                await until_usable(self.store)

    def _in_snapshot(self, event: Envelope) -> bool:
        snapshot = self._snapshot
        return snapshot is not None and epoch_of(event) == snapshot.epoch and event.sequence <= snapshot.sequence


def _empty(batch: Batch) -> bool:
    return not (batch.processed or batch.records or batch.upserts or batch.removals or batch.cursors or batch.related or batch.unrelated)
