"""Fields of entities that are worked out when somebody asks: identities as the vendors write them, and what follows from other entities."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar

from emulators.world import identity, reach
from emulators.world.capacity import datastore_space
from emulators.world.model import (
    Blade,
    Cluster,
    Datastore,
    Entity,
    Hypervisor,
    Network,
    Owner,
    RackServer,
    Server,
    ServiceProfile,
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


def _used(state: WorldState, datastore: Datastore) -> int:
    return datastore_space(state, datastore).used


def _count(cls: type[Entity], field: str) -> Computed:
    return lambda state, entity: state.count(cls, field, entity.uid)


COMPUTED: Final[dict[str, dict[str, Computed]]] = {
    Vm.KIND: {"addresses": _addresses, "moid": _moid("vm-")},
    Hypervisor.KIND: {
        "moid": _host_moid,
        "vm_count": _count(Vm, "host"),
        "why_down": reach.why_down,
    },
    Cluster.KIND: {"moid": _moid("domain-c"), "host_count": _count(Hypervisor, "cluster")},
    Datastore.KIND: {"moid": _moid("datastore-"), "used_bytes": _used},
    Network.KIND: {"moid": _network_moid},
    Blade.KIND: {"dn": _server_dn},
    RackServer.KIND: {"dn": _server_dn},
    ServiceProfile.KIND: {"profile_dn": lambda _, profile: identity.profile_dn(profile)},
}
"""By kind and name; a field is added here and nowhere else."""
