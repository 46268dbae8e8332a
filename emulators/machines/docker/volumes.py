"""Data disks as named volumes, and copies of them."""

from __future__ import annotations

from emulators.machines.docker import naming
from emulators.machines.docker.client import EngineClient
from emulators.machines.docker.errands import Errands
from emulators.machines.port import VolumeSpec

NOT_FOUND = 404
COPY = "set -e; for to in /to/*; do rm -rf $to/* $to/.[!.]* $to/..?*; cp -a /from/${to##*/}/. $to/; done"


class Volumes:
    """The volumes of one world; their names follow from the disks' uids."""

    def __init__(self, engine: EngineClient, errands: Errands, world: str) -> None:
        self._engine = engine
        self._errands = errands
        self._world = world

    async def ensure(self, spec: VolumeSpec) -> None:
        """Make the volume exist; the engine answers the existing one of that name."""
        labels = {naming.VOLUME: spec.id, naming.NAME: spec.name, "dcsim.size": str(spec.size_bytes)}
        await self.create(naming.volume_name(self._world, spec.id), labels)

    async def fill(self, source_id: str, target: VolumeSpec) -> None:
        """Make a volume with another's files, if that is there."""
        source = naming.volume_name(self._world, source_id)
        found = await self._engine.get(f"volumes/{source}", doing=f"find the volume {source}", accept={NOT_FOUND})
        if found.status != NOT_FOUND:
            await self.ensure(target)
            await self.copy([(source, naming.volume_name(self._world, target.id))])

    async def remove(self, volume_id: str) -> None:
        """Remove the volume and its data; one that is gone is fine."""
        await self.remove_named(naming.volume_name(self._world, volume_id))

    async def create(self, name: str, labels: dict[str, str]) -> None:
        """Make a volume of that Docker name exist."""
        body = {"Name": name, "Labels": {naming.WORLD: self._world, **labels}}
        await self._engine.work("POST", "volumes/create", doing=f"create the volume {name}", body=body)

    async def remove_named(self, name: str) -> None:
        """Remove a volume by its Docker name."""
        await self._engine.work("DELETE", f"volumes/{name}", doing=f"remove the volume {name}", accept={NOT_FOUND})

    async def labelled(self, label: str) -> list[str]:
        """The Docker names of this world's volumes with a label."""
        params = naming.label_filter(f"{naming.WORLD}={self._world}", label)
        rows = (await self._engine.get("volumes", doing="list the volumes", params=params)).decode()["Volumes"]
        return [str(row["Name"]) for row in rows or ()]

    async def copy(self, pairs: list[tuple[str, str]]) -> None:
        """Make each second volume of ``pairs`` equal to the first, all in one helper container."""
        if not pairs:
            return
        binds = [f"{source}:/from/{number}:ro" for number, (source, _) in enumerate(pairs)]
        binds += [f"{target}:/to/{number}" for number, (_, target) in enumerate(pairs)]
        await self._errands.run(COPY, binds=binds, doing="copy the disks")
