"""Loads: the same for the same VM and time, within what the VM has, alike over a day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from dcsim.ids import uid_for
from emulators.world.load import STEP_SECONDS, Profile, VmLoad, daily_curve, host_load, profile, step_start, utilisation, vm_load
from emulators.world.model import Allocation, Power, Vm

WEDNESDAY = datetime(2026, 3, 4, tzinfo=UTC)
MHZ = 3000


def made(number: int = 1, *, power: Power = Power.ON, **fields: Any) -> Vm:
    return Vm(
        uid=uid_for("vm", 7, number),
        name=f"vm-{number}",
        created=WEDNESDAY,
        uuid="",
        instance_uuid="",
        power=power,
        **fields,
    )


def tagged(kind: Profile, number: int = 1, **fields: Any) -> Vm:
    return made(number, tags=(f"load:{kind}",), **fields)


times = st.datetimes(min_value=datetime(2026, 1, 1), max_value=datetime(2027, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@given(st.integers(1, 10_000), times, st.integers(1, 64), st.integers(1, 512))
def test_a_load_stays_within_what_the_vm_has(number: int, now: datetime, cpus: int, gib: int) -> None:
    vm = made(number, cpus=cpus, memory_bytes=gib << 30)
    load = vm_load(vm, MHZ, now)
    assert 0 < load.cpu_mhz <= load.cpu_demand_mhz <= cpus * MHZ
    assert 0 < load.active_bytes <= load.consumed_bytes <= vm.memory_bytes
    assert load.overhead_bytes > 0
    assert min(load) >= 0


@given(st.integers(1, 1000), times)
def test_the_same_vm_and_time_give_the_same_load(number: int, now: datetime) -> None:
    assert vm_load(made(number), MHZ, now) == vm_load(made(number), MHZ, now)


@given(st.integers(1, 100), times, st.floats(0, STEP_SECONDS - 0.01))
def test_a_load_holds_for_a_whole_step(number: int, now: datetime, later: float) -> None:
    start = step_start(now)
    assert timedelta() <= now - start < timedelta(seconds=STEP_SECONDS)
    assert vm_load(made(number), MHZ, start) == vm_load(made(number), MHZ, start + timedelta(seconds=later))


def test_loads_change_from_step_to_step() -> None:
    vm = tagged(Profile.NORMAL, cpus=4)
    assert len({vm_load(vm, MHZ, WEDNESDAY + timedelta(seconds=STEP_SECONDS * step)).cpu_mhz for step in range(50)}) > 25


def test_a_vm_that_is_off_does_nothing() -> None:
    assert vm_load(made(power=Power.OFF), MHZ, WEDNESDAY) == VmLoad()
    assert vm_load(made(power=Power.SUSPENDED), MHZ, WEDNESDAY) == VmLoad()


def test_limits_cap_what_a_vm_gets_and_not_what_it_wants() -> None:
    limited = tagged(Profile.STRESSED, cpus=4, memory_bytes=8 << 30, cpu=Allocation(limit=500), memory=Allocation(limit=1024))
    load = vm_load(limited, MHZ, WEDNESDAY)
    assert load.cpu_mhz == 500
    assert load.cpu_demand_mhz > 500
    assert load.consumed_bytes == 1024 << 20


def test_a_tag_sets_the_profile_and_nonsense_does_not() -> None:
    assert profile(tagged(Profile.STRESSED)) is Profile.STRESSED
    assert profile(made(tags=("load:heroic",))) is profile(made())


def test_profiles_differ_in_how_busy_they_are() -> None:
    noon = WEDNESDAY + timedelta(hours=14)
    idle, normal, stressed = (utilisation(tagged(kind), noon) for kind in Profile)
    assert idle < 0.1 < normal < 0.5 < stressed


def test_about_half_of_all_vms_are_idle_and_a_tenth_stressed() -> None:
    drawn = [profile(made(number)) for number in range(2000)]
    assert 900 < drawn.count(Profile.IDLE) < 1100
    assert 140 < drawn.count(Profile.STRESSED) < 260


def test_the_day_has_a_peak_a_night_and_quiet_week_ends() -> None:
    noon, night = WEDNESDAY + timedelta(hours=14, minutes=30), WEDNESDAY + timedelta(hours=22)
    assert daily_curve(noon) > 0.95
    assert daily_curve(night) < 0.1
    assert daily_curve(noon + timedelta(days=3)) < 0.5
    assert daily_curve(WEDNESDAY + timedelta(hours=2, minutes=30)) > 0.3


def test_vms_peak_together() -> None:
    vms = [tagged(Profile.NORMAL, number) for number in range(50)]
    noon, night = WEDNESDAY + timedelta(hours=14), WEDNESDAY + timedelta(hours=21)
    busier = [vm for vm in vms if utilisation(vm, noon) > utilisation(vm, night)]
    assert len(busier) == len(vms)


def test_a_host_does_what_its_vms_do_and_a_little_more() -> None:
    vms = [made(number, cpus=2) for number in range(10)]
    noon = WEDNESDAY + timedelta(hours=14)
    load = host_load(vms, MHZ, 24, 256 << 30, noon)
    inside = [vm_load(vm, MHZ, noon) for vm in vms]
    assert load.cpu_mhz == sum(one.cpu_mhz for one in inside) + 24 * MHZ // 100
    assert load.memory_bytes == sum(one.consumed_bytes + one.overhead_bytes for one in inside) + (2 << 30) + (4 << 30)


def test_a_host_cannot_do_more_than_it_can() -> None:
    vms = [tagged(Profile.STRESSED, number, cpus=16, memory_bytes=64 << 30) for number in range(20)]
    load = host_load(vms, MHZ, 8, 64 << 30, WEDNESDAY)
    assert load.cpu_mhz == 8 * MHZ
    assert load.memory_bytes == 64 << 30
