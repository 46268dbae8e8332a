"""Which entities of the world vCenter shows, and as which managed objects.

Only what vSphere manages is shown: ESXi hosts, its own clusters, pools, VMs, datastores and networks.
"""

from __future__ import annotations

from typing import Final

from pyVmomi import vim

from emulators.vsphere.objects import When, declarations, fixed_id, managed
from emulators.vsphere.records import ROOT, Datacenter, Folder, Holds
from emulators.world.model import (
    Cluster,
    Datastore,
    DistributedSwitch,
    Entity,
    Hypervisor,
    Network,
    Owner,
    ResourcePool,
    Snapshot,
    Task,
    Vm,
)
from emulators.world.state import WorldState

_LETTERS: Final = {Holds.DATACENTER: "d", Holds.VM: "v", Holds.HOST: "h", Holds.DATASTORE: "s", Holds.NETWORK: "n"}


def _is_esxi(_state: WorldState, host: Hypervisor) -> bool:
    return host.flavor == "esxi"


def _stands_alone(state: WorldState, host: Hypervisor) -> bool:
    return _is_esxi(state, host) and not host.cluster


def _is_ours(_state: WorldState, entity: Cluster | Vm) -> bool:
    return entity.owner is Owner.VSPHERE


def _pool_is_ours(state: WorldState, pool: ResourcePool) -> bool:
    above = state.find(pool.parent)
    while isinstance(above, ResourcePool):
        above = state.find(above.parent)
    return above is not None and shown(state, above)


def _snapshot_is_ours(state: WorldState, snapshot: Snapshot) -> bool:
    vm = state.maybe(Vm, snapshot.vm)
    return vm is not None and _is_ours(state, vm)


def _datastore_is_ours(state: WorldState, datastore: Datastore) -> bool:
    hosts = (state.maybe(Hypervisor, uid) for uid in datastore.hosts)
    return not datastore.hosts or any(host is not None and _is_esxi(state, host) for host in hosts)


def _is_standard(_state: WorldState, network: Network) -> bool:
    return network.owner is Owner.VSPHERE and network.type == "standard"


def _is_portgroup(_state: WorldState, network: Network) -> bool:
    return network.owner is Owner.VSPHERE and network.type in {"distributed", "uplink"}


def _task_is_ours(state: WorldState, task: Task) -> bool:
    subject = state.find(task.subject) if task.subject else None
    return task.actor.api != "openstack" if subject is None else shown(state, subject)


def shown(state: WorldState, entity: Entity) -> bool:
    """Does vCenter show this thing?  Things without a managed object (blades, disks, images) it doesn't."""
    return any(one.kind is type(entity) and not one.facet and (one.when is None or one.when(state, entity)) for one in declarations())


def _holding(holds: Holds) -> When:
    def when(_state: WorldState, folder: Folder) -> bool:
        return folder.holds is holds

    return when


for _holds, _letter in _LETTERS.items():
    managed(vim.Folder, f"group-{_letter}", Folder, when=_holding(_holds))
fixed_id("group-d1", ROOT)
managed(vim.Datacenter, "datacenter-", Datacenter)
managed(vim.ClusterComputeResource, "domain-c", Cluster, when=_is_ours)
managed(vim.HostSystem, "host-", Hypervisor, when=_is_esxi)
managed(vim.ComputeResource, "domain-s", Hypervisor, when=_stands_alone, facet=True)
managed(vim.ResourcePool, "resgroup-", ResourcePool, when=_pool_is_ours)
managed(vim.VirtualMachine, "vm-", Vm, when=_is_ours)
managed(vim.vm.Snapshot, "snapshot-", Snapshot, when=_snapshot_is_ours)
managed(vim.Datastore, "datastore-", Datastore, when=_datastore_is_ours)
managed(vim.Network, "network-", Network, when=_is_standard)
managed(vim.dvs.DistributedVirtualPortgroup, "dvportgroup-", Network, when=_is_portgroup)
managed(vim.dvs.VmwareDistributedVirtualSwitch, "dvs-", DistributedSwitch)
managed(vim.Task, "task-", Task, when=_task_is_ours)
