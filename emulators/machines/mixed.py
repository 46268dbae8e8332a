"""Some machines in containers, the others simulated, behind the one port."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from datetime import datetime

from emulators.machines.policy import ContainerPolicy
from emulators.machines.port import (
    BackendInfo,
    CardFilter,
    DiskSpec,
    ExecResult,
    MachineEvent,
    Machines,
    MachineSpec,
    MachineState,
    NetworkSpec,
    NicSpec,
    Observed,
    Stats,
    VolumeSpec,
)
from emulators.machines.routing import Road, RouterSpec

BACKEND_LABEL = "dcsim.backend"
"""A label of the specification that settles the question: ``docker`` or ``simulated`` (what :class:`Observed` once answered)."""

SIMULATED_REF = "simulated:"


class MixedMachines:
    """Routes each machine to the backend that the policy chose for it, for life.

    The choice is made when a machine is created and is never made again while it exists. Across restarts it is found again: a machine with
    a container has one, and the world gives the remembered :attr:`Observed.backend` back as the label :data:`BACKEND_LABEL`. Networks and
    volumes become real when the first container needs them: a world may have thousands.
    """

    def __init__(self, *, containers: Machines, simulated: Machines, policy: ContainerPolicy, world: str) -> None:
        self._containers = containers
        self._simulated = simulated
        self._policy = policy
        self._world = world
        self._chosen: dict[str, Machines] = {}
        self._networks: dict[str, NetworkSpec] = {}
        self._volumes: dict[str, VolumeSpec] = {}
        self._counted = 0
        self._looked = False
        self._looking = asyncio.Lock()

    async def probe(self) -> BackendInfo:
        """The containers' engine, and that there is more."""
        info = await self._containers.probe()
        return BackendInfo(
            kind="mixed",
            version=info.version,
            endpoint=info.endpoint,
            cpus=info.cpus,
            memory_bytes=info.memory_bytes,
            note=f"{info.note}; machines without a container are simulated",
        )

    async def close(self) -> None:
        """Close both."""
        await self._containers.close()
        await self._simulated.close()

    async def ensure_network(self, spec: NetworkSpec) -> None:
        """At once on the simulated side, for containers when one needs it."""
        await self._simulated.ensure_network(spec)
        self._networks[spec.id] = spec

    async def remove_network(self, network_id: str) -> None:
        """On both sides."""
        await self._simulated.remove_network(network_id)
        await self._containers.remove_network(network_id)
        self._networks.pop(network_id, None)

    async def ensure_volume(self, spec: VolumeSpec) -> None:
        """At once on the simulated side, for containers when one needs it."""
        await self._simulated.ensure_volume(spec)
        self._volumes[spec.id] = spec

    async def remove_volume(self, volume_id: str) -> None:
        """On both sides."""
        await self._simulated.remove_volume(volume_id)
        await self._containers.remove_volume(volume_id)
        self._volumes.pop(volume_id, None)

    async def copy_volume(self, source_id: str, target: VolumeSpec) -> None:
        """On both sides: each has what its own machines wrote."""
        await self._simulated.copy_volume(source_id, target)
        await self._containers.copy_volume(source_id, target)

    async def create(self, spec: MachineSpec) -> Observed:
        """Where the policy says."""
        backend = await self._choose(spec)
        await self._prepare(backend, spec)
        return await backend.create(spec)

    async def adopt(self, spec: MachineSpec, state: MachineState) -> Observed:
        """Where the machine was before."""
        return await (await self._choose(spec)).adopt(spec, state)

    async def start(self, machine_id: str) -> Observed:
        """See the port."""
        return await (await self._of(machine_id)).start(machine_id)

    async def stop(self, machine_id: str, grace_seconds: float = 10.0) -> None:
        """See the port."""
        await (await self._of(machine_id)).stop(machine_id, grace_seconds)

    async def kill(self, machine_id: str) -> None:
        """See the port."""
        await (await self._of(machine_id)).kill(machine_id)

    async def pause(self, machine_id: str) -> None:
        """See the port."""
        await (await self._of(machine_id)).pause(machine_id)

    async def resume(self, machine_id: str) -> None:
        """See the port."""
        await (await self._of(machine_id)).resume(machine_id)

    async def reset(self, machine_id: str) -> Observed:
        """See the port."""
        return await (await self._of(machine_id)).reset(machine_id)

    async def delete(self, machine_id: str) -> None:
        """Delete the machine; a later one of the same id is a new decision."""
        backend = await self._of(machine_id)
        await backend.delete(machine_id)
        if self._chosen.pop(machine_id, None) is self._containers:
            self._counted -= 1

    async def resize(self, machine_id: str, cpus: int, memory_bytes: int) -> None:
        """See the port."""
        await (await self._of(machine_id)).resize(machine_id, cpus, memory_bytes)

    async def connect(self, machine_id: str, nic: NicSpec) -> None:
        """See the port."""
        backend = await self._of(machine_id)
        if backend is self._containers:
            await self._realise_network(nic.network)
        await backend.connect(machine_id, nic)

    async def disconnect(self, machine_id: str, network_id: str) -> None:
        """See the port."""
        await (await self._of(machine_id)).disconnect(machine_id, network_id)

    async def set_disks(self, machine_id: str, disks: tuple[DiskSpec, ...]) -> bool:
        """See the port."""
        backend = await self._of(machine_id)
        if backend is self._containers:
            await self._realise_volumes(disks)
        return await backend.set_disks(machine_id, disks)

    async def filter(self, machine_id: str, cards: tuple[CardFilter, ...]) -> bool:
        """See the port."""
        return await (await self._of(machine_id)).filter(machine_id, cards)

    async def ensure_router(self, spec: RouterSpec) -> bool:
        """On both sides; its networks become real, for it joins those of containers."""
        await self._simulated.ensure_router(spec)
        for card in spec.cards:
            await self._realise_network(card.network)
        return await self._containers.ensure_router(spec)

    async def retain_routers(self, ids: frozenset[str]) -> None:
        """On both sides."""
        await self._simulated.retain_routers(ids)
        await self._containers.retain_routers(ids)

    async def set_roads(self, machine_id: str, roads: tuple[Road, ...]) -> bool:
        """See the port."""
        return await (await self._of(machine_id)).set_roads(machine_id, roads)

    async def listen(self, machine_id: str, address: str, port: int) -> socket.socket | None:
        """See the port."""
        return await (await self._of(machine_id)).listen(machine_id, address, port)

    async def show(self, machine_id: str, path: str, data: bytes) -> bool:
        """See the port."""
        return await (await self._of(machine_id)).show(machine_id, path, data)

    async def count_uptime(self, machine_id: str) -> bool:
        """See the port."""
        return await (await self._of(machine_id)).count_uptime(machine_id)

    async def snapshot(self, machine_id: str, snapshot_id: str, *, disks: bool = True) -> str:
        """See the port."""
        return await (await self._of(machine_id)).snapshot(machine_id, snapshot_id, disks=disks)

    async def revert(self, ref: str, spec: MachineSpec) -> Observed:
        """Where the snapshot is, which is where its machine is."""
        backend = self._keeper(ref)
        await self._prepare(backend, spec)
        return await backend.revert(ref, spec)

    async def delete_snapshot(self, ref: str) -> None:
        """Where the snapshot is."""
        await self._keeper(ref).delete_snapshot(ref)

    async def clone(self, source_id: str, spec: MachineSpec) -> Observed:
        """On the source's side, whatever the policy says: the disks are there."""
        backend = await self._of(source_id)
        self._settle(spec.id, backend)
        await self._prepare(backend, spec)
        return await backend.clone(source_id, spec)

    async def exec(
        self, machine_id: str, argv: tuple[str, ...], *, timeout_seconds: float = 60.0, user: str = "", stdin: bytes = b""
    ) -> ExecResult:
        """See the port."""
        backend = await self._of(machine_id)
        return await backend.exec(machine_id, argv, timeout_seconds=timeout_seconds, user=user, stdin=stdin)

    async def put_file(self, machine_id: str, path: str, data: bytes, mode: int = 0o644) -> None:
        """See the port."""
        await (await self._of(machine_id)).put_file(machine_id, path, data, mode)

    async def get_file(self, machine_id: str, path: str) -> bytes:
        """See the port."""
        return await (await self._of(machine_id)).get_file(machine_id, path)

    async def logs(self, machine_id: str, tail: int = 100) -> str:
        """See the port."""
        return await (await self._of(machine_id)).logs(machine_id, tail)

    async def stats(self, machine_id: str) -> Stats:
        """See the port."""
        return await (await self._of(machine_id)).stats(machine_id)

    async def events(self, since: datetime | None = None) -> AsyncIterator[MachineEvent]:
        """Both sides' events, each side's in order."""
        queue: asyncio.Queue[MachineEvent | BaseException] = asyncio.Queue()
        pumps = [asyncio.create_task(_pump(side.events(since), queue)) for side in (self._containers, self._simulated)]
        try:
            while True:
                item = await queue.get()
                if isinstance(item, BaseException):
                    raise item
                yield item
        finally:
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)

    async def list(self, world: str) -> list[Observed]:
        """Both sides' machines."""
        return [*await self._containers.list(world), *await self._simulated.list(world)]

    async def inspect(self, machine_id: str) -> Observed:
        """See the port."""
        return await (await self._of(machine_id)).inspect(machine_id)

    async def _choose(self, spec: MachineSpec) -> Machines:
        """The machine's backend: the one it has, the one remembered for it, or a new decision."""
        await self._look()
        if spec.id not in self._chosen:
            remembered = spec.labels.get(BACKEND_LABEL)
            real = self._policy.wants(spec, self._counted) if remembered is None else remembered != "simulated"
            self._settle(spec.id, self._containers if real else self._simulated)
        return self._chosen[spec.id]

    async def _of(self, machine_id: str) -> Machines:
        """An existing machine's backend; an unknown one is nobody's, and the simulated side says so without a round trip."""
        await self._look()
        return self._chosen.get(machine_id, self._simulated)

    async def _look(self) -> None:
        """Find the machines that have containers from before, once."""
        async with self._looking:
            if not self._looked:
                for machine in await self._containers.list(self._world):
                    self._settle(machine.id, self._containers)
                self._looked = True

    def _settle(self, machine_id: str, backend: Machines) -> None:
        if machine_id not in self._chosen:
            self._chosen[machine_id] = backend
            self._counted += backend is self._containers

    async def _prepare(self, backend: Machines, spec: MachineSpec) -> None:
        """Make real what a machine's container needs."""
        if backend is self._containers:
            for network in {nic.network for nic in spec.nics}:
                await self._realise_network(network)
            await self._realise_volumes(spec.disks)

    async def _realise_volumes(self, disks: tuple[DiskSpec, ...]) -> None:
        for volume in {disk.volume for disk in disks} & self._volumes.keys():
            await self._containers.ensure_volume(self._volumes[volume])

    async def _realise_network(self, network_id: str) -> None:
        if network_id in self._networks:
            await self._containers.ensure_network(self._networks[network_id])

    def _keeper(self, ref: str) -> Machines:
        return self._simulated if ref.startswith(SIMULATED_REF) else self._containers


async def _pump(events: AsyncIterator[MachineEvent], queue: asyncio.Queue[MachineEvent | BaseException]) -> None:
    """Move events into a queue; an error goes there too, so that whoever reads hears of it."""
    try:
        async for event in events:
            queue.put_nowait(event)
    except Exception as error:  # noqa: BLE001 - handed to the reader, who raises it
        queue.put_nowait(error)
