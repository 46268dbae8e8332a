"""POST /v3/auth/tokens by password, with a real slow hash on both sides (ours: argon2id): <= 0.5 x a real Keystone.

python -m benchmarks.openstack.token_issue [--repetitions 9]
"""

from __future__ import annotations

import statistics
import time

from benchmarks.measuring import Bound, arguments, cpu_seconds, line
from benchmarks.openstack.identity_client import Keystone
from benchmarks.openstack.keystone_peer import keystone
from benchmarks.openstack.serving import serving

TIMES = 10
RATIO = 0.5


def main() -> None:
    """Measure."""
    repetitions = arguments(__doc__).parse_args().repetitions
    with serving(1) as server, keystone() as peer:
        ours = Keystone(server.port, "/identity/v3", server.password)
        theirs = Keystone(peer.port, peer.path, peer.password) if peer else None
        mine, other, cpus, other_cpus = [], [], [], []
        _milliseconds(ours)
        if theirs:
            _milliseconds(theirs)
        for _ in range(repetitions):
            cpu = cpu_seconds(server.pid)
            mine.append(_milliseconds(ours))
            cpus.append((cpu_seconds(server.pid) - cpu) * 1000 / TIMES)
            if peer and theirs:
                cpu = cpu_seconds(peer.pid)
                other.append(_milliseconds(theirs))
                other_cpus.append((cpu_seconds(peer.pid) - cpu) * 1000 / TIMES)
        more = {"cpu_ms": statistics.median(cpus)}
        if other_cpus:
            more["peer_cpu_ms"] = statistics.median(other_cpus)
        line("openstack.token_issue", "ms", mine, other, bound=Bound(ratio=RATIO), more=more)


def _milliseconds(client: Keystone) -> float:
    begun = time.perf_counter()
    for _ in range(TIMES):
        client.login()
    return (time.perf_counter() - begun) * 1000 / TIMES


if __name__ == "__main__":
    main()
