"""The port on a Docker engine: each method is one line into the part that does it."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

from emulators.machines.docker import events, frames, inside
from emulators.machines.docker.client import EngineClient
from emulators.machines.docker.containers import Containers
from emulators.machines.docker.errands import Errands
from emulators.machines.docker.expectations import Expectations
from emulators.machines.docker.files import Files
from emulators.machines.docker.filters import Filters
from emulators.machines.docker.mounts import Mounts
from emulators.machines.docker.networks import Networks
from emulators.machines.docker.nics import Nics
from emulators.machines.docker.observe import BACKEND
from emulators.machines.docker.programs import Programs
from emulators.machines.docker.registry import Registry
from emulators.machines.docker.routers import Routers
from emulators.machines.docker.snapshots import Snapshots
from emulators.machines.docker.stats import StatsStreams
from emulators.machines.docker.uptimes import Uptimes
from emulators.machines.docker.volumes import Volumes
from emulators.machines.images.tiny import TinyImage
from emulators.machines.port import (
    BackendInfo,
    CardFilter,
    DiskSpec,
    ExecResult,
    MachineEvent,
    MachineSpec,
    MachineState,
    NetworkSpec,
    NicSpec,
    Observed,
    Stats,
    VolumeSpec,
)
from emulators.machines.routing import Road, RouterSpec


class DockerMachines:
    """The machines of one world as containers of one engine; see :class:`emulators.machines.port.Machines` for every method.

    ``docker_host`` is what ``DOCKER_HOST`` would say; ``max_in_flight`` bounds how much the engine is asked to do at once.
    """

    def __init__(self, docker_host: str, *, world: str, max_in_flight: int = 8) -> None:
        engine = EngineClient(docker_host, max_in_flight=max_in_flight)
        tiny = TinyImage(engine)
        errands = Errands(engine, tiny, world)
        self.world = world
        self._engine = engine
        self._expectations = Expectations()
        self._registry = Registry(engine, world)
        self._networks = Networks(engine, world)
        self._volumes = Volumes(engine, errands, world)
        self._nics = Nics(engine, self._networks, errands)
        self._containers = Containers(engine, self._registry, self._networks, self._nics, self._expectations, tiny)
        self._filters = Filters(engine.endpoint)
        self._routers = Routers(engine.endpoint, self._networks, world)
        self._mounts = Mounts(engine, world)
        self._snapshots = Snapshots(engine, self._registry, self._containers, self._volumes, self._mounts)
        self._programs = Programs(engine, self._registry)
        self._files = Files(engine, self._registry)
        self._stats = StatsStreams(engine, self._registry)
        self._uptimes = Uptimes(engine.endpoint)

    async def probe(self) -> BackendInfo:
        """Which engine answers."""
        info: dict[str, Any] = (await self._engine.get("info", doing="describe itself")).decode()
        return BackendInfo(
            kind=BACKEND,
            version=info["ServerVersion"],
            endpoint=self._engine.endpoint.docker_host,
            cpus=info["NCPU"],
            memory_bytes=info["MemTotal"],
            note=f"{info['Driver']}, cgroup v{info.get('CgroupVersion', '1')}",
        )

    async def close(self) -> None:
        """Close streams and connections; containers keep running."""
        await self._stats.close()
        await self._uptimes.close()
        await self._engine.close()

    async def ensure_network(self, spec: NetworkSpec) -> None:
        """A bridge network of its own."""
        await self._networks.ensure(spec)

    async def remove_network(self, network_id: str) -> None:
        """Remove the bridge network."""
        await self._networks.remove(network_id)

    async def ensure_volume(self, spec: VolumeSpec) -> None:
        """A named volume."""
        await self._volumes.ensure(spec)

    async def remove_volume(self, volume_id: str) -> None:
        """Remove the named volume."""
        await self._volumes.remove(volume_id)

    async def copy_volume(self, source_id: str, target: VolumeSpec) -> None:
        """From named volume to named volume, by a helper container."""
        await self._volumes.fill(source_id, target)

    async def create(self, spec: MachineSpec) -> Observed:
        """Create or adopt the container."""
        return await self._containers.create(spec)

    async def adopt(self, spec: MachineSpec, state: MachineState) -> Observed:
        """What is there: a container's state is read, never remembered against it."""
        return await self._containers.inspect(spec.id)

    async def start(self, machine_id: str) -> Observed:
        """Start the container."""
        return await self._containers.start(machine_id)

    async def stop(self, machine_id: str, grace_seconds: float = 10.0) -> None:
        """Stop the container."""
        await self._containers.stop(machine_id, grace_seconds)

    async def kill(self, machine_id: str) -> None:
        """Kill the container."""
        await self._containers.kill(machine_id)

    async def pause(self, machine_id: str) -> None:
        """Freeze the container."""
        await self._containers.pause(machine_id)

    async def resume(self, machine_id: str) -> None:
        """Thaw the container."""
        await self._containers.resume(machine_id)

    async def reset(self, machine_id: str) -> Observed:
        """Kill and start the container."""
        return await self._containers.reset(machine_id)

    async def delete(self, machine_id: str) -> None:
        """Remove the container."""
        await self._containers.delete(machine_id)

    async def resize(self, machine_id: str, cpus: int, memory_bytes: int) -> None:
        """Update the container's limits."""
        await self._containers.resize(machine_id, cpus, memory_bytes)

    async def connect(self, machine_id: str, nic: NicSpec) -> None:
        """Connect the container to a network, with the card's own MAC."""
        info = await self._containers.info(machine_id)
        async with self._routers.out_of_the_way(info):
            await self._nics.plug(info, nic)
        await self._nics.settle(await self._containers.info(machine_id))

    async def disconnect(self, machine_id: str, network_id: str) -> None:
        """Disconnect the container from a network."""
        await self._nics.unplug(await self._containers.info(machine_id), network_id)

    async def set_disks(self, machine_id: str, disks: tuple[DiskSpec, ...]) -> bool:
        """In the container's mount namespace."""
        return await self._mounts.set(await self._containers.info(machine_id), disks)

    async def filter(self, machine_id: str, cards: tuple[CardFilter, ...]) -> bool:
        """Filter in the container's network namespace."""
        return await self._filters.set(await self._containers.info(machine_id), cards)

    async def ensure_router(self, spec: RouterSpec) -> bool:
        """A network namespace with a cable to each bridge."""
        return await self._routers.ensure(spec)

    async def retain_routers(self, ids: frozenset[str]) -> None:
        """Remove the other namespaces."""
        await self._routers.retain(ids)

    async def set_roads(self, machine_id: str, roads: tuple[Road, ...]) -> bool:
        """Routes in the container's network namespace."""
        return await self._routers.lead(await self._containers.info(machine_id), roads)

    async def listen(self, machine_id: str, address: str, port: int) -> socket.socket | None:
        """In the container's network namespace."""
        return await inside.listen(self._engine.endpoint, await self._containers.info(machine_id), address, port)

    async def show(self, machine_id: str, path: str, data: bytes) -> bool:
        """In the container's mount namespace."""
        return await inside.show(self._engine.endpoint, await self._containers.info(machine_id), path, data)

    async def count_uptime(self, machine_id: str) -> bool:
        """In a file that the container sees in its kernel's place."""
        return await self._uptimes.count(await self._containers.info(machine_id))

    async def snapshot(self, machine_id: str, snapshot_id: str, *, disks: bool = True) -> str:
        """Commit the container, copy its volumes."""
        return await self._snapshots.take(machine_id, snapshot_id, disks=disks)

    async def revert(self, ref: str, spec: MachineSpec) -> Observed:
        """Recreate the container from the commit, volumes put back."""
        return await self._snapshots.revert(ref, spec)

    async def delete_snapshot(self, ref: str) -> None:
        """Remove the commit and its volumes."""
        await self._snapshots.delete(ref)

    async def clone(self, source_id: str, spec: MachineSpec) -> Observed:
        """A container of the source's commit and copied volumes."""
        return await self._snapshots.clone(source_id, spec)

    async def exec(
        self, machine_id: str, argv: tuple[str, ...], *, timeout_seconds: float = 60.0, user: str = "", stdin: bytes = b""
    ) -> ExecResult:
        """Run a program in the container."""
        return await self._programs.run(machine_id, argv, timeout_seconds, user, stdin)

    async def put_file(self, machine_id: str, path: str, data: bytes, mode: int = 0o644) -> None:
        """Write a file into the container."""
        await self._files.put(machine_id, path, data, mode)

    async def get_file(self, machine_id: str, path: str) -> bytes:
        """Read a file of the container."""
        return await self._files.get(machine_id, path)

    async def logs(self, machine_id: str, tail: int = 100) -> str:
        """The container's output."""
        entry = await self._registry.get(machine_id)
        params = {"stdout": "1", "stderr": "1", "tail": str(tail)}
        reply = await self._engine.get(f"containers/{entry.container}/logs", doing=f"read the console of {machine_id}", params=params)
        return frames.text_of(reply.body)

    async def stats(self, machine_id: str) -> Stats:
        """The container's counters."""
        return await self._stats.read(machine_id)

    def events(self, since: datetime | None = None) -> AsyncIterator[MachineEvent]:
        """The engine's events about this world's containers."""
        return events.follow(self._engine, self._expectations, self.world, since)

    async def list(self, world: str) -> list[Observed]:
        """The containers that carry the world's label."""
        return await self._containers.list(world)

    async def inspect(self, machine_id: str) -> Observed:
        """The container as it is."""
        return await self._containers.inspect(machine_id)
