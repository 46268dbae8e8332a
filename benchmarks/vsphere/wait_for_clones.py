"""A hundred clones at once, and one WaitForUpdatesEx loop until all their tasks have ended: never hangs.

A try hangs when nothing comes for 30 s; the peer's hangs are counted and its other tries compared. The clones are destroyed between tries.
Repeat with ``python -m benchmarks.vsphere.wait_for_clones --repetitions 50``.
"""

from __future__ import annotations

import re
import time

from benchmarks.measuring import line
from benchmarks.vsphere import messages
from benchmarks.vsphere.cloning import Cloner
from benchmarks.vsphere.pair import main
from benchmarks.vsphere.servers import Server

CLONES = 100
VMS = 20
HANGS_SECONDS = 30
_VERSION = re.compile(rb"<version>([^<]*)</version>")
_DONE = re.compile(rb'<obj type="Task"[^>]*>([^<]+)</obj>(?:(?!</objectSet>).)*?>(success|error)<', re.DOTALL)


class _Waiter:
    """Clones, and waits."""

    def __init__(self, server: Server) -> None:
        self._cloner = Cloner(server)
        self.client = self._cloner.client
        self.hung = 0

    def seconds(self) -> float | None:
        """From the first clone to the last task's end; None when the wait hangs."""
        begun = time.perf_counter()
        tasks = self._cloner.begin(CLONES)
        ended = self._wait(tasks)
        took = time.perf_counter() - begun
        self.hung += not ended
        self._cloner.remove(self._cloner.finish(tasks))
        return took if ended else None

    def _wait(self, tasks: list[str]) -> bool:
        own = messages.reference(self.client.call(messages.create_collector(self.client.collector)))
        self.client.call(messages.create_filter(own, messages.of_tasks(tasks)))
        version, done = "", set[bytes]()
        while len(done) < len(tasks):
            answer = self.client.call(messages.wait(own, version, HANGS_SECONDS))
            found = _VERSION.search(answer)
            if found is None:
                return False
            version = found[1].decode()
            done |= {task for task, _ in _DONE.findall(answer)}
        self.client.call(messages.destroy_collector(own))
        return True


def measure(ours: Server, peer: Server, repetitions: int) -> None:
    """Clone in turn."""
    mine, theirs = _Waiter(ours), _Waiter(peer)
    pairs = [(mine.seconds(), theirs.seconds()) for _ in range(repetitions)]
    walls = [[took for took in side if took is not None] for side in zip(*pairs, strict=True)]
    hangs = {"hung": mine.hung, "peer_hung": theirs.hung, "never_hangs": mine.hung == 0}
    line("vsphere.wait_for_clones", "s", *walls, more={"clones": CLONES, **hangs})
    mine.client.close()
    theirs.client.close()


if __name__ == "__main__":
    main(measure, __doc__, vms=VMS)
