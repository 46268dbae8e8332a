"""From sending PowerOnVM_Task to the update that a waiting WaitForUpdatesEx answers: <= 0.3 x vcsim, and <= 5 ms.

Machines are simulated and tasks take no time of their own. Repeat with ``python -m benchmarks.vsphere.power_on_update``.
"""

from __future__ import annotations

import re
import time

from benchmarks.measuring import Bound, line, percentile
from benchmarks.vsphere import messages
from benchmarks.vsphere.pair import main
from benchmarks.vsphere.servers import Client, Server

CYCLES = 15
_VERSION = re.compile(rb"<version>([^<]*)</version>")


class Watched:
    """A VM, a client that turns it on and off, and one that waits for that."""

    def __init__(self, server: Server) -> None:
        self._actor, self._watcher = Client(server), Client(server)
        self._vm = self._actor.vms()[0]
        if self._is_on():
            self._actor.switch([self._vm], on=False)
        self._watcher.call(messages.create_filter(self._watcher.collector, messages.of_vms([self._vm], ["runtime.powerState"])))
        self._version = self._told(self._watcher.call(messages.wait(self._watcher.collector, "")), b"poweredOff")

    def _is_on(self) -> bool:
        return b"poweredOn" in self._actor.call(
            messages.retrieve(self._actor.collector, messages.of_vms([self._vm], ["runtime.powerState"]))
        )

    @staticmethod
    def _told(answer: bytes, state: bytes) -> str:
        found = _VERSION.search(answer)
        if found is None or state not in answer:
            raise AssertionError(f"expected an update to {state!r}: {answer!r}")
        return found[1].decode()

    def latency_ms(self, *, on: bool) -> float:
        """Turn the VM on or off: until the watcher knows."""
        self._watcher.wire.send(self._watcher.wire.prepare(messages.wait(self._watcher.collector, self._version)))
        order = self._actor.wire.prepare(messages.power(self._vm, on=on))
        time.sleep(0.005)  # the wait has to arrive first
        begun = time.perf_counter()
        self._actor.wire.send(order)
        answer = self._watcher.wire.receive()
        took = (time.perf_counter() - begun) * 1000
        self._version = self._told(answer, b"poweredOn" if on else b"poweredOff")
        self._actor.until_done([messages.reference(self._actor.wire.receive())])
        return took

    def sample(self) -> list[float]:
        """Latencies of some power-ons."""
        took = []
        for _ in range(CYCLES):
            took.append(self.latency_ms(on=True))
            self.latency_ms(on=False)
        return took

    def close(self) -> None:
        """Hang up."""
        self._actor.close()
        self._watcher.close()


def measure(ours: Server, peer: Server, repetitions: int) -> None:
    """Turn one VM of each on and off, in turn."""
    mine, theirs = Watched(ours), Watched(peer)
    pairs = [(mine.sample(), theirs.sample()) for _ in range(repetitions)]
    middles = [[percentile(sample, 50) for sample in side] for side in zip(*pairs, strict=True)]
    tails = {name: max(max(pair[place]) for pair in pairs) for place, name in enumerate(("ours_worst", "peer_worst"))}
    line("vsphere.power_on_update", "ms", *middles, bound=Bound(ratio=0.3, most=5), more={"cycles": CYCLES, **tails})
    mine.close()
    theirs.close()


if __name__ == "__main__":
    main(measure, __doc__)
