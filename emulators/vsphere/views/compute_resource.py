"""Properties of ComputeResource: what stand-alone hosts and clusters have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyVmomi import vim

from emulators.vsphere.properties.table import prop
from emulators.vsphere.tree import members
from emulators.vsphere.views.status import cluster_status, host_status
from emulators.world.capacity import Capacity, host_capacity
from emulators.world.model import Cluster, Datastore, Hypervisor, Network, ResourcePool

if TYPE_CHECKING:
    from emulators.vsphere.properties.view import View
    from emulators.world.state import WorldState

MIB = 1 << 20


def hosts_of(state: WorldState, owner: Cluster | Hypervisor) -> list[Hypervisor]:
    """The hosts of a compute resource; the reader depends on who they are alone."""
    return [owner] if isinstance(owner, Hypervisor) else members(state, Hypervisor, "cluster", owner.uid)


def root_pool(state: WorldState, owner: Cluster | Hypervisor) -> ResourcePool | None:
    """The resource pool that all others are in."""
    return next(iter(members(state, ResourcePool, "parent", owner.uid)), None)


@prop(vim.ComputeResource, "resourcePool")
def resource_pool(view: View, owner: Cluster | Hypervisor) -> Any:
    """The root pool."""
    pool = root_pool(view.state, owner)
    return view.maybe_ref(pool) if pool is not None else None


@prop(vim.ComputeResource, "host")
def host(view: View, owner: Cluster | Hypervisor) -> list[Any]:
    """Its hosts."""
    return view.refs(hosts_of(view.state, owner))


@prop(vim.ComputeResource, "datastore")
def datastore(view: View, owner: Cluster | Hypervisor) -> list[Any]:
    """The datastores that any of its hosts mounts."""
    found = [one.uid for each in hosts_of(view.state, owner) for one in members(view.state, Datastore, "hosts", each.uid)]
    return view.refs(dict.fromkeys(found))


@prop(vim.ComputeResource, "network")
def network(view: View, owner: Cluster | Hypervisor) -> list[Any]:
    """The networks that any of its hosts has."""
    found = [one.uid for each in hosts_of(view.state, owner) for one in members(view.state, Network, "hosts", each.uid)]
    return view.refs(dict.fromkeys(found))


@prop(vim.ComputeResource, "summary")
def summary(view: View, owner: Hypervisor) -> vim.ComputeResource.Summary:
    """Capacity of a stand-alone host."""
    return vim.ComputeResource.Summary(**capacity_fields(host_capacity(view.state, owner)), overallStatus=host_status(view.state, owner))


def capacity_fields(capacity: Capacity) -> dict[str, int]:
    """Capacity as the fields of a summary: MHz, bytes of memory, MiB of effective memory."""
    return {
        "totalCpu": capacity.cpu_mhz,
        "totalMemory": capacity.memory_bytes,
        "numCpuCores": capacity.cpu_cores,
        "numCpuThreads": capacity.cpu_threads,
        "effectiveCpu": capacity.effective_cpu_mhz,
        "effectiveMemory": capacity.effective_memory_bytes // MIB,
        "numHosts": capacity.hosts,
        "numEffectiveHosts": capacity.usable_hosts,
    }


@prop(vim.ComputeResource, "environmentBrowser")
def environment_browser(view: View, owner: Cluster | Hypervisor) -> Any:
    """What hardware VMs can have here."""
    return view.ref(owner, vim.EnvironmentBrowser)


@prop(vim.ComputeResource, "configurationEx")
def configuration_ex(_view: View, _owner: Hypervisor) -> vim.ComputeResource.ConfigInfo:
    """Where swap files go."""
    return vim.ComputeResource.ConfigInfo(vmSwapPlacement="vmDirectory", spbmEnabled=False)


@prop(vim.ComputeResource, "lifecycleManaged")
def lifecycle_managed(_view: View, _owner: Cluster | Hypervisor) -> bool:
    """Is its software managed by one image?"""
    return False


@prop(vim.ComputeResource, "configManagerEnabled")
def config_manager_enabled(_view: View, _owner: Cluster | Hypervisor) -> bool:
    """Is its configuration managed as a whole?"""
    return False


@prop(vim.ComputeResource, "overallStatus")
def overall_status(view: View, owner: Cluster | Hypervisor) -> str:
    """Its health."""
    return host_status(view.state, owner) if isinstance(owner, Hypervisor) else cluster_status(view.state, owner)
