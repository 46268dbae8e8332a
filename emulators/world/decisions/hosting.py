"""Which host an operation gives a VM: the one named if it can have it, else the best of the pool's cluster."""

from __future__ import annotations

from dcsim.errors import InsufficientResources, InvalidArgument, InvalidState
from emulators.world import placement
from emulators.world.capacity import usable
from emulators.world.model import Cluster, Connection, Hypervisor, Power, ResourcePool, Vm
from emulators.world.state import WorldState


def owner_of_pool(state: WorldState, pool: ResourcePool) -> Cluster | Hypervisor:
    """The cluster or single host whose resources the pool divides."""
    owner = state.find(pool.parent)
    while isinstance(owner, ResourcePool):
        owner = state.find(owner.parent)
    if not isinstance(owner, Cluster | Hypervisor):
        raise InvalidState(f"The resource pool {pool.name} belongs to no cluster.", subject=pool.uid)
    return owner


def hosts_of_pool(state: WorldState, pool: ResourcePool) -> list[Hypervisor]:
    """The hosts that the pool's VMs may run on."""
    owner = owner_of_pool(state, pool)
    return [owner] if isinstance(owner, Hypervisor) else state.where(Hypervisor, "cluster", owner.uid)


def host_for_vm(state: WorldState, pool: ResourcePool, wanted: str = "") -> Hypervisor:
    """A host to register a new VM on: the named one, which must be the pool's, else the one with the fewest VMs that answers."""
    hosts = hosts_of_pool(state, pool)
    if wanted:
        return _of_pool(hosts, pool, wanted)
    free = [host for host in hosts if usable(state, host)]
    if not free:
        raise InsufficientResources(f"No host of {pool.name} is available.", subject=pool.uid, resource="host")
    return min(free, key=lambda host: (state.count(Vm, "host", host.uid), host.number))


def _of_pool(hosts: list[Hypervisor], pool: ResourcePool, wanted: str) -> Hypervisor:
    for host in hosts:
        if host.uid == wanted:
            return host
    raise InvalidArgument(f"The host is not one of resource pool {pool.name}'s.", subject=wanted, field="host")


def host_for_power_on(state: WorldState, vm: Vm, wanted: str = "", *, failover: bool = False) -> Hypervisor:
    """The host that a VM is started on: where it is if it fits there, else with DRS or HA another of its cluster.

    ``failover``: high availability restarts it, so the room that its admission control keeps may be used.
    """
    _admit(state, vm, failover=failover)
    current = state.maybe(Hypervisor, wanted or vm.host)
    if current is not None:
        short = placement.shortage(state, current, vm)
        if short is None:
            return current
        if wanted or not _may_move(state, vm, current):
            raise _unfit(vm, current, short)
    return placement.choose_host(state, _cluster(state, vm), vm)


def _may_move(state: WorldState, vm: Vm, current: Hypervisor) -> bool:
    cluster = state.maybe(Cluster, current.cluster)
    return vm.power is Power.OFF and cluster is not None and (cluster.drs.enabled or cluster.ha.enabled)


def _cluster(state: WorldState, vm: Vm) -> Cluster:
    pool = state.maybe(ResourcePool, vm.pool)
    owner = owner_of_pool(state, pool) if pool else None
    if not isinstance(owner, Cluster):
        raise InvalidState(f"{vm.name} has no host to run on.", subject=vm.uid, field="host")
    return owner


def _unfit(vm: Vm, host: Hypervisor, short: placement.Shortage) -> InsufficientResources | InvalidState:
    if short.resource == "host":
        return InvalidState(f"{short.reason} ({host.connection}).", subject=host.uid, field="host", existing=str(host.connection))
    return InsufficientResources(f"{vm.name} cannot run on {host.name}: {short.reason}.", subject=vm.uid, resource=short.resource)


def _admit(state: WorldState, vm: Vm, *, failover: bool) -> None:
    if not placement.pool_admits(state, vm):
        raise InsufficientResources(
            f"The resource pool of {vm.name} cannot reserve what it needs.", subject=vm.pool or vm.uid, resource="memory"
        )
    host = state.maybe(Hypervisor, vm.host)
    cluster = state.maybe(Cluster, host.cluster) if host else None
    if cluster is not None and not failover and not placement.ha_admits(state, cluster, vm):
        raise InsufficientResources(
            f"Insufficient resources to satisfy configured failover level for vSphere HA in {cluster.name}.",
            subject=cluster.uid,
            resource="failover",
        )


def host_for_move(state: WorldState, vm: Vm, pool: ResourcePool, wanted: str) -> Hypervisor:
    """The target of a migration: the named host, which must be the pool's and able to run the VM, else the best."""
    hosts = hosts_of_pool(state, pool)
    if not wanted and vm.host in {host.uid for host in hosts}:
        return state.get(Hypervisor, vm.host)
    if not wanted:
        owner = owner_of_pool(state, pool)
        return placement.choose_host(state, owner, vm) if isinstance(owner, Cluster) else owner
    host = _of_pool(hosts, pool, wanted)
    short = placement.shortage(state, host, vm) if vm.power is not Power.OFF else None
    if short is not None:
        raise _unfit(vm, host, short)
    if host.connection is not Connection.CONNECTED:
        raise InvalidState(f"{host.name} is {host.connection}.", subject=host.uid, existing=str(host.connection))
    return host
