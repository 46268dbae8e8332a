"""How managed entities hang together: the tree that the ``parent`` property tells, from the root folder down to VMs.

What is read here is tracked by membership alone: a folder's children depend on who belongs to it, not on what its members look like, so
that a VM's power change leaves a list of 10,000 VMs alone.
"""

from __future__ import annotations

from typing import Any, Final, TypeVar

from pyVmomi import vim

from emulators.vsphere.objects import Object, Objects, untracked
from emulators.vsphere.records import Datacenter, Folder, Holds, default_datacenter, own_folder
from emulators.world.model import Cluster, Datastore, DistributedSwitch, Entity, Hypervisor, Network, ResourcePool, Vm
from emulators.world.state import WorldState

E = TypeVar("E", bound=Entity)

CONTENTS: Final[dict[Holds, tuple[type[Any], ...]]] = {
    Holds.DATACENTER: (),
    Holds.VM: (Vm,),
    Holds.HOST: (Cluster, Hypervisor),
    Holds.DATASTORE: (Datastore,),
    Holds.NETWORK: (Network, DistributedSwitch),
}
"""The kinds of the world that folders of each sort contain."""
_HOLDS: Final[dict[type[Any], Holds]] = {kind: holds for holds, kinds in CONTENTS.items() for kind in kinds}


def members(state: WorldState, cls: type[E], field: str = "", value: str = "") -> list[E]:
    """As ``state.where`` (or ``state.all`` without a field), but the reader depends on who is in the set and not on what they look like."""
    state.count(cls, field, value)
    with untracked(state):
        return state.where(cls, field, value) if field else state.all(cls)


def folder_of(state: WorldState, entity: Entity) -> Folder | None:
    """The folder where a VM, host, cluster, datastore, network or switch lives: its own, or the default one of its sort in its site."""
    uid: str = getattr(entity, "folder", "")
    if uid:
        return state.maybe(Folder, uid)
    holds = _HOLDS.get(type(entity))
    datacenter = default_datacenter(state, entity.site) if entity.site else None
    return own_folder(state, datacenter, holds) if holds is not None and datacenter is not None else None


def folder_children(state: WorldState, folder: Folder) -> list[Entity]:
    """What a folder contains, in order of creation: folders, datacenters, and the things of its sort that vCenter might show."""
    found: list[Entity] = list(members(state, Folder, "parent", folder.uid))
    if folder.holds is Holds.DATACENTER:
        found += members(state, Datacenter, "folder", folder.uid)
    for kind in CONTENTS[folder.holds]:
        found += members(state, kind, "folder", folder.uid)
        found += _placed_nowhere(state, folder, kind)
    return [one for one in found if not (isinstance(one, Hypervisor) and one.cluster)]


def _placed_nowhere(state: WorldState, folder: Folder, kind: type[Entity]) -> list[Entity]:
    """The site's things without a folder, when this is the folder where they live."""
    datacenter = state.maybe(Datacenter, folder.parent)
    if datacenter is None or not datacenter.site or default_datacenter(state, datacenter.site) is not datacenter:
        return []
    for other in members(state, Folder):  # leaving or entering another folder doesn't touch the set of the site
        if other.holds is folder.holds:
            state.count(kind, "folder", other.uid)
    return [one for one in members(state, kind, "site", datacenter.site) if not getattr(one, "folder", "")]


class Tree:
    """Parents and children of managed objects."""

    def __init__(self, state: WorldState, objects: Objects) -> None:
        self._state = state
        self._objects = objects

    def entity(self, managed: Object) -> Entity | None:
        """The entity behind a managed object, None for singletons and sessions' own objects; a tracked read."""
        return self._state.find(managed.subject) if isinstance(managed.subject, str) else None

    def parent(self, managed: Object) -> Object | None:
        """The managed entity above; None for the root folder and for what is no managed entity."""
        entity = self.entity(managed)
        match entity:
            case Folder():
                return self._objects.of(entity.parent) if entity.parent else None
            case Datacenter():
                return self._objects.of(entity.folder)
            case Hypervisor() if issubclass(managed.type, vim.HostSystem):
                return self._compute(entity)
            case ResourcePool():
                above = self._state.find(entity.parent)
                return self._compute(above) if isinstance(above, Hypervisor) else self._objects.of(entity.parent)
            case None:
                return None
            case _:
                folder = folder_of(self._state, entity)
                return self._objects.of(folder) if folder is not None else None

    def children(self, managed: Object) -> list[Object]:
        """The managed entities below, in the order in which vCenter lists them."""
        entity = self.entity(managed)
        return (
            self._in_folder(folder_children(self._state, entity))
            if isinstance(entity, Folder)
            else self.shown(self._below(managed, entity))
        )

    def _below(self, managed: Object, entity: Entity | None) -> list[Entity]:
        match entity:
            case Datacenter():
                return [*members(self._state, Folder, "parent", entity.uid)]
            case Cluster():
                return [*self._pools(entity), *members(self._state, Hypervisor, "cluster", entity.uid)]
            case Hypervisor() if managed.type is vim.ComputeResource:
                return [*self._pools(entity), entity]
            case Hypervisor():
                return [*members(self._state, Vm, "host", entity.uid)]
            case ResourcePool():
                return [*self._pools(entity), *members(self._state, Vm, "pool", entity.uid)]
        return []

    def _pools(self, entity: Entity) -> list[ResourcePool]:
        return members(self._state, ResourcePool, "parent", entity.uid)

    def shown(self, entities: list[Entity]) -> list[Object]:
        """The managed objects of those entities that vCenter shows."""
        found = (self._objects.of(one) for one in entities)
        return [one for one in found if one is not None]

    def _in_folder(self, entities: list[Entity]) -> list[Object]:
        found = (self._compute(one) if isinstance(one, Hypervisor) else self._objects.of(one) for one in entities)
        return [one for one in found if one is not None]

    def _compute(self, host: Hypervisor) -> Object | None:
        return self._objects.of(host.cluster) if host.cluster else self._objects.facet(host, vim.ComputeResource)
