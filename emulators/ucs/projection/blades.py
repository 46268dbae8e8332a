"""Blades and rack servers: the server itself, its board and firmware."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from emulators.ucs.mit.declare import Made, live
from emulators.ucs.mit.view import View, stamp
from emulators.ucs.projection.condition import VENDOR, condition
from emulators.world import reach
from emulators.world.identity import profile_dn, system_uuid
from emulators.world.model import Blade, BladePower, Chassis, RackServer, Server, ServiceProfile
from emulators.world.servers import Enclosure, enclosure_of

MIB: Final = 1 << 20
FIRMWARE: Final = "4.2(3b)"
BIOS: Final = "4.2.3b.0.0613221210"
MEMORY_MHZ: Final = "2933"
_NO_ADDRESS: Final = "0.0.0.0"  # noqa: S104 - what UCS Manager shows where there is none


def fabric_legs(view: View, enclosure: Enclosure) -> str:
    """The fabrics that a chassis or rack server reaches, as UCS Manager lists them: ``A,B``; empty for none."""
    return ",".join(view.state.derive(reach.fabric_legs, enclosure)) if enclosure.present else ""


class Seat(NamedTuple):
    """How UCS Manager numbers a server: its chassis (``N/A`` for a rack server), its slot or number, and both together."""

    chassis_id: str
    slot_id: str
    server_id: str


def seat_of(server: Server, enclosure: Enclosure) -> Seat:
    """``1``, ``3``, ``1/3`` for a blade; ``N/A``, ``2``, ``2`` for a rack server."""
    if isinstance(server, Blade) and isinstance(enclosure, Chassis):
        return Seat(str(enclosure.slot), str(server.slot), f"{enclosure.slot}/{server.slot}")
    unit = str(enclosure.unit) if isinstance(enclosure, RackServer) else "0"
    return Seat("N/A", unit, unit)


class Health:
    """What a server's surroundings make of it."""

    def __init__(self, view: View, server: Server) -> None:
        self.enclosure = enclosure_of(view.state, server)
        self.seat = seat_of(server, self.enclosure)
        self.legs = fabric_legs(view, self.enclosure)
        self.powered = self.enclosure.present and view.state.derive(reach.powered, self.enclosure)
        self.present = server.present and self.enclosure.present
        self.is_on = self.present and self.powered and server.power is BladePower.ON

    def state(self, blade: Server, *, associated: bool) -> str:
        """``operState`` of the server: the first of what stands in its way."""
        obstacles = {
            "removed": not self.present,
            "discovery": not blade.discovered,
            "inoperable": not blade.operable,
            "power-problem": not self.powered,
            "inaccessible": not self.legs,
            "unassociated": not associated,
            "power-off": not self.is_on,
        }
        return next((state for state, holds in obstacles.items() if holds), "ok")


