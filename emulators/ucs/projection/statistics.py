"""Statistics: power, temperature, fan speed and traffic as functions of load and time, the same for the same seed.

UCS Manager collects every minute and keeps the least, most and mean of the interval; values hold until the next collection.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from dcsim.ids import digest
from emulators.ucs.mit.declare import Made, live
from emulators.ucs.mit.view import View, stamp
from emulators.ucs.projection.blades import Health
from emulators.ucs.projection.chassis import is_fed
from emulators.world import reach
from emulators.world.load import daily_curve, host_load
from emulators.world.model import (
    Blade,
    Chassis,
    FabricInterconnect,
    Fan,
    FiPort,
    Hypervisor,
    IoModule,
    PowerSupply,
    RackServer,
    Server,
    ServiceProfile,
    Vm,
)
from emulators.world.servers import Enclosure, enclosure, servers_in

STEP: Final = 60
STANDBY_WATTS, IDLE_WATTS, LOAD_WATTS = 14.0, 118.0, 290.0
FAN_WATTS, MODULE_WATTS = 12.0, 55.0
VOLTS_IN, VOLTS_OUT = 230.0, 12.1
INLET: Final = 24.0
PSU_EFFICIENCY: Final = 0.94
_PACKET: Final = 740
"""Bytes of a mean packet."""
_DAY: Final = 86_400.0


def noise(now: datetime, *path: object) -> float:
    """A number from -1 to 1 for one thing at one collection."""
    step = int(now.timestamp() // STEP)
    return int.from_bytes(digest("ucs stats", *map(str, path), step)[:4], "big") / 0x7FFFFFFF - 1


def common(now: datetime) -> dict[str, str]:
    """What all statistics have."""
    return {"intervals": "58982460", "suspect": "no", "thresholded": "", "timeCollected": stamp(now), "update": "131072"}


def spread(values: Mapping[str, float], digits: int = 6, wobble: float = 0.01) -> dict[str, str]:
    """Each value with its mean, least and most of the interval."""
    found: dict[str, str] = {}
    for name, value in values.items():
        low, high = value * (1 - wobble), value * (1 + wobble)
        for suffix, number in (("", value), ("Avg", value), ("Min", low), ("Max", high)):
            found[f"{name}{suffix}"] = f"{number:.{digits}f}" if digits else str(round(number))
    return found


def share(view: View, blade: Server, now: datetime) -> float:
    """How busy a blade is, from 0 to 1: what its hypervisor's VMs do, and a little when it has none."""
    host = view.state.one(Hypervisor, "blade", blade.uid)
    if host is None or not host.running:
        return 0.01
    load = host_load(view.state.where(Vm, "host", host.uid), blade.cpu.mhz, blade.cpu.cores, blade.memory_bytes, now)
    return min(load.cpu_mhz / max(blade.cpu.cores * blade.cpu.mhz, 1), 1.0)


def watts(view: View, blade: Server, now: datetime) -> float:
    """What a blade draws."""
    health = Health(view, blade)
    if not health.present or not health.powered:
        return 0.0
    if not health.is_on:
        return STANDBY_WATTS
    return (IDLE_WATTS + LOAD_WATTS * share(view, blade, now)) * (1 + 0.01 * noise(now, blade.uid, "power"))


def enclosure_watts(view: View, found: Enclosure, now: datetime) -> float:
    """What a chassis or rack server draws at its outputs."""
    if not found.present or not reach.powered(view.state, found):
        return 0.0
    servers = sum(watts(view, server, now) for server in servers_in(view.state, found))
    fans = FAN_WATTS * view.state.count(Fan, "chassis", found.uid)
    return servers + fans + MODULE_WATTS * view.state.count(IoModule, "chassis", found.uid)


