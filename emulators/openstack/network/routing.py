"""Routers as machines know them: what a router joins and forwards, and what a server reaches through which (pure).

Only IPv4 is routed.  A server's way to the outside world is its network's own, with a router or without.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from ipaddress import IPv4Network, ip_network
from typing import Final

from emulators.machines.routing import Forward, Road, RouterCard, RouterSpec, Way
from emulators.openstack.network import addressing
from emulators.openstack.network.gateways import GATEWAY, INTERFACE
from emulators.openstack.network.protocols import PORTS, number
from emulators.openstack.network.records import (
    FixedIp,
    NeutronFloatingIp,
    NeutronNetwork,
    NeutronPort,
    NeutronPortForwarding,
    NeutronRouter,
    NeutronSubnet,
)
from emulators.world.model import Network, Port, Vm
from emulators.world.state import WorldState

EVERYTHING: Final = "0.0.0.0/0"


def router_spec(state: WorldState, router: NeutronRouter, world: str) -> RouterSpec:
    """A router with a card on each network that it has an IPv4 address on."""
    cards: dict[str, RouterCard] = {}
    for port in _ports_of(state, router.uid):
        segment, addresses = _segment(state, port), tuple(_addresses(state, port))
        if segment and addresses:
            outside = port.device_owner == GATEWAY
            before = cards.get(segment)
            cards[segment] = RouterCard(
                network=segment,
                mac=before.mac if before else port.mac,
                addresses=(*(before.addresses if before else ()), *addresses),
                outside=outside or (before is not None and before.outside),
            )
    return RouterSpec(
        id=router.uid,
        name=router.name,
        world=world,
        cards=tuple(cards.values()),
        ways=tuple(_ways(router)),
        forwards=tuple(_forwards(state, router)),
        translates=router.enable_snat,
    )


def roads_of(state: WorldState, vm: Vm) -> tuple[Road, ...]:
    """What a server's cards reach through routers: those that are their subnets' gateways, and what their subnets' host routes name."""
    return tuple(
        Road(network=card.network, mac=card.mac, router=router, destinations=tuple(destinations))
        for port in state.where(NeutronPort, "device", vm.instance_uuid)
        if port.plug and (card := state.maybe(Port, port.plug)) is not None
        for router, destinations in _roads(state, port).items()
    )


def routers_on(state: WorldState, network: str) -> set[str]:
    """The routers with a card on a Neutron network."""
    joined = (one for owner in (INTERFACE, GATEWAY) for one in state.where(NeutronPort, "device_owner", owner))
    return {one.device for one in joined if one.network == network}


def networks_of(state: WorldState, router: str) -> set[str]:
    """The Neutron networks that a router joins; the external one is not of them."""
    return {port.network for port in _ports_of(state, router) if port.device_owner == INTERFACE}


def vms_on(state: WorldState, network: str) -> Iterator[Vm]:
    """The VMs with a card on a Neutron network."""
    for port in state.where(NeutronPort, "network", network):
        card = state.maybe(Port, port.plug) if port.plug else None
        vm = state.maybe(Vm, card.vm) if card is not None else None
        if vm is not None:
            yield vm


def _ports_of(state: WorldState, router: str) -> list[NeutronPort]:
    return [port for port in state.where(NeutronPort, "device", router) if port.device_owner in {INTERFACE, GATEWAY}]


def _segment(state: WorldState, port: NeutronPort) -> str:
    """The world's network that a port is on, if machines can be on it; else ""."""
    network = state.maybe(NeutronNetwork, port.network)
    segment = state.maybe(Network, network.segment) if network is not None else None
    return segment.uid if segment is not None and segment.cidr and port.admin_state_up else ""


def _addresses(state: WorldState, port: NeutronPort) -> Iterator[str]:
    for fixed, subnet in _fixed(state, port):
        yield f"{fixed.ip}/{subnet.cidr.partition('/')[2]}"


def _fixed(state: WorldState, port: NeutronPort) -> Iterator[tuple[FixedIp, NeutronSubnet]]:
    """A port's IPv4 addresses."""
    for fixed in port.fixed_ips:
        subnet = state.maybe(NeutronSubnet, fixed.subnet)
        if subnet is not None and "." in fixed.ip:
            yield fixed, subnet


def _ways(router: NeutronRouter) -> Iterator[Way]:
    """Static routes; one to everywhere would lead servers away from what their network has."""
    for route in router.routes:
        if "." in route.nexthop and route.destination != EVERYTHING:
            yield Way(str(ip_network(route.destination, strict=False)), route.nexthop)


def _forwards(state: WorldState, router: NeutronRouter) -> Iterator[Forward]:
    for floating in state.where(NeutronFloatingIp, "router", router.uid):
        for one in state.where(NeutronPortForwarding, "floatingip", floating.uid):
            low, high = _range(one.external_range)
            to_low, _ = _range(one.internal_range)
            if (protocol := number(one.protocol)) in PORTS:
                yield Forward(protocol=protocol, address=floating.address, low=low, high=high, to_address=one.internal_ip, to_low=to_low)


def _range(text: str) -> tuple[int, int]:
    low, _, high = text.partition(":")
    return int(low), int(high or low)


def _roads(state: WorldState, port: NeutronPort) -> dict[str, dict[str, None]]:
    """Destinations by router."""
    found: dict[str, dict[str, None]] = {}
    for _, subnet in _fixed(state, port):
        if router := _router_at(state, subnet, subnet.gateway):
            found.setdefault(router.uid, {}).update(dict.fromkeys(_beyond(state, router, subnet)))
        for route in subnet.host_routes:
            if route.destination != EVERYTHING and (router := _router_at(state, subnet, route.nexthop)):
                found.setdefault(router.uid, {})[str(ip_network(route.destination, strict=False))] = None
    return {router: destinations for router, destinations in found.items() if destinations}


def _router_at(state: WorldState, subnet: NeutronSubnet, ip: str) -> NeutronRouter | None:
    """The router that has an address, if it works."""
    port = addressing.taken(state, subnet.uid, ip) if ip else None
    router = state.maybe(NeutronRouter, port.device) if port is not None and port.device_owner == INTERFACE else None
    return router if router is not None and router.admin_state_up else None


def _beyond(state: WorldState, router: NeutronRouter, subnet: NeutronSubnet) -> Iterable[str]:
    """What a router leads to, seen from one of its subnets."""
    own = IPv4Network(subnet.cidr)
    for port in _ports_of(state, router.uid):
        for _, other in _fixed(state, port):
            if not own.overlaps(IPv4Network(other.cidr)):
                yield other.cidr
    for way in _ways(router):
        yield way.destination
