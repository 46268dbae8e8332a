"""What hosts, clusters and datastores have, and how much of it is taken.  Pure; answers are remembered until something that they
read changes (``WorldState.derive``), and what VMs are promised is a running sum (``WorldState.tally``): admission costs the same
however many VMs a pool or a host has.

CPU is in MHz and memory in bytes.  *Configured* is what VMs were given, *reserved* what admission control has promised
(reservation plus overhead), *used* what they are estimated to consume now.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from itertools import zip_longest
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
    Task,
    TaskState,
    Vm,
)
from emulators.world.state import WorldState
from emulators.world.tallies import Tally

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


class Promised(NamedTuple):
    """What the VMs that are on were given and promised; ``counted_mhz`` is what HA admission control counts for their CPUs."""

    vms: int = 0
    vcpus: int = 0
    memory_bytes: int = 0
    cpu_reserved_mhz: int = 0
    memory_reserved_bytes: int = 0
    memory_overhead_bytes: int = 0
    counted_mhz: int = 0


def promised_to(vm: Vm) -> Promised:
    """What one VM adds; nothing while it is off."""
    if vm.power is not Power.ON:
        return _NOTHING
    overhead = memory_overhead(vm)
    reserved = min(vm.memory.reservation * MIB, vm.memory_bytes) + overhead
    return Promised(1, vm.cpus, vm.memory_bytes, vm.cpu.reservation, reserved, overhead, ha_counted_mhz(vm))


def ha_counted_mhz(vm: Vm) -> int:
    """What HA admission control counts for a VM's CPUs."""
    return max(vm.cpu.reservation, HA_DEFAULT_MHZ)


_NOTHING = Promised()
_READS = ("power", "cpus", "memory_bytes", "cpu", "memory")
_ON_HOST = Tally(Vm, "host", promised_to, _READS)
_IN_POOL = Tally(Vm, "pool", promised_to, _READS)


def _starting(task: Task) -> Promised:
    """What a VM that is being started will take: it is promised already."""
    return Promised(*task.room) if task.state is TaskState.RUNNING else _NOTHING


_TO_HOST = Tally(Task, "host", _starting, ("state", "room"))
_TO_POOL = Tally(Task, "pool", _starting, ("state", "room"))


def _both(one: Iterable[int], other: Iterable[int]) -> Promised:
    return Promised(*map(sum, zip_longest(one, other, fillvalue=0)))


def promised_on(state: WorldState, host: Hypervisor) -> Promised:
    """What a host has promised to its VMs, those that are being started included."""
    return _both(state.tally(_ON_HOST, host.uid), state.tally(_TO_HOST, host.uid))


def promised_in(state: WorldState, pool: ResourcePool) -> Promised:
    """What a pool has promised to its own VMs, those that are being started included."""
    return _both(state.tally(_IN_POOL, pool.uid), state.tally(_TO_POOL, pool.uid))


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


class Supply(NamedTuple):
    """What usable hosts have for VMs, whatever runs on them: MHz and bytes."""

    cpu_mhz: int = 0
    memory_bytes: int = 0


def host_capacity(state: WorldState, host: Hypervisor) -> Capacity:
    """What a host has, and what the VMs that are on take of it."""
    return state.derive(_host_capacity, host)


def _host_capacity(state: WorldState, host: Hypervisor) -> Capacity:
    room, core_mhz = host_room(state, host), state.get(Server, host.blade).cpu.mhz
    demand = sum(cpu_demand_mhz(vm, core_mhz) for vm in state.where(Vm, "host", host.uid))
    return room._replace(cpu_used_mhz=min(demand, room.cpu_mhz))


def host_room(state: WorldState, host: Hypervisor) -> Capacity:
    """The same without what the CPUs are used for now: what admission needs, which takes no look at each VM."""
    return state.derive(_host_room, host)


def _host_room(state: WorldState, host: Hypervisor) -> Capacity:
    blade = state.get(Server, host.blade)
    memory, mhz = blade_memory_bytes(blade), blade.cpu.cores * blade.cpu.mhz
    supply, on = host_supply(state, host), promised_on(state, host)
    return Capacity(
        hosts=1,
        usable_hosts=int(usable(state, host)),
        cpu_cores=blade.cpu.cores,
        cpu_threads=blade.cpu.threads,
        cpu_mhz=mhz,
        memory_bytes=memory,
        effective_cpu_mhz=supply.cpu_mhz,
        effective_memory_bytes=supply.memory_bytes,
        vms_on=on.vms,
        vcpus=on.vcpus,
        memory_configured_bytes=on.memory_bytes,
        cpu_reserved_mhz=on.cpu_reserved_mhz,
        memory_reserved_bytes=on.memory_reserved_bytes,
        memory_used_bytes=min(on.memory_bytes + on.memory_overhead_bytes + memory - _effective_memory(memory), memory),
    )


def host_supply(state: WorldState, host: Hypervisor) -> Supply:
    """What a host has for VMs: nothing when it is not usable."""
    if not usable(state, host):
        return Supply()
    blade = state.get(Server, host.blade)
    return Supply(_effective_mhz(blade.cpu.cores * blade.cpu.mhz), _effective_memory(blade_memory_bytes(blade)))


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


def cluster_supply(state: WorldState, cluster: Cluster) -> Supply:
    """What the cluster's usable hosts have for VMs."""
    return state.derive(_cluster_supply, cluster)


def _cluster_supply(state: WorldState, cluster: Cluster) -> Supply:
    supplies = [host_supply(state, host) for host in state.where(Hypervisor, "cluster", cluster.uid)]
    return Supply(sum(one.cpu_mhz for one in supplies), sum(one.memory_bytes for one in supplies))


def usable_hosts(state: WorldState, cluster: Cluster) -> tuple[Hypervisor, ...]:
    """The cluster's hosts that can take VMs."""
    return state.derive(_usable_hosts, cluster)


def _usable_hosts(state: WorldState, cluster: Cluster) -> tuple[Hypervisor, ...]:
    return tuple(host for host in state.where(Hypervisor, "cluster", cluster.uid) if usable(state, host))


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
