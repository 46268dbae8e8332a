"""Prometheus metrics of one process, scraped at ``/metrics``."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

CONTENT_TYPE: Final = CONTENT_TYPE_LATEST
BUCKETS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 60.0)

Refresh = Callable[[], Awaitable[None]]


class Metrics:
    """A registry of its own (no process-wide state), plus callbacks that refresh gauges just before a scrape."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Histogram(
            "dcsim_http_request_seconds",
            "Time to answer a request.",
            ["listener", "method", "status"],
            registry=self.registry,
            buckets=BUCKETS,
        )
        self.operations = Counter(
            "dcsim_api_operations",
            "Operations of vendors' APIs that were carried out or refused.",
            ["api", "operation", "outcome"],
            registry=self.registry,
        )
        self._refreshes: list[Refresh] = []

    def before_scrape(self, refresh: Refresh) -> None:
        """Await *refresh* at each scrape, e.g. to ask the bus for its lag."""
        self._refreshes.append(refresh)

    async def render(self) -> bytes:
        """The exposition text, in the format of `CONTENT_TYPE`."""
        for refresh in self._refreshes:
            await refresh()
        return generate_latest(self.registry)