@live("computeBlade", Blade)
@live("computeRackUnit", RackServer)
def server(view: View, blade: Server) -> Made:
    """A server; while associated, its UUID is its profile's."""
    health = Health(view, blade)
    profile = view.state.maybe(ServiceProfile, blade.profile) if blade.profile else None
    yield (
        view.dn(blade),
        {
            "adminPower": "policy",
            "assetTag": blade.asset_tag,
            "assignedToDn": profile_dn(profile) if profile is not None else "",
            "association": "associated" if profile is not None else "none",
            "availability": "available" if profile is None and health.present and blade.operable and blade.discovered else "unavailable",
            "availableMemory": str(_working_memory(blade) // MIB),
            "chassisId": health.seat.chassis_id,
            "checkPoint": "discovered" if blade.discovered else "shallow-checkpoint",
            "connPath": health.legs,
            "connStatus": health.legs,
            "discovery": "complete" if blade.discovered else "in-progress",
            "id": health.seat.slot_id,
            "fsmPrev": "TurnupSuccess" if profile is not None else "DiscoverSuccess",
            "fsmStamp": stamp(blade.created),
            "intId": str(blade.number),
            "lowVoltageMemory": "regular-voltage",
            "managingInst": health.legs[:1] or "NONE",
            "memorySpeed": MEMORY_MHZ,
            "mfgTime": manufactured(blade.serial),
            "model": blade.model,
            "numOfAdaptors": "1",
            "numOfCores": str(blade.cpu.cores),
            "numOfCoresEnabled": str(blade.cpu.cores),
            "numOfCpus": str(blade.cpu.sockets),
            "numOfEthHostIfs": str(len(profile.vnics) if profile is not None else 0),
            "numOfFcHostIfs": str(len(profile.vhbas) if profile is not None else 0),
            "numOfThreads": str(blade.cpu.threads),
            "operPower": "on" if health.is_on else "off" if health.powered else "unknown",
            "operState": health.state(blade, associated=profile is not None),
            "operability": "removed" if not health.present else "operable" if blade.operable else "inoperable",
            "originalUuid": blade.original_uuid,
            "partNumber": "73-18214-04",
            "presence": "equipped" if health.present else "missing",
            "serial": blade.serial,
            "serverId": health.seat.server_id,
            "slotId": health.seat.slot_id if isinstance(blade, Blade) else "0",
            "storageOperQualifier": "unknown",
            "totalMemory": str(blade.memory_bytes // MIB),
            "uuid": system_uuid(blade, profile),
            "vendor": VENDOR,
            "vid": "V04",
        },
    )


def _working_memory(blade: Server) -> int:
    lost = sum(dimm.capacity_bytes for dimm in blade.dimms if not dimm.operable)
    return max(blade.memory_bytes - lost, 0)


_SERIAL: Final = re.compile(r"[A-Z]{3}(\d\d)(\d\d)")


def manufactured(serial: str) -> str:
    """When a part was made, by the year and week in its serial number (years count from 1996)."""
    match = _SERIAL.match(serial)
    if match is None:
        return "not-applicable"
    day = min((int(match[2]) - 1) * 7, 363)
    return f"{1996 + int(match[1])}-{day // 31 + 1:02d}-{day % 28 + 1:02d}T00:00:00.000"


@live("computeBoard", Blade)
@live("computeBoard", RackServer)
def board(view: View, blade: Server) -> Made:
    """The mainboard."""
    health = Health(view, blade)
    yield (
        f"{view.dn(blade)}/board",
        {
            **condition(operable=blade.operable, present=health.present, powered=health.is_on),
            "cmosVoltage": "ok",
            "cpuTypeDescription": blade.cpu.model,
            "id": "0",
            "model": blade.model,
            "operPower": "on" if health.is_on else "off",
            "powerUsage": "ok",
            "serial": blade.serial,
            "vendor": VENDOR,
        },
    )


@live("equipmentLocatorLed", Blade)
@live("equipmentLocatorLed", RackServer)
def blade_led(view: View, blade: Server) -> Made:
    """The light that shows which one it is."""
    yield f"{view.dn(blade)}/locator-led", {"boardType": "single", "id": "1"}


@live("biosUnit", Blade)
@live("biosUnit", RackServer)
def bios(view: View, blade: Server) -> Made:
    """The BIOS."""
    shown = {"initSeq": "", "initTs": "never", "model": blade.model, "serial": blade.serial, "vendor": VENDOR}
    yield f"{view.dn(blade)}/bios", shown


@live("mgmtController", Blade)
@live("mgmtController", RackServer)
def controller(view: View, blade: Server) -> Made:
    """The CIMC."""
    shown = {"id": "A", "model": blade.model, "serial": blade.serial, "storageSubsystemState": "initialized", "subject": "blade"}
    yield f"{view.dn(blade)}/mgmt", {**shown, "vendor": VENDOR, "iscKVMSupported": "no"}


@live("mgmtIf", Blade)
@live("mgmtIf", RackServer)
def management_interface(view: View, blade: Server) -> Made:
    """The CIMC's interface; what it is reached by from outside, a service profile's management address, is the profile's."""
    health = Health(view, blade)
    yield (
        f"{view.dn(blade)}/mgmt/if-1",
        {
            "access": "out-of-band",
            "adminState": "enable",
            "chassisId": health.seat.chassis_id,
            "discovery": "present",
            "extGw": _NO_ADDRESS,
            "extIp": _NO_ADDRESS,
            "extMask": _NO_ADDRESS,
            "id": "1",
            "ifRole": "mgmt",
            "ifType": "physical",
            "ip": f"127.5.{health.enclosure.slot if isinstance(health.enclosure, Chassis) else 0}.{health.seat.slot_id}",
            "locale": "server",
            "mask": "255.0.0.0",
            "slotId": health.seat.slot_id,
            "subject": "blade",
            "switchId": health.legs[:1] or "NONE",
            "transport": "ether",
            "type": "lan",
        },
    )


@live("firmwareRunning", Blade)
@live("firmwareRunning", RackServer)
def firmware(view: View, blade: Server) -> Made:
    """What runs on the BIOS, the CIMC and the adapter."""
    board, bundle = blade.model.split("-")[1] if "-" in blade.model else blade.model, "B" if isinstance(blade, Blade) else "C"
    for under, kind, version in (
        ("bios/fw-boot-loader", "blade-bios", f"{board}.{BIOS}"),
        ("mgmt/fw-system", "blade-controller", FIRMWARE),
        ("adaptor-1/mgmt/fw-system", "adaptor", FIRMWARE),
    ):
        deployment = under.rpartition("fw-")[2]
        yield (
            f"{view.dn(blade)}/{under}",
            {"deployment": deployment, "packageVersion": f"{FIRMWARE}{bundle}", "type": kind, "version": version},
        )
