"""What resource pools have promised, and what they have left to promise.  Pure; CPU is in MHz and memory in bytes."""

from __future__ import annotations

from typing import NamedTuple

from emulators.world.capacity import MIB, Supply, cluster_supply, cpu_demand_mhz, host_supply, memory_overhead, promised_in
from emulators.world.model import Cluster, Hypervisor, Power, ResourcePool, Server, Vm
from emulators.world.state import WorldState


class Usage(NamedTuple):
    """One resource of a pool, as ``ResourcePoolResourceUsage`` of the vSphere API has it (MHz or bytes)."""

    reservation_used: int
    reservation_used_for_vm: int
    unreserved_for_pool: int
    unreserved_for_vm: int
    overall: int
    maximum: int


class PoolRuntime(NamedTuple):
    """CPU and memory of a resource pool at run time."""

    cpu: Usage
    memory: Usage


class _Reserved(NamedTuple):
    """What is reserved for VMs that are on and for child pools: CPU MHz and memory bytes of each."""

    vm_cpu: int = 0
    vm_memory: int = 0
    pool_cpu: int = 0
    pool_memory: int = 0


def pool_room(state: WorldState, pool: ResourcePool) -> tuple[int, int]:
    """MHz and bytes that a pool can still promise to a VM; an expandable pool borrows from its ancestors."""
    cpu, memory = _unreserved(state, pool)
    more_cpu, more_memory = _borrowable(state, pool)
    return cpu + more_cpu, memory + more_memory


def pool_runtime(state: WorldState, pool: ResourcePool) -> PoolRuntime:
    """What a pool has promised and has left; an expandable pool may borrow from its parent for a VM."""
    promised, (used_cpu, used_memory) = state.derive(_reserved, pool), state.derive(_used, pool)
    cpu_free, memory_free = _unreserved(state, pool)
    cpu_room, memory_room = pool_room(state, pool)
    top = _root_supply(state, pool)
    return PoolRuntime(
        Usage(
            promised.vm_cpu + promised.pool_cpu,
            promised.vm_cpu,
            cpu_free,
            cpu_room,
            used_cpu,
            _limited(pool.cpu.limit, 1, top.cpu_mhz),
        ),
        Usage(
            promised.vm_memory + promised.pool_memory,
            promised.vm_memory,
            memory_free,
            memory_room,
            used_memory,
            _limited(pool.memory.limit, MIB, top.memory_bytes),
        ),
    )


def _limited(limit: int, unit: int, capacity: int) -> int:
    return capacity if limit < 0 else min(limit * unit, capacity)


def _reserved(state: WorldState, pool: ResourcePool) -> _Reserved:
    on = promised_in(state, pool)
    pool_cpu = pool_memory = 0
    for child in state.where(ResourcePool, "parent", pool.uid):
        inner = state.derive(_reserved, child)
        pool_cpu += max(child.cpu.reservation, inner.vm_cpu + inner.pool_cpu)
        pool_memory += max(child.memory.reservation * MIB, inner.vm_memory + inner.pool_memory)
    return _Reserved(on.cpu_reserved_mhz, on.memory_reserved_bytes, pool_cpu, pool_memory)


def _used(state: WorldState, pool: ResourcePool) -> tuple[int, int]:
    """MHz and bytes that the VMs of a pool and of those below are estimated to consume."""
    on = [vm for vm in state.where(Vm, "pool", pool.uid) if vm.power is Power.ON]
    inner = [state.derive(_used, child) for child in state.where(ResourcePool, "parent", pool.uid)]
    cpu = sum(cpu_demand_mhz(vm, _core_mhz(state, vm)) for vm in on) + sum(one[0] for one in inner)
    return cpu, sum(vm.memory_bytes + memory_overhead(vm) for vm in on) + sum(one[1] for one in inner)


def _core_mhz(state: WorldState, vm: Vm) -> int:
    host = state.maybe(Hypervisor, vm.host)
    return state.get(Server, host.blade).cpu.mhz if host else 0


def _unreserved(state: WorldState, pool: ResourcePool) -> tuple[int, int]:
    """What the pool itself still has to promise: its reservation, or all of the cluster for a root pool, less what is promised."""
    cpu, memory = pool.cpu.reservation, pool.memory.reservation * MIB
    if state.maybe(ResourcePool, pool.parent) is None:
        cpu, memory = _root_supply(state, pool)
    promised = state.derive(_reserved, pool)
    return max(cpu - promised.vm_cpu - promised.pool_cpu, 0), max(memory - promised.vm_memory - promised.pool_memory, 0)


def _borrowable(state: WorldState, pool: ResourcePool) -> tuple[int, int]:
    """What an expandable pool could get from its ancestors."""
    parent = state.maybe(ResourcePool, pool.parent)
    if parent is None:
        return 0, 0
    cpu, memory = pool_room(state, parent)
    return (cpu if pool.cpu.expandable else 0), (memory if pool.memory.expandable else 0)


def _root_supply(state: WorldState, pool: ResourcePool) -> Supply:
    """What the cluster or host has that the pool's root belongs to."""
    parent = state.find(pool.parent)
    while isinstance(parent, ResourcePool):
        parent = state.find(parent.parent)
    if isinstance(parent, Cluster):
        return cluster_supply(state, parent)
    return host_supply(state, parent) if isinstance(parent, Hypervisor) else Supply()
