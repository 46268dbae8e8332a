"""How busy VMs and hosts are: a pure function of the VM and simulated time, the same for the same seed.

Each VM has a profile (idle, normal or stressed; a tag ``load:stressed`` overrides the draw).  Its use of processors, memory, disk and
network follows one daily curve that all VMs share (offices work, batch jobs run at night), plus its own slow and fast noise, so that
graphs look alive and hosts peak together.  Values hold for ``STEP_SECONDS``, vCenter's real-time sampling interval.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from dcsim.ids import digest
from emulators.world.capacity import MIB, memory_overhead
from emulators.world.model import Power, Vm

STEP_SECONDS = 20
"""Loads change at multiples of this, as vCenter's real-time counters do."""
_SLOW_SECONDS = 900
_DAY_SECONDS, _WEEK_DAYS = 86_400, 7
_PEAK_HOUR, _NIGHT_HOUR = 14.5, 2.5
_TAG_PREFIX = "load:"


class Profile(StrEnum):
    """What kind of work a VM does."""

    IDLE = "idle"
    NORMAL = "normal"
    STRESSED = "stressed"


class _Shape(NamedTuple):
    """Shares of what a VM was given, by profile: at rest, what the daily curve adds, what noise adds; and its I/O in KiB/s at full use."""

    rest: float
    daily: float
    noise: float
    memory: float
    disk_kbps: int
    network_kbps: int


_SHAPES = {
    Profile.IDLE: _Shape(0.01, 0.02, 0.02, 0.06, 800, 400),
    Profile.NORMAL: _Shape(0.04, 0.22, 0.10, 0.22, 12_000, 8_000),
    Profile.STRESSED: _Shape(0.55, 0.25, 0.15, 0.65, 60_000, 40_000),
}


class VmLoad(NamedTuple):
    """What a VM does now: MHz, bytes of memory, and KiB per second; all zero while it is off.

    ``cpu_demand_mhz`` is what it wants, ``cpu_mhz`` what its limit lets it have; ``active_bytes`` is touched memory, ``consumed_bytes``
    what the host has given it.
    """

    cpu_demand_mhz: int = 0
    cpu_mhz: int = 0
    active_bytes: int = 0
    consumed_bytes: int = 0
    overhead_bytes: int = 0
    disk_read_kbps: int = 0
    disk_write_kbps: int = 0
    network_rx_kbps: int = 0
    network_tx_kbps: int = 0


class HostLoad(NamedTuple):
    """What a host does now: MHz and bytes in use, the hypervisor's own included."""

    cpu_mhz: int
    memory_bytes: int


def profile(vm: Vm) -> Profile:
    """The VM's profile: what its tag says, else drawn from its uid (half idle, four in ten normal, one in ten stressed)."""
    for tag in vm.tags:
        if tag.startswith(_TAG_PREFIX) and tag.removeprefix(_TAG_PREFIX) in set(Profile):
            return Profile(tag.removeprefix(_TAG_PREFIX))
    draw = digest("profile", vm.uid)[0]
    if draw < 128:  # noqa: PLR2004 - half of a byte's values
        return Profile.IDLE
    return Profile.NORMAL if draw < 230 else Profile.STRESSED  # noqa: PLR2004 - and nine tenths of them


def step_start(now: datetime) -> datetime:
    """When the current step of loads began."""
    seconds = now.timestamp() % STEP_SECONDS
    return now - timedelta(seconds=seconds)


def daily_curve(now: datetime) -> float:
    """How busy the whole site is, from 0 (deep night) to 1 (working day's peak): office hours, a small batch window, quiet week-ends."""
    hour = (now.timestamp() % _DAY_SECONDS) / 3600
    office = math.exp(-(((hour - _PEAK_HOUR) / 4.0) ** 2))
    batch = 0.35 * math.exp(-(((hour - _NIGHT_HOUR) / 1.0) ** 2))
    week_end = 0.35 if now.weekday() >= _WEEK_DAYS - 2 else 1.0
    return min(office * week_end + batch, 1.0)


def utilisation(vm: Vm, now: datetime) -> float:
    """The share of its processors that a running VM wants now, from 0 to 1."""
    shape = _SHAPES[profile(vm)]
    seconds = now.timestamp()
    slow = _smooth(vm.uid, seconds / _SLOW_SECONDS)
    fast = _draw(vm.uid, "fast", int(seconds // STEP_SECONDS))
    share = shape.rest + shape.daily * daily_curve(step_start(now)) + shape.noise * (0.7 * slow + 0.3 * fast)
    return min(max(share, 0.002), 1.0)


def _draw(uid: str, what: str, step: int) -> float:
    """A number from 0 to 1 for one step of one VM."""
    return int.from_bytes(digest("load", uid, what, step)[:4], "big") / 0xFFFFFFFF


def _smooth(uid: str, position: float) -> float:
    """Noise that changes gradually: drawn at whole positions, eased in between."""
    step = math.floor(position)
    before, after = _draw(uid, "slow", step), _draw(uid, "slow", step + 1)
    part = position - step
    eased = part * part * (3 - 2 * part)
    return before + (after - before) * eased


def vm_load(vm: Vm, core_mhz: int, now: datetime) -> VmLoad:
    """What the VM does now on a host whose cores run at ``core_mhz``."""
    if vm.power is not Power.ON:
        return VmLoad()
    at = step_start(now)
    share, shape = utilisation(vm, at), _SHAPES[profile(vm)]
    demand = max(int(vm.cpus * core_mhz * share), 1)
    granted = demand if vm.cpu.limit < 0 else min(demand, vm.cpu.limit)
    active = int(vm.memory_bytes * min(shape.memory * (0.6 + 0.8 * share), 1.0))
    reads = 0.3 + 0.4 * _draw(vm.uid, "reads", 0)
    disk, network = int(shape.disk_kbps * share), int(shape.network_kbps * share)
    return VmLoad(
        cpu_demand_mhz=demand,
        cpu_mhz=granted,
        active_bytes=active,
        consumed_bytes=_consumed(vm, active),
        overhead_bytes=memory_overhead(vm),
        disk_read_kbps=int(disk * reads),
        disk_write_kbps=disk - int(disk * reads),
        network_rx_kbps=int(network * 0.6),
        network_tx_kbps=network - int(network * 0.6),
    )


def _consumed(vm: Vm, active: int) -> int:
    """Memory once touched stays with the guest: all of it for the busy, most of it for the others; a limit caps it."""
    kept = 0.45 + 0.5 * _draw(vm.uid, "consumed", 0)
    consumed = max(int(vm.memory_bytes * kept), active)
    return consumed if vm.memory.limit < 0 else min(consumed, vm.memory.limit * MIB)


def host_load(vms: Iterable[Vm], core_mhz: int, cores: int, memory_bytes: int, now: datetime) -> HostLoad:
    """What a running host does: its VMs and the hypervisor itself (1 % of the cores; 2 GiB and a 64th of the memory)."""
    loads = [vm_load(vm, core_mhz, now) for vm in vms]
    mhz = cores * core_mhz
    own = (2 << 30) + memory_bytes // 64
    used = own + sum(load.consumed_bytes + load.overhead_bytes for load in loads)
    return HostLoad(min(mhz // 100 + sum(load.cpu_mhz for load in loads), mhz), min(used, memory_bytes))
