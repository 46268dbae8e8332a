"""A router as what the kernel's tools are to be told: names, and input for `ip -batch` and `iptables-restore` (pure).

A router is a network namespace with a virtual cable to the bridge of each of its networks.  The engine's bridge has the gateway's address
already, so machines find the router at an address of its own that only they and it know, link-local (169.254.0.0/17).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from ipaddress import IPv4Address, IPv4Interface
from typing import Final

import msgspec

from emulators.machines.docker import naming
from emulators.machines.docker.ranges import Attached
from emulators.machines.routing import Forward, Road, RouterCard, RouterSpec

HOPS: Final = int(IPv4Address("169.254.0.1"))
HOP_COUNT: Final = (1 << 15) - 2
ORIGIN: Final = 77
"""Marks our routes in a machine: the number of a routing protocol that is nobody's."""
METRIC: Final = 1024
"""A network that the machine has a card on comes first."""
SETTINGS: Final = {
    "ip_forward": 1,
    "conf/all/rp_filter": 0,
    "conf/default/rp_filter": 0,
    "conf/all/arp_ignore": 1,  # the gateway's address is the bridge's to answer for
    "conf/all/arp_announce": 2,  # and nobody is to believe that it moved here
}


class Cable(msgspec.Struct, frozen=True):
    """The virtual cable of one card: the interface in the router, the one on the host, and the bridge that this is part of."""

    card: RouterCard
    inner: str
    outer: str
    bridge: str
    hop: str
    own_range: str = ""
    """The engine's range for the network where it is another than its machines see."""


class Plan(msgspec.Struct, frozen=True):
    """A router, ready to be made."""

    namespace: str
    spec: RouterSpec
    cables: tuple[Cable, ...]


def prefix(world: str) -> str:
    """What the names of a world's namespaces begin with."""
    return f"dcsim-{naming.short(world)}-"


def namespace_of(world: str, router: str) -> str:
    """The name of a router's namespace."""
    return f"{prefix(world)}{_digest(router)}"


def hop(router: str, network: str) -> str:
    """The address that the machines of a network find a router at."""
    return str(IPv4Address(HOPS + int(_digest(f"{router} {network}"), 16) % HOP_COUNT))


def plan(spec: RouterSpec, attached: Mapping[str, Attached]) -> Plan:
    """How to make a router, given its networks' Docker networks."""
    return Plan(namespace_of(spec.world, spec.id), spec, tuple(_cable(spec, card, attached[card.network]) for card in spec.cards))


def host_lines(planned: Plan, missing: frozenset[str]) -> Iterator[str]:
    """Lay the cables that are missing (named by their inner end), and have all in their bridges."""
    for one in planned.cables:
        if one.inner in missing:
            inner = f"name {one.inner} address {one.card.mac} netns {planned.namespace}"
            yield f"link add name {one.outer} type veth peer {inner}"
        yield f"link set {one.outer} master {one.bridge} up"


def inner_lines(planned: Plan) -> Iterator[str]:
    """Addresses and routes in the namespace, which lose what they had."""
    yield from ("link set lo up", "address flush dev lo scope global")
    for one in planned.cables:
        yield from (f"address flush dev {one.inner}", f"link set {one.inner} up")
        yield f"address add {one.hop}/32 dev {one.inner}"
        yield from _outside(planned.spec, one) if one.card.outside else _inside(one)
    for way in planned.spec.ways:
        yield f"route replace {way.destination} via {way.hop}"


def _inside(cable: Cable) -> Iterator[str]:
    for address in cable.card.addresses:
        yield f"address replace {IPv4Interface(address).ip}/32 dev lo"
        yield f"route replace {IPv4Interface(address).network} dev {cable.inner}"


def _outside(spec: RouterSpec, cable: Cable) -> Iterator[str]:
    """The router is a neighbour there like any other, and answers for the addresses that it forwards."""
    for address in (*cable.card.addresses, *(f"{one}/32" for one in forwarded(spec))):
        yield f"address replace {address} dev {cable.inner}"
    if cable.own_range:
        yield f"route replace {cable.own_range} dev {cable.inner}"


def forwarded(spec: RouterSpec) -> list[str]:
    """The addresses that a router answers for, beside its own."""
    return list(dict.fromkeys(one.address for one in spec.forwards))


def translations(planned: Plan) -> Iterator[str]:
    """The namespace's address translation as `iptables-restore` reads it.

    Who is not of the outside network, and yet is forwarded, seems to be the router: the machine could not answer it otherwise.
    """
    yield from ("*nat", ":PREROUTING ACCEPT [0:0]", ":POSTROUTING ACCEPT [0:0]")
    yield from (_forward(one) for one in planned.spec.forwards)
    for one in planned.cables:
        if one.card.outside and one.card.addresses:
            first = IPv4Interface(one.card.addresses[0])
            yield f"-A POSTROUTING -m conntrack --ctstate DNAT ! -s {first.network} -j MASQUERADE"
            if planned.spec.translates:
                yield f"-A POSTROUTING -o {one.inner} -m conntrack ! --ctstate DNAT -j SNAT --to-source {first.ip}"
    yield "COMMIT"


def _forward(one: Forward) -> str:
    """A shifted range needs its base said: the port that the first of the range leads to is that of ``low``."""
    last = one.to_low + one.high - one.low
    to = f"{one.to_address}:{one.to_low}" if one.low == one.high else f"{one.to_address}:{one.to_low}-{last}/{one.low}"
    return f"-A PREROUTING -d {one.address}/32 -p {one.protocol} --dport {one.low}:{one.high} -j DNAT --to-destination {to}"


def road_lines(roads: tuple[Road, ...], interfaces: Mapping[str, str]) -> Iterator[str]:
    """A machine's routes through routers, in place of those it had; ``interfaces`` maps MAC to name."""
    yield f"route flush proto {ORIGIN}"
    for road in roads:
        via, name = hop(road.router, road.network), interfaces[road.mac.lower()]
        yield f"route replace {via}/32 dev {name} scope link proto {ORIGIN}"
        for destination in road.destinations:
            yield f"route append {destination} via {via} dev {name} proto {ORIGIN} metric {METRIC}"


def _cable(spec: RouterSpec, card: RouterCard, network: Attached) -> Cable:
    mark = _digest(f"{spec.world} {spec.id} {card.network}")[:11]
    kind = "qg" if card.outside else "qr"
    own_range = network.subnet if network.inner else ""
    return Cable(card, f"{kind}-{mark}", f"qh-{mark}", network.bridge, hop(spec.id, card.network), own_range)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]
