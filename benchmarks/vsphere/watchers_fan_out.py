"""Fifty clients wait for changes of the power state of 1,000 VMs; one VM is turned on: until all fifty know, <= 1 x vcsim.

Repeat with ``python -m benchmarks.vsphere.watchers_fan_out``.
"""

from __future__ import annotations

import re
import selectors

from benchmarks.measuring import Bound, line
from benchmarks.vsphere import messages
from benchmarks.vsphere.pair import Spent, main, settle
from benchmarks.vsphere.servers import Client, Server

WATCHERS = 50
CYCLES = 1
PATIENCE_SECONDS = 60
"""vcsim loses an update now and then; whoever has heard nothing by then is counted as missed."""
_VERSION = re.compile(rb"<version>([^<]*)</version>")


class _Crowd:
    """An actor, and clients that each watch all VMs."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self.missed = 0
        self._actor = Client(server)
        self._vm = self._actor.vms()[1]
        if b"poweredOn" in self._state():
            self._actor.switch([self._vm], on=False)
        self._watchers = [Client(server) for _ in range(WATCHERS)]
        self._versions = dict.fromkeys(self._watchers, "")
        # Each has a collector of its own: of those who wait with the sessions' default ones, vcsim tells only one.
        self._collectors = {one: messages.reference(one.call(messages.create_collector(one.collector))) for one in self._watchers}
        for one, own in self._collectors.items():
            one.call(messages.create_filter(own, messages.through_view(one.view(), ["runtime.powerState"])))
            self._note(one, one.call(messages.wait(own, "")))

    def _state(self) -> bytes:
        return self._actor.call(messages.retrieve(self._actor.collector, messages.of_vms([self._vm], ["runtime.powerState"])))

    def _note(self, watcher: Client, answer: bytes) -> bool:
        """Take note of a version; False when nothing came in time."""
        found = _VERSION.search(answer)
        if found is not None:
            self._versions[watcher] = found[1].decode()
        return found is not None

    def _wait(self, watcher: Client) -> None:
        watcher.wire.send(watcher.wire.prepare(messages.wait(self._collectors[watcher], self._versions[watcher], PATIENCE_SECONDS)))

    def spread(self, *, on: bool) -> tuple[float, float]:
        """Turn the VM on or off: milliseconds until the last watcher knows, and of the server's CPU."""
        for one in self._watchers:
            self._wait(one)
        settle(self._server)
        order = self._actor.wire.prepare(messages.power(self._vm, on=on))
        with Spent(self._server) as spent:
            self._actor.wire.send(order)
            self._hear_all(b"poweredOn" if on else b"poweredOff")
        self._actor.until_done([messages.reference(self._actor.wire.receive())])
        return spent.wall_ms, spent.cpu_ms

    def _hear_all(self, state: bytes) -> None:
        with selectors.DefaultSelector() as selector:
            for one in self._watchers:
                selector.register(one.wire, selectors.EVENT_READ, one)
            while selector.get_map():
                for key, _ in selector.select():
                    answer = key.data.wire.receive()
                    told = self._note(key.data, answer)
                    self.missed += not told
                    if state in answer or not told:
                        selector.unregister(key.fileobj)
                    else:  # vcsim sometimes answers with an update that says nothing new
                        self._wait(key.data)

    def sample(self) -> tuple[float, float]:
        """The mean of some changes."""
        found = [self.spread(on=on) for _ in range(CYCLES) for on in (True, False)]
        return sum(wall for wall, _ in found) / len(found), sum(cpu for _, cpu in found) / len(found)

    def close(self) -> None:
        """Hang up."""
        for one in (self._actor, *self._watchers):
            one.close()


def measure(ours: Server, peer: Server, repetitions: int) -> None:
    """Change a VM of each in turn."""
    mine, theirs = _Crowd(ours), _Crowd(peer)
    pairs = [(mine.sample(), theirs.sample()) for _ in range(repetitions)]
    walls = [[wall for wall, _ in side] for side in zip(*pairs, strict=True)]
    missed = {"missed": mine.missed, "peer_missed": theirs.missed}
    line("vsphere.watchers_fan_out", "ms", *walls, bound=Bound(ratio=1), more={"watchers": WATCHERS, **missed})
    cpus = [[cpu for _, cpu in side] for side in zip(*pairs, strict=True)]
    line("vsphere.watchers_fan_out.cpu", "cpu_ms", *cpus, bound=Bound(ratio=1), more={"watchers": WATCHERS})
    mine.close()
    theirs.close()


if __name__ == "__main__":
    main(measure, __doc__)
