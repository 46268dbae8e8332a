"""Fields of entities that are worked out when somebody asks: identities as the vendors write them, and what follows from other entities."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar

from emulators.api import places
from emulators.api.inner import CONTENTS
from emulators.world import identity, reach
from emulators.world.capacity import datastore_space
from emulators.world.model import (
    Application,
    Blade,
    Chassis,
    Cluster,
    Datastore,
    DistributedSwitch,
    Entity,
    FabricInterconnect,
    Fan,
    Fault,
    FiPort,
    Hypervisor,
    IoModule,
    Lun,
    Network,
    Owner,
    Port,
    PowerSupply,
    RackServer,
    ResourcePool,
    Server,
    ServiceProfile,
    Snapshot,
    Task,
    Vm,
)
from emulators.world.servers import enclosure_of
from emulators.world.state import WorldState

E = TypeVar("E", bound=Entity)
Computed = Callable[[WorldState, Any], Any]


def _addresses(_: WorldState, vm: Vm) -> list[str]:
    return [address for addresses in vm.guest.addresses.values() for address in addresses]


def _moid(prefix: str) -> Computed:
    """The managed object id of what vCenter manages, as its inventory makes it; others have none."""
    return lambda _, entity: "" if getattr(entity, "owner", Owner.VSPHERE) is Owner.OPENSTACK else f"{prefix}{entity.number}"


def _server_dn(state: WorldState, server: Server) -> str:
    return identity.server_dn(enclosure_of(state, server), server)


def _host_moid(_: WorldState, host: Hypervisor) -> str:
    return f"host-{host.number}" if host.flavor == "esxi" else ""


def _network_moid(_: WorldState, network: Network) -> str:
    if network.owner is Owner.OPENSTACK:
        return ""
    return f"{'network' if network.type == 'standard' else 'dvportgroup'}-{network.number}"


def _datastore_moid(state: WorldState, datastore: Datastore) -> str:
    """vCenter shows a datastore that an ESXi host mounts, or none at all."""
    hosts = [state.maybe(Hypervisor, uid) for uid in datastore.hosts]
    ours = not hosts or any(host is not None and host.flavor == "esxi" for host in hosts)
    return f"datastore-{datastore.number}" if ours else ""


def _used(state: WorldState, datastore: Datastore) -> int:
    return datastore_space(state, datastore).used


def _count(cls: type[Entity], field: str) -> Computed:
    return lambda state, entity: state.count(cls, field, entity.uid)


def _pool_moid(state: WorldState, pool: ResourcePool) -> str:
    """Pools are vCenter's when what they are in is."""
    above: Entity | None = pool
    while isinstance(above, ResourcePool):
        above = state.find(above.parent)
    ours = (isinstance(above, Cluster) and above.owner is Owner.VSPHERE) or (isinstance(above, Hypervisor) and above.flavor == "esxi")
    return f"resgroup-{pool.number}" if ours else ""


def _snapshot_moid(state: WorldState, snapshot: Snapshot) -> str:
    vm = state.maybe(Vm, snapshot.vm)
    return f"snapshot-{snapshot.number}" if vm is not None and vm.owner is Owner.VSPHERE else ""


def _system_uuid(state: WorldState, server: Server) -> str:
    return identity.system_uuid(server, state.maybe(ServiceProfile, server.profile) if server.profile else None)


def _of_server(read: Callable[[WorldState, Server], str]) -> Computed:
    """Something of the server that a host runs on."""
    return lambda state, host: read(state, state.get(Server, host.blade))


def _cluster(state: WorldState, vm: Vm) -> str:
    host = state.maybe(Hypervisor, vm.host)
    return host.cluster if host is not None else ""


def _pool(state: WorldState, vm: Vm) -> str:
    """The pool that a VM is in: the root pool of its cluster or host, where it was put into no other; templates are in none."""
    if vm.template:
        return ""
    if vm.pool or vm.owner is Owner.OPENSTACK:
        return vm.pool
    roots = state.where(ResourcePool, "parent", _cluster(state, vm) or vm.host)
    return roots[0].uid if roots else ""


