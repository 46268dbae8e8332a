"""A hundred clones at once, and one WaitForUpdatesEx loop until all their tasks have ended: never hangs.

A try hangs when nothing comes for 30 s; the peer's hangs are counted and its other tries compared. The clones are destroyed between tries.
Repeat with ``python -m benchmarks.vsphere.wait_for_clones --repetitions 50``.
"""

from __future__ import annotations

import re
import time

from benchmarks.measuring import line
from benchmarks.vsphere import messages
from benchmarks.vsphere.pair import main
from benchmarks.vsphere.servers import Client, Server

CLONES = 100
HANGS_SECONDS = 30
_VERSION = re.compile(rb"<version>([^<]*)</version>")
_DONE = re.compile(rb'<obj type="Task"[^>]*>([^<]+)</obj>(?:(?!</objectSet>).)*?>(success|error)<', re.DOTALL)
_PARENT = re.compile(rb'<val type="Folder"[^>]*>([^<]+)</val>')
_POOL = re.compile(rb'<val type="ResourcePool"[^>]*>([^<]+)</val>')
_RESULT = re.compile(rb'<val type="VirtualMachine"[^>]*>([^<]+)</val>')


class _Cloner:
    """Clones one VM."""

    def __init__(self, server: Server) -> None:
        self._client = Client(server)
        self._vm, self._folder, self._pool = self._original()
        self._try = 0
        self.hung = 0

    def _original(self) -> tuple[str, str, str]:
        """A VM that is no template, its folder and its pool."""
        for vm in self._client.vms():
            answer = self._client.call(messages.retrieve(self._client.collector, messages.of_vms([vm], ["parent", "resourcePool"])))
            folder, pool = _PARENT.search(answer), _POOL.search(answer)
            if folder and pool:
                return vm, folder[1].decode(), pool[1].decode()
        raise AssertionError("there is no VM to clone")

    def seconds(self) -> float | None:
        """From the first clone to the last task's end; None when the wait hangs."""
        self._try += 1
        begun = time.perf_counter()
        orders = [messages.clone(self._vm, self._folder, self._pool, f"clone-{self._try}-{number}") for number in range(CLONES)]
        tasks = [messages.reference(self._client.call(order)) for order in orders]
        ended = self._wait(tasks)
        took = time.perf_counter() - begun
        if not ended:
            self.hung += 1
        self._client.until_done(tasks)
        self._remove(tasks)
        return took if ended else None

    def _wait(self, tasks: list[str]) -> bool:
        own = messages.reference(self._client.call(messages.create_collector(self._client.collector)))
        self._client.call(messages.create_filter(own, messages.of_tasks(tasks)))
        version, done = "", set[bytes]()
        while len(done) < len(tasks):
            answer = self._client.call(messages.wait(own, version, HANGS_SECONDS))
            found = _VERSION.search(answer)
            if found is None:
                return False
            version = found[1].decode()
            done |= {task for task, _ in _DONE.findall(answer)}
        self._client.call(messages.destroy_collector(own))
        return True

    def _remove(self, tasks: list[str]) -> None:
        answer = self._client.call(messages.retrieve(self._client.collector, messages.of_tasks(tasks, ["info.result"])))
        clones = [found.decode() for found in _RESULT.findall(answer)]
        assert len(clones) == CLONES, answer[:2000]
        self._client.until_done([messages.reference(self._client.call(messages.destroy(clone))) for clone in clones])

    def close(self) -> None:
        """Hang up."""
        self._client.close()


def measure(ours: Server, peer: Server, repetitions: int) -> None:
    """Clone in turn."""
    mine, theirs = _Cloner(ours), _Cloner(peer)
    pairs = [(mine.seconds(), theirs.seconds()) for _ in range(repetitions)]
    walls = [[took for took in side if took is not None] for side in zip(*pairs, strict=True)]
    hangs = {"hung": mine.hung, "peer_hung": theirs.hung, "never_hangs": mine.hung == 0}
    line("vsphere.wait_for_clones", "s", *walls, more={"clones": CLONES, **hangs})
    mine.close()
    theirs.close()


if __name__ == "__main__":
    main(measure, __doc__, vms=20)
