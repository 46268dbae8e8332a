"""What a subnet must hold before it is made or changed."""

from __future__ import annotations

import re
from ipaddress import IPv4Network, IPv6Network
from typing import Any, Final

from emulators.openstack.faults import Fault
from emulators.openstack.network import addressing
from emulators.openstack.network.collections import Given
from emulators.openstack.network.faults import invalid_input, not_found
from emulators.openstack.network.records import NeutronNetwork, NeutronSegment, NeutronSubnet, Route
from emulators.openstack.network.values import Prefix, parse_address, parse_prefix
from emulators.world.state import WorldState

MAX_NAMESERVERS: Final = 5
MAX_HOST_ROUTES: Final = 20
LONGEST_WITH_DHCP: Final = {4: 30, 6: 126}
SLAAC_PREFIX: Final = 64
_SERVICE_TYPE: Final = re.compile(r"(network|compute|baremetal|trunk|neutron):.*")


def check_new(state: WorldState, network: NeutronNetwork, cidr: str, gateway: str, given: Given) -> None:
    """Refuse a subnet that cannot be; raises Fault 400 or 409."""
    prefix = parse_prefix(cidr)
    if given["ip_version"] != prefix.version:
        raise invalid_input(f"cidr '{cidr}' does not match the ip_version '{given['ip_version']}'")
    if prefix.prefixlen == 0:
        raise invalid_input("0 is not allowed as CIDR prefix length")
    if given["enable_dhcp"]:
        _check_dhcp(prefix)
    _check_overlap(state, network, prefix)
    _check_gateway(prefix, gateway, bool(given.get("allocation_pools") is not None), given)
    _check_ipv6(prefix, given)
    _check_lists(prefix.version, given, "new subnet")
    segment = given.get("segment_id")
    if segment and state.maybe(NeutronSegment, segment) is None:
        raise not_found("Segment", f"Segment {segment} could not be found.")


def check_update(subnet: NeutronSubnet, fields: dict[str, Any]) -> None:
    """Refuse a change that cannot be; raises Fault 400."""
    prefix = parse_prefix(subnet.cidr)
    if fields.get("enable_dhcp") and not subnet.enable_dhcp:
        _check_dhcp(prefix)
    if fields.get("enable_dhcp") is False and (subnet.ipv6_ra_mode or subnet.ipv6_address_mode):
        raise invalid_input("Cannot disable enable_dhcp with ipv6 attributes set")
    if fields.get("gateway"):
        _check_gateway_address(prefix, fields["gateway"])
    _check_lists(subnet.ip_version, fields, subnet.uid)


def _check_dhcp(prefix: Prefix) -> None:
    if prefix.prefixlen > LONGEST_WITH_DHCP[prefix.version]:
        raise invalid_input("Subnet has a prefix length that is incompatible with DHCP service enabled")
    if prefix.is_multicast:
        raise invalid_input("Multicast IP subnet is not supported if enable_dhcp is True")
    if prefix.is_loopback:
        raise invalid_input("Loopback IP subnet is not supported if enable_dhcp is True")
    if isinstance(prefix, IPv4Network) and int(prefix.network_address) == 0:
        raise invalid_input("First IP '0.0.0.0' of network is not supported if enable_dhcp is True.")


def _check_overlap(state: WorldState, network: NeutronNetwork, prefix: Prefix) -> None:
    for other in state.where(NeutronSubnet, "network", network.uid):
        theirs = parse_prefix(other.cidr)
        if theirs.version == prefix.version and prefix.overlaps(theirs):
            raise invalid_input(f"Requested subnet with cidr: {prefix} for network: {network.uid} overlaps with another subnet")


def _check_gateway(prefix: Prefix, gateway: str, own_pools: bool, given: Given) -> None:
    if gateway:
        _check_gateway_address(prefix, gateway)
    if own_pools:
        addressing.check_pools(given["allocation_pools"], prefix, str(prefix))
        if gateway:
            addressing.check_gateway(gateway, given["allocation_pools"])


def _check_gateway_address(prefix: Prefix, gateway: str) -> None:
    found = parse_address(gateway)
    if found.version != prefix.version:
        raise invalid_input(f"gateway_ip '{gateway}' does not match the ip_version '{prefix.version}'")
    reserved = (prefix.network_address, prefix.broadcast_address)
    if found in reserved and isinstance(prefix, IPv4Network) and prefix.prefixlen < prefix.max_prefixlen - 1:
        raise invalid_input("Gateway is not valid on subnet")


def _check_ipv6(prefix: Prefix, given: Given) -> None:
    ra, mode = given.get("ipv6_ra_mode"), given.get("ipv6_address_mode")
    if not isinstance(prefix, IPv6Network):
        for name, value in (("ipv6_ra_mode", ra), ("ipv6_address_mode", mode)):
            if value:
                raise invalid_input(f"{name} is not valid when ip_version is 4")
        return
    if (ra or mode) and not given["enable_dhcp"]:
        raise invalid_input("ipv6_ra_mode or ipv6_address_mode cannot be set when enable_dhcp is set to False")
    if ra and mode and ra != mode:
        raise invalid_input(
            f"ipv6_ra_mode set to '{ra}' with ipv6_address_mode set to '{mode}' is not valid. "
            "If both attributes are set, they must be the same value"
        )
    if {ra, mode} & addressing.AUTOMATIC and prefix.prefixlen != SLAAC_PREFIX:
        raise invalid_input(
            f"Invalid CIDR {prefix} for IPv6 address mode. OpenStack uses the EUI-64 address format, which requires the prefix to be /64"
        )


def _check_lists(version: int, given: dict[str, Any], name: str) -> None:
    servers: tuple[str, ...] = given.get("dns_nameservers", ())
    routes: tuple[Route, ...] = given.get("host_routes", ())
    if len(servers) > MAX_NAMESERVERS:
        raise _too_many("DNSNameServersExhausted", name, "DNS nameservers", MAX_NAMESERVERS)
    if len(routes) > MAX_HOST_ROUTES:
        raise _too_many("HostRoutesExhausted", name, "host routes", MAX_HOST_ROUTES)
    for server in servers:
        _check_version(version, server, "dns_nameserver")
    for route in routes:
        _check_version(version, route.nexthop, "nexthop")
        _check_version(version, route.destination.partition("/")[0], "destination")
    for service_type in given.get("service_types", ()):
        if not _SERVICE_TYPE.fullmatch(service_type):
            raise invalid_input(
                f"Subnet service type {service_type} does not correspond to a valid device owner", "InvalidSubnetServiceType"
            )


def _check_version(version: int, address: str, name: str) -> None:
    if parse_address(address).version != version:
        raise invalid_input(f"{name} '{address}' does not match the ip_version '{version}'")


def _too_many(type_: str, subnet: str, what: str, limit: int) -> Fault:
    return Fault(400, f"Unable to complete operation for {subnet}. The number of {what} exceeds the limit {limit}.", type=type_)
