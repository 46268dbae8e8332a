"""How well hardware works: power, fabric, storage.  Pure."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Any, Final, NamedTuple

from emulators.world import reach
from emulators.world.model import (
    Chassis,
    FabricInterconnect,
    Fan,
    FiPort,
    IoModule,
    Lun,
    PowerFeed,
    PowerSupply,
    StorageArray,
    UpstreamSwitch,
)
from emulators.world.servers import Enclosure
from emulators.world.state import WorldState


class Health(StrEnum):
    """How well something works."""

    UP = "up"
    DEGRADED = "degraded"
    DOWN = "down"


class Seen(NamedTuple):
    """What was seen of a thing, and why it is so when it is not up."""

    health: Health
    reason: str = ""


def fine() -> Seen:
    """Nothing is wrong."""
    return Seen(Health.UP)


def _operable(_: WorldState, part: Fan | UpstreamSwitch | StorageArray) -> Seen:
    return fine() if part.operable else Seen(Health.DOWN, "is inoperable")


def _feed(_: WorldState, feed: PowerFeed) -> Seen:
    return fine() if feed.energised else Seen(Health.DOWN, "carries no power")


def _supply(state: WorldState, supply: PowerSupply) -> Seen:
    feed = state.maybe(PowerFeed, supply.feed)
    if not supply.operable:
        return Seen(Health.DOWN, "is inoperable")
    return fine() if feed is None or feed.energised else Seen(Health.DOWN, f"{feed.name} carries no power")


def _lun(state: WorldState, lun: Lun) -> Seen:
    array = state.maybe(StorageArray, lun.array)
    if not lun.operable:
        return Seen(Health.DOWN, "is offline")
    return fine() if array is None or array.operable else Seen(Health.DOWN, f"{array.name} is inoperable")


# -- fabric ---------------------------------------------------------------------------------------------------------------------


def _interconnect(state: WorldState, interconnect: FabricInterconnect) -> Seen:
    if not interconnect.operable:
        return Seen(Health.DOWN, "is inoperable")
    uplinks = [port for port in state.where(FiPort, "fabric_interconnect", interconnect.uid) if port.role == reach.UPLINK]
    working = sum(1 for port in uplinks if _port(state, port).health is Health.UP)
    if working == len(uplinks):
        return fine()
    return Seen(Health.DEGRADED if working else Health.DOWN, f"{working} of {len(uplinks)} uplinks work")


def _port(state: WorldState, port: FiPort) -> Seen:
    if not port.works:
        return Seen(Health.DOWN, "has no link, or is disabled")
    if port.role == reach.UPLINK:
        switch = state.maybe(UpstreamSwitch, port.peer)
        return fine() if switch is None or switch.operable else Seen(Health.DOWN, f"{switch.name} is down")
    return _interconnect(state, state.get(FabricInterconnect, port.fabric_interconnect))


def _module(state: WorldState, module: IoModule) -> Seen:
    """It has a way out over its own links and the interconnect of its leg; fewer than were built in are a narrower one."""
    if not module.operable:
        return Seen(Health.DOWN, "is inoperable")
    chassis = state.maybe(Chassis, module.chassis)
    domain = chassis.domain if chassis is not None else ""
    behind = [_interconnect(state, one) for one in state.where(FabricInterconnect, "domain", domain) if one.leg == module.leg]
    if behind and all(one.health is Health.DOWN for one in behind):
        return Seen(Health.DOWN, "its fabric interconnect gives it no way out")
    return _narrowest([*behind, *_links(state, module.uid)])


def _links(state: WorldState, peer: str) -> list[Seen]:
    """The links to something, taken together: one that works is enough."""
    links = [_port(state, port) for port in state.where(FiPort, "peer", peer)]
    if links and all(one.health is Health.DOWN for one in links):
        return [Seen(Health.DOWN, "has no working link")]
    narrow = next((one for one in links if one.health is not Health.UP), None)
    return [Seen(Health.DEGRADED, "has fewer links than were built in")] if narrow is not None else []


def _narrowest(found: list[Seen]) -> Seen:
    for health in (Health.DOWN, Health.DEGRADED):
        one = next((one for one in found if one.health is health), None)
        if one is not None:
            return one
    return fine()


# -- what stands on both --------------------------------------------------------------------------------------------------------


def enclosure_health(state: WorldState, found: Enclosure) -> Seen:
    """Of a chassis or rack server: power and a way out keep it up; a supply, a fabric or a fan less than was built in degrades it."""
    if not found.present:
        return Seen(Health.DOWN, "has been taken away")
    if not reach.powered(state, found):
        return Seen(Health.DOWN, "has no power")
    legs = reach.fabric_legs(state, found)
    if not legs:
        return Seen(Health.DOWN, "has no working fabric path")
    dead = [one for one in state.where(PowerSupply, "chassis", found.uid) if _supply(state, one).health is Health.DOWN]
    if dead:
        return Seen(Health.DEGRADED, f"{dead[0].name} delivers no power")
    if any(not fan.operable for fan in state.where(Fan, "chassis", found.uid)):
        return Seen(Health.DEGRADED, "a fan does not turn")
    return _ways_out(state, found, legs)


def _ways_out(state: WorldState, found: Enclosure, legs: tuple[str, ...]) -> Seen:
    """Both fabrics work; with one of them at its full width it is as it should be."""
    built = {fi.leg for fi in state.where(FabricInterconnect, "domain", found.domain)}
    if built - set(legs):
        return Seen(Health.DEGRADED, f"reaches the network over fabric {legs[0]} only")
    if isinstance(found, Chassis):
        ways = [_module(state, one) for one in state.where(IoModule, "chassis", found.uid)]
    else:
        ways = [_port(state, one) for one in state.where(FiPort, "peer", found.uid)]
    if ways and all(one.health is not Health.UP for one in ways):
        return Seen(Health.DEGRADED, "every way out is narrower than it was built")
    return fine()


HARDWARE: Final[dict[type[Any], Callable[[WorldState, Any], Seen]]] = {
    PowerFeed: _feed,
    UpstreamSwitch: _operable,
    FabricInterconnect: _interconnect,
    FiPort: _port,
    IoModule: _module,
    Chassis: enclosure_health,
    PowerSupply: _supply,
    Fan: _operable,
    StorageArray: _operable,
    Lun: _lun,
}
"""How each kind is looked at."""
