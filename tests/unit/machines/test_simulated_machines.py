"""Simulated machines: time from the clock, everything else from the seed."""

from __future__ import annotations

import asyncio
import tracemalloc
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import msgspec
import pytest

from dcsim.clock import SimulatedClock
from dcsim.errors import MachineError
from emulators.machines.port import MachineSpec, MachineState, NetworkSpec, NicSpec
from emulators.machines.simulated.backend import SimulatedMachines
from emulators.machines.simulated.load import load_of, stats_at
from emulators.machines.simulated.stages import STAGES, Timing, boot_log, draw, seconds

START = datetime(2026, 1, 1, tzinfo=UTC)
NETWORK = NetworkSpec(id="net-1", name="prod", cidr="10.0.0.0/16", world="w")


def spec(number: int = 1, ip: str | None = None) -> MachineSpec:
    """A machine with one card."""
    nic = NicSpec(network="net-1", mac=f"00:50:56:00:{number // 256:02x}:{number % 256:02x}", ip=ip)
    return MachineSpec(id=f"vm-{number}", name=f"vm{number}", image="x", cpus=2, memory_bytes=1 << 30, world="w", nics=(nic,))


async def machines(timing: Timing = Timing.INSTANT, clock: SimulatedClock | None = None, seed: int = 7) -> SimulatedMachines:
    """A backend with one network."""
    backend = SimulatedMachines(clock or SimulatedClock(start=START, paused=True), seed=seed, timing=timing)
    await backend.ensure_network(NETWORK)
    return backend


async def settle() -> None:
    """Let every ready task run."""
    for _ in range(10):
        await asyncio.sleep(0)


async def test_an_operation_takes_its_stages_of_simulated_time() -> None:
    clock = SimulatedClock(start=START, paused=True)
    backend = await machines(Timing.REALISTIC, clock)
    length = seconds(7, "vm-1", "create", Timing.REALISTIC)
    creating = asyncio.create_task(backend.create(spec()))
    await settle()
    clock.step(length - 0.01)
    await settle()
    assert not creating.done()
    assert (await backend.inspect("vm-1")).state == MachineState.ABSENT, "an operation takes effect whole, at its end"
    clock.step(0.02)
    assert (await creating).state == MachineState.CREATED


async def test_a_cancelled_operation_changes_nothing() -> None:
    clock = SimulatedClock(start=START, paused=True)
    backend = await machines(Timing.REALISTIC, clock)
    creating = asyncio.create_task(backend.create(spec()))
    await settle()
    creating.cancel()
    await asyncio.gather(creating, return_exceptions=True)
    clock.step(3600)
    await settle()
    assert (await backend.inspect("vm-1")).state == MachineState.ABSENT


async def test_what_is_already_so_takes_no_time() -> None:
    backend = await machines(Timing.REALISTIC)
    await backend.adopt(spec(), MachineState.RUNNING)
    async with asyncio.timeout(1):
        await backend.start("vm-1")
        await backend.resume("vm-1")


@pytest.mark.parametrize(
    "state", [MachineState.CREATED, MachineState.RUNNING, MachineState.PAUSED, MachineState.STOPPED, MachineState.ABSENT]
)
async def test_adoption_takes_the_remembered_state_without_time_or_events(state: MachineState) -> None:
    backend = await machines(Timing.REALISTIC)
    async with asyncio.timeout(1):
        assert (await backend.adopt(spec(), state)).state == state
    assert (await backend.inspect("vm-1")).state == state
    heard = asyncio.ensure_future(anext(backend.events(datetime.min.replace(tzinfo=UTC))))
    await settle()
    assert not heard.done()
    heard.cancel()
    await asyncio.gather(heard, return_exceptions=True)


async def test_a_guest_that_takes_longer_than_the_grace_is_killed() -> None:
    clock = SimulatedClock(start=START, speed=1000)
    backend = await machines(Timing.REALISTIC, clock)
    await backend.adopt(spec(), MachineState.RUNNING)
    await backend.stop("vm-1", grace_seconds=0.1)
    assert (await backend.inspect("vm-1")).exit_code == 137


