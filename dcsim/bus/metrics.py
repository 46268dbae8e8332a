"""Lag, pending entries and dead letters of this process's consumers, as Prometheus gauges refreshed at each scrape."""

from __future__ import annotations

from collections.abc import Sequence

import structlog
from prometheus_client import Gauge

from dcsim.bus.connection import Bus
from dcsim.bus.consumer import Consumer
from dcsim.bus.dead_letters import count
from dcsim.errors import BusUnavailable
from dcsim.telemetry.metrics import Metrics

log = structlog.get_logger(__name__)


class BusGauges:
    """The gauges of one registry."""

    def __init__(self, metrics: Metrics) -> None:
        registry = metrics.registry
        self.up = Gauge("dcsim_bus_up", "Whether the bus answered at the last scrape.", registry=registry)
        self.lag = Gauge("dcsim_bus_lag_events", "Events that a group has not read yet.", ["group"], registry=registry)
        self.pending = Gauge("dcsim_bus_pending_events", "Events that a group has read and not finished.", ["group"], registry=registry)
        self.dead = Gauge("dcsim_bus_dead_letters", "Events that a group could not process.", ["group"], registry=registry)


def watch_consumers(bus: Bus, consumers: Sequence[Consumer], metrics: Metrics) -> None:
    """Refresh the gauges of *consumers* before each scrape of *metrics*."""
    if not consumers:
        return
    gauges = BusGauges(metrics)

    async def refresh() -> None:
        try:
            for consumer in consumers:
                await _measure(bus, consumer, gauges)
        except BusUnavailable as error:
            gauges.up.set(0)
            log.warning("bus.not_measured", reason=error.message)
        else:
            gauges.up.set(1)

    metrics.before_scrape(refresh)


async def _measure(bus: Bus, consumer: Consumer, gauges: BusGauges) -> None:
    mine = [stats for stats in await bus.group_stats(consumer.streams) if stats.group == consumer.group]
    gauges.lag.labels(consumer.group).set(sum(stats.lag or 0 for stats in mine))
    gauges.pending.labels(consumer.group).set(sum(stats.pending for stats in mine))
    gauges.dead.labels(consumer.group).set(await count(bus, consumer.group))
