"""An export of 50,000 CIs and 139,000 relations over HTTP: what it takes, holds the loop for, and needs of memory.

Client and service share a process and its loop, so what holds it is the sum of both.  Repeat with ``python -m benchmarks.cmdb.export``.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from pathlib import Path
from types import SimpleNamespace
from typing import cast

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from benchmarks.cmdb.plant import batches
from benchmarks.measuring import Bound, arguments, line, memory_mib
from cmdb.api import Context, routes
from cmdb.projection.sync import Synchroniser
from cmdb.stores.embedded import EmbeddedStore
from dcsim.collector import Collector

CIS = 50_000
FORMATS = ("json", "csv", "graphml")
HELD_MS = 30
TICK = 0.001


def main() -> None:
    """Fill a store, then export it again and again."""
    given = arguments(__doc__).parse_args()
    with tempfile.TemporaryDirectory(prefix="dcsim-bench-") as name:
        asyncio.run(_measure(Path(name) / "cmdb.db", given.repetitions))


async def _measure(file: Path, repetitions: int) -> None:
    store = EmbeddedStore(file)
    await store.open()
    for batch in batches(CIS):
        await store.apply(batch)
    app = web.Application()
    routes.add_to(app, Context(store, cast("Synchroniser", SimpleNamespace(feed=None))))
    seconds, held = [], []
    collector = Collector()  # the service's process has one
    collector.start()
    async with TestClient(TestServer(app)) as client:
        before = memory_mib(os.getpid())
        most = before
        for number in range(repetitions):
            watch = Watch()
            begun = time.perf_counter()
            answer = await client.get(f"/cmdb/export?format={FORMATS[number % len(FORMATS)]}")
            async for _ in answer.content.iter_chunked(1 << 16):
                most = max(most, memory_mib(os.getpid()))
            seconds.append(time.perf_counter() - begun)
            held.append(await watch.longest() * 1e3)
    await collector.stop()
    await store.close()
    line("cmdb.export", "s", seconds, more={"cis": CIS})
    line("cmdb.export.held", "ms", held, bound=Bound(most=HELD_MS))
    line("cmdb.export.memory", "MiB", [most - before])


class Watch:
    """The longest time that the event loop did not come round."""

    def __init__(self) -> None:
        self._longest = 0.0
        self._task = asyncio.create_task(self._run())

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            before = loop.time()
            await asyncio.sleep(TICK)
            self._longest = max(self._longest, loop.time() - before - TICK)

    async def longest(self) -> float:
        """End, and say it in seconds."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        return self._longest


if __name__ == "__main__":
    main()
