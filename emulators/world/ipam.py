"""Addresses on networks: which are free, which are taken, in what order they are given out.  No address is given twice."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network

from dcsim.errors import InsufficientResources, InvalidArgument
from emulators.world.model import Hypervisor, Network, Port, UcsDomain
from emulators.world.state import WorldState

FIRST_HOST = 10
"""Addresses below this offset are left to gateways and appliances, on networks with room for that."""
ROOMY = 64
MAX_PREFIX = 30


def parse_cidr(cidr: str) -> IPv4Network:
    """The network; raises InvalidArgument for anything but an IPv4 network of at least two usable addresses."""
    try:
        network = IPv4Network(cidr)
    except ValueError as error:
        raise InvalidArgument(f"{cidr!r} is not an IPv4 network: {error}.", field="cidr") from error
    if network.prefixlen > MAX_PREFIX:
        raise InvalidArgument(f"{cidr} has no room for a gateway and a host.", field="cidr")
    return network


def default_gateway(cidr: str) -> str:
    """The first usable address."""
    return str(parse_cidr(cidr)[1])


class Addresses:
    """Gives out the free addresses of a network in order; never its own, the gateway's or the broadcast address."""

    def __init__(self, cidr: str, gateway: str, taken: Iterable[str] = ()) -> None:
        network = parse_cidr(cidr)
        self.cidr = cidr
        self._first, self._last = int(network.network_address) + 1, int(network.broadcast_address) - 1
        self._next = self._first - 1 + (FIRST_HOST if network.num_addresses >= ROOMY else 1)
        self._taken = {int(IPv4Address(ip)) for ip in (*taken, gateway) if ip}

    def usable(self, ip: str) -> bool:
        """Whether a host of the network may have this address (taken or not)."""
        try:
            return self._first <= int(IPv4Address(ip)) <= self._last
        except ValueError:
            return False

    def claim(self, ip: str) -> bool:
        """Take one address; False when it is not to be had."""
        if not self.usable(ip) or int(IPv4Address(ip)) in self._taken:
            return False
        self._taken.add(int(IPv4Address(ip)))
        return True

    def take(self) -> str:
        """The next free address; raises InsufficientResources."""
        while self._next in self._taken:
            self._next += 1
        if self._next > self._last:
            raise InsufficientResources(f"No address is free in {self.cidr}.", resource="address")
        self._taken.add(self._next)
        return str(IPv4Address(self._next))


def taken_on(state: WorldState, network: Network) -> list[str]:
    """The addresses of cards on a network, and those of its site's hosts and UCS domains, on whatever network these are."""
    taken = [port.ip for port in state.where(Port, "network", network.uid)]
    taken += [host.management_ip for host in state.where(Hypervisor, "site", network.site)]
    taken += [domain.address for domain in state.where(UcsDomain, "site", network.site)]
    return [ip for ip in taken if ip]


def free_address(state: WorldState, network: Network, wanted: str = "") -> str:
    """``wanted`` if it is free, else the next free address; "" on a network without addresses."""
    if not network.cidr:
        return ""
    addresses = Addresses(network.cidr, network.gateway, taken_on(state, network))
    if not wanted:
        return addresses.take()
    if not addresses.claim(wanted):
        raise InvalidArgument(f"The address {wanted} is taken or not in {network.name} ({network.cidr}).", subject=network.uid, field="ip")
    return wanted
