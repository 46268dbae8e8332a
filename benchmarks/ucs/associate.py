"""Association of a service profile with a blade at zero FSM time, from asking for it until the profile says associated: <= 0.1 s.

The domain has 160 blades; the profile draws its UUID and two MACs from pools. Every try takes another blade; leaving it is not measured.

    python -m benchmarks.ucs.associate [--repetitions 9]
"""

from __future__ import annotations

import itertools
import statistics
import time
from collections.abc import Iterator

from benchmarks.measuring import Bound, arguments, line
from benchmarks.ucs.client import Client
from benchmarks.ucs.serving import MOST_CHASSIS, PER_CHASSIS, serving

BLADES = 160
TIMES = 20
LIMIT_MS = 100
PROFILE = "org-root/ls-bench"
POOLS = (
    '<uuidpoolPool dn="org-root/uuid-pool-bench"><uuidpoolBlock from="0000-000000000001" to="0000-000000000100"/></uuidpoolPool>',
    '<macpoolPool dn="org-root/mac-pool-bench"><macpoolBlock from="00:25:B5:00:00:00" to="00:25:B5:00:00:FF"/></macpoolPool>',
    f'<lsServer dn="{PROFILE}" identPoolName="bench"><vnicEther rn="ether-eth0" switchId="A" identPoolName="bench"/>'
    '<vnicEther rn="ether-eth1" switchId="B" identPoolName="bench"/></lsServer>',
)


def main() -> None:
    """Measure."""
    repetitions = arguments(__doc__).parse_args().repetitions
    with serving(BLADES) as server:
        client = Client(server).login()
        for written in POOLS:
            _configure(client, written)
        blades = _blades()
        samples = [statistics.median(_associate(client, next(blades)) for _ in range(TIMES)) for _ in range(repetitions)]
        line("ucs.associate", "ms", samples, bound=Bound(most=LIMIT_MS), more={"blades": BLADES, "times": TIMES})
        client.close()


def _blades() -> Iterator[str]:
    """The blades in turn."""
    places = itertools.product(range(1, MOST_CHASSIS + 1), range(1, PER_CHASSIS + 1))
    return itertools.cycle([f"sys/chassis-{chassis}/blade-{slot}" for chassis, slot in places])


def _associate(client: Client, blade: str) -> float:
    """Milliseconds from asking until the profile is associated."""
    begun = time.perf_counter()
    _configure(client, f'<lsBinding dn="{PROFILE}/pn" pnDn="{blade}"/>')
    _until(client, b'assocState="associated"', b'pnDn="%s"' % blade.encode())
    took = (time.perf_counter() - begun) * 1000
    _configure(client, f'<lsBinding dn="{PROFILE}/pn" status="deleted"/>')
    _until(client, b'assocState="unassociated"', b'pnDn=""')
    return took


def _configure(client: Client, written: str) -> None:
    answer = client.wire.call(f'<configConfMo cookie="{client.cookie}"><inConfig>{written}</inConfig></configConfMo>'.encode())
    assert b"errorCode" not in answer, answer


def _until(client: Client, *marks: bytes) -> None:
    request = client.request("configResolveDn", dn=PROFILE)
    while not all(mark in client.wire.ask(request) for mark in marks):
        time.sleep(0.001)


if __name__ == "__main__":
    main()
