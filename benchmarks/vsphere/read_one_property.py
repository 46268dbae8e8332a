"""Reading one property of one VM, again and again over four connections: requests a second >= 1 x vcsim, p99 <= 1 x, and
CPU of the server for a request <= 0.85 x.

Our server is one process on one core; vcsim uses all there are, and the client needs one too.
Repeat with ``python -m benchmarks.vsphere.read_one_property``.
"""

from __future__ import annotations

import time
from typing import NamedTuple

from benchmarks.measuring import Bound, line, percentile
from benchmarks.vsphere import messages
from benchmarks.vsphere.pair import Spent, main
from benchmarks.vsphere.servers import Client, Server

CONNECTIONS = 4
ROUNDS = 150


class _Sample(NamedTuple):
    rate: float
    cpu_us: float
    p99_ms: float


class _Readers:
    """Connections that each read the power state of a VM of their own."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._clients = [Client(server) for _ in range(CONNECTIONS)]
        self._hands = []
        for client, vm in zip(self._clients, self._clients[0].vms(), strict=False):
            body = messages.retrieve(client.collector, messages.of_vms([vm], ["runtime.powerState"]))
            self._hands.append((client.wire, client.wire.prepare(body)))
        if b"powered" not in self._hands[0][0].ask(self._hands[0][1]):
            raise AssertionError("no power state in the answer")

    def sample(self) -> _Sample:
        """All connections ask at once, and wait for their answers, so many times; then one alone, for what a client feels."""
        with Spent(self._server) as spent:
            for _ in range(ROUNDS):
                for wire, request in self._hands:
                    wire.send(request)
                for wire, _ in self._hands:
                    wire.receive()
        total = ROUNDS * len(self._hands)
        return _Sample(total / spent.wall_ms * 1000, spent.cpu_ms / total * 1000, percentile(self._alone(), 99))

    def _alone(self) -> list[float]:
        wire, request = self._hands[0]
        took = []
        for _ in range(ROUNDS * 2):
            begun = time.perf_counter()
            wire.ask(request)
            took.append((time.perf_counter() - begun) * 1000)
        return took

    def close(self) -> None:
        """Hang up."""
        for client in self._clients:
            client.close()


def measure(ours: Server, peer: Server, repetitions: int) -> None:
    """Read in turn."""
    mine, theirs = _Readers(ours), _Readers(peer)
    pairs = [(mine.sample(), theirs.sample()) for _ in range(repetitions)]
    # As time for a request, so that less is better in every figure.
    gaps = [[1e6 / one.rate for one in side] for side in zip(*pairs, strict=True)]
    rates = {"requests_per_s": 1e6 / sorted(gaps[0])[repetitions // 2], "peer_requests_per_s": 1e6 / sorted(gaps[1])[repetitions // 2]}
    line("vsphere.read_one_property", "us_between_answers", *gaps, bound=Bound(ratio=1), more={"connections": CONNECTIONS, **rates})
    cpus = [[one.cpu_us for one in side] for side in zip(*pairs, strict=True)]
    line("vsphere.read_one_property.cpu", "cpu_us", *cpus, bound=Bound(ratio=0.85), more={"connections": CONNECTIONS})
    tails = [[one.p99_ms for one in side] for side in zip(*pairs, strict=True)]
    line("vsphere.read_one_property.p99", "ms", *tails, bound=Bound(ratio=1), more={"connections": 1})
    mine.close()
    theirs.close()


if __name__ == "__main__":
    main(measure, __doc__)
