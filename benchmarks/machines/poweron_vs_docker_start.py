"""Starting a machine through the port against ``docker start`` of the same container, alternately.

The figure's bound: ours ≤ peer + 15 ms. Repeat with ``python -m benchmarks.machines.poweron_vs_docker_start``.
"""

from __future__ import annotations

import asyncio
import time

from benchmarks.machines.bench import SETTLE_SECONDS, Bench, machine, main
from benchmarks.measuring import Bound, line


async def measure(bench: Bench) -> None:
    """Start and kill one container, in turn by the port and by the command."""
    spec = machine(1)
    handle = (await bench.machines.create(spec)).handle
    ours: list[float] = []
    peer: list[float] = []
    for _ in range(bench.repetitions):
        ours.append(await _timed(bench, spec.id))
        peer.append(await _timed_shell(bench, handle))
    await bench.machines.delete(spec.id)
    line("machines.poweron_vs_docker_start", "ms", ours, peer, bound=Bound(room=15))


async def _timed(bench: Bench, machine_id: str) -> float:
    begun = time.perf_counter()
    await bench.machines.start(machine_id)
    took = (time.perf_counter() - begun) * 1000
    await _off(bench, machine_id)
    return took


async def _timed_shell(bench: Bench, handle: str) -> float:
    begun = time.perf_counter()
    await bench.shell(f"exec docker start {handle}")
    took = (time.perf_counter() - begun) * 1000
    await _off(bench, machine(1).id)
    return took


async def _off(bench: Bench, machine_id: str) -> None:
    await bench.machines.kill(machine_id)
    await asyncio.sleep(SETTLE_SECONDS)


if __name__ == "__main__":
    main(measure, __doc__ or "")