async def test_addresses_follow_from_identity() -> None:
    first, second = [await (await machines()).create(spec(3)) for _ in range(2)]
    assert first.nics == second.nics


async def test_an_address_has_one_holder() -> None:
    backend = await machines()
    await backend.create(spec(1, "10.0.0.9"))
    with pytest.raises(MachineError, match="belongs to vm-1"):
        await backend.create(spec(2, "10.0.0.9"))
    with pytest.raises(MachineError, match="not an address of prod"):
        await backend.create(spec(3, "192.168.0.1"))
    await backend.delete("vm-1")
    assert (await backend.create(spec(2, "10.0.0.9"))).nics[0].ip == "10.0.0.9"


async def test_a_full_network_says_so() -> None:
    backend = await machines()
    await backend.ensure_network(NetworkSpec(id="net-2", name="tiny", cidr="10.1.0.0/30", world="w"))
    for number in (1, 2):
        nic = NicSpec(network="net-2", mac="00:50:56:00:00:01")
        one = msgspec.structs.replace(spec(number), nics=(nic,))
        if number == 1:
            assert (await backend.create(one)).nics[0].ip == "10.1.0.2"
        else:
            with pytest.raises(MachineError, match="larger range"):
                await backend.create(one)


async def test_exec_says_that_nothing_runs_here() -> None:
    backend = await machines()
    await backend.adopt(spec(), MachineState.RUNNING)
    with pytest.raises(MachineError, match="run no programs"):
        await backend.exec("vm-1", ("true",))


async def test_ten_thousand_idle_machines_cost_little() -> None:
    backend = await machines()
    specs = [spec(number) for number in range(10_000)]
    tracemalloc.start()
    try:
        for one in specs:
            await backend.adopt(one, MachineState.RUNNING)
        used, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert used / len(specs) < 1500, "bytes a machine"
    assert len(asyncio.all_tasks()) == 1, "an idle machine has no task"


async def test_paused_time_does_not_count() -> None:
    clock = SimulatedClock(start=START, paused=True)
    backend = await machines(clock=clock)
    await backend.adopt(spec(), MachineState.RUNNING)
    clock.step(100)
    running = await backend.stats("vm-1")
    await backend.pause("vm-1")
    clock.step(1000)
    assert (await backend.stats("vm-1")).cpu_ns == pytest.approx(running.cpu_ns, rel=0.3)


def test_counters_never_run_backwards() -> None:
    for number in range(50):
        load = load_of(7, f"vm-{number}")
        samples = [
            stats_at(load, now=START + timedelta(seconds=ran), ran_seconds=ran, cpus=2, memory_bytes=1 << 30)
            for ran in range(0, 90_000, 600)
        ]
        for before, after in pairwise(samples):
            assert after.cpu_ns > before.cpu_ns
            assert after.net_rx_bytes >= before.net_rx_bytes
        assert all(0 < sample.memory_bytes <= 1 << 30 for sample in samples)
        assert samples[-1].cpu_ns < 2 * 90_000 * 1e9, "no more than the processors there are"


def test_durations_depend_on_seed_machine_and_operation_only() -> None:
    assert draw(7, "vm-1", "clone", Timing.REALISTIC) == draw(7, "vm-1", "clone", Timing.REALISTIC)
    several = {seconds(seed, vm, "clone", Timing.REALISTIC) for seed in (7, 8) for vm in ("vm-1", "vm-2")}
    assert len(several) == 4
    for operation, stages in STAGES.items():
        assert seconds(7, "vm-1", operation, Timing.INSTANT) == 0
        for stage, (name, length) in zip(stages, draw(7, "vm-1", operation, Timing.REALISTIC), strict=True):
            assert stage.name == name
            assert abs(length - stage.mean_seconds) <= stage.mean_seconds * stage.jitter


def test_the_boot_log_grows_with_time() -> None:
    lengths = [len(boot_log(7, "vm-1", Timing.REALISTIC, ran)) for ran in (0, 4, 7, 60)]
    assert lengths == sorted(lengths)
    assert (lengths[0], lengths[-1]) == (1, 4)
