"""One read of ours beside the same read of a real Nova, in turn."""

from __future__ import annotations

import statistics
import time
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from benchmarks.measuring import Bound, cpu_seconds, line
from benchmarks.openstack.client import Client
from benchmarks.openstack.real_nova import Nova, Took
from benchmarks.openstack.serving import Serving


class Beside:
    """``path`` of ours, asked ``times`` in a row, and ``peer_path`` of Nova (where there is one), ``peer_times``."""

    def __init__(self, server: Serving, peer: Nova | None, path: str, peer_path: str, times: int, peer_times: int) -> None:
        self._pid, self._client, self._times = server.pid, Client(server), times
        self._peer, self._peer_path, self._peer_times = peer, peer_path, peer_times
        self._request = self._client.request("GET", f"/compute/v2.1{path}")
        self._ours: list[Took] = []
        self._theirs: list[Took] = []
        self._once(1)
        if peer is not None:
            peer.ask(peer_path, 1)

    def repeat(self, repetitions: int) -> None:
        """Measure both so often."""
        for _ in range(repetitions):
            self._ours.append(self._once(self._times))
            if self._peer is not None:
                self._theirs.append(self._peer.ask(self._peer_path, self._peer_times))

    def line(self, figure: str, bound: Bound, more: Mapping[str, Any] = MappingProxyType({})) -> None:
        """Print the figure, with the CPU of both."""
        found = {**more, "bytes": self._ours[-1].size, "cpu_ms": statistics.median(one.cpu for one in self._ours)}
        if self._theirs:
            found |= {"peer_bytes": self._theirs[-1].size, "peer_cpu_ms": statistics.median(one.cpu for one in self._theirs)}
        line(figure, "ms", [one.wall for one in self._ours], [one.wall for one in self._theirs], bound=bound, more=found)
        self._client.close()

    def _once(self, times: int) -> Took:
        cpu, begun, size = cpu_seconds(self._pid), time.perf_counter(), 0
        for _ in range(times):
            size = len(self._client.ask(self._request))
        wall = (time.perf_counter() - begun) * 1000 / times
        return Took(wall, (cpu_seconds(self._pid) - cpu) * 1000 / times, size)
