"""Where the world's hardware stands in the tree of its domain."""

from __future__ import annotations

from collections.abc import Iterator

from emulators.ucs.mit.declare import anchor, carries
from emulators.world.identity import blade_dn, rack_dn
from emulators.world.model import Blade, Chassis, Entity, FabricInterconnect, Fan, FiPort, IoModule, PowerSupply, RackServer, UcsDomain
from emulators.world.state import WorldState

IOM_SLOTS = {"A": 1, "B": 2}
"""The slots of a chassis' I/O modules: left is fabric A's."""


@anchor(UcsDomain)
def domain_place(_state: WorldState, domain: UcsDomain) -> tuple[str, str]:
    """``sys``."""
    return domain.uid, "sys"


@anchor(FabricInterconnect)
def interconnect_place(_state: WorldState, interconnect: FabricInterconnect) -> tuple[str, str]:
    """``sys/switch-A``."""
    return interconnect.domain, f"sys/switch-{interconnect.leg}"


@anchor(FiPort)
def port_place(state: WorldState, port: FiPort) -> tuple[str, str] | None:
    """``sys/switch-A/slot-1/switch-ether/port-1``."""
    owner = state.maybe(FabricInterconnect, port.fabric_interconnect)
    return (owner.domain, f"sys/switch-{owner.leg}/slot-{port.slot}/switch-ether/port-{port.port}") if owner is not None else None


@anchor(Chassis)
def chassis_place(_state: WorldState, chassis: Chassis) -> tuple[str, str]:
    """``sys/chassis-1``; while it is out of service, only its place at the server ports is shown."""
    return chassis.domain, chassis_dn(chassis) if chassis.commissioned else ""


@carries(Chassis)
def parts_of(state: WorldState, chassis: Chassis) -> Iterator[Entity]:
    """What is shown with the chassis, or not at all."""
    for kind in (IoModule, PowerSupply, Fan, Blade):
        yield from state.where(kind, "chassis", chassis.uid)


@anchor(RackServer)
def rack_place(_state: WorldState, server: RackServer) -> tuple[str, str]:
    """``sys/rack-unit-1``; while it is out of service, only its place at the server ports is shown."""
    return server.domain, rack_dn(server) if server.commissioned else ""


@carries(RackServer)
def parts_of_rack_server(state: WorldState, server: RackServer) -> Iterator[Entity]:
    """What is shown with the server, or not at all."""
    for kind in (PowerSupply, Fan):
        yield from state.where(kind, "chassis", server.uid)


@anchor(IoModule)
def module_place(state: WorldState, module: IoModule) -> tuple[str, str] | None:
    """``sys/chassis-1/slot-1``."""
    return _in_enclosure(state, module.chassis, f"slot-{IOM_SLOTS.get(module.leg, 1)}")


@anchor(PowerSupply)
def supply_place(state: WorldState, supply: PowerSupply) -> tuple[str, str] | None:
    """``sys/chassis-1/psu-1``."""
    return _in_enclosure(state, supply.chassis, f"psu-{supply.slot}")


@anchor(Fan)
def fan_place(state: WorldState, fan: Fan) -> tuple[str, str] | None:
    """``sys/chassis-1/fan-module-1-1``."""
    return _in_enclosure(state, fan.chassis, f"fan-module-1-{fan.slot}")


@anchor(Blade)
def blade_place(state: WorldState, blade: Blade) -> tuple[str, str] | None:
    """``sys/chassis-1/blade-1``; while it is out of service, only its slot is shown."""
    chassis = state.maybe(Chassis, blade.chassis)
    if chassis is None:
        return None
    return chassis.domain, blade_dn(chassis, blade) if blade.commissioned and chassis.commissioned else ""


def slot_dn(chassis: Chassis, blade: Blade) -> str:
    """The DN of a blade's slot as the server ports see it."""
    return f"fabric/server/chassis-{chassis.slot}/slot-{blade.slot}"


def chassis_dn(chassis: Chassis) -> str:
    """The DN of a chassis."""
    return f"sys/chassis-{chassis.slot}"


def _in_enclosure(state: WorldState, uid: str, rn: str) -> tuple[str, str] | None:
    found = state.find(uid)
    if not isinstance(found, Chassis | RackServer):
        return None
    above = chassis_dn(found) if isinstance(found, Chassis) else rack_dn(found)
    return found.domain, f"{above}/{rn}" if found.commissioned else ""
