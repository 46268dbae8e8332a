"""What the machines contract needs from an implementation besides the port itself."""

from __future__ import annotations

import asyncio
import itertools
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Protocol

import aiohttp
import msgspec

from dcsim.clock import SimulatedClock
from emulators.machines.docker.backend import DockerMachines
from emulators.machines.images.names import TINY
from emulators.machines.port import DiskSpec, MachineEvent, Machines, MachineSpec, MachineState, NetworkSpec, NicSpec, VolumeSpec
from emulators.machines.simulated.backend import SimulatedMachines

MIB = 1 << 20
_numbers = itertools.count()


class Rig(Protocol):
    """One implementation under test; ``machines`` is the port, ``subnet`` a free /24's first three octets."""

    machines: Machines
    world: str

    async def kill_outside(self, machine_id: str) -> None:
        """End a machine behind the port's back."""
        ...

    async def reopen(self) -> Machines:
        """Drop the client and make a new one, as a restart of dc-sim does."""
        ...

    async def close(self) -> None:
        """Leave nothing behind."""
        ...


class SimulatedRig:
    """Machines in memory."""

    def __init__(self) -> None:
        self.world = "world-test"
        self.machines: Machines = self._new()

    def _new(self) -> SimulatedMachines:
        return SimulatedMachines(SimulatedClock(speed=1000), seed=7)

    async def kill_outside(self, machine_id: str) -> None:
        assert isinstance(self.machines, SimulatedMachines)
        self.machines.crash(machine_id)

    async def reopen(self) -> Machines:
        await self.machines.close()
        self.machines = self._new()
        return self.machines

    async def close(self) -> None:
        await self.machines.close()


class DockerRig:
    """Machines on a real engine, in a world of their own."""

    def __init__(self, docker_host: str) -> None:
        self.docker_host = docker_host
        self.world = f"world-{os.getpid()}-{next(_numbers)}"
        self.machines: Machines = self._new()

    def _new(self) -> DockerMachines:
        return DockerMachines(self.docker_host, world=self.world)

    async def engine(self, method: str, path: str, **options: Any) -> Any:
        """A call to the engine that goes past the code under test."""
        connector = aiohttp.UnixConnector(self.docker_host.removeprefix("unix://"))
        session = aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(total=30), raise_for_status=True)
        async with session, session.request(method, f"http://docker/v1.41/{path}", **options) as response:
            body = await response.read()
            return msgspec.json.decode(body) if body else None

    async def container(self, machine_id: str) -> dict[str, Any]:
        """What the engine says about a machine's container."""
        handle = (await self.machines.inspect(machine_id)).handle
        found: dict[str, Any] = await self.engine("GET", f"containers/{handle}/json")
        return found

    async def kill_outside(self, machine_id: str) -> None:
        handle = (await self.machines.inspect(machine_id)).handle
        await self.engine("POST", f"containers/{handle}/kill")

    async def reopen(self) -> Machines:
        await self.machines.close()
        self.machines = self._new()
        return self.machines

    async def close(self) -> None:
        await self.machines.retain_routers(frozenset())
        await self.machines.close()
        filters = msgspec.json.encode({"label": [f"dcsim.world={self.world}"]}).decode()
        for row in await self.engine("GET", "containers/json", params={"all": "1", "filters": filters}):
            await self.engine("DELETE", f"containers/{row['Id']}", params={"force": "1", "v": "1"})
        for row in await self.engine("GET", "networks", params={"filters": filters}):
            await self.engine("DELETE", f"networks/{row['Id']}")
        for row in (await self.engine("GET", "volumes", params={"filters": filters}))["Volumes"] or ():
            await self.engine("DELETE", f"volumes/{row['Name']}")


@dataclass
class Site:
    """Specifications for one test: a network, a volume, and machines on them."""

    world: str
    number: int

    @classmethod
    def of(cls, rig: Rig) -> Site:
        """A site whose addresses no other test of this run, or of a run beside it, uses."""
        return cls(rig.world, next(_numbers))

    def subnet(self, index: int = 0) -> str:
        """The first three octets of a network's range."""
        return f"10.{160 + os.getpid() % 90}.{(self.number * 4 + index) % 256}"

    def network(self, index: int = 0) -> NetworkSpec:
        """A segment."""
        cidr = f"{self.subnet(index)}.0/24"
        return NetworkSpec(id=f"net-{self.number}-{index}", name=f"segment {index}", cidr=cidr, world=self.world)

    def volume(self, index: int = 0) -> VolumeSpec:
        """A data disk's volume."""
        return VolumeSpec(id=f"vol-{self.number}-{index}", name=f"data {index}", size_bytes=64 * MIB, world=self.world)

    def nic(self, host: int = 10, index: int = 0) -> NicSpec:
        """A card with a fixed address."""
        return NicSpec(network=f"net-{self.number}-{index}", mac=f"00:50:56:00:{index:02x}:{host:02x}", ip=f"{self.subnet(index)}.{host}")

    def disk(self, index: int = 0, *, independent: bool = False) -> DiskSpec:
        """A data disk at /data<index>."""
        return DiskSpec(volume=f"vol-{self.number}-{index}", path=f"/data{index}", size_bytes=64 * MIB, independent=independent)

    def machine(self, name: str = "web", **changes: Any) -> MachineSpec:
        """A small machine with one card."""
        spec = MachineSpec(
            id=f"vm-{self.number}-{name}",
            name=f"{name}/1",
            image=TINY,
            cpus=2,
            memory_bytes=64 * MIB,
            world=self.world,
            hostname=name,
            nics=(self.nic(),),
            labels={"team": "shop"},
        )
        return msgspec.structs.replace(spec, **changes)


@asynccontextmanager
async def following(machines: Machines) -> AsyncIterator[asyncio.Queue[MachineEvent]]:
    """Collect a backend's events; the queue is live once the context is entered."""
    queue: asyncio.Queue[MachineEvent] = asyncio.Queue()

    async def pump() -> None:
        async for event in machines.events():
            queue.put_nowait(event)

    task = asyncio.create_task(pump())
    await asyncio.sleep(0.2)  # until the engine has taken the subscription
    try:
        yield queue
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def until(queue: asyncio.Queue[MachineEvent], machine_id: str, kind: str, seconds: float = 5.0) -> MachineEvent:
    """The next event of a kind about a machine."""
    async with asyncio.timeout(seconds):
        while True:
            event = await queue.get()
            if event.id == machine_id and event.kind == kind:
                return event


async def state(machines: Machines, machine_id: str) -> MachineState:
    """The machine's state now."""
    return (await machines.inspect(machine_id)).state
