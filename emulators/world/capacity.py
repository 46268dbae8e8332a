"""What hosts, clusters, pools and datastores have, and how much of it is taken.  Pure; each answer costs O(VMs concerned), and is
remembered until one of them changes (``WorldState.derive``).

CPU is in MHz and memory in bytes.  *Configured* is what VMs were given, *reserved* what admission control has promised
(reservation plus overhead), *used* what they are estimated to consume now.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from dcsim.ids import digest
from emulators.world.model import (
    BladePower,
    Cluster,
    Connection,
    Datastore,
    Disk,
    Hypervisor,
    Power,
    ResourcePool,
    Server,
    Vm,
)
from emulators.world.state import WorldState

MIB, GIB = 1 << 20, 1 << 30
HA_DEFAULT_MHZ = 32
"""What HA admission control counts for a VM without a CPU reservation (das.vmcpuminmhz, vSphere Availability)."""


# -- one VM -------------------------------------------------------------------------------------------------------------------


def memory_overhead(vm: Vm) -> int:
    """Bytes that the hypervisor itself needs to run a VM.

    A fit to the table "Overhead Memory on Virtual Machines" of vSphere Resource Management: 14.4 MiB, 4 MiB a vCPU and 7.58 MiB a GiB.
    """
    return int((14.4 + 4.0 * vm.cpus) * MIB + vm.memory_bytes * 7.58 / 1024)


def memory_reserved(vm: Vm) -> int:
    """Bytes that admission control promises to a powered-on VM."""
    return min(vm.memory.reservation * MIB, vm.memory_bytes) + memory_overhead(vm)


def swap_bytes(vm: Vm) -> int:
    """The size of the swap file that a powered-on VM has beside its configuration file."""
    return max(vm.memory_bytes - vm.memory.reservation * MIB, 0) if vm.power is Power.ON else 0


def cpu_demand_mhz(vm: Vm, core_mhz: int) -> int:
    """What a VM typically uses of its vCPUs: 3 to 35 %, always the same share for the same VM; nothing while it is off."""
    if vm.power is not Power.ON:
        return 0
    demand = int(vm.cpus * core_mhz * _share(vm.uid))
    return demand if vm.cpu.limit < 0 else min(demand, vm.cpu.limit)


@lru_cache(maxsize=1 << 15)
def _share(uid: str) -> float:
    return 0.03 + 0.32 * (digest("load", uid)[0] / 255) ** 2


# -- hosts and clusters -------------------------------------------------------------------------------------------------------


class Capacity(NamedTuple):
    """What a host has and what its powered-on VMs take; a cluster's is the sum of its hosts'.

    ``effective_*`` is what is left for VMs after the hypervisor's own needs, on usable hosts only.
    """

    hosts: int = 0
    usable_hosts: int = 0
    cpu_cores: int = 0
    cpu_threads: int = 0
    cpu_mhz: int = 0
    memory_bytes: int = 0
    effective_cpu_mhz: int = 0
    effective_memory_bytes: int = 0
    vms_on: int = 0
    vcpus: int = 0
    memory_configured_bytes: int = 0
    cpu_reserved_mhz: int = 0
    memory_reserved_bytes: int = 0
    cpu_used_mhz: int = 0
    memory_used_bytes: int = 0

    @property
    def cpu_unreserved_mhz(self) -> int:
        """MHz that can still be reserved."""
        return self.effective_cpu_mhz - self.cpu_reserved_mhz

    @property
    def memory_unreserved_bytes(self) -> int:
        """Bytes that can still be reserved."""
        return self.effective_memory_bytes - self.memory_reserved_bytes


def blade_memory_bytes(blade: Server) -> int:
    """Memory that a server's working modules give; what the server says when they are not listed."""
    if not blade.dimms:
        return blade.memory_bytes
    return sum(dimm.capacity_bytes for dimm in blade.dimms if dimm.operable)


def usable(state: WorldState, host: Hypervisor) -> bool:
    """Whether a host can take VMs: it runs on a powered blade, answers, and is not in maintenance."""
    if not host.running or host.maintenance or host.connection is not Connection.CONNECTED:
        return False
    blade = state.get(Server, host.blade)
    return blade.present and blade.operable and blade.power is BladePower.ON


def host_capacity(state: WorldState, host: Hypervisor) -> Capacity:
    """What a host has, and what the VMs that are on take of it."""
    return state.derive(_host_capacity, host)


def _host_capacity(state: WorldState, host: Hypervisor) -> Capacity:
    blade = state.get(Server, host.blade)
    memory, mhz = blade_memory_bytes(blade), blade.cpu.cores * blade.cpu.mhz
    on = [vm for vm in state.where(Vm, "host", host.uid) if vm.power is Power.ON]
    is_usable = usable(state, host)
    configured = sum(vm.memory_bytes for vm in on)
    return Capacity(
        hosts=1,
        usable_hosts=int(is_usable),
        cpu_cores=blade.cpu.cores,
        cpu_threads=blade.cpu.threads,
        cpu_mhz=mhz,
        memory_bytes=memory,
        effective_cpu_mhz=_effective_mhz(mhz) if is_usable else 0,
        effective_memory_bytes=_effective_memory(memory) if is_usable else 0,
        vms_on=len(on),
        vcpus=sum(vm.cpus for vm in on),
        memory_configured_bytes=configured,
        cpu_reserved_mhz=sum(vm.cpu.reservation for vm in on),
        memory_reserved_bytes=sum(map(memory_reserved, on)),
        cpu_used_mhz=min(sum(cpu_demand_mhz(vm, blade.cpu.mhz) for vm in on), mhz),
        memory_used_bytes=min(configured + sum(map(memory_overhead, on)) + memory - _effective_memory(memory), memory),
    )


