"""Servers wherever they are: a blade has its power and paths from its chassis, a rack server is its own enclosure.  Pure."""

from __future__ import annotations

from dcsim.errors import NotFound
from emulators.world.model import Blade, Chassis, RackServer, Server
from emulators.world.state import WorldState

Enclosure = Chassis | RackServer
"""What power supplies and fans belong to, and what is cabled to the fabric interconnects."""


def enclosure(state: WorldState, uid: str) -> Enclosure:
    """The enclosure of that uid; raises NotFound."""
    found = state.find(uid)
    if not isinstance(found, Chassis | RackServer):
        raise NotFound(f"There is no chassis or rack server {uid!r}.", subject=uid)
    return found


def enclosure_of(state: WorldState, server: Server) -> Enclosure:
    """What a server gets its power and its paths from; raises NotFound when a blade's chassis is not in the world."""
    match server:
        case RackServer():
            return server
        case Blade():
            return state.get(Chassis, server.chassis)
        case _:
            raise NotFound(f"{server.name} is in no enclosure.", subject=server.uid)


def enclosures(state: WorldState, domain: str) -> list[Enclosure]:
    """Every enclosure of a UCS domain."""
    return [*state.where(Chassis, "domain", domain), *state.where(RackServer, "domain", domain)]


def servers_in(state: WorldState, found: Enclosure) -> list[Server]:
    """The blades of a chassis; a rack server itself."""
    return [found] if isinstance(found, RackServer) else list(state.where(Blade, "chassis", found.uid))
