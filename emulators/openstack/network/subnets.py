"""Subnets."""

from __future__ import annotations

from typing import Any, Final

from emulators.openstack.network import addressing, changes, sharing, subnet_checks
from emulators.openstack.network.attributes import LEFT_OUT, PROJECT, Attribute
from emulators.openstack.network.caller import Caller
from emulators.openstack.network.collections import Collection, Given, Row, owned, standard_view
from emulators.openstack.network.faults import bad_request, conflict, forbidden, subnet_in_use
from emulators.openstack.network.networks import AUTO_DELETED, MIN_MTU, NETWORKS
from emulators.openstack.network.operations import serve
from emulators.openstack.network.pools import allocate, pool_for
from emulators.openstack.network.quotas import require
from emulators.openstack.network.records import NeutronNetwork, NeutronPort, NeutronSubnet, Pool, Route
from emulators.openstack.network.values import (
    address,
    boolean,
    identifier,
    items,
    label,
    non_negative,
    one_of,
    optional,
    parse_prefix,
    prefix,
    record,
    text,
)
from emulators.world.decide import Decision
from emulators.world.decisions.networks import change_segment
from emulators.world.state import WorldState

ROUTER_OWNERS: Final = frozenset({"network:router_interface", "network:router_gateway", "network:ha_router_replicated_interface"})
_MODES: Final = ("dhcpv6-stateful", "dhcpv6-stateless", "slaac", None)


def view(state: WorldState, subnet: NeutronSubnet, caller: Caller) -> Row:
    """A subnet as it is shown."""
    network = state.maybe(NeutronNetwork, subnet.network)
    return {
        "id": subnet.uid,
        "name": subnet.name,
        **standard_view(subnet),
        "network_id": subnet.network,
        "ip_version": subnet.ip_version,
        "cidr": subnet.cidr,
        "gateway_ip": subnet.gateway or None,
        "allocation_pools": [{"start": pool.start, "end": pool.end} for pool in subnet.pools],
        "dns_nameservers": list(subnet.dns_nameservers),
        "host_routes": [{"destination": route.destination, "nexthop": route.nexthop} for route in subnet.host_routes],
        "enable_dhcp": subnet.enable_dhcp,
        "ipv6_ra_mode": subnet.ipv6_ra_mode or None,
        "ipv6_address_mode": subnet.ipv6_address_mode or None,
        "subnetpool_id": subnet.subnetpool or None,
        "service_types": list(subnet.service_types),
        "segment_id": subnet.segment or None,
        "dns_publish_fixed_ip": subnet.dns_publish_fixed_ip,
        "router:external": network is not None and network.external,
        "shared": network is not None and sharing.shared_with(state, network, caller),
    }


def create(decision: Decision, caller: Caller, given: Given) -> NeutronSubnet:
    """Make a subnet of a network."""
    network = NETWORKS.find(decision.state, given["network_id"], caller)
    if not owned(network, caller):
        raise forbidden("create_subnet")
    require(decision, given["project_id"], "subnet")
    pool = pool_for(decision.state, caller, given)
    cidr = allocate(decision.state, caller, pool, given) if pool is not None else _own_cidr(given)
    version = parse_prefix(cidr).version
    if network.mtu < MIN_MTU[version]:
        least = MIN_MTU[version]
        raise conflict("NetworkMTUSubnetConflict", f"MTU of {network.uid} is not valid, subnet requires a minimum of {least}")
    gateway = given.get("gateway_ip", addressing.default_gateway(parse_prefix(cidr))) or ""
    subnet_checks.check_new(decision.state, network, cidr, gateway, given)
    pools = given.get("allocation_pools")
    subnet = changes.create(
        decision,
        NeutronSubnet,
        name=given["name"],
        description=given["description"],
        project=given["project_id"],
        network=network.uid,
        ip_version=version,
        cidr=cidr,
        gateway=gateway,
        pools=addressing.default_pools(parse_prefix(cidr), gateway) if pools is None else pools,
        dns_nameservers=given.get("dns_nameservers", ()),
        host_routes=given.get("host_routes", ()),
        enable_dhcp=given["enable_dhcp"],
        ipv6_ra_mode=given.get("ipv6_ra_mode") or "",
        ipv6_address_mode=given.get("ipv6_address_mode") or "",
        subnetpool=pool.uid if pool is not None else "",
        service_types=given.get("service_types", ()),
        segment=given.get("segment_id") or "",
        dns_publish_fixed_ip=given["dns_publish_fixed_ip"],
    )
    changes.touch(decision, network)
    wire(decision, network.uid)
    return subnet


def _own_cidr(given: Given) -> str:
    if given.get("cidr") is None:
        raise bad_request("subnets", "a subnetpool must be specified in the absence of a cidr")
    return str(given["cidr"])


