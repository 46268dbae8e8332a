"""The projection in a process of its own, to be killed: ``python -m tests.faults.projector URL GRAPH``, GRAPH a file or a Neo4j."""

from __future__ import annotations

import asyncio
import sys

from cmdb.projection.feed import Feed
from cmdb.projection.work import GROUP
from dcsim.bus import Bus, Consumer
from dcsim.bus.lease import drop_all_leases
from tests.faults.graphs import store_at


async def project(url: str, place: str) -> None:
    """Work until killed."""
    bus = await Bus.connect(url)
    await drop_all_leases(bus)  # the one before was killed, and nobody else consumes here
    store = store_at(place)
    await store.open()
    feed = Feed(store, bus)
    consumer = Consumer(bus, GROUP, feed.hear, ordered=False)
    async with asyncio.TaskGroup() as group:
        group.create_task(feed.run())
        group.create_task(consumer.run())


if __name__ == "__main__":
    asyncio.run(project(sys.argv[1], sys.argv[2]))
