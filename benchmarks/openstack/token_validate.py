"""GET /v3/auth/tokens of a valid token: <= 0.15 x a real Keystone.

DCSIM_BENCH_KEYSTONE=/path/of/venv python -m benchmarks.openstack.token_validate [--repetitions 9]   (without it: no peer)
"""

from __future__ import annotations

import time

from benchmarks.measuring import Bound, arguments, cpu_seconds, line
from benchmarks.openstack.identity_client import Keystone
from benchmarks.openstack.keystone_peer import keystone
from benchmarks.openstack.serving import serving

TIMES = 100
RATIO = 0.15


def main() -> None:
    """Measure."""
    repetitions = arguments(__doc__).parse_args().repetitions
    with serving(1) as server, keystone() as peer:
        ours = Keystone(server.port, "/identity/v3", server.password)
        theirs = Keystone(peer.port, peer.path, peer.password) if peer else None
        mine, other, cpus = [], [], []
        for client in filter(None, (ours, theirs)):
            client.login()
            _milliseconds(client)
        for _ in range(repetitions):
            cpu = cpu_seconds(server.pid)
            mine.append(_milliseconds(ours))
            cpus.append((cpu_seconds(server.pid) - cpu) * 1000 / TIMES)
            if theirs:
                other.append(_milliseconds(theirs))
        more = {"bytes": ours.validate(), "cpu_ms": sorted(cpus)[len(cpus) // 2]}
        line("openstack.token_validate", "ms", mine, other, bound=Bound(ratio=RATIO), more=more)


def _milliseconds(client: Keystone) -> float:
    begun = time.perf_counter()
    for _ in range(TIMES):
        client.validate()
    return (time.perf_counter() - begun) * 1000 / TIMES


if __name__ == "__main__":
    main()
