"""Comparing the graph with the engine's own state: to fill it at first, after lost history, now and then, and on demand.

A snapshot is taken page by page while the world goes on.  What it shows is the state at its sequence number or later; what differs
from the mirror is looked at again once the consumer has heard everything up to the end of the snapshot, so that news which are just on
their way come with their actor, as events.  Only what the engine alone said is taken back; what others claim stays.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Final

import msgspec
import structlog

from cmdb.history import Cause
from cmdb.model import Cursor, Tombstone
from cmdb.projection.declare import ENGINE, PROJECTIONS
from cmdb.projection.engine import EngineReader, EngineUnreachable, Entity, State, Where
from cmdb.projection.feed import CHUNK, Feed
from cmdb.projection.hearing import HEARD, SNAPSHOT, buried
from cmdb.projection.mirror import Known
from cmdb.projection.overlay import Overlay
from cmdb.stores.opening import until_usable
from dcsim.bus import ENGINE as TOPIC
from dcsim.bus import Bus
from dcsim.errors import BusUnavailable, StoreUnavailable
from dcsim.events import Actor

log = structlog.get_logger(__name__)

SYSTEM: Final = Actor(principal="system", api="cmdb", operation="synchronise")
PERIOD_SECONDS: Final = 300.0
"""How often the graph is compared with the engine when nobody asks."""
LOOK_SECONDS: Final = 5.0
"""How often it is looked whether history has been lost."""
CATCH_UP_SECONDS: Final = 60.0

FIRST: Final = (
    "site", "rack", "power_feed", "upstream_switch", "ucs_domain", "fabric_interconnect", "fi_port", "chassis", "io_module",
    "power_supply", "fan", "service_profile", "blade", "rack_server", "storage_array", "lun", "cluster", "hypervisor", "datastore",
    "distributed_switch", "project", "team", "business_service", "network",
)  # fmt: skip
"""The kinds that others point to: filled in this order, most links find both of their ends."""


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What a comparison found: ``changed`` and ``removed`` entities were put right, ``entities`` were compared; ``error`` if it failed."""

    reason: str
    began: datetime
    ended: datetime
    sequence: int = 0
    entities: int = 0
    changed: int = 0
    removed: int = 0
    error: str = ""


