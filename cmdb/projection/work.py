"""The projection as a part of the running CMDB: its workers, its health, its metrics."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from prometheus_client import Gauge, Histogram

from cmdb.projection.engine import Where
from cmdb.projection.feed import Feed
from cmdb.projection.sync import Synchroniser
from cmdb.stores.port import GraphStore
from dcsim.bus import Bus, Consumer
from dcsim.events import Envelope
from dcsim.service import Check, Worker
from dcsim.telemetry.metrics import Metrics

GROUP: Final = "cmdb"
BUCKETS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60)


class Projection:
    """What keeps the graph current.  Others that write to the graph do it through ``feed.write``, or while they hold ``feed.lock``."""

    def __init__(self, store: GraphStore, bus: Bus, where: Where, metrics: Metrics) -> None:
        self._bus = bus
        self.feed = Feed(store, bus)
        self._consumer = Consumer(bus, GROUP, self._hear, ordered=False)
        self.synchroniser = Synchroniser(self.feed, bus, where, self.caught_up)
        registry = metrics.registry
        self._visible = Histogram(
            "dcsim_cmdb_visible_seconds",
            "From an event's commit in the engine to its place in the graph.",
            buckets=BUCKETS,
            registry=registry,
        )
        self._heard = Gauge("dcsim_cmdb_heard_sequence", "The last event of the engine's journal in the graph.", registry=registry)
        self._entities = Gauge("dcsim_cmdb_entities", "Entities of the engine that the graph is made from.", registry=registry)

    def workers(self) -> Sequence[Worker]:
        """The consumer, the feed that it fills, and the synchroniser."""
        return [self._consumer, self.feed, self.synchroniser]

    async def caught_up(self) -> bool:
        """Whether everything that is on the bus is in the graph, or among the dead letters.  Raises BusUnavailable."""
        mine = [stats for stats in await self._bus.group_stats(self._consumer.streams) if stats.group == GROUP]
        return bool(mine) and all(not stats.lag and not stats.pending for stats in mine)

    def check(self) -> Check:
        """Whether the graph agrees with the engine, as far as the last comparison could tell."""
        last = self.synchroniser.last
        if last is not None and last.error:
            return Check(name="synchronisation", ok=False, detail=last.error, required=False)
        return Check(name="synchronisation", ok=True, detail=f"compared {last.ended:%H:%M:%S} UTC" if last else "")

    async def _hear(self, event: Envelope) -> None:
        await self.feed.hear(event)
        self._visible.observe(max((datetime.now(UTC) - event.time).total_seconds(), 0))
        self._heard.set(self.feed.heard.sequence if self.feed.heard else 0)
        self._entities.set(len(self.feed.projector.mirror))
