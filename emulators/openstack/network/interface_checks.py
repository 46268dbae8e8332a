"""What must hold between the subnets that one router joins."""

from __future__ import annotations

from collections.abc import Iterable

from emulators.openstack.network.faults import bad_request
from emulators.openstack.network.records import NeutronPort, NeutronRouter, NeutronSubnet
from emulators.openstack.network.router_routes import subnets_of
from emulators.openstack.network.values import parse_prefix
from emulators.world.state import WorldState


def check_subnets(state: WorldState, router: NeutronRouter, more: Iterable[NeutronSubnet], but: str = "") -> None:
    """Refuse subnets that the router has, or that overlap those; ``but`` is a port that does not count.  Raises Fault 400."""
    ports = [port for port in state.where(NeutronPort, "device", router.uid) if port.uid != but]
    present = subnets_of(state, ports)
    for subnet in more:
        for other in present:
            if other.uid == subnet.uid:
                raise bad_request("router", f"Router already has a port on subnet {subnet.uid}")
            ours, theirs = parse_prefix(subnet.cidr), parse_prefix(other.cidr)
            if ours.version == theirs.version and ours.overlaps(theirs):
                raise bad_request(
                    "router", f"Cidr {subnet.cidr} of subnet {subnet.uid} overlaps with cidr {other.cidr} of subnet {other.uid}"
                )
