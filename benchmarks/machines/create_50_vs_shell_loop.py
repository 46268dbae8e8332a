"""Fifty machines created and started through the port against a shell loop of ``docker run``, eight at a time both, alternately.

Both make containers of the same image on the same network with the same limits and addresses (ours with MACs too: a new ``docker run``
gives none to an old engine). The figure's bound: ours ≤ peer.
Repeat with ``python -m benchmarks.machines.create_50_vs_shell_loop``.
"""

from __future__ import annotations

import asyncio
import time

from benchmarks.machines.bench import MEMORY_BYTES, SETTLE_SECONDS, SUBNET, Bench, machine, main
from benchmarks.measuring import Bound, line
from emulators.machines.images.names import TINY
from emulators.machines.images.recipe import engine_name

COUNT = 50
IN_FLIGHT = 8
LOOP = """seq 1 {count} | xargs -P {in_flight} -I@ sh -c 'docker run -d --init --name bench-@ --network {network} --ip {subnet}.$((@ + 2)) \
--cpu-quota 100000 --memory {memory} --memory-swap {memory} --pids-limit 1024 \
--cap-drop ALL --security-opt no-new-privileges {image} >/dev/null'"""


def shell_loop(network: str, subnet: str) -> str:
    """The script that runs the containers ``bench-1`` and so on."""
    return LOOP.format(count=COUNT, in_flight=IN_FLIGHT, network=network, subnet=subnet, memory=MEMORY_BYTES, image=engine_name(TINY))


async def measure(bench: Bench) -> None:
    """Make and remove fifty machines, in turn by the port and by the loop."""
    loop = shell_loop(await bench.network_name(), SUBNET)
    ours: list[float] = []
    peer: list[float] = []
    for _ in range(bench.repetitions):
        ours.append(await _ours(bench))
        peer.append(await run_loop(bench, loop))
    line("machines.create_50_vs_shell_loop", "s", ours, peer, bound=Bound(ratio=1), more={"count": COUNT, "in_flight": IN_FLIGHT})


async def _ours(bench: Bench) -> float:
    async def one(number: int) -> None:
        await bench.machines.create(machine(number))
        await bench.machines.start(machine(number).id)

    numbers = range(1, COUNT + 1)
    begun = time.perf_counter()
    await asyncio.gather(*(one(number) for number in numbers))
    took = time.perf_counter() - begun
    await asyncio.gather(*(bench.machines.delete(machine(number).id) for number in numbers))
    await asyncio.sleep(SETTLE_SECONDS)
    return took


async def run_loop(bench: Bench, loop: str) -> float:
    """Seconds that the script takes; its containers are gone afterwards."""
    begun = time.perf_counter()
    await bench.shell(loop)
    took = time.perf_counter() - begun
    await bench.shell(f"seq 1 {COUNT} | xargs -P {IN_FLIGHT} -I@ docker rm -f bench-@ >/dev/null")
    await asyncio.sleep(SETTLE_SECONDS)
    return took


if __name__ == "__main__":
    main(measure, __doc__ or "")
