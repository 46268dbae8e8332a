"""GET /flavors/detail, asked again and again: <= 0.10 x nova itself, which is spared the socket and the token.

python -m benchmarks.openstack.flavors [--repetitions 9]
"""

from __future__ import annotations

from benchmarks.measuring import Bound, arguments
from benchmarks.openstack.beside import Beside
from benchmarks.openstack.real_nova import nova
from benchmarks.openstack.serving import serving
from emulators.openstack.compute.flavors import DEVSTACK

TIMES, PEER_TIMES = 500, 20


def main() -> None:
    """Measure."""
    repetitions = arguments(__doc__).parse_args().repetitions
    with serving(1) as server, nova(servers=0) as peer:
        path = "/flavors/detail"
        beside = Beside(server, peer, path, path, TIMES, PEER_TIMES)
        beside.repeat(repetitions)
        beside.line("openstack.flavors", Bound(ratio=0.1), {"flavors": len(DEVSTACK)})


if __name__ == "__main__":
    main()
