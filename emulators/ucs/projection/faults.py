"""Faults: what is wrong with the hardware, derived from its state, in UCS Manager's codes.

A fault holds as long as its condition.  It was raised when the world's own fault behind it was, if there is one (the part's own, its
feed's, its chassis' ...); acknowledging one is remembered until it goes (``fault_mark``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

from dcsim.ids import digest
from emulators.ucs import records
from emulators.ucs.mit.declare import Made, live
from emulators.ucs.mit.view import View, stamp
from emulators.ucs.projection.anchors import IOM_SLOTS
from emulators.ucs.projection.blades import Health
from emulators.ucs.projection.chassis import is_fed
from emulators.world import reach
from emulators.world.identity import profile_dn
from emulators.world.model import (
    Blade,
    Chassis,
    Entity,
    FabricInterconnect,
    Fan,
    Fault,
    FiPort,
    IoModule,
    PowerSupply,
    RackServer,
    Server,
    ServiceProfile,
)
from emulators.world.servers import enclosure


class Condition(NamedTuple):
    """Something wrong: the code, its words, and whose faults in the world may be behind it."""

    code: str
    cause: str
    rule: str
    severity: str
    kind: str
    description: str
    behind: tuple[str, ...] = ()
    under: str = ""


def fault_mark(fault_id: str) -> str:
    """The DN of the record that says that a fault was acknowledged; no object is shown there."""
    return f"fault-mark/{fault_id}"


def fault_id(domain: str, dn: str, since: datetime) -> str:
    """The number of a fault: another one for each time that it is raised."""
    return str(int.from_bytes(digest("ucs fault", domain, dn, int(since.timestamp() * 1000))[:4], "big"))


def faults_of(view: View, entity: Entity, conditions: Iterable[Condition]) -> Made:
    """The fault objects of an entity for what is wrong with it."""
    home = view.dn(entity)
    for one in conditions:
        dn = f"{home}{one.under}/fault-{one.code}"
        since, last = _since(view, entity, one)
        number = fault_id(view.domain.uid, dn, since)
        acknowledged = records.find(view.state, view.domain.uid, fault_mark(number)) is not None
        yield (
            dn,
            {
                "ack": "yes" if acknowledged else "no",
                "cause": one.cause,
                "code": one.code,
                "created": stamp(since),
                "descr": one.description,
                "highestSeverity": one.severity,
                "id": number,
                "lastTransition": stamp(last),
                "occur": "1",
                "origSeverity": one.severity,
                "prevSeverity": one.severity,
                "rule": one.rule,
                "severity": one.severity,
                "tags": "server" if one.kind == "server" else "",
                "type": one.kind,
            },
        )


def _since(view: View, entity: Entity, condition: Condition) -> tuple[datetime, datetime]:
    """When it began and last changed: with the faults that may be behind it; when there are none, with the part itself."""
    found = [fault.created for uid in (entity.uid, *condition.behind) for fault in view.state.where(Fault, "subject", uid)]
    return min(found, default=entity.created), max(found, default=entity.created)


@live("faultInst", FabricInterconnect)
def interconnect_faults(view: View, interconnect: FabricInterconnect) -> Made:
    """F0291: it does not work."""
    return faults_of(view, interconnect, _of_interconnect(interconnect))


def _of_interconnect(interconnect: FabricInterconnect) -> Iterator[Condition]:
    if not interconnect.operable:
        words = f"Fabric Interconnect {interconnect.leg} operability: inoperable"
        yield Condition("F0291", "equipment-inoperable", "network-element-inoperable", "critical", "equipment", words)


@live("faultInst", FiPort)
def port_faults(view: View, port: FiPort) -> Made:
    """F0276: the link is down."""
    return faults_of(view, port, _of_port(view, port))


def _of_port(view: View, port: FiPort) -> Iterator[Condition]:
    owner = view.state.get(FabricInterconnect, port.fabric_interconnect)
    if port.enabled and not (port.up and owner.operable):
        words = f"ether port {port.port} on fabric interconnect {owner.leg} oper state: link-down, reason: Link failure or not-connected"
        yield Condition("F0276", "link-down", "port-pio-link-down", "major", "network", words, (owner.uid,))


@live("faultInst", Chassis)
def chassis_faults(view: View, chassis: Chassis) -> Made:
    """F0408 power, F0400 removed."""
    return faults_of(view, chassis, _of_chassis(view, chassis))


def _of_chassis(view: View, chassis: Chassis) -> Iterator[Condition]:
    if not chassis.present:
        words = f"Chassis {chassis.slot} operability: removed"
        yield Condition("F0400", "equipment-inoperable", "equipment-chassis-inoperable", "critical", "equipment", words)
        return
    supplies = view.state.where(PowerSupply, "chassis", chassis.uid)
    dead = [one for one in supplies if not one.operable or not is_fed(view, one)]
    if dead:
        power = "failed" if len(dead) == len(supplies) else "redundancy-degraded"
        severity = "critical" if power == "failed" else "major"
        behind = tuple(uid for one in dead for uid in (one.uid, one.feed) if uid)
        words = f"Power state on chassis {chassis.slot} is {power}"
        yield Condition("F0408", "power-problem", "equipment-chassis-power-problem", severity, "environmental", words, behind)


@live("faultInst", IoModule)
def module_faults(view: View, module: IoModule) -> Made:
    """F0478: it cannot be reached."""
    return faults_of(view, module, _of_module(view, module))


def _of_module(view: View, module: IoModule) -> Iterator[Condition]:
    chassis = view.state.get(Chassis, module.chassis)
    powered = chassis.present and reach.powered(view.state, chassis)
    if chassis.present and not (module.operable and powered):
        side = "left" if module.leg == "A" else "right"
        words = f"{side} IOM {chassis.slot}/{IOM_SLOTS.get(module.leg, 1)} ({module.leg}) is inaccessible"
        yield Condition("F0478", "equipment-inaccessible", "equipment-iocard-inaccessible", "major", "equipment", words)


def _where(view: View, uid: str) -> str:
    """``chassis 1`` or ``server 1``."""
    found = enclosure(view.state, uid)
    return f"chassis {found.slot}" if isinstance(found, Chassis) else f"server {found.unit}"


@live("faultInst", PowerSupply)
def supply_faults(view: View, supply: PowerSupply) -> Made:
    """F0374 inoperable, F0528 no input."""
    return faults_of(view, supply, _of_supply(view, supply))


def _of_supply(view: View, supply: PowerSupply) -> Iterator[Condition]:
    where = _where(view, supply.chassis)
    if not supply.operable:
        words = f"Power supply {supply.slot} in {where} operability: inoperable"
        yield Condition("F0374", "equipment-inoperable", "equipment-psu-inoperable", "major", "equipment", words)
    elif not is_fed(view, supply):
        words = f"Power supply {supply.slot} in {where} power: offline"
        yield Condition("F0528", "equipment-offline", "equipment-psu-offline", "major", "environmental", words, (supply.feed,))


@live("faultInst", Fan)
def fan_faults(view: View, fan: Fan) -> Made:
    """F0373: both fans of the module."""
    return faults_of(view, fan, _of_fan(view, fan))


def _of_fan(view: View, fan: Fan) -> Iterator[Condition]:
    where = _where(view, fan.chassis)
    for number in (1, 2) if not fan.operable else ():
        words = f"Fan {number} in Fan Module 1-{fan.slot} under {where} operability: inoperable"
        yield Condition("F0373", "equipment-inoperable", "equipment-fan-inoperable", "major", "equipment", words, under=f"/fan-{number}")


@live("faultInst", Blade)
@live("faultInst", RackServer)
def server_faults(view: View, blade: Server) -> Made:
    """F0317 inoperable, F0318/F0319 missing, F0321/F0322 inaccessible, F0185 memory, F0181 disks."""
    return faults_of(view, blade, _of_server(view, blade))


def _of_server(view: View, blade: Server) -> Iterator[Condition]:
    health = Health(view, blade)
    profile = view.state.maybe(ServiceProfile, blade.profile) if blade.profile else None
    name = health.seat.server_id
    owner = f"service profile: {profile_dn(profile)}" if profile is not None else "no profile"
    behind = (health.enclosure.uid,)
    if not health.present:
        code, which = ("F0319", "assigned") if profile is not None else ("F0318", "unassigned")
        rule = f"compute-physical-{which}-missing"
        yield Condition(code, "equipment-missing", rule, "major", "equipment", f"Server {name} ({owner}) missing", behind)
        return
    if not blade.operable:
        words = f"Server {name} ({owner}) health: inoperable"
        yield Condition("F0317", "equipment-inoperable", "compute-physical-inoperable", "major", "equipment", words)
    if not health.legs or not health.powered:
        code, which = ("F0321", "assigned") if profile is not None else ("F0322", "unassigned")
        rule = f"compute-physical-{which}-inaccessible"
        yield Condition(code, "equipment-inaccessible", rule, "minor", "equipment", f"Server {name} ({owner}) inaccessible", behind)
    yield from _of_parts(blade, name)


def _of_parts(blade: Server, name: str) -> Iterator[Condition]:
    for dimm in blade.dimms:
        if not dimm.operable:
            words = f"DIMM {dimm.slot} on server {name} operability: inoperable"
            under = f"/board/memarray-1/mem-{dimm.slot}"
            yield Condition("F0185", "equipment-inoperable", "memory-unit-inoperable", "major", "equipment", words, under=under)
    for disk in blade.disks:
        if not disk.operable:
            words = f"Local disk {disk.slot} on server {name} operability: inoperable"
            under = f"/board/storage-SAS-1/disk-{disk.slot}"
            yield Condition("F0181", "equipment-inoperable", "storage-local-disk-inoperable", "major", "equipment", words, under=under)
