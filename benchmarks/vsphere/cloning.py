"""Making and removing clones of a VM, as fast as the server takes it."""

from __future__ import annotations

import re

from benchmarks.vsphere import messages
from benchmarks.vsphere.servers import Client, Server

_PARENT = re.compile(rb'<val type="Folder"[^>]*>([^<]+)</val>')
_POOL = re.compile(rb'<val type="ResourcePool"[^>]*>([^<]+)</val>')
_RESULT = re.compile(rb'<val type="VirtualMachine"[^>]*>([^<]+)</val>')


class Cloner:
    """Clones the first VM that is no template."""

    def __init__(self, server: Server) -> None:
        self.client = Client(server)
        self._vm, self._folder, self._pool = self._original()
        self._made = 0

    def _original(self) -> tuple[str, str, str]:
        for vm in self.client.vms():
            answer = self.client.call(messages.retrieve(self.client.collector, messages.of_vms([vm], ["parent", "resourcePool"])))
            folder, pool = _PARENT.search(answer), _POOL.search(answer)
            if folder and pool:
                return vm, folder[1].decode(), pool[1].decode()
        raise AssertionError("there is no VM to clone")

    def begin(self, number: int) -> list[str]:
        """Start so many clones; answers their tasks."""
        self._made += number
        names = [f"clone-{self._made - place}" for place in range(number)]
        orders = [messages.clone(self._vm, self._folder, self._pool, name) for name in names]
        return [messages.reference(self.client.call(order)) for order in orders]

    def finish(self, tasks: list[str]) -> list[str]:
        """Wait for clones that were begun; answers the VMs."""
        self.client.until_done(tasks)
        answer = self.client.call(messages.retrieve(self.client.collector, messages.of_tasks(tasks, ["info.result"])))
        vms = [found.decode() for found in _RESULT.findall(answer)]
        assert len(vms) == len(tasks), answer[:2000]
        return vms

    def clones(self, number: int) -> list[str]:
        """So many clones."""
        return self.finish(self.begin(number))

    def remove(self, vms: list[str]) -> None:
        """Destroy VMs."""
        self.client.until_done([messages.reference(self.client.call(messages.destroy(vm))) for vm in vms])
