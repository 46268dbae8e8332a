"""The conductor on a real Docker engine: what its containers are, and what becomes of what people do to them."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from emulators.conductor import Conductor
from emulators.machines.docker.backend import DockerMachines
from emulators.machines.mixed import MixedMachines
from emulators.machines.policy import parse_policy
from emulators.machines.port import MachineState
from emulators.machines.simulated.backend import SimulatedMachines
from emulators.world.checkpoints import Checkpoints
from emulators.world.commands import Operation
from emulators.world.decisions.components import InjectFault
from emulators.world.decisions.hardware import DeviceChanges, DiskAdd, PortAdd, VmSettings
from emulators.world.decisions.power import PowerOff, PowerOn, ShutdownGuest, Suspend
from emulators.world.decisions.snapshots import CreateSnapshot, RevertSnapshot
from emulators.world.decisions.vms import CloneVm, DestroyVm, ReconfigureVm
from emulators.world.model import Power, Snapshot, Task, TaskState
from tests.contract.machines.conftest import docker_host  # noqa: F401 - the private engine that the contract uses
from tests.contract.machines.harness import DockerRig
from tests.unit.world.lab import ACTOR, GIB, INVENTORY, Lab

pytestmark = [pytest.mark.docker, pytest.mark.timeout(120)]
RUNNING, STOPPED, PAUSED, ABSENT = MachineState.RUNNING, MachineState.STOPPED, MachineState.PAUSED, MachineState.ABSENT
SECOND = 150 + os.getpid() % 60
SMALL = INVENTORY.replace("10.0.1.0/24", f"10.{SECOND}.241.0/24").replace("10.0.2.0/24", f"10.{SECOND}.242.0/24")
SMALL = SMALL.replace("memory: 4GiB, cpus: 2", "memory: 64MiB").replace("memory: 8GiB, cpus: 4", "memory: 64MiB").replace("2GiB", "64MiB")


class Life:
    """One run of dc-sim over one journal and one engine."""

    def __init__(self, folder: Path, engine: str) -> None:
        self.folder, self.engine = folder, engine
        self.lab = Lab(folder, inventory=SMALL)
        world = self.lab.world.world_id
        containers = DockerMachines(engine, world=world)
        simulated = SimulatedMachines(self.lab.clock, seed=7)
        self.machines = MixedMachines(containers=containers, simulated=simulated, policy=parse_policy("all"), world=world)
        self.conductor = Conductor(self.lab.world, self.machines)
        self._observing: asyncio.Task[None] | None = None

    async def open(self) -> Life:
        self.conductor.start()
        self._observing = asyncio.create_task(self.conductor.observer.run())
        async with asyncio.timeout(60):
            await self.conductor.observer.reconciled.wait()
        return self

    async def die(self) -> None:
        """As SIGKILL ends it, as far as containers can tell."""
        if self._observing is not None:
            self._observing.cancel()
            await asyncio.gather(self._observing, return_exceptions=True)
        await self.conductor.stop()
        await self.conductor.close()
        self.lab.world.close()

    async def again(self) -> Life:
        await self.die()
        return await Life(self.folder, self.engine).open()

    async def done(self, operation: Operation) -> None:
        uid = (await self.lab.world.execute(operation, ACTOR)).result
        async with asyncio.timeout(60):
            await self.conductor.runner.idle()
        task = self.lab.state.get(Task, uid)
        assert task.state is TaskState.SUCCESS, task.error

    async def until(self, condition: Callable[[], Any]) -> None:
        async with asyncio.timeout(10):
            while not condition():
                await asyncio.sleep(0.02)

    async def state(self, name: str = "web") -> MachineState:
        return (await self.machines.inspect(self.lab.vm(name).uid)).state

    async def shell(self, name: str, command: str) -> str:
        result = await self.machines.exec(self.lab.vm(name).uid, ("sh", "-c", command))
        assert result.exit_code == 0, result
        return result.stdout.decode()

    async def docker(self, method: str, name: str, verb: str) -> None:
        """What a person does with the docker command."""
        handle = (await self.machines.inspect(self.lab.vm(name).uid)).handle
        rig = DockerRig(self.engine)
        path, options = (f"containers/{handle}/{verb}", {}) if verb else (f"containers/{handle}", {"params": {"force": "1"}})
        await rig.engine(method, path, **options)
        await rig.machines.close()


@pytest.fixture
async def life(tmp_path: Path, docker_host: str) -> AsyncIterator[Life]:  # noqa: F811 - the fixture
    """web and db in containers; nothing is left on the engine."""
    first = await Life(tmp_path, docker_host).open()
    try:
        yield first
    finally:
        await first.die()
        rig = DockerRig(docker_host)
        rig.world = first.lab.world.world_id
        await rig.close()


def outside(life: Life) -> list[str]:
    """Types of what somebody else did."""
    return [record.event.type.rpartition(".")[2] for record in life.lab.events() if record.actor.principal == "outside"]


async def test_a_day_of_a_vm(life: Life) -> None:
    """Power, files, cards and disks, as the guest itself sees them."""
    web = life.lab.vm("web")
    assert (await life.state(), web.machine) == (RUNNING, "docker")
    (address,) = [ip for ips in web.guest.addresses.values() for ip in ips]
    assert address in await life.shell("web", "ifconfig")
    await life.shell("web", "echo hello > /etc/note; echo data > /disks/1000-1/note")

    await life.done(ReconfigureVm(vm=web.uid, devices=DeviceChanges(add_ports=(PortAdd(network=life.lab.network("net-2").uid),))))
    addresses = sorted(ip for ips in life.lab.vm("web").guest.addresses.values() for ip in ips)
    assert len(addresses) == 2
    seen = await life.shell("web", "ifconfig")
    assert all(ip in seen for ip in addresses)

    await life.done(ReconfigureVm(vm=web.uid, devices=DeviceChanges(add_disks=(DiskAdd(capacity_bytes=GIB),))))
    assert "/disks/1000-2" in await life.shell("web", "cat /proc/mounts"), "it is plugged in while the guest runs"
    await life.shell("web", "echo more > /disks/1000-2/note")
    await life.done(ShutdownGuest(vm=web.uid))
    await life.done(PowerOn(vm=web.uid))
    assert (await life.shell("web", "cat /etc/note /disks/1000-1/note /disks/1000-2/note")).split() == ["hello", "data", "more"]

    await life.done(Suspend(vm=web.uid))
    assert await life.state() is PAUSED
    await life.done(PowerOn(vm=web.uid))
    await life.done(CloneVm(source=web.uid, settings=VmSettings(name="copy"), power_on=True))
    assert (await life.shell("copy", "cat /etc/note /disks/1000-1/note")).split() == ["hello", "data"]
    await life.done(PowerOff(vm=web.uid))
    await life.done(DestroyVm(vm=web.uid))
    assert (await life.machines.inspect(web.uid)).state is ABSENT
    assert outside(life) == []


async def test_a_snapshot_brings_files_back_running(life: Life) -> None:
    web = life.lab.vm("web").uid
    await life.shell("web", "echo before > /etc/note")
    await life.done(CreateSnapshot(vm=web, name="one", memory=True))
    await life.shell("web", "echo after > /etc/note")
    await life.done(RevertSnapshot(vm=web, snapshot=life.lab.named(Snapshot, "one").uid))
    assert await life.shell("web", "cat /etc/note") == "before\n"
    assert life.lab.vm("web").power is Power.ON
    assert outside(life) == []


async def test_what_people_do_to_containers_shows_within_seconds(life: Life) -> None:
    steps = [
        ("POST", "kill", Power.OFF, "failed"),
        ("POST", "start", Power.ON, "powered_on"),
        ("POST", "pause", Power.SUSPENDED, "suspended"),
        ("POST", "unpause", Power.ON, "powered_on"),
        ("DELETE", "", Power.OFF, "failed"),
    ]
    for method, verb, power, event in steps:
        begun = time.monotonic()
        await life.docker(method, "web", verb)
        await life.until(lambda: life.lab.vm("web").power is power)  # noqa: B023 - awaited within the turn
        assert time.monotonic() - begun < 3
        assert outside(life)[-1] == event
    await life.done(PowerOn(vm=life.lab.vm("web").uid))
    assert await life.state() is RUNNING
    before = len(outside(life))
    await life.docker("POST", "web", "restart")
    await life.until(lambda: outside(life)[before:] and outside(life)[-1] == "powered_on")
    assert life.lab.vm("web").power is Power.ON


async def test_a_killed_dc_sim_finds_its_containers_as_they_are(life: Life) -> None:
    await life.done(Suspend(vm=life.lab.vm("db").uid))
    await life.done(PowerOn(vm=life.lab.vm("spare").uid))
    second = await life.again()
    assert [await second.state(name) for name in ("web", "db", "spare")] == [RUNNING, PAUSED, RUNNING]
    assert outside(second) == []
    await second.done(PowerOn(vm=second.lab.vm("db").uid))
    await second.docker("POST", "web", "kill")
    await second.until(lambda: second.lab.vm("web").power is Power.OFF)
    await second.die()


async def test_parked_containers_run_again(life: Life) -> None:
    await life.done(Suspend(vm=life.lab.vm("db").uid))
    await life.conductor.observer.park()
    assert {await life.state("web"), await life.state("db")} == {STOPPED}
    second = await life.again()
    assert [await second.state(name) for name in ("web", "db")] == [RUNNING, PAUSED]
    assert (second.lab.vm("web").power, second.lab.vm("db").power) == (Power.ON, Power.SUSPENDED)
    assert outside(second) == []
    await second.die()


async def test_high_availability_restarts_containers_on_other_hosts(life: Life) -> None:
    started = life.lab.vm("web").guest.started
    await life.lab.world.execute(InjectFault(code="host-crash", subject=life.lab.host().uid), ACTOR)
    async with asyncio.timeout(30):
        await life.conductor.runner.idle()
    web = life.lab.vm("web")
    assert (web.power, await life.state("web")) == (Power.ON, RUNNING)
    assert web.host != life.lab.host().uid
    assert web.guest.started != started
    assert outside(life) == []


async def test_containers_follow_a_world_that_goes_back(life: Life) -> None:
    checkpoints = Checkpoints(life.lab.world, life.folder / "checkpoints")
    await checkpoints.take("monday")
    await life.done(PowerOn(vm=life.lab.vm("spare").uid))
    await life.done(PowerOff(vm=life.lab.vm("web").uid))
    await life.done(PowerOff(vm=life.lab.vm("db").uid))
    await life.done(DestroyVm(vm=life.lab.vm("db").uid))
    spare = life.lab.vm("spare").uid
    await checkpoints.restore("monday", ACTOR)
    await life.conductor.observer.enforce()
    assert [await life.state(name) for name in ("web", "db")] == [RUNNING, RUNNING]
    assert (await life.machines.inspect(spare)).state is ABSENT
    await asyncio.sleep(0.3)
    assert outside(life) == []


def test_the_labels_that_people_filter_by_are_there(life: Life) -> None:
    spec = life.conductor.hands.spec(life.lab.vm("web"))
    assert spec.world == life.lab.world.world_id
    assert msgspec.structs.asdict(spec)["labels"]["dcsim.backend"] == "docker"