def counted(now: datetime, since: datetime, rate: float) -> int:
    """Bytes since a moment at a mean rate that follows the time of day; it never goes back."""
    start, end = since.timestamp(), max(now, since).timestamp()
    turn = 2 * math.pi / _DAY
    swing = 0.6 / turn * (math.sin(turn * (end - _DAY / 3)) - math.sin(turn * (start - _DAY / 3)))
    return max(int(rate * (end - start + swing)), 0)


def _counters(parts: Mapping[str, float], now: datetime, since: datetime, rate: float) -> dict[str, str]:
    """Counters that are each a part of one rate, with what the last interval added."""
    found: dict[str, str] = {}
    for name, part in parts.items():
        total = counted(now, since, rate * part)
        added = str(total - counted(now - timedelta(seconds=STEP), since, rate * part))
        found |= {name: str(total), **dict.fromkeys((f"{name}Delta{suffix}" for suffix in ("", "Avg", "Min", "Max")), added)}
    return found


@live("computeMbPowerStats", Blade, volatile=True)
@live("computeMbPowerStats", RackServer, volatile=True)
def board_power(view: View, blade: Server) -> Made:
    """What the mainboard draws."""
    now = view.now(STEP)
    drawn = watts(view, blade, now)
    values = {"consumedPower": drawn, "inputCurrent": drawn / VOLTS_OUT, "inputVoltage": VOLTS_OUT if drawn else 0.0}
    yield f"{view.dn(blade)}/board/power-stats", {**common(now), **spread(values)}


@live("computeMbTempStats", Blade, volatile=True)
def board_temperature(view: View, blade: Server) -> Made:
    """How warm the mainboard is."""
    now = view.now(STEP)
    warm = INLET + 14 * share(view, blade, now) * Health(view, blade).is_on + 0.5 * noise(now, blade.uid, "board")
    values = {"fmTempSenIo": warm, "fmTempSenRear": warm + 5, "fmTempSenRearL": warm + 6, "fmTempSenRearR": warm + 4}
    yield f"{view.dn(blade)}/board/temp-stats", {**common(now), **spread(values)}


@live("computeRackUnitMbTempStats", RackServer, volatile=True)
def rack_board_temperature(view: View, server: RackServer) -> Made:
    """The same of a rack server."""
    now = view.now(STEP)
    warm = INLET + 14 * share(view, server, now) * Health(view, server).is_on + 0.5 * noise(now, server.uid, "board")
    values = {"ambientTemp": INLET, "frontTemp": INLET + 1, "ioh1Temp": warm + 18, "ioh2Temp": warm + 16, "rearTemp": warm + 5}
    yield f"{view.dn(server)}/board/temp-stats", {**common(now), **spread(values)}


@live("processorEnvStats", Blade, volatile=True)
@live("processorEnvStats", RackServer, volatile=True)
def processor_environment(view: View, blade: Server) -> Made:
    """How warm the processors are, and what they draw."""
    now = view.now(STEP)
    busy, is_on = share(view, blade, now), Health(view, blade).is_on
    for socket in range(1, blade.cpu.sockets + 1):
        warm = (INLET + 12 + 38 * busy + noise(now, blade.uid, "cpu", socket)) if is_on else INLET
        drawn = (38 + 165 * busy) if is_on else 0.0
        values = {"temperature": warm, "inputCurrent": drawn / VOLTS_OUT}
        yield f"{view.dn(blade)}/board/cpu-{socket}/env-stats", {**common(now), **spread(values)}


@live("memoryUnitEnvStats", Blade, volatile=True)
@live("memoryUnitEnvStats", RackServer, volatile=True)
def memory_environment(view: View, blade: Server) -> Made:
    """How warm the DIMMs are."""
    now = view.now(STEP)
    busy, is_on = share(view, blade, now), Health(view, blade).is_on
    for dimm in blade.dimms:
        warm = INLET + ((6 + 12 * busy + noise(now, blade.uid, "dimm", dimm.slot)) if is_on else 0)
        dn = f"{view.dn(blade)}/board/memarray-1/mem-{dimm.slot}/dimm-env-stats"
        yield dn, {**common(now), **spread({"temperature": warm})}


