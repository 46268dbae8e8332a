"""GET /servers/{id} of one of 1,000: <= 0.05 x nova itself, which is spared the socket, the token and Neutron; and <= 2 ms.

python -m benchmarks.openstack.server_show [--repetitions 9]
"""

from __future__ import annotations

from benchmarks.measuring import Bound, arguments
from benchmarks.openstack.beside import Beside
from benchmarks.openstack.real_nova import nova
from benchmarks.openstack.serving import serving

SERVERS = 1_000
TIMES, PEER_TIMES = 200, 20
LIMIT_MS = 2


def main() -> None:
    """Measure."""
    repetitions = arguments(__doc__).parse_args().repetitions
    with serving(SERVERS) as server, nova(SERVERS) as peer:
        beside = Beside(server, peer, f"/servers/{server.server}", f"/servers/{peer.server}" if peer else "", TIMES, PEER_TIMES)
        beside.repeat(repetitions)
        beside.line("openstack.server_show", Bound(ratio=0.05, most=LIMIT_MS), {"servers": SERVERS})


if __name__ == "__main__":
    main()
