"""Details of 100 and of 1,000 servers: <= 0.02 x nova itself, which is spared the socket, the token and Neutron; and <= 200 ms for 1,000.

The first answer, for which every server must be built and encoded, has a figure of its own.

    python -m benchmarks.openstack.server_details [--repetitions 9]
"""

from __future__ import annotations

import time

from benchmarks.measuring import Bound, arguments, line
from benchmarks.openstack.beside import Beside
from benchmarks.openstack.client import Client
from benchmarks.openstack.real_nova import Nova, nova
from benchmarks.openstack.serving import Serving, serving

FEW, MANY = 100, 1_000
TIMES, PEER_TIMES = 20, 1
LIMIT_MS = 200
RATIO = 0.02
DETAIL = "/servers/detail"
STEPS = (96, 90, 75, 73, 71, 63, 47, 26, 19)
"""Microversions that answer differently: what is kept belongs to a microversion, so the first answer in each is built anew."""


def main() -> None:
    """Measure."""
    repetitions = arguments(__doc__).parse_args().repetitions
    with serving(MANY) as server, nova(MANY) as peer:
        _first(server, repetitions)
        _again(server, peer, FEW, repetitions)
        _again(server, peer, MANY, repetitions)


def _first(server: Serving, repetitions: int) -> None:
    client, took, size = Client(server), [], 0
    for step in STEPS[:repetitions]:
        request = client.request("GET", f"/compute/v2.1{DETAIL}").replace(b"compute 2.96", f"compute 2.{step}".encode())
        begun = time.perf_counter()
        size = len(client.ask(request))
        took.append((time.perf_counter() - begun) * 1000)
    line("openstack.server_details.first", "ms", took, bound=Bound(most=LIMIT_MS), more={"servers": MANY, "bytes": size})
    client.close()


def _again(server: Serving, peer: Nova | None, servers: int, repetitions: int) -> None:
    path = f"{DETAIL}?limit={servers}"
    beside = Beside(server, peer, path, path, TIMES, PEER_TIMES)
    beside.repeat(repetitions)
    beside.line(f"openstack.server_details.{servers}", Bound(ratio=RATIO, most=LIMIT_MS), {"servers": servers})


if __name__ == "__main__":
    main()
