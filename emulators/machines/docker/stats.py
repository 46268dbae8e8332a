"""Counters of running machines, read from the engine's stats streams.

A one-shot question makes the engine sample twice, a second apart. So the first question about a machine opens its stream, later ones are
answered from the newest sample at once, and a stream that nobody asks is closed.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from datetime import datetime
from typing import Any

import msgspec

from dcsim.errors import MachineError
from emulators.machines.docker.client import EngineClient
from emulators.machines.docker.registry import Registry
from emulators.machines.port import Stats

IDLE_SECONDS = 30.0
FIRST_SAMPLE_SECONDS = 10.0


class StatsStreams:
    """One stream per machine that was asked about lately."""

    def __init__(self, engine: EngineClient, registry: Registry) -> None:
        self._engine = engine
        self._registry = registry
        self._streams: dict[str, _Stream] = {}

    async def read(self, machine_id: str) -> Stats:
        """The newest sample. Raises MachineError when the machine doesn't run."""
        entry = await self._registry.get(machine_id)
        stream = self._streams.get(entry.container)
        if stream is None or stream.task.done():
            stream = self._streams[entry.container] = _Stream(self._engine, entry.container)
            stream.task.add_done_callback(lambda _: self._streams.pop(entry.container, None))
        return await stream.latest(machine_id)

    async def close(self) -> None:
        """Close every stream."""
        streams = list(self._streams.values())
        for stream in streams:
            stream.task.cancel()
        await asyncio.gather(*(stream.task for stream in streams), return_exceptions=True)


class _Stream:
    def __init__(self, engine: EngineClient, container: str) -> None:
        self._sample: asyncio.Future[Stats] = asyncio.get_running_loop().create_future()
        self._asked = time.monotonic()
        self.task = asyncio.create_task(self._follow(engine, container))

    async def latest(self, machine_id: str) -> Stats:
        self._asked = time.monotonic()
        sample = self._sample
        waiting: set[asyncio.Future[Any]] = {sample, self.task}
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(FIRST_SAMPLE_SECONDS):
                await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        if sample.done() and not self.task.done():
            return sample.result()
        if self.task.done() and not self.task.cancelled() and (error := self.task.exception()):
            raise error
        raise MachineError(f"The machine {machine_id} does not run, so it has no counters; start it first.")

    async def _follow(self, engine: EngineClient, container: str) -> None:
        async with engine.stream(f"containers/{container}/stats", doing="read counters", params={"stream": "1"}) as lines:
            async for line in lines:
                row = msgspec.json.decode(line)
                if row["read"].startswith("0001") or time.monotonic() - self._asked > IDLE_SECONDS:
                    return  # the machine stopped, or nobody asks any more
                self._publish(decode_stats(row))

    def _publish(self, stats: Stats) -> None:
        if self._sample.done():
            self._sample = asyncio.get_running_loop().create_future()
        self._sample.set_result(stats)


def decode_stats(row: dict[str, Any]) -> Stats:
    """One sample of the engine's; memory without the page cache that could be dropped at once, as ``docker stats`` counts it."""
    memory = row.get("memory_stats", {})
    cache = memory.get("stats", {})
    droppable = cache.get("total_inactive_file", cache.get("inactive_file", 0))
    networks = (row.get("networks") or {}).values()
    blocks = row.get("blkio_stats", {}).get("io_service_bytes_recursive") or ()
    return Stats(
        time=msgspec.convert(row["read"], datetime),
        cpu_ns=row["cpu_stats"]["cpu_usage"]["total_usage"],
        memory_bytes=max(memory.get("usage", 0) - droppable, 0),
        net_rx_bytes=sum(card["rx_bytes"] for card in networks),
        net_tx_bytes=sum(card["tx_bytes"] for card in networks),
        block_read_bytes=sum(block["value"] for block in blocks if block["op"].lower() == "read"),
        block_write_bytes=sum(block["value"] for block in blocks if block["op"].lower() == "write"),
    )
