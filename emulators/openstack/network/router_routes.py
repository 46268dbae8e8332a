"""Static routes of routers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from emulators.openstack.faults import Fault
from emulators.openstack.network.records import NeutronPort, NeutronRouter, NeutronSubnet, Route
from emulators.openstack.network.values import parse_address, parse_prefix
from emulators.world.state import WorldState

MAX_ROUTES: Final = 30


def check_routes(state: WorldState, router: NeutronRouter, routes: tuple[Route, ...]) -> None:
    """Refuse too many routes, and next hops that the router is not connected with or has itself; raises Fault 400."""
    if len(routes) > MAX_ROUTES:
        raise Fault(
            400,
            f"Unable to complete operation for {router.uid}. The number of routes exceeds the maximum {MAX_ROUTES}.",
            type="RoutesExhausted",
        )
    ports = state.where(NeutronPort, "device", router.uid)
    own = {fixed.ip for port in ports for fixed in port.fixed_ips}
    prefixes = [parse_prefix(subnet.cidr) for subnet in subnets_of(state, ports)]
    for route in routes:
        if not any(parse_address(route.nexthop) in prefix for prefix in prefixes):
            raise _invalid(routes, "the nexthop is not connected with router")
        if route.nexthop in own:
            raise _invalid(routes, "the nexthop is used by router")


def subnets_of(state: WorldState, ports: Iterable[NeutronPort]) -> list[NeutronSubnet]:
    """The subnets that ports have addresses in."""
    found = [state.maybe(NeutronSubnet, uid) for port in ports for uid in port.subnets]
    return [subnet for subnet in found if subnet is not None]


def _invalid(routes: tuple[Route, ...], reason: str) -> Fault:
    shown = [{"destination": one.destination, "nexthop": one.nexthop} for one in routes]
    return Fault(400, f"Invalid format for routes: {shown}, {reason}", type="InvalidRoutes")
