"""What the properties of a host are made from: the host, its blade, and who they are."""

from __future__ import annotations

import ipaddress
from typing import NamedTuple

from emulators.world.identity import HostIdentity, PhysicalNic, host_identity
from emulators.world.model import (
    BladePower,
    Datastore,
    DistributedSwitch,
    Hypervisor,
    Lun,
    Network,
    Server,
)
from emulators.world.reach import fabric_legs
from emulators.world.state import WorldState


class Facts(NamedTuple):
    """A host with its hardware; ``legs`` are the fabrics that it reaches now."""

    host: Hypervisor
    blade: Server
    identity: HostIdentity
    legs: tuple[str, ...]

    @property
    def powered(self) -> bool:
        """Is the blade on, and the hypervisor up?"""
        return self.blade.power is BladePower.ON and self.host.running


def facts(state: WorldState, host: Hypervisor) -> Facts:
    """Everything about a host; raises NotFound when its blade is not in the world."""
    identity = host_identity(state, host)
    return Facts(host, identity.blade, identity, fabric_legs(state, identity.chassis))


# -- network ------------------------------------------------------------------------------------------------------------------


def standard_networks(state: WorldState, host: Hypervisor) -> list[Network]:
    """The port groups of the host's own switch."""
    return [network for network in state.where(Network, "hosts", host.uid) if network.type == "standard"]


def switches(state: WorldState, host: Hypervisor) -> list[DistributedSwitch]:
    """The distributed switches that the host is a member of."""
    return state.where(DistributedSwitch, "hosts", host.uid)


def standard_uplinks(state: WorldState, found: Facts) -> tuple[PhysicalNic, ...]:
    """The NICs of vSwitch0: all, or the first when there are distributed switches, which take the others."""
    nics = found.identity.nics
    return nics[:1] if state.count(DistributedSwitch, "hosts", found.host.uid) else nics


def switch_uplinks(found: Facts, place: int) -> tuple[PhysicalNic, ...]:
    """The NICs of the host's ``place``-th distributed switch (from 0): the first gets all but vSwitch0's, later ones none."""
    return found.identity.nics[1:] if place == 0 else ()


class Management(NamedTuple):
    """How the host is reached: its address, and the network around it."""

    address: str
    prefix: int
    gateway: str
    vlan: int

    @property
    def netmask(self) -> str:
        """The prefix as a mask."""
        return str(ipaddress.ip_network(f"0.0.0.0/{self.prefix}").netmask)

    @property
    def subnet(self) -> str:
        """The network's own address."""
        return str(ipaddress.ip_network(f"{self.address}/{self.prefix}", strict=False).network_address)


def management(state: WorldState, host: Hypervisor) -> Management:
    """The host's management address, in the network of its site that has it; a /24 when there is none."""
    address = host.management_ip or "0.0.0.0"  # noqa: S104 - what a host without an address shows
    for network in state.where(Network, "site", host.site):
        if network.cidr and ipaddress.ip_address(address) in ipaddress.ip_network(network.cidr):
            return Management(address, ipaddress.ip_network(network.cidr).prefixlen, network.gateway, network.vlan)
    return Management(address, 24, "", 0)


# -- storage ------------------------------------------------------------------------------------------------------------------


def host_datastores(state: WorldState, host: Hypervisor) -> list[Datastore]:
    """The datastores that the host mounts."""
    return state.where(Datastore, "hosts", host.uid)


def host_luns(state: WorldState, host: Hypervisor) -> list[Lun]:
    """The LUNs that the host sees: those of its datastores, in the order in which it numbers them."""
    uids = dict.fromkeys(uid for datastore in host_datastores(state, host) for uid in datastore.luns)
    return [lun for lun in (state.maybe(Lun, uid) for uid in uids) if lun is not None]
