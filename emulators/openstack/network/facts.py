"""What follows from the rest: availability zones, use of addresses, service providers; and lists that are empty in this deployment."""

from __future__ import annotations

from typing import Final

from emulators.openstack.call import Call
from emulators.openstack.network import addressing
from emulators.openstack.network.attributes import Attribute
from emulators.openstack.network.caller import caller_of
from emulators.openstack.network.collections import Row
from emulators.openstack.network.faults import not_found
from emulators.openstack.network.listing import answer
from emulators.openstack.network.networks import ZONE
from emulators.openstack.network.records import NeutronNetwork, NeutronPort, NeutronSubnet
from emulators.openstack.network.service import NETWORK
from emulators.world.state import WorldState

_ZONES: Final = {name: Attribute(name, flags="VF") for name in ("name", "resource", "state")}
_AVAILABILITY: Final = {
    **{name: Attribute(name, flags="VFS") for name in ("network_id", "network_name", "tenant_id", "project_id", "ip_version")},
    **{name: Attribute(name) for name in ("total_ips", "used_ips", "subnet_ip_availability")},
}
_PROVIDERS: Final = {name: Attribute(name, flags="VF") for name in ("service_type", "name", "default")}


@NETWORK.get("/availability_zones")
async def list_availability_zones(call: Call) -> Row:
    """The zones of networks and of routers."""
    rows: list[Row] = [{"name": ZONE, "resource": resource, "state": "available"} for resource in ("network", "router")]
    return answer(call, "availability_zones", rows, _ZONES, caller_of(call.credentials))


@NETWORK.get("/service-providers")
async def list_service_providers(call: Call) -> Row:
    """Who provides routers."""
    rows: list[Row] = [{"service_type": "L3_ROUTER_NAT", "name": "single_node", "default": True}]
    return answer(call, "service_providers", rows, _PROVIDERS, caller_of(call.credentials))


@NETWORK.get("/network-ip-availabilities")
async def list_ip_availabilities(call: Call) -> Row:
    """How many addresses each network has, and how many are given out; for administrators."""
    version = call.first("ip_version")
    networks = call.state.all(NeutronNetwork) if call.credentials.admin else []
    rows = [availability(call.state, one, int(version) if version in {"4", "6"} else 0) for one in networks]
    query = {name: values for name, values in call.query.items() if name != "ip_version"}
    return answer(call, "network_ip_availabilities", rows, _AVAILABILITY, caller_of(call.credentials), query=query)


@NETWORK.get("/network-ip-availabilities/{id}")
async def show_ip_availability(call: Call) -> Row:
    """How many addresses a network has, and how many are given out."""
    network = call.state.maybe(NeutronNetwork, call.path["id"])
    if network is None or not call.credentials.admin:
        raise not_found("Network", f"Network {call.path['id']} could not be found.")
    return {"network_ip_availability": availability(call.state, network)}


def availability(state: WorldState, network: NeutronNetwork, version: int = 0) -> Row:
    """The addresses of a network, of one IP version when it is named."""
    subnets = [
        {
            "subnet_id": subnet.uid,
            "subnet_name": subnet.name,
            "cidr": subnet.cidr,
            "ip_version": subnet.ip_version,
            "total_ips": addressing.size(subnet.pools),
            "used_ips": _used(state, subnet),
        }
        for subnet in state.where(NeutronSubnet, "network", network.uid)
        if version in {0, subnet.ip_version}
    ]
    return {
        "network_id": network.uid,
        "network_name": network.name,
        "tenant_id": network.project,
        "project_id": network.project,
        "total_ips": sum(one["total_ips"] for one in subnets),
        "used_ips": sum(one["used_ips"] for one in subnets),
        "subnet_ip_availability": subnets,
    }


def _used(state: WorldState, subnet: NeutronSubnet) -> int:
    return sum(one.subnet == subnet.uid for port in state.where(NeutronPort, "subnets", subnet.uid) for one in port.fixed_ips)


@NETWORK.get("/flavors")
async def list_flavors(_: Call) -> Row:
    """Flavors of routers: this deployment has none."""
    return {"flavors": []}


@NETWORK.get("/metering/metering-labels")
async def list_metering_labels(_: Call) -> Row:
    """Metering labels: this deployment has none."""
    return {"metering_labels": []}


@NETWORK.get("/metering/metering-label-rules")
async def list_metering_label_rules(_: Call) -> Row:
    """Rules of metering labels: this deployment has none."""
    return {"metering_label_rules": []}