@live("adaptorVnicStats", Blade, volatile=True)
@live("adaptorVnicStats", RackServer, volatile=True)
def interface_traffic(view: View, blade: Server) -> Made:
    """What went over each vNIC and vHBA since the host booted."""
    profile = view.state.maybe(ServiceProfile, blade.profile) if blade.profile else None
    if profile is None:
        return
    now, host = view.now(STEP), view.state.one(Hypervisor, "blade", blade.uid)
    since = (host.booted or host.created) if host is not None and host.running else now
    names = [f"host-eth-{place}" for place in range(1, len(profile.vnics) + 1)]
    names += [f"host-fc-{place}" for place in range(1, len(profile.vhbas) + 1)]
    for name in names:
        rate = 200_000 + digest("rate", blade.uid, name)[0] * 30_000
        shown = _counters({"bytesRx": 1.0, "bytesTx": 0.7, "packetsRx": 1 / _PACKET, "packetsTx": 0.7 / _PACKET}, now, since, rate)
        yield f"{view.dn(blade)}/adaptor-1/{name}/vnic-stats", {**common(now), **shown}


@live("equipmentChassisStats", Chassis, volatile=True)
def chassis_power(view: View, chassis: Chassis) -> Made:
    """What the chassis draws."""
    now = view.now(STEP)
    drawn = enclosure_watts(view, chassis, now)
    values = {"inputPower": drawn / PSU_EFFICIENCY, "outputPower": drawn}
    yield f"{view.dn(chassis)}/stats", {**common(now), **spread(values)}


def _supplied(view: View, supply: PowerSupply, now: datetime) -> float:
    """What one power supply puts out: those that work share evenly."""
    found = enclosure(view.state, supply.chassis)
    working = [one for one in view.state.where(PowerSupply, "chassis", found.uid) if one.operable and is_fed(view, one)]
    return enclosure_watts(view, found, now) / len(working) if any(one.uid == supply.uid for one in working) else 0.0


@live("equipmentPsuStats", PowerSupply, volatile=True)
def supply_output(view: View, supply: PowerSupply) -> Made:
    """What a power supply of a chassis puts out, and how warm it is."""
    if isinstance(enclosure(view.state, supply.chassis), RackServer):
        return
    now = view.now(STEP)
    out = _supplied(view, supply, now)
    values = {
        "ambientTemp": INLET + 2 + 6 * out / 2500,
        "input210v": VOLTS_IN if is_fed(view, supply) else 0.0,
        "inputPower": out / PSU_EFFICIENCY,
        "output12v": VOLTS_OUT if out else 0.0,
        "output3v3": 3.3 if out else 0.0,
        "outputCurrent": out / VOLTS_OUT,
        "outputPower": out,
    }
    yield f"{view.dn(supply)}/stats", {**common(now), **spread(values)}


@live("equipmentRackUnitPsuStats", PowerSupply, volatile=True)
def rack_supply_output(view: View, supply: PowerSupply) -> Made:
    """The same of a rack server's."""
    if not isinstance(enclosure(view.state, supply.chassis), RackServer):
        return
    now = view.now(STEP)
    out = _supplied(view, supply, now)
    values = {
        "ambientTemp": INLET + 2 + 6 * out / 1050,
        "inputPower": out / PSU_EFFICIENCY,
        "inputVoltage": VOLTS_IN if is_fed(view, supply) else 0.0,
        "outputCurrent": out / VOLTS_OUT,
        "outputPower": out,
        "outputVoltage": VOLTS_OUT if out else 0.0,
    }
    yield f"{view.dn(supply)}/rackunit-power-stats", {**common(now), **spread(values)}


