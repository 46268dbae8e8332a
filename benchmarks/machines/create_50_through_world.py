"""Fifty VMs turned on for the first time, all at once over SOAP, until every one runs in its container, against a shell loop of
``docker run`` that makes as many containers of the same image, eight at a time both: ours <= peer.

Repeat with ``python -m benchmarks.machines.create_50_through_world``.
"""

from __future__ import annotations

import asyncio
import time

from benchmarks.machines.bench import SETTLE_SECONDS, SUBNET, Bench, main
from benchmarks.machines.create_50_vs_shell_loop import COUNT, IN_FLIGHT, run_loop, shell_loop
from benchmarks.machines.datacenter import container_datacenter
from benchmarks.measuring import Bound, line
from benchmarks.vsphere.cloning import Cloner
from benchmarks.vsphere.servers import Server


async def measure(bench: Bench) -> None:
    """Make and remove fifty, in turn by the API and by the loop."""
    loop = shell_loop(await bench.network_name(), SUBNET)
    ours: list[float] = []
    peer: list[float] = []
    with container_datacenter(bench.docker_host) as server:
        for _ in range(bench.repetitions):
            ours.append(await asyncio.to_thread(_ours, server))
            await asyncio.sleep(SETTLE_SECONDS)
            peer.append(await run_loop(bench, loop))
    line("machines.create_50_through_world", "s", ours, peer, bound=Bound(ratio=1), more={"count": COUNT, "in_flight": IN_FLIGHT})


def _ours(server: Server) -> float:
    cloner = Cloner(server)
    vms = cloner.clones(COUNT)
    begun = time.perf_counter()
    cloner.client.switch(vms, on=True)
    took = time.perf_counter() - begun
    cloner.client.switch(vms, on=False)
    cloner.remove(vms)
    cloner.client.close()
    return took


if __name__ == "__main__":
    main(measure, __doc__ or "")
