"""Chassis and blades that are put in and taken out while everything runs.

What is taken out stays known as missing (``present=False``) while a service profile or a host is bound to it, and can be put back; else
it is gone.  What is new has serials, UUIDs and MACs that nothing else has, and is there for others once it is discovered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from dcsim.errors import AlreadyExists, InsufficientResources, InvalidArgument, InvalidState
from dcsim.events import EventType
from emulators.world import identity
from emulators.world.commands import Command, decides, follows
from emulators.world.decide import Decision
from emulators.world.decisions import hosts, timers
from emulators.world.decisions.components import FAULT_CLEARED, raise_fault
from emulators.world.events import declare
from emulators.world.inventory import hardware
from emulators.world.inventory.check import MAX_SLOT, check_blade_class
from emulators.world.inventory.spec import BladeClass
from emulators.world.model import (
    Blade,
    BladePower,
    Chassis,
    Entity,
    FabricInterconnect,
    Fan,
    Fault,
    FiPort,
    Hypervisor,
    IoModule,
    PowerFeed,
    PowerSupply,
    RackServer,
    Server,
    UcsDomain,
)
from emulators.world.state import WorldState
from emulators.world.timing import BLADE_DISCOVERY_SECONDS, CHASSIS_DISCOVERY_SECONDS

CHASSIS_INSERTED = declare("dcsim.hardware.chassis.inserted", "A chassis was put into the rack and cabled")
CHASSIS_REMOVED = declare("dcsim.hardware.chassis.removed", "A chassis was taken away")
BLADE_INSERTED = declare("dcsim.hardware.blade.inserted", "A blade was put into a slot")
BLADE_REMOVED = declare("dcsim.hardware.blade.removed", "A blade was pulled out of its slot")
PART_INSERTED = declare("dcsim.hardware.part.inserted", "A part came with its chassis")
PART_REMOVED = declare("dcsim.hardware.part.removed", "A part went with its chassis")
PORT_CABLED = declare("dcsim.hardware.fi_port.cabled", "A cable was plugged into a port of a fabric interconnect, or pulled")
RACK_SERVER_INSERTED = declare("dcsim.hardware.rack_server.inserted", "A rack server was put into its rack and cabled")
RACK_SERVER_REMOVED = declare("dcsim.hardware.rack_server.removed", "A rack server was taken away")
DISCOVERED = declare("dcsim.hardware.component.discovered", "UCS Manager knows a new chassis or server")
Plant = Blade | Chassis | RackServer
"""What comes and goes."""
MISSING: dict[type[Plant], str] = {Blade: "blade-removed", Chassis: "chassis-removed", RackServer: "rack-server-removed"}
"""The faults of what is known and not there."""
_INSERTED: dict[type[Plant], EventType[Any]] = {Blade: BLADE_INSERTED, Chassis: CHASSIS_INSERTED, RackServer: RACK_SERVER_INSERTED}
_REMOVED: dict[type[Entity], EventType[Any]] = {Blade: BLADE_REMOVED, Chassis: CHASSIS_REMOVED, RackServer: RACK_SERVER_REMOVED}
SERVER_PORTS = range(1, hardware.UPLINK_PORTS[0])


class InsertChassis(Command, frozen=True, kw_only=True, tag="chassis.insert"):
    """Put a chassis into a domain, at the number ``slot`` or (0) the first free one.

    ``serial`` is that of a chassis that was taken away, which comes back with all that is in it, or one for the new chassis.
    """

    domain: str
    slot: int = 0
    rack: str = ""
    serial: str = ""


class RemoveChassis(Command, frozen=True, kw_only=True, tag="chassis.remove"):
    """Take a chassis away, whatever runs in it."""

    chassis: str


class InsertBlade(Command, frozen=True, kw_only=True, tag="blade.insert"):
    """Put a blade into a chassis, at ``slot`` or (0) the first free one.

    ``hardware`` says what it is; without it, it is as the domain's others are.  ``serial`` is that of the blade that was pulled out of this
    slot, which comes back, or one for the new blade.
    """

    chassis: str
    slot: int = 0
    hardware: BladeClass | None = None
    serial: str = ""


class RemoveBlade(Command, frozen=True, kw_only=True, tag="blade.remove"):
    """Pull a blade out, whatever runs on it."""

    blade: str


class CompleteDiscovery(Command, frozen=True, kw_only=True, tag="plant.complete_discovery"):
    """UCS Manager has looked at the new chassis or server."""

    subject: str


follows(*_INSERTED.values(), *_REMOVED.values())(hosts.review_hosts)


# -- chassis --------------------------------------------------------------------------------------------------------------------


@decides(InsertChassis)
def insert_chassis(decision: Decision, command: InsertChassis) -> str:
    """The chassis stands in its rack; answers its uid."""
    domain = decision.get(UcsDomain, command.domain)
    known = {chassis.slot: chassis for chassis in decision.state.where(Chassis, "domain", domain.uid)}
    absent = next((one for one in known.values() if not one.present and one.serial == command.serial), None)
    if absent is not None:
        if command.slot not in {0, absent.slot}:
            raise InvalidState(f"That chassis is known as number {absent.slot}.", subject=absent.uid, field="slot")
        put_back(decision, absent)
        return absent.uid
    slot = free_slot(command.slot, set(known), hardware.MAX_CHASSIS, f"chassis of {domain.name}")
    interconnects = decision.state.where(FabricInterconnect, "domain", domain.uid)
    fresh = Fresh(decision, Chassis)
    chassis = decision.create(
        CHASSIS_INSERTED,
        Chassis,
        uid=fresh.uid,
        name=f"{domain.name}/{slot}",
        site=domain.site,
        domain=domain.uid,
        rack=command.rack or next((one.rack for one in interconnects), ""),
        slot=slot,
        serial=fresh.serial(command.serial, identity.chassis_serial),
        discovered=False,
    )
    _add_parts(decision, chassis, fresh)
    timers.later(decision, chassis.uid, CHASSIS_DISCOVERY_SECONDS, CompleteDiscovery(subject=chassis.uid))
    return chassis.uid


def _add_parts(decision: Decision, chassis: Chassis, fresh: Fresh) -> None:
    """I/O modules with their cables, power supplies on both feeds, and fans."""
    common: dict[str, Any] = {"site": chassis.site, "chassis": chassis.uid}
    for leg in hardware.LEGS:
        drawn = fresh(hardware.io_module_serial, fresh.uid, leg)
        module = decision.create(PART_INSERTED, IoModule, name=f"{chassis.name}/iom-{leg}", leg=leg, serial=drawn, **common)
        _cable(decision, chassis, module)
    feeds = {feed.leg: feed.uid for feed in decision.state.where(PowerFeed, "site", chassis.site)}
    for slot, leg in hardware.POWER_SUPPLIES.items():
        drawn = fresh(hardware.power_supply_serial, fresh.uid, slot)
        named, feed = f"{chassis.name}/psu-{slot}", feeds.get(leg, "")
        decision.create(PART_INSERTED, PowerSupply, name=named, feed=feed, slot=slot, serial=drawn, **common)
    for slot in range(1, hardware.FANS + 1):
        decision.create(PART_INSERTED, Fan, name=f"{chassis.name}/fan-{slot}", slot=slot, **common)


def _cable(decision: Decision, chassis: Chassis, module: IoModule) -> None:
    """The cables of an I/O module to its fabric interconnect."""
    cable(decision, chassis.domain, module.leg, hardware.LINKS_PER_CHASSIS, module.uid)


def cable(decision: Decision, domain: str, leg: str, links: int, peer: str) -> None:
    """So many cables from a domain's fabric interconnect to ``peer``, in ports that are free; raises InsufficientResources."""
    for interconnect in decision.state.where(FabricInterconnect, "domain", domain):
        if interconnect.leg != leg:
            continue
        ports = {port.port: port for port in decision.state.where(FiPort, "fabric_interconnect", interconnect.uid)}
        free = [number for number in SERVER_PORTS if number not in ports or (ports[number].role == "server" and not ports[number].peer)]
        if len(free) < links:
            raise InsufficientResources(f"{interconnect.name} has no free server ports.", subject=interconnect.uid, resource="ports")
        for number in free[:links]:
            _plug(decision, interconnect, number, ports.get(number), peer)


