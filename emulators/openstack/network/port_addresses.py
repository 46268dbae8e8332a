"""Which addresses a port gets: those that were asked for, in whatever form, or one of each family that its network has."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from emulators.openstack.faults import Fault
from emulators.openstack.network import addressing
from emulators.openstack.network.faults import address_in_use, conflict, invalid_input, no_address
from emulators.openstack.network.records import FixedIp, NeutronNetwork, NeutronPort, NeutronSubnet
from emulators.world.state import WorldState

Wanted = dict[str, Any]
MAX_FIXED_IPS: Final = 5
INTERFACES: Final = frozenset(
    {"network:router_interface", "network:ha_router_replicated_interface", "network:router_interface_distributed"}
)


def choose(
    state: WorldState,
    network: NeutronNetwork,
    owner: str,
    mac: str,
    wanted: Sequence[Wanted] | None,
    *,
    had: Sequence[FixedIp] = (),
    port: str = "",
) -> tuple[FixedIp, ...]:
    """The addresses of a port with that owner and MAC; ``had`` are those that port has now.  Raises Fault 400 or 409."""
    subnets = state.where(NeutronSubnet, "network", network.uid)
    if wanted is None:
        return _usual(state, network, subnets, owner, mac)
    return _asked(state, network, subnets, owner, mac, wanted, had, port)


def _usual(state: WorldState, network: NeutronNetwork, subnets: list[NeutronSubnet], owner: str, mac: str) -> tuple[FixedIp, ...]:
    fitting = [subnet for subnet in subnets if _serves(subnet, owner)]
    if subnets and not fitting:
        raise conflict(
            "IpAddressGenerationFailureNoMatchingSubnet",
            f"No valid service subnet for the given device owner, network {network.uid}, service type {owner}.",
        )
    found: list[FixedIp] = []
    for version in (4, 6):
        manual = [subnet for subnet in fitting if subnet.ip_version == version and not addressing.automatic(subnet)]
        if manual:
            found.append(_first(state, network, manual))
    found += [FixedIp(subnet.uid, addressing.from_mac(subnet.cidr, mac)) for subnet in fitting if addressing.automatic(subnet)]
    return tuple(found)


def _serves(subnet: NeutronSubnet, owner: str) -> bool:
    return not subnet.service_types or owner in subnet.service_types or any(owner.startswith(f"{one}:") for one in subnet.service_types)


def _first(state: WorldState, network: NeutronNetwork, subnets: list[NeutronSubnet], avoid: Sequence[str] = ()) -> FixedIp:
    for subnet in subnets:
        ip = addressing.next_free(state, subnet, avoid)
        if ip:
            return FixedIp(subnet.uid, ip)
    raise no_address(network.uid)


def _asked(
    state: WorldState,
    network: NeutronNetwork,
    subnets: list[NeutronSubnet],
    owner: str,
    mac: str,
    wanted: Sequence[Wanted],
    had: Sequence[FixedIp],
    port: str,
) -> tuple[FixedIp, ...]:
    """Fixed addresses first, so that what is left to choose does not take them."""
    chosen: list[FixedIp | None] = [None] * len(wanted)
    for place, one in enumerate(wanted):
        if one.get("ip_address"):
            chosen[place] = _fixed(state, network, subnets, owner, mac, one, port)
    given = [one for one in chosen if one is not None]
    if len({(one.subnet, one.ip) for one in given}) < len(given):
        raise invalid_input("Duplicate IP addresses in fixed_ips")
    kept = [one for one in had if one not in given]
    for place, one in enumerate(wanted):
        if chosen[place] is None:
            subnet = _subnet(network, subnets, one)
            chosen[place] = _kept(kept, subnet) or _of(state, network, subnet, owner, mac, [fixed.ip for fixed in chosen if fixed])
    return tuple(one for one in chosen if one is not None)


def _kept(kept: list[FixedIp], subnet: NeutronSubnet) -> FixedIp | None:
    """An address that the port has in the subnet already: it keeps that."""
    found = next((one for one in kept if one.subnet == subnet.uid), None)
    if found is not None:
        kept.remove(found)
    return found


def _of(state: WorldState, network: NeutronNetwork, subnet: NeutronSubnet, owner: str, mac: str, avoid: Sequence[str]) -> FixedIp:
    if addressing.automatic(subnet) and owner not in INTERFACES:
        return FixedIp(subnet.uid, addressing.from_mac(subnet.cidr, mac))
    return _first(state, network, [subnet], avoid)


def _subnet(network: NeutronNetwork, subnets: list[NeutronSubnet], one: Wanted) -> NeutronSubnet:
    """The subnet of a wanted address; raises Fault 400."""
    if not subnets:
        raise invalid_input("IP allocation requires subnets for network")
    if one.get("subnet_id"):
        found = next((subnet for subnet in subnets if subnet.uid == one["subnet_id"]), None)
        if found is None:
            raise invalid_input(
                f"Failed to create port on network {network.uid}, because fixed_ips included invalid subnet {one['subnet_id']}"
            )
        return found
    if not one.get("ip_address"):
        raise invalid_input("IP allocation requires subnet_id or ip_address")
    found = next((subnet for subnet in subnets if addressing.contains(subnet, one["ip_address"])), None)
    if found is None:
        raise Fault(
            400,
            f"IP address {one['ip_address']} is not a valid IP for any of the subnets on the specified network.",
            type="InvalidIpForNetwork",
        )
    return found


def _fixed(
    state: WorldState, network: NeutronNetwork, subnets: list[NeutronSubnet], owner: str, mac: str, one: Wanted, port: str
) -> FixedIp:
    subnet, ip = _subnet(network, subnets, one), str(one["ip_address"])
    if not addressing.contains(subnet, ip):
        raise Fault(400, f"IP address {ip} is not a valid IP for the specified subnet.", type="InvalidIpForSubnet")
    if addressing.automatic(subnet) and owner not in INTERFACES and ip != addressing.from_mac(subnet.cidr, mac):
        raise invalid_input(
            f"IPv6 address {ip} cannot be directly assigned to a port on subnet {subnet.uid} as the subnet is configured for "
            "automatic addresses",
            "AllocationOnAutoAddressSubnet",
        )
    holder: NeutronPort | None = addressing.taken(state, subnet.uid, ip)
    if holder is not None and holder.uid != port:
        raise address_in_use(network.uid, ip)
    return FixedIp(subnet.uid, ip)