def _kind(field: str) -> Computed:
    """The kind of what a field names; empty when it is not there."""

    def kind(state: WorldState, entity: Entity) -> str:
        found = state.find(getattr(entity, field))
        return found.KIND if found is not None else ""

    return kind


def _having(cls: type[Entity], field: str) -> Computed:
    """The uids of those that list this one in an indexed field."""
    return lambda state, entity: [one.uid for one in state.where(cls, field, entity.uid)]


def _through_ports(here: str, there: str) -> Computed:
    """What is at the other end of a VM's or a network's ports."""
    return lambda state, entity: list(
        dict.fromkeys(other for port in state.where(Port, here, entity.uid) if (other := getattr(port, there)))
    )


_SERVER: Final[dict[str, Computed]] = {"dn": _server_dn, "system_uuid": _system_uuid}
_OWN: Final[dict[str, dict[str, Computed]]] = {
    Vm.KIND: {
        "addresses": _addresses,
        "moid": _moid("vm-"),
        "cluster": _cluster,
        "in_pool": _pool,
        "networks": _through_ports("vm", "network"),
    },
    Hypervisor.KIND: {
        "moid": _host_moid,
        "vm_count": _count(Vm, "host"),
        "why_down": reach.why_down,
        "system_uuid": _of_server(_system_uuid),
        "server_serial": _of_server(lambda _, server: server.serial),
        "server_dn": _of_server(_server_dn),
        "datastores": _having(Datastore, "hosts"),
        "networks": _having(Network, "hosts"),
        "distributed_switches": _having(DistributedSwitch, "hosts"),
    },
    Cluster.KIND: {"moid": _moid("domain-c"), "host_count": _count(Hypervisor, "cluster")},
    ResourcePool.KIND: {"moid": _pool_moid, "parent_kind": _kind("parent")},
    Snapshot.KIND: {"moid": _snapshot_moid},
    Datastore.KIND: {"moid": _datastore_moid, "used_bytes": _used},
    Lun.KIND: {"datastores": _having(Datastore, "luns")},
    Network.KIND: {"moid": _network_moid, "vms": _through_ports("network", "vm")},
    DistributedSwitch.KIND: {"moid": _moid("dvs-")},
    Blade.KIND: _SERVER,
    RackServer.KIND: _SERVER,
    ServiceProfile.KIND: {"profile_dn": lambda _, profile: identity.profile_dn(profile)},
    Chassis.KIND: {"dn": places.chassis},
    FabricInterconnect.KIND: {"dn": places.interconnect},
    FiPort.KIND: {"dn": places.port, "peer_kind": _kind("peer")},
    IoModule.KIND: {"dn": places.module},
    PowerSupply.KIND: {"dn": places.supply},
    Fan.KIND: {"dn": places.fan},
    Application.KIND: {"vms": lambda _, found: list(dict.fromkeys(vm for vms in found.tiers.values() for vm in vms))},
    Fault.KIND: {"subject_kind": _kind("subject")},
    Task.KIND: {
        "error_message": lambda _, task: task.error.message if task.error else "",
        "error_type": lambda _, task: task.error.type if task.error else "",
    },
    "vsphere_datacenter": {"moid": _moid("datacenter-")},
    "vsphere_folder": {"moid": lambda _, folder: places.folder_moid(folder)},
    "nova_server": {"fault_message": lambda _, server: server.fault.message if server.fault else ""},
    "cinder_volume": {"servers": places.attached_to},
}
COMPUTED: Final[dict[str, dict[str, Computed]]] = {
    kind: {**CONTENTS.get(kind, {}), **_OWN.get(kind, {})} for kind in sorted({*CONTENTS, *_OWN})
}
"""By kind and name; a field is added here and nowhere else."""