def _plug(decision: Decision, interconnect: FabricInterconnect, number: int, port: FiPort | None, peer: str) -> None:
    if port is not None:
        decision.update(PORT_CABLED, port, peer=peer, up=True)
        return
    name, site = f"{interconnect.name}/1/{number}", interconnect.site
    decision.create(PORT_CABLED, FiPort, name=name, site=site, fabric_interconnect=interconnect.uid, port=number, peer=peer)


def unplug(decision: Decision, peer: str) -> None:
    """The cables to ``peer`` are pulled."""
    for port in decision.state.where(FiPort, "peer", peer):
        decision.update(PORT_CABLED, port, peer="", up=False)


@decides(RemoveChassis)
def remove_chassis(decision: Decision, command: RemoveChassis) -> None:
    """The chassis is not there any more; what ran in it is down."""
    chassis = decision.get(Chassis, command.chassis)
    blades = decision.state.where(Blade, "chassis", chassis.uid)
    if any(is_bound(decision.state, blade) for blade in blades):
        miss(decision, chassis)
        return
    for blade in blades:
        forget(decision, blade)
    for part in _parts(decision.state, chassis):
        unplug(decision, part.uid)
        forget(decision, part)
    forget(decision, chassis)


def _parts(state: WorldState, chassis: Chassis) -> Iterator[Entity]:
    for kind in (IoModule, PowerSupply, Fan):
        yield from state.where(kind, "chassis", chassis.uid)


