"""configResolveDn of one blade: at least 0.8 times the requests per second of a bare aiohttp handler that returns the same bytes.

Both answer in one process, in turn, over one kept connection.  The time that a request takes is compared; the server's CPU for it stands
beside.

    python -m benchmarks.ucs.small_query [--repetitions 9]
"""

from __future__ import annotations

import statistics
import time

from benchmarks.measuring import Bound, arguments, cpu_seconds, line
from benchmarks.ucs.client import Client, bare
from benchmarks.ucs.serving import Serving, serving

BLADES = 160
TIMES = 1500
RATIO = 1 / 0.8


def main() -> None:
    """Measure."""
    repetitions = arguments(__doc__).parse_args().repetitions
    with serving(BLADES) as server:
        client = Client(server).login()
        request = client.request("configResolveDn", dn="sys/chassis-1/blade-1", inHierarchical="false")
        peer = bare(server, client.wire.ask(request))
        prepared = peer.wire.prepare(b"<configResolveDn/>")
        pairs = [(_spent(server, client, request), _spent(server, peer, prepared)) for _ in range(repetitions)]
        more = {"cpu_us": statistics.median(ours[1] for ours, _ in pairs), "bare_cpu_us": statistics.median(one[1] for _, one in pairs)}
        line("ucs.small_query", "us", [ours[0] for ours, _ in pairs], [one[0] for _, one in pairs], bound=Bound(ratio=RATIO), more=more)
        client.close()
        peer.close()


def _spent(server: Serving, client: Client, request: bytes) -> tuple[float, float]:
    """Microseconds of wall and server CPU for one request."""
    cpu, begun = cpu_seconds(server.pid), time.perf_counter()
    for _ in range(TIMES):
        client.wire.ask(request)
    return (time.perf_counter() - begun) * 1e6 / TIMES, (cpu_seconds(server.pid) - cpu) * 1e6 / TIMES


if __name__ == "__main__":
    main()
