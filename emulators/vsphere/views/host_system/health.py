"""Sensors and hardware status of a host: what its blade and chassis report."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import Any, Final

from pyVmomi import vim

from dcsim.ids import digest
from emulators.vsphere.views.constructors import element, timestamp
from emulators.vsphere.views.host_system.facts import Facts
from emulators.world.model import Fan, PowerSupply
from emulators.world.state import WorldState

GREEN: Final = element("green", "Green", "The sensor is operating under normal conditions")
RED: Final = element("red", "Red", "The sensor is operating under critical or fatal conditions")
_FAN_RPM: Final = 4800
_SUPPLY_WATTS: Final = 280


def health(state: WorldState, found: Facts, now: datetime) -> vim.host.HealthStatusSystem.Runtime:
    """Numeric sensors and the status of modules; empty while the blade is off."""
    if not found.powered:
        return vim.host.HealthStatusSystem.Runtime(systemHealthInfo=vim.host.SystemHealthInfo())
    return vim.host.HealthStatusSystem.Runtime(
        systemHealthInfo=vim.host.SystemHealthInfo(numericSensorInfo=_sensors(state, found, now)),
        hardwareStatusInfo=vim.host.HardwareStatusInfo(
            memoryStatusInfo=[_element(f"Memory module DIMM_{dimm.slot}", good=dimm.operable) for dimm in found.blade.dimms],
            cpuStatusInfo=[_element(f"CPU {socket + 1}", good=True) for socket in range(found.blade.cpu.sockets)],
            storageStatusInfo=[
                vim.host.HardwareStatusInfo.StorageStatusInfo(name=f"Disk {disk.slot}", status=_colour(good=disk.operable))
                for disk in found.blade.disks
            ],
        ),
    )


def _sensors(state: WorldState, found: Facts, now: datetime) -> list[Any]:
    chassis, draw = found.identity.chassis, digest("sensors", found.blade.uid)
    sensors = [
        _sensor(f"CPU {socket + 1} Temp", "temperature", 38 + draw[socket] % 12, "Degrees C", now, good=True)
        for socket in range(found.blade.cpu.sockets)
    ]
    sensors.append(_sensor("System Board 1 Inlet Temp", "temperature", 22 + draw[8] % 4, "Degrees C", now, good=True))
    sensors.append(_sensor("System Board 1 Power", "power", 180 + draw[9] % 90, "Watts", now, good=True))
    sensors += [
        _sensor(f"Fan Device {fan.slot} Fan", "fan", _FAN_RPM if fan.operable else 0, "RPM", now, good=fan.operable)
        for fan in state.where(Fan, "chassis", chassis.uid)
    ]
    sensors += [
        _sensor(f"Power Supply {one.slot} Output", "power", _SUPPLY_WATTS if one.operable else 0, "Watts", now, good=one.operable)
        for one in state.where(PowerSupply, "chassis", chassis.uid)
    ]
    return sensors


@lru_cache(maxsize=16_384)
def _sensor(name: str, kind: str, reading: int, unit: str, now: datetime, *, good: bool) -> Any:
    """A sensor; readings are in hundredths (``unitModifier`` -2); shared, so nobody may change it."""
    return vim.host.NumericSensorInfo(
        name=name,
        healthState=_colour(good=good),
        currentReading=reading * 100,
        unitModifier=-2,
        baseUnits=unit,
        sensorType=kind,
        timeStamp=timestamp(now),
    )


@lru_cache(maxsize=1024)
def _element(name: str, *, good: bool) -> Any:
    return vim.host.HardwareStatusInfo.HardwareElementInfo(name=name, status=_colour(good=good))


def _colour(*, good: bool) -> Any:
    return GREEN if good else RED