# -- blades ---------------------------------------------------------------------------------------------------------------------


@decides(InsertBlade)
def insert_blade(decision: Decision, command: InsertBlade) -> str:
    """The blade is in its slot, off; answers its uid."""
    chassis = decision.get(Chassis, command.chassis)
    if not chassis.present:
        raise InvalidState(f"Chassis {chassis.name} is not there.", subject=chassis.uid, existing="removed")
    known = {blade.slot: blade for blade in decision.state.where(Blade, "chassis", chassis.uid)}
    absent = next((blade for blade in known.values() if not blade.present and blade.serial == command.serial), None)
    if absent is not None:
        if command.slot not in {0, absent.slot}:
            raise InvalidState(f"That blade belongs into slot {absent.slot}.", subject=absent.uid, field="slot")
        put_back(decision, absent)
        return absent.uid
    _clear_slot(decision, known, command.slot)
    slot = free_slot(command.slot, set(known), MAX_SLOT, f"slots of {chassis.name}")
    return _new_blade(decision, chassis, slot, command)


def _clear_slot(decision: Decision, known: dict[int, Blade], slot: int) -> None:
    """Forget the blade that was pulled out of the slot, unless something is still bound to it."""
    blade = known.get(slot)
    if blade is None or blade.present:
        return
    if is_bound(decision.state, blade):
        raise InvalidState(f"{blade.name} is missing and still has a service profile or host.", subject=blade.uid, field="slot")
    forget(decision, blade)
    del known[slot]


def _new_blade(decision: Decision, chassis: Chassis, slot: int, command: InsertBlade) -> str:
    wanted = command.hardware or _usual(decision.state, chassis)
    check_blade_class("hardware", wanted)
    fresh = Fresh(decision, Blade)
    made = hardware.server_hardware(wanted, decision.context.seed, (fresh.uid,), fresh)
    blade = decision.create(
        BLADE_INSERTED,
        Blade,
        uid=fresh.uid,
        name=f"{chassis.name}/{slot}",
        site=chassis.site,
        chassis=chassis.uid,
        slot=slot,
        power=BladePower.OFF,
        discovered=False,
        **{**made, "serial": fresh.serial(command.serial, identity.blade_serial)},
    )
    timers.later(decision, blade.uid, BLADE_DISCOVERY_SECONDS, CompleteDiscovery(subject=blade.uid))
    return blade.uid


def _usual(state: WorldState, chassis: Chassis) -> BladeClass:
    """What the chassis' first blade is, or else the domain's."""
    for one in [chassis, *state.where(Chassis, "domain", chassis.domain)]:
        blade = state.one(Blade, "chassis", one.uid)
        if blade is not None:
            return hardware.class_of(blade)
    return BladeClass()


