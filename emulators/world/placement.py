"""Where a VM may run: admission as vSphere does it, and the choice of a host.  Pure and deterministic."""

from __future__ import annotations

from collections.abc import Container
from typing import NamedTuple

from dcsim.errors import InsufficientResources
from emulators.world.capacity import (
    MIB,
    Capacity,
    cluster_supply,
    ha_counted_mhz,
    host_room,
    memory_reserved,
    promised_on,
    usable_hosts,
)
from emulators.world.model import Cluster, Datastore, Disk, Hypervisor, Network, Port, Power, ResourcePool, Vm
from emulators.world.pool_capacity import pool_room
from emulators.world.state import WorldState


class Shortage(NamedTuple):
    """Why a VM cannot run somewhere: ``resource`` is host, datastore, network, cpu or memory; ``reason`` a sentence."""

    resource: str
    reason: str


def choose_host(state: WorldState, cluster: Cluster, vm: Vm, *, exclude: Container[str] = ()) -> Hypervisor:
    """The least loaded host of the cluster that can run the VM; ``exclude`` names hosts (uids) that are out of the question.

    Raises InsufficientResources with the shortage that most hosts have.
    """
    needs = _needs(state, vm)
    shortages: list[Shortage] = []
    best: tuple[tuple[float, int], Hypervisor] | None = None
    for host in state.where(Hypervisor, "cluster", cluster.uid):
        if host.uid in exclude:
            continue
        capacity = host_room(state, host)
        shortage = _shortage(host, vm, needs, capacity)
        if shortage is not None:
            shortages.append(shortage)
            continue
        rank = (_load(capacity, vm), host.number)
        if best is None or rank < best[0]:
            best = rank, host
    if best is None:
        raise _refusal(cluster, vm, shortages)
    return best[1]


def shortage(state: WorldState, host: Hypervisor, vm: Vm) -> Shortage | None:
    """What keeps the VM from running on this host; None when nothing does."""
    return _shortage(host, vm, _needs(state, vm), host_room(state, host))


class _Needs(NamedTuple):
    """What a VM must reach from its host: its datastores, and its networks that are not everywhere."""

    stores: tuple[Datastore, ...]
    networks: tuple[Network, ...]


def _needs(state: WorldState, vm: Vm) -> _Needs:
    uids = dict.fromkeys([vm.datastore, *(disk.datastore for disk in state.where(Disk, "vm", vm.uid))])
    networks = [state.maybe(Network, port.network) for port in state.where(Port, "vm", vm.uid)]
    return _Needs(
        tuple(store for uid in uids if (store := state.maybe(Datastore, uid)) is not None),
        tuple(network for network in networks if network is not None and network.hosts),
    )


def _shortage(host: Hypervisor, vm: Vm, needs: _Needs, capacity: Capacity) -> Shortage | None:
    if not capacity.usable_hosts:
        return Shortage("host", f"{host.name} is not available")
    return _unreachable(host, needs) or _too_small(host, vm, _without(capacity, host, vm))


def _unreachable(host: Hypervisor, needs: _Needs) -> Shortage | None:
    for store in needs.stores:
        if not (store.accessible and host.uid in store.hosts):
            return Shortage("datastore", f"{host.name} has no access to datastore {store.name}")
    for network in needs.networks:
        if host.uid not in network.hosts:
            return Shortage("network", f"{host.name} does not have network {network.name}")
    return None


def _without(capacity: Capacity, host: Hypervisor, vm: Vm) -> Capacity:
    """The host's capacity as if the VM were not running there already."""
    if vm.host != host.uid or vm.power is not Power.ON:
        return capacity
    return capacity._replace(
        cpu_reserved_mhz=capacity.cpu_reserved_mhz - vm.cpu.reservation,
        memory_reserved_bytes=capacity.memory_reserved_bytes - memory_reserved(vm),
    )


def _too_small(host: Hypervisor, vm: Vm, capacity: Capacity) -> Shortage | None:
    if vm.cpus > capacity.cpu_threads:
        return Shortage("cpu", f"{host.name} has {capacity.cpu_threads} logical processors, the VM {vm.cpus}")
    if vm.memory_bytes > capacity.memory_bytes:
        return Shortage("memory", f"{host.name} has {capacity.memory_bytes // MIB} MiB of memory, the VM {vm.memory_bytes // MIB} MiB")
    if vm.cpu.reservation > capacity.cpu_unreserved_mhz:
        return Shortage("cpu", f"{host.name} can reserve {capacity.cpu_unreserved_mhz} MHz more, the VM needs {vm.cpu.reservation}")
    needed = memory_reserved(vm)
    if needed > capacity.memory_unreserved_bytes:
        return Shortage(
            "memory", f"{host.name} can reserve {capacity.memory_unreserved_bytes // MIB} MiB more, the VM needs {needed // MIB}"
        )
    return None


def _load(capacity: Capacity, vm: Vm) -> float:
    """How full the host would be with the VM: the worse of memory and CPU."""
    memory = (capacity.memory_configured_bytes + vm.memory_bytes) / capacity.memory_bytes
    return max(memory, (capacity.vcpus + vm.cpus) / (capacity.cpu_cores * 4))


def _refusal(cluster: Cluster, vm: Vm, shortages: list[Shortage]) -> InsufficientResources:
    if not shortages:
        return InsufficientResources(f"Cluster {cluster.name} has no host for {vm.name}.", subject=vm.uid, resource="host")
    kinds = [one.resource for one in shortages]
    most = max(shortages, key=lambda one: (kinds.count(one.resource), one.resource != "host"))
    return InsufficientResources(
        f"No host of cluster {cluster.name} can run {vm.name}: {most.reason}.", subject=vm.uid, resource=most.resource
    )


# -- admission -----------------------------------------------------------------------------------------------------------------


def pool_admits(state: WorldState, vm: Vm) -> bool:
    """Whether the VM's resource pool can promise it its reservation."""
    pool = state.maybe(ResourcePool, vm.pool)
    if pool is None:
        return True
    cpu, memory = pool_room(state, pool)
    return vm.cpu.reservation <= cpu and memory_reserved(vm) <= memory


def ha_admits(state: WorldState, cluster: Cluster, vm: Vm) -> bool:
    """Whether the cluster can lose the hosts it should tolerate losing, with this VM running too.

    The policy is "cluster resource percentage" (the default since vSphere 6.5): what is not reserved must stay above the tolerated
    hosts' share; a VM without a CPU reservation counts as 32 MHz.
    """
    if not (cluster.ha.enabled and cluster.ha.admission_control):
        return True
    hosts = usable_hosts(state, cluster)
    if len(hosts) <= cluster.ha.failures_to_tolerate:
        return False
    supply = cluster_supply(state, cluster)
    kept = 1 - cluster.ha.failures_to_tolerate / len(hosts)
    promised = [promised_on(state, host) for host in hosts]
    cpu, memory = sum(one.counted_mhz for one in promised), sum(one.memory_reserved_bytes for one in promised)
    if vm.power is not Power.ON or all(host.uid != vm.host for host in hosts):  # else it is counted already
        cpu, memory = cpu + ha_counted_mhz(vm), memory + memory_reserved(vm)
    return cpu <= supply.cpu_mhz * kept and memory <= supply.memory_bytes * kept