class Synchroniser:
    """A worker that fills the graph when it must, and compares it from time to time."""

    name = "synchroniser"

    def __init__(self, feed: Feed, bus: Bus, where: Where, caught_up: Callable[[], Awaitable[bool]]) -> None:
        self._feed = feed
        self._bus = bus
        self._where = where
        self._caught_up = caught_up
        self._asked = asyncio.Event()
        self._running = asyncio.Lock()
        self.last: Report | None = None
        """What the last comparison found."""

    async def run(self) -> None:
        """Look for lost history, compare when it is time or somebody asked; until cancelled."""
        await until_usable(self._feed.store)
        due = time.monotonic() + PERIOD_SECONDS
        while True:
            reason = await self._reason(due)
            if reason:
                report = await self.synchronise(reason)
                due = time.monotonic() + (0 if report.error else PERIOD_SECONDS)
            try:
                async with asyncio.timeout(LOOK_SECONDS):
                    await self._asked.wait()
            except TimeoutError:
                continue

    @property
    def feed(self) -> Feed:
        """What it writes through."""
        return self._feed

    def ask(self) -> None:
        """Compare as soon as possible; returns at once."""
        self._asked.set()

    async def _reason(self, due: float) -> str:
        if self._asked.is_set():
            self._asked.clear()
            return "asked"
        try:
            if await self.history_lost():
                return "history lost"
        except (BusUnavailable, StoreUnavailable) as error:
            log.warning("sync.waits", reason=error.message)
            return ""
        return "periodic" if time.monotonic() > due else ""

    async def history_lost(self) -> bool:
        """Whether the bus has dropped events that the graph has not heard: nothing but a snapshot brings them back."""
        trimmed = await self._bus.trimmed(TOPIC)
        if not trimmed:
            return False
        published = await self._bus.cursor(TOPIC)
        heard = await self._feed.store.cursor(HEARD)
        return published is not None and (heard is None or heard.epoch != published[0] or heard.sequence < trimmed)

    async def synchronise(self, reason: str) -> Report:
        """Compare and put right, now.  Never raises for an engine or bus that is away: the report says so."""
        began = datetime.now(UTC)
        async with self._running:
            try:
                report = await self._synchronise(reason, began)
            except (EngineUnreachable, BusUnavailable, StoreUnavailable) as error:
                report = Report(reason=reason, began=began, ended=datetime.now(UTC), error=error.message)
        self.last = report
        level = log.warning if report.error else log.info
        level("sync.done", **msgspec.to_builtins(report))
        return report

    async def _synchronise(self, reason: str, began: datetime) -> Report:
        lost = await self.history_lost()
        async with EngineReader(self._where) as engine:
            state = await engine.state()
            shown: dict[str, Entity] = {}
            for kind in _in_order():
                async for page in engine.entities(kind):
                    shown |= {entity.uid: entity for entity in page}
            after = await engine.state()
        await self._prepare(state, lost=lost)
        if not lost and not await self._wait(after.sequence):
            return Report(
                reason=reason, began=began, ended=datetime.now(UTC), sequence=state.sequence, error="The events never came to rest."
            )
        changed = await self._put_right(state, shown)
        removed = await self._sweep(state, shown)
        await self._feed.write(partial(self._close, state, lost))
        return Report(
            reason=reason, began=began, ended=datetime.now(UTC), sequence=state.sequence, entities=len(shown), changed=changed,
            removed=removed,
        )  # fmt: skip

    async def _prepare(self, state: State, *, lost: bool) -> None:
        """Be ready to compare with this world."""
        heard = await self._feed.store.cursor(HEARD)
        if lost and heard is not None and heard.epoch != state.world:
            await self._feed.start_over(state.world)

    async def _wait(self, sequence: int) -> bool:
        """Whether the consumer has heard everything up to a sequence number, after a while at the latest."""
        deadline = time.monotonic() + CATCH_UP_SECONDS
        while time.monotonic() < deadline:
            published = await self._bus.cursor(TOPIC)
            if published is not None and published[1] >= sequence and await self._caught_up():
                return True
            await asyncio.sleep(0.1)
        return False

    async def _put_right(self, state: State, shown: Mapping[str, Entity]) -> int:
        """Bring what the snapshot knows better into the graph; answers how many entities that were."""
        await self._feed.ready()
        stale = await self._stale(state, list(shown.values()))
        for start in range(0, len(stale), CHUNK):
            await self._feed.write(partial(self._take, state, stale[start : start + CHUNK]))
        return len(stale)

    async def _take(self, state: State, entities: Sequence[Entity], overlay: Overlay) -> None:
        stale = await self._stale(state, entities)
        news = {entity.uid: self._known(entity, state) for entity in stale}
        overlay.revived |= {(buried(state.world), uid) for uid in news}
        await self._feed.projector.changed(overlay, news, _cause(state))

    async def _stale(self, state: State, entities: Sequence[Entity]) -> list[Entity]:
        """The entities that the snapshot shows otherwise than the mirror, and of which nothing newer has been heard."""
        unknown = [entity.uid for entity in entities if self._feed.projector.mirror.known(entity.uid) is None]
        ends = await self._feed.store.tombstones(buried(state.world), unknown) if unknown else {}
        over = {uid for uid, end in ends.items() if end.sequence > state.sequence}
        return [entity for entity in entities if entity.uid not in over and self._differs(entity, state)]

    def _differs(self, entity: Entity, state: State) -> bool:
        known = self._feed.projector.mirror.known(entity.uid)
        if known is None or not known.born:
            return True
        shape = PROJECTIONS[entity.kind].shape
        return not _newer(known, state) and msgspec.convert(known.fields, shape) != msgspec.convert(entity.fields, shape)

    def _known(self, entity: Entity, state: State) -> Known:
        """The entity as the snapshot shows it, but for what has been heard since."""
        wanted = PROJECTIONS[entity.kind].fields
        fields = {name: entity.fields[name] for name in wanted if name in entity.fields}
        before = self._feed.projector.mirror.known(entity.uid)
        later = {name: at for name, at in before.later.items() if at > state.sequence} if before else {}
        newer = {name: before.fields[name] for name in later} if before else {}
        return Known(entity.kind, max(state.sequence, 1), entity.version, fields | newer, later)

    async def _sweep(self, state: State, shown: Mapping[str, Entity]) -> int:
        """Take back what the engine said of entities that it does not have; answers how many."""
        gone = self._gone(state, [uid for uid in self._feed.projector.mirror.uids() if uid not in shown])
        for start in range(0, len(gone), CHUNK):
            await self._feed.write(partial(self._bury, state, gone[start : start + CHUNK]))
        return len(gone)

    async def _close(self, state: State, lost: bool, overlay: Overlay) -> None:
        """Note that the graph has heard all up to the snapshot, when it was filled from it."""
        heard = self._feed.heard
        if lost:
            overlay.cursors[SNAPSHOT] = Cursor(state.world, state.sequence)
        if heard is None or heard.epoch != state.world or (lost and heard.sequence < state.sequence):
            overlay.cursors[HEARD] = Cursor(state.world, state.sequence if lost else 0)

    def _gone(self, state: State, uids: Sequence[str]) -> list[str]:
        known = {uid: self._feed.projector.mirror.known(uid) for uid in uids}
        return [uid for uid, one in known.items() if one is not None and not _newer(one, state)]

    async def _bury(self, state: State, uids: Sequence[str], overlay: Overlay) -> None:
        gone = self._gone(state, uids)
        for uid in gone:
            overlay.tombstones[uid] = Tombstone(buried(state.world), uid, state.sequence, datetime.now(UTC))
        await self._feed.projector.changed(overlay, dict.fromkeys(gone), _cause(state))


def _in_order() -> list[str]:
    return [*FIRST, *sorted(set(PROJECTIONS) - set(FIRST))]


def _newer(known: Known, state: State) -> bool:
    """Whether something was heard of an entity since the snapshot."""
    return known.born > state.sequence or any(at > state.sequence for at in known.later.values())


def _cause(state: State) -> Cause:
    event = f"snapshot-{state.world}-{state.sequence}"
    return Cause(at=datetime.now(UTC), actor=SYSTEM, source=ENGINE, event_id=event, sequence=state.sequence)
