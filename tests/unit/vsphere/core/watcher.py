"""A client that has a filter and listens."""

from __future__ import annotations

from typing import Any

from pyVmomi import vim

from emulators.world.model import Vm
from tests.unit.vsphere.core.wire import (
    COLLECTOR,
    PC,
    Wire,
    in_view,
)


class Watcher:
    """A client that has a filter and listens."""

    def __init__(self, wire: Wire) -> None:
        self.wire = wire
        self.version = ""
        self.truncated = False

    async def watch(self, spec: Any, *, partial: bool = False) -> Any:
        return await self.wire.call(COLLECTOR, "CreateFilter", spec=spec, partialUpdates=partial)

    async def vms(self, *paths: str, partial: bool = False) -> Any:
        return await self.watch(in_view(await self.wire.container(vim.VirtualMachine), vim.VirtualMachine, *paths), partial=partial)

    async def hear(self, seconds: int = 0, most: int | None = None) -> list[tuple[str, str, dict[str, Any]]]:
        """(kind, id, changes) of every object of the next UpdateSet, of all filters."""
        options = PC.WaitOptions(maxWaitSeconds=seconds, maxObjectUpdates=most)
        update = await self.wire.call(COLLECTOR, "WaitForUpdatesEx", version=self.version, options=options)
        if update is None:
            return []
        self.version, self.truncated = update.version, bool(update.truncated)
        return [
            (one.kind, one.obj._moId, {change.name: change.val if change.op == "assign" else change.op for change in one.changeSet})
            for told in update.filterSet
            for one in told.objectSet
        ]


def moid(vm: Vm) -> str:
    return f"vm-{vm.number}"