def _effective_mhz(mhz: int) -> int:
    """A hypervisor keeps some 3 % of the processors for itself."""
    return mhz - mhz * 3 // 100


def _effective_memory(memory: int) -> int:
    """ESXi keeps about 2 GiB and a 64th of the memory for itself."""
    return max(memory - memory // 64 - 2 * GIB, 0)


def cluster_capacity(state: WorldState, cluster: Cluster) -> Capacity:
    """The sum of the cluster's hosts; the effective figures count usable hosts only."""
    return state.derive(_cluster_capacity, cluster)


def _cluster_capacity(state: WorldState, cluster: Cluster) -> Capacity:
    return total(host_capacity(state, host) for host in state.where(Hypervisor, "cluster", cluster.uid))


def total(capacities: Iterable[Capacity]) -> Capacity:
    """The sum of capacities, field by field."""
    return Capacity(*map(sum, zip(Capacity(), *capacities, strict=True)))


# -- datastores ---------------------------------------------------------------------------------------------------------------


class DatastoreSpace(NamedTuple):
    """Space of a datastore in bytes; ``provisioned`` is what its disks may grow to, swap included."""

    capacity: int
    used: int
    provisioned: int

    @property
    def free(self) -> int:
        """What can still be written."""
        return max(self.capacity - self.used, 0)

    @property
    def uncommitted(self) -> int:
        """What thin disks may yet take."""
        return max(self.provisioned - self.used, 0)


def disk_space(disk: Disk) -> int:
    """Bytes that a disk takes of its datastore."""
    return disk.used_bytes if disk.thin else disk.capacity_bytes


def datastore_space(state: WorldState, datastore: Datastore) -> DatastoreSpace:
    """What lies on a datastore: disks, the swap files of VMs that are on, and what a fault filled it with."""
    return state.derive(_datastore_space, datastore)


def _datastore_space(state: WorldState, datastore: Datastore) -> DatastoreSpace:
    disks = state.where(Disk, "datastore", datastore.uid)
    swap = sum(swap_bytes(vm) for vm in state.where(Vm, "datastore", datastore.uid)) + datastore.filled_bytes
    return DatastoreSpace(datastore.capacity_bytes, sum(map(disk_space, disks)) + swap, sum(disk.capacity_bytes for disk in disks) + swap)


# -- resource pools -----------------------------------------------------------------------------------------------------------


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


class _Promised(NamedTuple):
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
    promised, (used_cpu, used_memory) = state.derive(_promised, pool), state.derive(_used, pool)
    cpu_free, memory_free = _unreserved(state, pool)
    cpu_room, memory_room = pool_room(state, pool)
    top = _root_capacity(state, pool)
    return PoolRuntime(
        Usage(
            promised.vm_cpu + promised.pool_cpu,
            promised.vm_cpu,
            cpu_free,
            cpu_room,
            used_cpu,
            _limited(pool.cpu.limit, 1, top.effective_cpu_mhz),
        ),
        Usage(
            promised.vm_memory + promised.pool_memory,
            promised.vm_memory,
            memory_free,
            memory_room,
            used_memory,
            _limited(pool.memory.limit, MIB, top.effective_memory_bytes),
        ),
    )


def _limited(limit: int, unit: int, capacity: int) -> int:
    return capacity if limit < 0 else min(limit * unit, capacity)


def _promised(state: WorldState, pool: ResourcePool) -> _Promised:
    on = [vm for vm in state.where(Vm, "pool", pool.uid) if vm.power is Power.ON]
    pool_cpu = pool_memory = 0
    for child in state.where(ResourcePool, "parent", pool.uid):
        inner = state.derive(_promised, child)
        pool_cpu += max(child.cpu.reservation, inner.vm_cpu + inner.pool_cpu)
        pool_memory += max(child.memory.reservation * MIB, inner.vm_memory + inner.pool_memory)
    return _Promised(sum(vm.cpu.reservation for vm in on), sum(map(memory_reserved, on)), pool_cpu, pool_memory)


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
        capacity = _root_capacity(state, pool)
        cpu, memory = capacity.effective_cpu_mhz, capacity.effective_memory_bytes
    promised = state.derive(_promised, pool)
    return max(cpu - promised.vm_cpu - promised.pool_cpu, 0), max(memory - promised.vm_memory - promised.pool_memory, 0)


def _borrowable(state: WorldState, pool: ResourcePool) -> tuple[int, int]:
    """What an expandable pool could get from its ancestors."""
    parent = state.maybe(ResourcePool, pool.parent)
    if parent is None:
        return 0, 0
    cpu, memory = pool_room(state, parent)
    return (cpu if pool.cpu.expandable else 0), (memory if pool.memory.expandable else 0)


def _root_capacity(state: WorldState, pool: ResourcePool) -> Capacity:
    """Capacity of the cluster or host that the pool's root belongs to."""
    parent = state.find(pool.parent)
    while isinstance(parent, ResourcePool):
        parent = state.find(parent.parent)
    if isinstance(parent, Cluster):
        return cluster_capacity(state, parent)
    return host_capacity(state, parent) if isinstance(parent, Hypervisor) else Capacity()