def wire(decision: Decision, network: str) -> None:
    """The world's segment has the range of the network's first IPv4 subnet."""
    holder = decision.state.maybe(NeutronNetwork, network)
    if holder is None:
        return
    first = next((one for one in decision.state.where(NeutronSubnet, "network", network) if one.ip_version == 4), None)  # noqa: PLR2004
    change_segment(decision, holder.segment, cidr=first.cidr if first else "", gateway=first.gateway if first else "")


def update(decision: Decision, _: Caller, subnet: NeutronSubnet, given: Given) -> None:
    """Change a subnet."""
    names = ("name", "description", "enable_dhcp", "dns_nameservers", "host_routes", "service_types", "dns_publish_fixed_ip")
    fields: dict[str, Any] = {name: given[name] for name in names if name in given}
    pools = given.get("allocation_pools", subnet.pools)
    if "allocation_pools" in given:
        addressing.check_pools(pools, parse_prefix(subnet.cidr), subnet.cidr)
        fields["pools"] = pools
    if "gateway_ip" in given:
        fields["gateway"] = given["gateway_ip"] or ""
        _require_gateway_free(decision.state, subnet, fields["gateway"])
    if fields.get("gateway", subnet.gateway):
        addressing.check_gateway(fields.get("gateway", subnet.gateway), pools)
    if "segment_id" in given:
        fields["segment"] = given["segment_id"] or ""
    subnet_checks.check_update(subnet, fields)
    changes.change(decision, subnet, **fields)
    wire(decision, subnet.network)


def _require_gateway_free(state: WorldState, subnet: NeutronSubnet, gateway: str) -> None:
    holder = addressing.taken(state, subnet.uid, subnet.gateway) if subnet.gateway and gateway != subnet.gateway else None
    if holder is not None and holder.device_owner in ROUTER_OWNERS:
        raise conflict("GatewayIpInUse", f"Current gateway ip {subnet.gateway} already in use by port {holder.uid}. Unable to update.")


def delete(decision: Decision, _: Caller, subnet: NeutronSubnet) -> None:
    """Delete a subnet; addresses of ports that nobody made by hand go with it."""
    for port in decision.state.where(NeutronPort, "subnets", subnet.uid):
        _release(decision, subnet, port)
    changes.delete(decision, subnet)
    network = decision.state.maybe(NeutronNetwork, subnet.network)
    if network is not None:
        changes.touch(decision, network)
    wire(decision, subnet.network)


def _release(decision: Decision, subnet: NeutronSubnet, port: NeutronPort) -> None:
    if (port.device_owner not in AUTO_DELETED and not addressing.automatic(subnet)) or port.device_owner in ROUTER_OWNERS:
        raise subnet_in_use(subnet.uid)
    left = tuple(one for one in port.fixed_ips if one.subnet != subnet.uid)
    if left or port.device_owner not in AUTO_DELETED:
        changes.change(decision, port, fixed_ips=left, **addressing.keys(left))
    else:
        changes.delete(decision, port)


def _pool(value: Any) -> Pool:
    return Pool(**record({"start": address, "end": address})(value))


def route(value: Any) -> Route:
    """A route, as clients write it."""
    return Route(**record({"destination": prefix, "nexthop": address})(value))


SUBNETS: Final = serve(
    Collection(
        member="subnet",
        name="subnets",
        path="/subnets",
        record=NeutronSubnet,
        attributes=(
            Attribute("id", identifier, "VFS"),
            Attribute("name", label, "PUVFS", ""),
            Attribute("ip_version", one_of(4, 6), "PVFS"),
            Attribute("network_id", identifier, "PVFS"),
            Attribute("subnetpool_id", optional(identifier), "PVFS", LEFT_OUT),
            Attribute("use_default_subnetpool", boolean, "P", False),
            Attribute("prefixlen", non_negative, "P", LEFT_OUT),
            Attribute("cidr", optional(prefix), "PVFS", LEFT_OUT),
            Attribute("gateway_ip", optional(address), "PUVFS", LEFT_OUT),
            Attribute("allocation_pools", items(_pool, blank=True), "PUV", LEFT_OUT),
            Attribute("dns_nameservers", items(address, blank=True), "PUV", LEFT_OUT),
            Attribute("host_routes", items(route), "PUV", LEFT_OUT),
            *PROJECT,
            Attribute("enable_dhcp", boolean, "PUVFS", True),
            Attribute("ipv6_ra_mode", one_of(*_MODES), "PVFS", LEFT_OUT),
            Attribute("ipv6_address_mode", one_of(*_MODES), "PVFS", LEFT_OUT),
            Attribute("service_types", items(text(255), blank=True), "PUV", LEFT_OUT),
            Attribute("segment_id", optional(identifier), "PUVFSa", None),
            Attribute("dns_publish_fixed_ip", boolean, "PUV", False),
            Attribute("router:external", boolean, "VF"),
            Attribute("shared", boolean, "F"),
        ),
        view=view,
        create=create,
        update=update,
        delete=delete,
        visible=sharing.subnet_visible,
        indexes={"network_id": "network", "name": "name"},
    )
)
