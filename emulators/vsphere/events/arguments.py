"""Who and what an event is about, as its arguments: names and references as they were when it happened."""

from __future__ import annotations

from typing import Any

from pyVmomi import vim

from emulators.vsphere.properties.view import View
from emulators.vsphere.records import Datacenter, Folder, default_datacenter
from emulators.vsphere.tree import folder_of
from emulators.world.model import Cluster, Datastore, Entity, Hypervisor, ResourcePool, Vm
from emulators.world.state import WorldState

_PREFIXES: dict[type[Entity], tuple[Any, str]] = {
    Vm: (vim.VirtualMachine, "vm-"),
    Hypervisor: (vim.HostSystem, "host-"),
    ResourcePool: (vim.ResourcePool, "resgroup-"),
    Cluster: (vim.ClusterComputeResource, "domain-c"),
    Datacenter: (vim.Datacenter, "datacenter-"),
    Datastore: (vim.Datastore, "datastore-"),
}


def reference(view: View, entity: Entity) -> Any:
    """The reference of an entity, also when it is gone."""
    found = view.maybe_ref(entity)
    if found is not None:
        return found
    managed, prefix = _PREFIXES[type(entity)]
    return managed(f"{prefix}{entity.number}")


def vm_argument(view: View, vm: Vm) -> Any:
    """A VM."""
    return vim.event.VmEventArgument(name=vm.name, vm=reference(view, vm))


def host_argument(view: View, host: Hypervisor | None) -> Any:
    """A host; None for none."""
    return vim.event.HostEventArgument(name=host.name, host=reference(view, host)) if host is not None else None


def datastore_argument(view: View, datastore: Datastore | None) -> Any:
    """A datastore; None for none."""
    return vim.event.DatastoreEventArgument(name=datastore.name, datastore=reference(view, datastore)) if datastore is not None else None


def datacenter_argument(view: View, datacenter: Datacenter | None) -> Any:
    """A datacenter; None for none."""
    if datacenter is None:
        return None
    return vim.event.DatacenterEventArgument(name=datacenter.name, datacenter=reference(view, datacenter))


def pool_argument(view: View, uid: str) -> Any:
    """A resource pool by its uid, or the compute resource whose root pool it hangs under."""
    entity = view.state.find(uid)
    pool = entity if isinstance(entity, ResourcePool) else view.state.one(ResourcePool, "parent", uid)
    if pool is None:
        return None
    return vim.event.ResourcePoolEventArgument(name=pool.name, resourcePool=reference(view, pool))


def folder_argument(view: View, uid: str) -> Any:
    """A folder by its uid; None for none."""
    folder = view.state.maybe(Folder, uid)
    return vim.event.FolderEventArgument(name=folder.name, folder=view.ref(folder)) if folder is not None else None


def compute_argument(view: View, host: Hypervisor | None) -> Any:
    """The compute resource of a host."""
    if host is None:
        return None
    cluster = view.state.maybe(Cluster, host.cluster)
    if cluster is not None:
        return vim.event.ComputeResourceEventArgument(name=cluster.name, computeResource=reference(view, cluster))
    alone = view.maybe_ref(host, vim.ComputeResource)
    return vim.event.ComputeResourceEventArgument(name=host.name, computeResource=alone) if alone is not None else None


def fill(view: View, event: Any, entity: Entity | None) -> None:
    """Set the arguments that every event has, as far as the entity tells; what the event has already stays."""
    state = view.state
    if entity is None:
        return
    given: dict[str, Any] = {"datacenter": datacenter_argument(view, datacenter_of(state, entity))}
    host = host_of(state, entity)
    given |= {"host": host_argument(view, host), "computeResource": compute_argument(view, host)}
    if isinstance(entity, Vm):
        given |= {"vm": vm_argument(view, entity), "ds": datastore_argument(view, state.maybe(Datastore, entity.datastore))}
    elif isinstance(entity, Cluster):
        given["computeResource"] = vim.event.ComputeResourceEventArgument(name=entity.name, computeResource=reference(view, entity))
    elif isinstance(entity, ResourcePool):
        given["computeResource"] = _compute_of_pool(view, entity)
    elif isinstance(entity, Datastore):
        given["ds"] = datastore_argument(view, entity)
    for name, value in given.items():
        if getattr(event, name) is None and value is not None:
            setattr(event, name, value)


def _compute_of_pool(view: View, pool: ResourcePool) -> Any:
    above: Entity | None = pool
    while isinstance(above, ResourcePool):
        above = view.state.find(above.parent)
    if isinstance(above, Cluster):
        return vim.event.ComputeResourceEventArgument(name=above.name, computeResource=reference(view, above))
    return compute_argument(view, above) if isinstance(above, Hypervisor) else None


def host_of(state: WorldState, entity: Entity) -> Hypervisor | None:
    """The host that an entity is, or runs on."""
    if isinstance(entity, Hypervisor):
        return entity
    return state.maybe(Hypervisor, entity.host) if isinstance(entity, Vm) else None


def datacenter_of(state: WorldState, entity: Entity) -> Datacenter | None:
    """The datacenter that an entity lies in."""
    above: Entity | None = entity
    if not isinstance(entity, Folder | Datacenter):
        above = folder_of(state, entity)
    while isinstance(above, Folder):
        above = state.find(above.parent)
    if isinstance(above, Datacenter):
        return above
    return default_datacenter(state, entity.site) if entity.site else None


def lineage(state: WorldState, entity: Entity | None) -> list[str]:
    """The uids of an entity and of all that it lies in: folders, hosts, clusters, pools, datastore."""
    found: dict[str, None] = {}
    waiting = [entity] if entity is not None else []
    while waiting:
        one = waiting.pop()
        if one.uid not in found:
            found[one.uid] = None
            waiting += [above for uid in _above(state, one) if uid and (above := state.find(uid)) is not None]
    return list(found)


def _above(state: WorldState, entity: Entity) -> tuple[str, ...]:
    """The uids of what an entity lies in directly; some may be empty."""
    match entity:
        case Folder() | ResourcePool():
            return (entity.parent,)
        case Datacenter():
            return (entity.folder,)
        case Hypervisor() if entity.cluster:
            return (entity.cluster,)
    folder = folder_of(state, entity)
    inside = (folder.uid,) if folder is not None else ()
    return (*inside, entity.host, entity.pool, entity.datastore) if isinstance(entity, Vm) else inside
