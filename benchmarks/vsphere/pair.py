"""Measuring a figure on both servers in turn."""

from __future__ import annotations

import time
from collections.abc import Callable

from benchmarks.measuring import arguments, cpu_seconds
from benchmarks.vsphere.servers import Client, Server, dcsim, vcsim

VMS = 1_000
Measure = Callable[[Server, Server, int], None]


def main(measure: Measure, description: str | None, vms: int = VMS) -> None:
    """Start both servers with so many VMs and measure."""
    repetitions = arguments(description).parse_args().repetitions
    with vcsim(vms) as peer, dcsim(vms) as ours:
        measure(ours, peer, repetitions)


class Spent:
    """Milliseconds on the clock, and of the server's CPU, inside a ``with`` block."""

    def __init__(self, server: Server) -> None:
        self._pid = server.pid
        self.wall_ms = self.cpu_ms = 0.0

    def __enter__(self) -> Spent:
        self._cpu, self._begun = cpu_seconds(self._pid), time.perf_counter()
        return self

    def __exit__(self, *_: object) -> None:
        self.wall_ms = (time.perf_counter() - self._begun) * 1000
        self.cpu_ms = (cpu_seconds(self._pid) - self._cpu) * 1000


def settle(server: Server) -> None:
    """Wait until a server has nothing to do: waits that were sent have been taken up."""
    before = -1.0
    while (now := cpu_seconds(server.pid)) - before > 0.01:
        before = now
        time.sleep(0.2)


class Repeated:
    """The same request again and again: what one takes."""

    def __init__(self, server: Server, make: Callable[[Client], bytes], expected: tuple[bytes, int]) -> None:
        """*expected*: what the answer must contain, and how often."""
        self._server = server
        self._client = Client(server)
        self._request = self._client.wire.prepare(make(self._client))
        self._expected = expected
        self.bytes = len(self._ask())

    def _ask(self) -> bytes:
        answer = self._client.wire.ask(self._request)
        mark, times = self._expected
        if answer.count(mark) != times:
            raise AssertionError(f"{self._server.name}: expected {times} x {mark!r}, got {answer.count(mark)}: {answer[:500]!r}")
        return answer

    def spent(self, times: int) -> tuple[float, float]:
        """Milliseconds of wall and server CPU for one request, from so many."""
        ask, request = self._client.wire.ask, self._request
        with Spent(self._server) as spent:
            for _ in range(times):
                ask(request)
        return spent.wall_ms / times, spent.cpu_ms / times

    def close(self) -> None:
        """Hang up."""
        self._client.close()