@decides(RemoveBlade)
def remove_blade(decision: Decision, command: RemoveBlade) -> None:
    """The slot is empty; what ran on the blade is down."""
    blade = decision.get(Blade, command.blade)
    if is_bound(decision.state, blade):
        miss(decision, blade)
    else:
        forget(decision, blade)


def is_bound(state: WorldState, server: Server) -> bool:
    """Whether something would miss the server."""
    return bool(server.profile) or state.count(Hypervisor, "blade", server.uid) > 0


# -- both -----------------------------------------------------------------------------------------------------------------------


@decides(CompleteDiscovery)
def complete_discovery(decision: Decision, command: CompleteDiscovery) -> None:
    """It can be used, unless it has been taken out meanwhile."""
    subject = decision.state.find(command.subject)
    if isinstance(subject, Plant):
        decision.update(DISCOVERED, subject, discovered=True)


def miss(decision: Decision, entity: Plant) -> None:
    """It is known and not there."""
    if not entity.present:
        raise InvalidState(f"{entity.name} has been taken out already.", subject=entity.uid, existing="removed")
    mark = len(decision.events)
    decision.update(_REMOVED[type(entity)], entity, present=False)
    decision.because(decision.events[mark].id)
    raise_fault(decision, entity, MISSING[type(entity)], "critical", f"{entity.name} is missing.")


def put_back(decision: Decision, entity: Plant) -> None:
    """What was known and missing is there again."""
    for fault in decision.state.where(Fault, "subject", entity.uid):
        if fault.code == MISSING[type(entity)]:
            decision.delete(FAULT_CLEARED, fault)
    decision.update(_INSERTED[type(entity)], entity, present=True)


def forget(decision: Decision, entity: Entity) -> None:
    """It is gone for good, and so is what was wrong with it."""
    timers.cancel(decision, entity.uid)
    for fault in decision.state.where(Fault, "subject", entity.uid):
        decision.delete(FAULT_CLEARED, fault)
    decision.delete(_REMOVED.get(type(entity), PART_REMOVED), entity)


def free_slot(wanted: int, taken: set[int], last: int, what: str) -> int:
    """The slot that is wanted, or the first free one."""
    if wanted:
        if not 1 <= wanted <= last:
            raise InvalidArgument(f"{wanted} is not among the {what}: 1 to {last}.", field="slot")
        if wanted in taken:
            raise AlreadyExists(f"Number {wanted} of the {what} is taken.", field="slot")
        return wanted
    free = next((slot for slot in range(1, last + 1) if slot not in taken), None)
    if free is None:
        raise InsufficientResources(f"All {what} are taken.", resource="slots")
    return free


_NUMBERED: tuple[type[Entity], ...] = (Blade, RackServer, Chassis, IoModule, PowerSupply, FabricInterconnect)


class Fresh:
    """A new thing's uid, and ids drawn from it that nothing in the world has."""

    def __init__(self, decision: Decision, cls: type[Entity]) -> None:
        self.uid = decision.new_uid(cls.KIND)
        self._seed = decision.context.seed
        self._taken = {taken for kind in _NUMBERED for entity in decision.state.all(kind) for taken in _ids(entity)}

    def __call__(self, draw: Callable[..., str], *path: str | int) -> str:
        value = identity.first_free(lambda turn: draw(self._seed, *path, *([turn] if turn else [])), self._taken)
        self._taken.add(value)
        return value

    def serial(self, wanted: str, draw: Callable[..., str]) -> str:
        """The serial that is wanted, or one of its own; raises AlreadyExists."""
        if wanted in self._taken:
            raise AlreadyExists(f"Something has the serial number {wanted} already.", field="serial")
        return wanted or self(draw, self.uid, "serial")


def _ids(entity: Entity) -> Iterator[str]:
    """Serial number, UUID and addresses of a piece of hardware."""
    match entity:
        case Server():
            yield from (entity.serial, entity.original_uuid, entity.asset_tag, *(port.mac for port in entity.adapters))
        case Chassis() | IoModule() | PowerSupply() | FabricInterconnect():
            yield entity.serial
