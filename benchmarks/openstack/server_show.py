"""GET /servers/{id} of one of 1,000: <= 2 ms from asking to the answer (a real nova with its fake driver: 54 ms, beside its database).

python -m benchmarks.openstack.server_show [--repetitions 9]
"""

from __future__ import annotations

import time

from benchmarks.measuring import Bound, arguments, cpu_seconds, line
from benchmarks.openstack.client import Client
from benchmarks.openstack.serving import Serving, serving

SERVERS = 1_000
TIMES = 200
LIMIT_MS = 2


def main() -> None:
    """Measure."""
    repetitions = arguments(__doc__).parse_args().repetitions
    with serving(SERVERS) as server:
        client = Client(server)
        request = client.request("GET", f"/compute/v2.1/servers/{server.server}")
        size = len(client.ask(request))
        samples = [_milliseconds(server, client, request) for _ in range(repetitions)]
        cpu = sorted(used for _, used in samples)[len(samples) // 2]
        line("openstack.server_show", "ms", [took for took, _ in samples], bound=Bound(most=LIMIT_MS), more={"bytes": size, "cpu_ms": cpu})
        client.close()


def _milliseconds(server: Serving, client: Client, request: bytes) -> tuple[float, float]:
    """Wall and server CPU for one answer."""
    cpu, begun = cpu_seconds(server.pid), time.perf_counter()
    for _ in range(TIMES):
        client.ask(request)
    return (time.perf_counter() - begun) * 1000 / TIMES, (cpu_seconds(server.pid) - cpu) * 1000 / TIMES


if __name__ == "__main__":
    main()
