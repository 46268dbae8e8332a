"""Details of servers: 1,000 of 1,000 for the first time <= 200 ms, and a page of 1,000 of 10,000, warm, < 100 ms.

A real nova with its fake driver took 9.9 s for 1,000.

    python -m benchmarks.openstack.server_details [--repetitions 9]
"""

from __future__ import annotations

import statistics
import time

from benchmarks.measuring import Bound, arguments, cpu_seconds, line, memory_mib
from benchmarks.openstack.client import Client
from benchmarks.openstack.serving import serving

COLD, WARM = 1_000, 10_000
COLD_MS, WARM_MS = 200, 100
DETAIL = "/compute/v2.1/servers/detail"


def main() -> None:
    """Measure."""
    repetitions = arguments(__doc__).parse_args().repetitions
    cold, size, memory = [], 0, 0.0
    with serving(COLD) as server:
        client = Client(server)
        for place in range(repetitions):  # what is kept belongs to a microversion's answer: each of these is a first one
            request = client.request("GET", DETAIL).replace(b"compute 2.96", f"compute 2.{_STEPS[place % len(_STEPS)]}".encode())
            begun = time.perf_counter()
            size = len(client.ask(request))
            cold.append((time.perf_counter() - begun) * 1000)
        memory = memory_mib(server.pid)
        client.close()
    first = cold[: len(_STEPS)]
    line(
        "openstack.server_details.first",
        "ms",
        first,
        bound=Bound(most=COLD_MS),
        more={"servers": COLD, "bytes": size, "memory_mib": memory},
    )
    with serving(WARM) as server:
        client = Client(server)
        request = client.request("GET", f"{DETAIL}?limit=1000")
        client.ask(request)
        warm, cpu = [], []
        for _ in range(repetitions):
            used, begun = cpu_seconds(server.pid), time.perf_counter()
            size = len(client.ask(request))
            warm.append((time.perf_counter() - begun) * 1000)
            cpu.append((cpu_seconds(server.pid) - used) * 1000)
        more = {"servers": WARM, "bytes": size, "cpu_ms": statistics.median(cpu)}
        line("openstack.server_details.page", "ms", warm, bound=Bound(most=WARM_MS), more=more)
        client.close()


_STEPS = (96, 90, 75, 73, 71, 63, 47, 26, 19)
"""Microversions that answer differently."""


if __name__ == "__main__":
    main()
