"""Addresses on a network: which are free, and in what order they are given out.  Pure."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network

from dcsim.errors import InsufficientResources, InvalidArgument

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
        self._network = network
        self._last = int(network.broadcast_address) - 1
        self._next = int(network.network_address) + (FIRST_HOST if network.num_addresses >= ROOMY else 1)
        self._taken = {int(IPv4Address(ip)) for ip in taken if ip}
        if gateway:
            self._taken.add(int(IPv4Address(gateway)))

    def usable(self, ip: str) -> bool:
        """Whether a host of the network may have this address (taken or not)."""
        try:
            address = IPv4Address(ip)
        except ValueError:
            return False
        return address in self._network and int(self._network.network_address) < int(address) <= self._last

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
            raise InsufficientResources(f"Network {self.cidr} has no free address.", resource="address")
        self._taken.add(self._next)
        return str(IPv4Address(self._next))
