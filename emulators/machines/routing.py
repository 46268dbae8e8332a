"""Routers between networks, as the machines port speaks of them: what a router is, and the ways that a machine has through one."""

from __future__ import annotations

from typing import Protocol

import msgspec


class RouterCard(msgspec.Struct, frozen=True, kw_only=True):
    """A router's card on a network: the network's uid, a MAC, and IPv4 addresses with their prefix (``10.1.0.1/24``).

    ``outside`` is the one card, if any, where forwarded addresses are, and where what the router lets out has its own address.
    """

    network: str
    mac: str
    addresses: tuple[str, ...]
    outside: bool = False


class Forward(msgspec.Struct, frozen=True, kw_only=True):
    """Ports of an outside address, from ``low`` to ``high``, that lead to as many of an inside one, from ``to_low`` on.

    ``protocol`` is a number that has ports (6, 17, 132).
    """

    protocol: int
    address: str
    low: int
    high: int
    to_address: str
    to_low: int


class Way(msgspec.Struct, frozen=True):
    """Packets to ``destination`` (an IPv4 network) go to the neighbour ``hop``."""

    destination: str
    hop: str


class RouterSpec(msgspec.Struct, frozen=True, kw_only=True):
    """A router: it passes packets between the networks of its cards, and to nothing else.

    ``translates``: what leaves by the outside card has that card's first address, as from one machine.
    """

    id: str
    name: str
    world: str
    cards: tuple[RouterCard, ...]
    ways: tuple[Way, ...] = ()
    forwards: tuple[Forward, ...] = ()
    translates: bool = False


class Road(msgspec.Struct, frozen=True, kw_only=True):
    """What a machine reaches from its card with that MAC through a router on the card's network: IPv4 networks."""

    network: str
    mac: str
    router: str
    destinations: tuple[str, ...]


class Routing(Protocol):
    """The part of the machines port that joins networks; :mod:`emulators.machines.port` says what holds for every method."""

    async def ensure_router(self, spec: RouterSpec) -> bool:
        """Make the router, or change the one with its uid; its networks must exist. False when the backend can't join networks."""
        ...

    async def retain_routers(self, ids: frozenset[str]) -> None:
        """Remove every router of this world but these, also those of which this process knows nothing."""
        ...

    async def set_roads(self, machine_id: str, roads: tuple[Road, ...]) -> bool:
        """Let a machine that runs reach these networks through routers, and no others; gone when it ends. False when the backend can't.

        Raises MachineError when the machine does not run, or lacks a card.
        """
        ...
