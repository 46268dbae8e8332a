"""Rack servers that are put in and taken away while everything runs; what is taken away is missing while something is bound to it."""

from __future__ import annotations

from typing import Any

from dcsim.errors import InvalidState
from emulators.world import identity
from emulators.world.commands import Command, decides
from emulators.world.decide import Decision
from emulators.world.decisions import plant, timers
from emulators.world.inventory import hardware
from emulators.world.inventory.check import MAX_RACK_UNIT, check_blade_class
from emulators.world.inventory.spec import BladeClass
from emulators.world.model import BladePower, FabricInterconnect, Fan, PowerFeed, PowerSupply, RackServer, UcsDomain
from emulators.world.timing import BLADE_DISCOVERY_SECONDS


class InsertRackServer(Command, frozen=True, kw_only=True, tag="rack_server.insert"):
    """Put a rack server into a domain, at the number ``unit`` or (0) the first free one.

    ``hardware`` says what it is; without it, it is as the domain's first is.  ``serial`` is that of a server that was taken away, which
    comes back, or one for the new server.
    """

    domain: str
    unit: int = 0
    rack: str = ""
    hardware: BladeClass | None = None
    serial: str = ""


class RemoveRackServer(Command, frozen=True, kw_only=True, tag="rack_server.remove"):
    """Take a rack server away, whatever runs on it."""

    server: str


@decides(InsertRackServer)
def insert_rack_server(decision: Decision, command: InsertRackServer) -> str:
    """The server stands in its rack, off; answers its uid."""
    domain = decision.get(UcsDomain, command.domain)
    known = {server.unit: server for server in decision.state.where(RackServer, "domain", domain.uid)}
    absent = next((one for one in known.values() if not one.present and one.serial == command.serial), None)
    if absent is None:
        return _new(decision, domain, command, known)
    if command.unit not in {0, absent.unit}:
        raise InvalidState(f"That server is known as number {absent.unit}.", subject=absent.uid, field="unit")
    plant.put_back(decision, absent)
    return absent.uid


def _new(decision: Decision, domain: UcsDomain, command: InsertRackServer, known: dict[int, RackServer]) -> str:
    wanted = command.hardware or (hardware.class_of(next(iter(known.values()))) if known else hardware.RACK_SERVER)
    check_blade_class("hardware", wanted)
    unit = plant.free_slot(command.unit, set(known), MAX_RACK_UNIT, f"rack servers of {domain.name}")
    fresh = plant.Fresh(decision, RackServer)
    made = hardware.server_hardware(wanted, decision.context.seed, (fresh.uid,), fresh)
    interconnects = decision.state.where(FabricInterconnect, "domain", domain.uid)
    server = decision.create(
        plant.RACK_SERVER_INSERTED,
        RackServer,
        uid=fresh.uid,
        name=hardware.rack_server_name(domain.name, unit),
        site=domain.site,
        domain=domain.uid,
        rack=command.rack or next((one.rack for one in interconnects), ""),
        unit=unit,
        power=BladePower.OFF,
        discovered=False,
        **{**made, "serial": fresh.serial(command.serial, identity.rack_server_serial)},
    )
    _add_parts(decision, server, fresh)
    timers.later(decision, server.uid, BLADE_DISCOVERY_SECONDS, plant.CompleteDiscovery(subject=server.uid))
    return server.uid


def _add_parts(decision: Decision, server: RackServer, fresh: plant.Fresh) -> None:
    """A cable to each fabric, a power supply on each feed, and fans."""
    common: dict[str, Any] = {"site": server.site, "chassis": server.uid}
    for leg in hardware.LEGS:
        plant.cable(decision, server.domain, leg, hardware.LINKS_PER_RACK_SERVER, server.uid)
    feeds = {feed.leg: feed.uid for feed in decision.state.where(PowerFeed, "site", server.site)}
    for slot, leg in enumerate(hardware.LEGS, 1):
        drawn = fresh(hardware.power_supply_serial, fresh.uid, slot)
        given = {"feed": feeds.get(leg, ""), "slot": slot, "serial": drawn, "model": hardware.RACK_POWER_SUPPLY}
        decision.create(plant.PART_INSERTED, PowerSupply, name=f"{server.name}/psu-{slot}", **given, **common)
    for slot in range(1, hardware.RACK_FANS + 1):
        decision.create(plant.PART_INSERTED, Fan, name=f"{server.name}/fan-{slot}", slot=slot, **common)


@decides(RemoveRackServer)
def remove_rack_server(decision: Decision, command: RemoveRackServer) -> None:
    """The server is not there any more; what ran on it is down."""
    server = decision.get(RackServer, command.server)
    if plant.is_bound(decision.state, server):
        plant.miss(decision, server)
        return
    for kind in (PowerSupply, Fan):
        for part in decision.state.where(kind, "chassis", server.uid):
            plant.forget(decision, part)
    plant.unplug(decision, server.uid)
    plant.forget(decision, server)
