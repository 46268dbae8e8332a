"""Methods of ComputeResource and ClusterComputeResource."""

from __future__ import annotations

from typing import Any, Final

from pyVmomi import vim

from emulators.vsphere.call import Call, method
from emulators.vsphere.soap import faults
from emulators.vsphere.specs import cluster as specs
from emulators.world import placement
from emulators.world.capacity import host_capacity
from emulators.world.model import Cluster, Entity, Hypervisor, ResourcePool, Vm

_BEST: Final = 5


@method(vim.ComputeResource, "ReconfigureComputeResource_Task", quality="client")
async def reconfigure(call: Call) -> vim.Task:
    """Set a cluster's HA and DRS.  Faults: InvalidArgument, NotSupported (rules, groups, DPM, vSAN; hosts that stand alone)."""
    entity, spec = call.entity(Entity), call.args.spec
    if not isinstance(entity, Cluster) or not isinstance(spec, vim.cluster.ConfigSpecEx):
        raise faults.not_supported()
    return await call.task(specs.configure(call, entity, spec, modify=call.args.modify))


@method(vim.ClusterComputeResource, "ReconfigureCluster_Task", quality="client")
async def reconfigure_cluster(call: Call) -> vim.Task:
    """As ReconfigureComputeResource_Task, with the older spec."""
    return await call.task(specs.configure(call, call.entity(Cluster), call.args.spec, modify=call.args.modify))


@method(vim.ClusterComputeResource, "RecommendHostsForVm", quality="client")
async def recommend_hosts(call: Call) -> list[Any]:
    """Hosts that could run a VM, the least loaded with the best rating.  Faults: InvalidArgument (a pool of another cluster)."""
    cluster, vm, pool = call.entity(Cluster), call.find(call.args.vm, Vm), call.maybe(call.args.pool, ResourcePool)
    state = call.world.state
    if pool is not None and _owner(call, pool) != cluster.uid:
        raise faults.invalid_argument("pool")
    hosts = [host for host in state.where(Hypervisor, "cluster", cluster.uid) if placement.shortage(state, host, vm) is None]
    hosts.sort(key=lambda host: (host_capacity(state, host).memory_configured_bytes, host.number))
    return [vim.cluster.HostRecommendation(host=call.view.ref(host), rating=max(_BEST - place, 1)) for place, host in enumerate(hosts)]


def _owner(call: Call, pool: ResourcePool) -> str:
    above: Entity | None = pool
    while isinstance(above, ResourcePool):
        above = call.world.state.find(above.parent)
    return above.uid if above is not None else ""
