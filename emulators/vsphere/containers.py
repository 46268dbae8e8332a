"""What a container holds, directly or all the way down: the contents of ContainerViews, shared by all views that are alike.

Like everything that is read here, the contents depend on who belongs where and not on what the members look like.
"""

from __future__ import annotations

from typing import Any, Final

from pyVmomi import vim

from emulators.vsphere.objects import Object
from emulators.vsphere.properties.fragments import LINKS, Links
from emulators.vsphere.properties.view import Evaluation, View
from emulators.vsphere.records import Folder, Holds

Types = tuple[type[Any], ...]

CONTAINERS: Final[Types] = (vim.Folder, vim.Datacenter, vim.ComputeResource, vim.ResourcePool, vim.HostSystem)
"""Managed types that can be looked into."""

_BELOW: Final[dict[Holds, Types]] = {
    Holds.VM: (vim.Folder, vim.VirtualMachine),
    Holds.HOST: (vim.Folder, vim.ComputeResource, vim.HostSystem, vim.ResourcePool, vim.VirtualMachine),
    Holds.DATASTORE: (vim.Folder, vim.Datastore),
    Holds.NETWORK: (vim.Folder, vim.Network, vim.DistributedVirtualSwitch),
}
_NO_VMS: Final = (vim.Folder, vim.ComputeResource, vim.HostSystem, vim.ResourcePool)


def contents(view: View, container: Object, types: Types, *, recursive: bool) -> dict[str, Object]:
    """The members of those types (none named: all) by id; computed once for all who ask the same, until the membership changes."""
    fragments = view.properties.fragments
    row = fragments.row("", container.id)
    path = f"{'all' if recursive else 'own'}:{','.join(sorted(one.__name__ for one in types))}{LINKS}"
    links = row.fragments.get(path)
    if not isinstance(links, Links):
        walk = _Walk(view, types)
        with view.state.tracking() as reads:
            walk.run(container, recursive=recursive)
        links = Links(walk.found, frozenset(reads))
        fragments.put(row, path, links)
    if view.evaluation is not None:
        evaluation = Evaluation()
        evaluation.keys.update(links.keys)
        view.evaluation.absorb(evaluation)
    return links.targets


class _Walk:
    def __init__(self, view: View, types: Types) -> None:
        self._view = view
        self._types = types
        self._via_folders = False
        self.found: dict[str, Object] = {}

    def run(self, container: Object, *, recursive: bool) -> None:
        """Fill ``found``."""
        holds = self._holds(container)
        # From a datacenter down, every VM is found in the VM folder already; no need to look into pools and hosts for them.
        self._via_folders = container.type is vim.Datacenter or holds is Holds.DATACENTER
        hands = [container]
        while hands:
            for child in self._view.tree.children(hands.pop()):
                if child.id not in self.found and (not self._types or issubclass(child.type, self._types)):
                    self.found[child.id] = child
                if recursive and self._leads_on(child):
                    hands.append(child)

    def _leads_on(self, child: Object) -> bool:
        """May there be something of the wanted types below?"""
        if child.type is vim.VirtualMachine or not issubclass(child.type, CONTAINERS):
            return False
        below = self._below(child)
        return not self._types or any(issubclass(one, wanted) or issubclass(wanted, one) for one in below for wanted in self._types)

    def _below(self, child: Object) -> Types:
        if issubclass(child.type, vim.HostSystem):
            return () if self._via_folders else (vim.VirtualMachine,)
        if issubclass(child.type, vim.ResourcePool):
            return (vim.ResourcePool,) if self._via_folders else (vim.ResourcePool, vim.VirtualMachine)
        if issubclass(child.type, vim.ComputeResource):
            return _NO_VMS if self._via_folders else _BELOW[Holds.HOST]
        holds = self._holds(child)
        if holds is Holds.HOST and self._via_folders:
            return _NO_VMS
        return (vim.ManagedEntity,) if holds is None else _BELOW.get(holds, (vim.ManagedEntity,))

    def _holds(self, managed: Object) -> Holds | None:
        entity = self._view.tree.entity(managed)
        return entity.holds if isinstance(entity, Folder) else None
