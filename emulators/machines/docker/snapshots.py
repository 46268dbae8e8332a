"""Disks at a moment: the container's own layer as an image, and copies of its volumes."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

from dcsim.errors import ImageNotFound, MachineError
from emulators.machines.docker import naming
from emulators.machines.docker.client import EngineClient
from emulators.machines.docker.containers import Containers
from emulators.machines.docker.mounts import Mounts
from emulators.machines.docker.observe import spec_of
from emulators.machines.docker.registry import Registry
from emulators.machines.docker.volumes import Volumes
from emulators.machines.port import DiskSpec, MachineSpec, MachineState, Observed

COMMIT_SECONDS = 600.0
NOT_FOUND = 404


class Snapshots:
    """Snapshot, revert and clone for one world."""

    def __init__(self, engine: EngineClient, registry: Registry, containers: Containers, volumes: Volumes, mounts: Mounts) -> None:
        self._engine = engine
        self._registry = registry
        self._containers = containers
        self._volumes = volumes
        self._mounts = mounts

    async def take(self, machine_id: str, snapshot_id: str, *, disks: bool) -> str:
        """Keep the disks, frozen together when the machine runs; answers the image that holds them.  No ``disks``: only its own."""
        world = self._registry.world
        ref = naming.snapshot_ref(world, machine_id, snapshot_id)
        pairs = [
            (naming.volume_name(world, disk.volume), naming.snapshot_volume_name(world, ref, disk.volume))
            for disk in (await self._disks(machine_id) if disks else ())
        ]
        for _, copy in pairs:
            await self._volumes.create(copy, {naming.SNAPSHOT: ref})
        async with self._frozen(machine_id):
            await self._commit(machine_id, ref)
            await self._volumes.copy(pairs)
        return ref

    async def revert(self, ref: str, spec: MachineSpec) -> Observed:
        """Make the container anew from the snapshot's image and put its volumes back."""
        await self._require(ref)
        await self._containers.delete(spec.id)
        world = self._registry.world
        kept = set(await self._volumes.labelled(f"{naming.SNAPSHOT}={ref}"))
        copies = [(naming.snapshot_volume_name(world, ref, disk.volume), naming.volume_name(world, disk.volume)) for disk in spec.disks]
        await self._volumes.copy([pair for pair in copies if pair[0] in kept])
        return await self._containers.create(spec, image=await self._own_name(ref, spec.id))

    async def _own_name(self, ref: str, machine_id: str) -> str:
        """Name the snapshot's image for the machine too: an image that only a stopped container uses goes with its last name."""
        image = naming.clone_ref(self._registry.world, machine_id)
        repository, _, tag = image.rpartition(":")
        await self._engine.work(
            "POST", f"images/{ref}/tag", doing=f"name the disk of {machine_id}", params={"repo": repository, "tag": tag}
        )
        return image

    async def delete(self, ref: str) -> None:
        """Drop the snapshot's name and volumes; layers that a machine stands on stay until that machine goes."""
        await self._engine.work("DELETE", f"images/{ref}", doing=f"delete the snapshot {ref}", params={"force": "1"}, accept={NOT_FOUND})
        for name in await self._volumes.labelled(f"{naming.SNAPSHOT}={ref}"):
            await self._volumes.remove_named(name)

    async def clone(self, source_id: str, spec: MachineSpec) -> Observed:
        """Copy the source's disks, matched by path, and make a machine of them."""
        world = self._registry.world
        image = naming.clone_ref(world, spec.id)
        sources = {disk.path: disk for disk in await self._disks(source_id)}
        pairs = [
            (naming.volume_name(world, sources[disk.path].volume), naming.volume_name(world, disk.volume))
            for disk in spec.disks
            if disk.path in sources
        ]
        async with self._frozen(source_id):
            await self._commit(source_id, image, owner=spec.id)
            await self._volumes.copy(pairs)
        return await self._containers.create(spec, image=image)

    async def _disks(self, machine_id: str) -> list[DiskSpec]:
        """The disks that snapshots cover."""
        info = await self._containers.info(machine_id)
        spec = spec_of(info.labels)
        return [disk for disk in self._mounts.disks_of(info, spec.disks if spec else ()) if not disk.independent]

    @contextlib.asynccontextmanager
    async def _frozen(self, machine_id: str) -> AsyncIterator[None]:
        """Keep a running machine from writing while its disks are copied; events of this are marked as our own."""
        if await self._containers.state(machine_id) != MachineState.RUNNING:
            yield
            return
        await self._containers.pause(machine_id)
        try:
            yield
        finally:
            await self._containers.resume(machine_id)

    async def _commit(self, machine_id: str, ref: str, owner: str | None = None) -> None:
        entry = await self._registry.get(machine_id)
        repository, _, tag = ref.rpartition(":")
        params = {"container": entry.container, "repo": repository, "tag": tag, "pause": "0"}
        params["changes"] = f'LABEL {naming.VM}="{owner or machine_id}"'
        await self._engine.work("POST", "commit", doing=f"keep the disk of {machine_id}", params=params, body={}, deadline=COMMIT_SECONDS)

    async def _require(self, ref: str) -> None:
        if not ref.startswith(f"{naming.SNAPSHOT_REPOSITORY}:"):
            raise MachineError(f"{ref!r} is not a snapshot's reference; use what snapshot() answered.")
        reply = await self._engine.get(f"images/{ref}/json", doing=f"find the snapshot {ref}", accept={NOT_FOUND})
        if reply.status == NOT_FOUND:
            raise ImageNotFound(f"The snapshot {ref} is gone from the Docker engine; delete it in the inventory too.")
