"""GET /v3/auth/tokens of a valid token: <= 0.15 x a real Keystone.

python -m benchmarks.openstack.token_validate [--repetitions 9]
"""

from __future__ import annotations

import statistics
import time

from benchmarks.measuring import Bound, arguments, cpu_seconds, line
from benchmarks.openstack.identity_client import Keystone
from benchmarks.openstack.keystone_peer import keystone
from benchmarks.openstack.serving import serving

TIMES, PEER_TIMES = 100, 20
RATIO = 0.15


def main() -> None:
    """Measure."""
    repetitions = arguments(__doc__).parse_args().repetitions
    with serving(1) as server, keystone() as peer:
        ours = Keystone(server.port, "/identity/v3", server.password)
        theirs = Keystone(peer.port, peer.path, peer.password) if peer else None
        mine, other, cpus, other_cpus = [], [], [], []
        for client in filter(None, (ours, theirs)):
            client.login()
            _milliseconds(client, PEER_TIMES)
        for _ in range(repetitions):
            cpu = cpu_seconds(server.pid)
            mine.append(_milliseconds(ours, TIMES))
            cpus.append((cpu_seconds(server.pid) - cpu) * 1000 / TIMES)
            if peer and theirs:
                cpu = cpu_seconds(peer.pid)
                other.append(_milliseconds(theirs, PEER_TIMES))
                other_cpus.append((cpu_seconds(peer.pid) - cpu) * 1000 / PEER_TIMES)
        more = {"bytes": ours.validate(), "cpu_ms": statistics.median(cpus)}
        if other_cpus:
            more["peer_cpu_ms"] = statistics.median(other_cpus)
        line("openstack.token_validate", "ms", mine, other, bound=Bound(ratio=RATIO), more=more)


def _milliseconds(client: Keystone, times: int) -> float:
    begun = time.perf_counter()
    for _ in range(times):
        client.validate()
    return (time.perf_counter() - begun) * 1000 / times


if __name__ == "__main__":
    main()
