"""Addresses in subnets: which may be given, which are taken, which comes next.  No address is given twice."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from ipaddress import IPv4Network, IPv6Address, ip_address
from typing import Final

from emulators.openstack.faults import Fault
from emulators.openstack.network.faults import conflict
from emulators.openstack.network.records import FixedIp, NeutronPort, NeutronSubnet, Pool
from emulators.openstack.network.values import Prefix, parse_address, parse_prefix
from emulators.world.state import WorldState

AUTOMATIC: Final = frozenset({"slaac", "dhcpv6-stateless"})
"""Modes in which a port's address follows from its MAC."""
MOST_TRIED: Final = 1 << 17
"""Addresses of a pool that are looked at before it counts as full."""
_SMALL: Final = {4: 31, 6: 127}
"""From this prefix on, every address is a host's."""


def ends(prefix: Prefix) -> tuple[int, int]:
    """The first and the last address that a host may have."""
    first, last = int(prefix.network_address), int(prefix.broadcast_address)
    if prefix.prefixlen >= _SMALL[prefix.version]:
        return first, last
    return first + 1, last - 1 if isinstance(prefix, IPv4Network) else last


def default_gateway(prefix: Prefix) -> str:
    """The first address of a host."""
    return str(prefix[1]) if prefix.num_addresses > 1 else str(prefix[0])


def default_pools(prefix: Prefix, gateway: str) -> tuple[Pool, ...]:
    """Every address of a host but the gateway's."""
    first, last = ends(prefix)
    cut = int(ip_address(gateway)) if gateway else -1
    if not first <= cut <= last:
        return (_pool(prefix, first, last),)
    return tuple(_pool(prefix, low, high) for low, high in ((first, cut - 1), (cut + 1, last)) if low <= high)


def _pool(prefix: Prefix, first: int, last: int) -> Pool:
    kind = type(prefix.network_address)
    return Pool(str(kind(first)), str(kind(last)))


def span(pool: Pool) -> tuple[int, int]:
    """A pool as numbers."""
    return int(ip_address(pool.start)), int(ip_address(pool.end))


def size(pools: Iterable[Pool]) -> int:
    """How many addresses pools have."""
    return sum(last - first + 1 for first, last in map(span, pools))


def check_pools(pools: Sequence[Pool], prefix: Prefix, cidr: str) -> None:
    """Refuse pools that are no ranges, reach out of the subnet, or overlap; raises Fault 400 or 409."""
    first, last = ends(prefix)
    for pool in pools:
        start, end = parse_address(pool.start), parse_address(pool.end)
        shown = f"{pool.start}-{pool.end}"
        if {start.version, end.version} != {prefix.version} or int(start) > int(end):
            raise Fault(400, f"The allocation pool {shown} is not valid.", type="InvalidAllocationPool")
        if int(start) < first or int(end) > last:
            raise Fault(400, f"The allocation pool {shown} spans beyond the subnet cidr {cidr}.", type="OutOfBoundsAllocationPool")
    ordered = sorted(pools, key=span)
    for before, after in itertools.pairwise(ordered):
        if span(after)[0] <= span(before)[1]:
            raise conflict(
                "OverlappingAllocationPools",
                f"Found overlapping allocation pools: {before.start}-{before.end} {after.start}-{after.end} for subnet {cidr}.",
            )


def check_gateway(gateway: str, pools: Iterable[Pool]) -> None:
    """Refuse a gateway that a pool would give out; raises Fault 409."""
    number = int(ip_address(gateway))
    for pool in pools:
        if span(pool)[0] <= number <= span(pool)[1]:
            raise conflict(
                "GatewayConflictWithAllocationPools", f"Gateway ip {gateway} conflicts with allocation pool {pool.start}-{pool.end}."
            )


def taken(state: WorldState, subnet: str, ip: str) -> NeutronPort | None:
    """Who has an address."""
    return state.one(NeutronPort, "taken", f"{subnet}/{ip}")


def next_free(state: WorldState, subnet: NeutronSubnet, avoid: Iterable[str] = (), start: int = 0) -> str:
    """A free address of the subnet's pools, the first after the ``start``-th of a pool; "" when there is none.

    Neutron draws at random, too: an address that was just given back is not given out again at once, while its machine still goes.
    """
    shunned = set(avoid)
    for pool in subnet.pools:
        kind = type(ip_address(pool.start))
        first, last = span(pool)
        count = last - first + 1
        for step in range(min(count, MOST_TRIED)):
            ip = str(kind(first + (start + step) % count))
            if ip not in shunned and not state.count(NeutronPort, "taken", f"{subnet.uid}/{ip}"):
                return ip
    return ""


def in_pools(subnet: NeutronSubnet, ip: str) -> bool:
    """Whether the subnet itself would give out the address."""
    number = int(ip_address(ip))
    return any(first <= number <= last for first, last in map(span, subnet.pools))


def contains(subnet: NeutronSubnet, ip: str) -> bool:
    """Whether a host of the subnet may have the address."""
    address, prefix = ip_address(ip), parse_prefix(subnet.cidr)
    first, last = ends(prefix)
    return address.version == prefix.version and first <= int(address) <= last


def from_mac(cidr: str, mac: str) -> str:
    """The IPv6 address that a host gives itself by its MAC (EUI-64)."""
    octets = bytes.fromhex(mac.replace(":", ""))
    tail = bytes([octets[0] ^ 2, *octets[1:3], 0xFF, 0xFE, *octets[3:]])
    return str(IPv6Address(int(parse_prefix(cidr).network_address) | int.from_bytes(tail, "big")))


def automatic(subnet: NeutronSubnet) -> bool:
    """Whether addresses of the subnet follow from MACs."""
    return subnet.ip_version == 6 and subnet.ipv6_address_mode in AUTOMATIC  # noqa: PLR2004


def keys(fixed_ips: Iterable[FixedIp]) -> dict[str, tuple[str, ...]]:
    """The fields of a port that its addresses are looked up by."""
    ips = tuple(fixed_ips)
    return {"subnets": tuple(dict.fromkeys(one.subnet for one in ips)), "taken": tuple(f"{one.subnet}/{one.ip}" for one in ips)}
