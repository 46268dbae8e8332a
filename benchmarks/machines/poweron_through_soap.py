"""PowerOnVM_Task over SOAP until a waiting WaitForUpdatesEx says that the VM, a container, is on, against ``docker start`` of a
container of the same image, alternately: ours <= peer + 15 ms.

Repeat with ``python -m benchmarks.machines.poweron_through_soap``.
"""

from __future__ import annotations

import asyncio
import time

from benchmarks.machines.bench import MEMORY_BYTES, SETTLE_SECONDS, Bench, main
from benchmarks.machines.datacenter import container_datacenter
from benchmarks.measuring import Bound, line
from benchmarks.vsphere.power_on_update import Watched
from emulators.machines.images.names import TINY
from emulators.machines.images.recipe import engine_name

ROOM_MS = 15
CREATE = """docker create --init --name plain --network {network} --cpu-quota 100000 --memory {memory} --memory-swap {memory} \
--pids-limit 1024 --cap-drop ALL --security-opt no-new-privileges {image} >/dev/null"""


async def measure(bench: Bench) -> None:
    """Turn the VM on and off through the API, and start and kill the plain container by the command."""
    ours: list[float] = []
    peer: list[float] = []
    with container_datacenter(bench.docker_host) as server:
        watched = await asyncio.to_thread(Watched, server)
        await asyncio.to_thread(watched.latency_ms, on=True)  # makes network and container
        await asyncio.to_thread(watched.latency_ms, on=False)
        await bench.shell(CREATE.format(network=await bench.network_name(), memory=MEMORY_BYTES, image=engine_name(TINY)))
        for _ in range(bench.repetitions):
            ours.append(await asyncio.to_thread(watched.latency_ms, on=True))
            await asyncio.to_thread(watched.latency_ms, on=False)
            await asyncio.sleep(SETTLE_SECONDS)
            peer.append(await _docker_start(bench))
        watched.close()
        await bench.shell("docker rm -f plain >/dev/null")
    line("machines.poweron_through_soap", "ms", ours, peer, bound=Bound(room=ROOM_MS))


async def _docker_start(bench: Bench) -> float:
    begun = time.perf_counter()
    await bench.shell("exec docker start plain")
    took = (time.perf_counter() - begun) * 1000
    await bench.shell("docker kill plain >/dev/null")
    await asyncio.sleep(SETTLE_SECONDS)
    return took


if __name__ == "__main__":
    main(measure, __doc__ or "")
