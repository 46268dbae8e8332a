"""Properties of ResourcePool."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from pyVmomi import vim

from emulators.vsphere.properties.table import prop
from emulators.vsphere.tree import members
from emulators.vsphere.views.constructors import MIB, pool_cpu_allocation, pool_memory_allocation
from emulators.world.load import vm_load
from emulators.world.model import Cluster, Hypervisor, Power, ResourcePool, Server, Vm
from emulators.world.pool_capacity import Usage, pool_runtime

if TYPE_CHECKING:
    from datetime import datetime

    from emulators.vsphere.properties.view import View
    from emulators.world.state import WorldState


@prop(vim.ResourcePool, "summary")
def summary(view: View, pool: ResourcePool) -> vim.ResourcePool.Summary:
    """Configuration, runtime and load."""
    return vim.ResourcePool.Summary(
        name=pool.name,
        config=config(view, pool),
        runtime=runtime(view, pool),
        quickStats=quick_stats(view, pool),
        configuredMemoryMB=sum(vm.memory_bytes for vm in below(view.state, pool)) // MIB,
    )


@prop(vim.ResourcePool, "runtime")
def runtime(view: View, pool: ResourcePool) -> vim.ResourcePool.RuntimeInfo:
    """What is promised, what is left, and what is used now."""
    usage, load = pool_runtime(view.state, pool), total_load(view.state, pool, view.now)
    return vim.ResourcePool.RuntimeInfo(
        cpu=_usage(usage.cpu, load.cpu_mhz),
        memory=_usage(usage.memory, load.memory_bytes),
        overallStatus="green",
        sharesScalable="disabled",
    )


def _usage(usage: Usage, overall: int) -> vim.ResourcePool.ResourceUsage:
    return vim.ResourcePool.ResourceUsage(
        reservationUsed=usage.reservation_used,
        reservationUsedForVm=usage.reservation_used_for_vm,
        unreservedForPool=usage.unreserved_for_pool,
        unreservedForVm=usage.unreserved_for_vm,
        overallUsage=overall,
        maxUsage=usage.maximum,
    )


def below(state: WorldState, pool: ResourcePool) -> list[Vm]:
    """The VMs of a pool and of the pools in it."""
    found = state.where(Vm, "pool", pool.uid)
    for child in state.where(ResourcePool, "parent", pool.uid):
        found = found + below(state, child)
    return found


class Load(NamedTuple):
    """The sum of VMs' loads: MHz and bytes; ``memory_bytes`` is what hosts have given them, overhead included."""

    cpu_mhz: int
    cpu_demand_mhz: int
    active_bytes: int
    memory_bytes: int
    overhead_bytes: int


def total_load(state: WorldState, pool: ResourcePool, now: datetime) -> Load:
    """What the VMs of a pool and of the pools in it do now."""
    loads = [vm_load(vm, _core_mhz(state, vm), now) for vm in below(state, pool) if vm.power is Power.ON]
    return Load(
        sum(load.cpu_mhz for load in loads),
        sum(load.cpu_demand_mhz for load in loads),
        sum(load.active_bytes for load in loads),
        sum(load.consumed_bytes + load.overhead_bytes for load in loads),
        sum(load.overhead_bytes for load in loads),
    )


def _core_mhz(state: WorldState, vm: Vm) -> int:
    host = state.maybe(Hypervisor, vm.host)
    return state.get(Server, host.blade).cpu.mhz if host is not None else 0


def quick_stats(view: View, pool: ResourcePool) -> vim.ResourcePool.Summary.QuickStats:
    """The load of the last sample."""
    load = total_load(view.state, pool, view.now)
    private = (load.memory_bytes - load.overhead_bytes) // MIB
    return vim.ResourcePool.Summary.QuickStats(
        overallCpuUsage=load.cpu_mhz,
        overallCpuDemand=load.cpu_demand_mhz,
        guestMemoryUsage=load.active_bytes // MIB,
        hostMemoryUsage=load.memory_bytes // MIB,
        distributedCpuEntitlement=load.cpu_demand_mhz,
        distributedMemoryEntitlement=load.active_bytes // MIB,
        staticCpuEntitlement=min(load.cpu_demand_mhz, (1 << 31) - 1),
        staticMemoryEntitlement=private,
        privateMemory=private,
        sharedMemory=0,
        swappedMemory=0,
        balloonedMemory=0,
        overheadMemory=load.overhead_bytes // MIB,
        consumedOverheadMemory=load.overhead_bytes // MIB,
        compressedMemory=0,
    )


@prop(vim.ResourcePool, "config")
def config(view: View, pool: ResourcePool) -> vim.ResourceConfigSpec:
    """Reservations, limits and shares."""
    return vim.ResourceConfigSpec(
        entity=view.ref(pool),
        changeVersion=str(pool.version),
        lastModified=pool.created,
        cpuAllocation=pool_cpu_allocation(pool.cpu),
        memoryAllocation=pool_memory_allocation(pool.memory),
        scaleDescendantsShares="disabled",
    )


@prop(vim.ResourcePool, "childConfiguration")
def child_configuration(view: View, pool: ResourcePool) -> list[Any]:
    """Configurations of the pools in it."""
    return [config(view, child) for child in view.state.where(ResourcePool, "parent", pool.uid)]


@prop(vim.ResourcePool, "owner")
def owner(view: View, pool: ResourcePool) -> Any:
    """The cluster, or the compute resource of the stand-alone host, that all of it comes from."""
    above = view.state.find(pool.parent)
    while isinstance(above, ResourcePool):
        above = view.state.find(above.parent)
    if isinstance(above, Cluster):
        return view.ref(above)
    return view.ref(pool.parent if above is None else above, vim.ComputeResource)


@prop(vim.ResourcePool, "resourcePool")
def resource_pools(view: View, pool: ResourcePool) -> list[Any]:
    """The pools in it."""
    return view.refs(members(view.state, ResourcePool, "parent", pool.uid))


@prop(vim.ResourcePool, "vm")
def vms(view: View, pool: ResourcePool) -> list[Any]:
    """The VMs right in it."""
    return view.refs(members(view.state, Vm, "pool", pool.uid))