@live("equipmentPsuInputStats", PowerSupply, volatile=True)
def supply_input(view: View, supply: PowerSupply) -> Made:
    """What a power supply takes in."""
    now = view.now(STEP)
    taken = _supplied(view, supply, now) / PSU_EFFICIENCY
    volts = (VOLTS_IN + noise(now, supply.feed)) if is_fed(view, supply) else 0.0
    values = {"current": taken / VOLTS_IN, "power": taken, "voltage": volts}
    yield f"{view.dn(supply)}/input-stats", {**common(now), **spread(values), "inputStatus": "ok" if volts else "failed"}


def _fan_speeds(view: View, fan: Fan, now: datetime) -> Made:
    """How fast the fans of a module turn: faster when the site is busy."""
    found = enclosure(view.state, fan.chassis)
    turns = fan.operable and found.present and reach.powered(view.state, found)
    for number in (1, 2):
        speed = (3200 + 2600 * daily_curve(now) + 60 * noise(now, fan.uid, number)) if turns else 0.0
        yield f"{view.dn(fan)}/fan-{number}/stats", {**common(now), **spread({"speed": speed}, digits=0)}


@live("equipmentFanStats", Fan, volatile=True)
def fan_speed(view: View, fan: Fan) -> Made:
    """The fans of a chassis."""
    if isinstance(enclosure(view.state, fan.chassis), Chassis):
        yield from _fan_speeds(view, fan, view.now(STEP))


@live("equipmentRackUnitFanStats", Fan, volatile=True)
def rack_fan_speed(view: View, fan: Fan) -> Made:
    """The fans of a rack server."""
    if isinstance(enclosure(view.state, fan.chassis), RackServer):
        yield from _fan_speeds(view, fan, view.now(STEP))


@live("equipmentIOCardStats", IoModule, volatile=True)
def module_temperature(view: View, module: IoModule) -> Made:
    """How warm an I/O module is."""
    now = view.now(STEP)
    warm = INLET + 8 + 3 * daily_curve(now) + 0.5 * noise(now, module.uid)
    values = {"ambientTemp": warm, "dimmTemp": warm + 3, "procTemp": warm + 16, "temp": warm + 9}
    yield f"{view.dn(module)}/stats", {**common(now), **spread(values)}


@live("swSystemStats", FabricInterconnect, volatile=True)
def interconnect_load(view: View, interconnect: FabricInterconnect) -> Made:
    """Load and memory of a fabric interconnect."""
    now = view.now(STEP)
    load = (0.9 + 1.5 * daily_curve(now) + 0.2 * noise(now, interconnect.uid, "load")) if interconnect.operable else 0.0
    free = 46_000 - 900 * daily_curve(now) + 50 * noise(now, interconnect.uid, "memory")
    memory = spread({"memAvailable": free, "memCached": 9_400.0}, digits=0)
    yield f"{view.dn(interconnect)}/sysstats", {**common(now), **spread({"load": load}), **memory}


_PACKETS: Final = {"totalPackets": 1.0, "unicastPackets": 0.995, "multicastPackets": 0.004, "broadcastPackets": 0.001}


def _traffic(now: datetime, port: FiPort, direction: float) -> dict[str, str]:
    rate = (2_000_000 + digest("rate", port.uid)[0] * 120_000) * direction * port.works
    parts = {"totalBytes": 1.0, **{name: part / _PACKET for name, part in _PACKETS.items()}}
    return _counters(parts, now, port.created, rate)


@live("etherRxStats", FiPort, volatile=True)
def received(view: View, port: FiPort) -> Made:
    """What a port has received."""
    now = view.now(STEP)
    yield f"{view.dn(port)}/rx-stats", {**common(now), **_traffic(now, port, 1.0)}


@live("etherTxStats", FiPort, volatile=True)
def transmitted(view: View, port: FiPort) -> Made:
    """What a port has sent."""
    now = view.now(STEP)
    yield f"{view.dn(port)}/tx-stats", {**common(now), **_traffic(now, port, 0.8)}
