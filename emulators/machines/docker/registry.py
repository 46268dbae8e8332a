"""Which container is which machine: a cache over labels, filled by one list at first use."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec

from dcsim.errors import MachineNotFound
from emulators.machines.docker import naming
from emulators.machines.docker.client import EngineClient

NOT_FOUND = 404


class Entry(msgspec.Struct, frozen=True):
    """A machine's container; ``derived`` when its image is a snapshot's or a clone's, which nobody else may be using."""

    container: str
    derived: bool = False


class Registry:
    """The containers of one world, by the VM's uid."""

    def __init__(self, engine: EngineClient, world: str) -> None:
        self._engine = engine
        self.world = world
        self._entries: dict[str, Entry] = {}
        self._primed = False
        self._swept = False
        self._priming = asyncio.Lock()

    async def find(self, machine_id: str) -> Entry | None:
        """The machine's container, or None; asks the engine only for machines that this process hasn't seen."""
        await self._prime()
        return self._entries.get(machine_id) or await self.refresh(machine_id)

    async def known(self, machine_id: str) -> Entry | None:
        """Like :meth:`find`, without asking the engine again for a machine that was not there at first use."""
        await self._prime()
        return self._entries.get(machine_id)

    async def get(self, machine_id: str) -> Entry:
        """The machine's container. Raises MachineNotFound."""
        entry = await self.find(machine_id)
        if entry is None:
            raise MachineNotFound(f"No container carries the label {naming.VM}={machine_id}; create the machine again.")
        return entry

    async def refresh(self, machine_id: str) -> Entry | None:
        """Ask the engine which container carries the machine's label."""
        self._entries.pop(machine_id, None)
        for row in await self._rows(f"{naming.VM}={machine_id}"):
            self._take(row)
        return self._entries.get(machine_id)

    async def everything(self) -> list[Entry]:
        """All containers of the world as the engine has them now."""
        rows = await self._rows(naming.VM)
        self._entries = {}
        for row in rows:
            self._take(row)
        self._primed = True
        return list(self._entries.values())

    def remember(self, machine_id: str, entry: Entry) -> None:
        """A container that was just made."""
        self._entries[machine_id] = entry

    def forget(self, machine_id: str) -> None:
        """A container that is gone."""
        self._entries.pop(machine_id, None)

    async def _prime(self) -> None:
        if self._primed:
            return
        await self.sweep()
        async with self._priming:
            if not self._primed:
                await self.everything()

    async def sweep(self) -> None:
        """Remove, once, the helpers that a killed process left behind: they hold volumes.  This process has none of its own yet."""
        async with self._priming:
            if not self._swept:
                for row in await self._rows(naming.HELPER):
                    path, params = f"containers/{row['Id']}", {"force": "1", "v": "1"}
                    await self._engine.work("DELETE", path, doing="remove a helper that was left behind", params=params, accept={NOT_FOUND})
                self._swept = True

    async def _rows(self, label: str) -> list[dict[str, Any]]:
        params = {"all": "1", **naming.label_filter(f"{naming.WORLD}={self.world}", label)}
        reply = await self._engine.get("containers/json", doing="list the machines", params=params)
        return list(reply.decode())

    def _take(self, row: dict[str, Any]) -> None:
        image = str(row["Image"])
        derived = image.startswith(("sha256:", naming.SNAPSHOT_REPOSITORY, naming.CLONE_REPOSITORY))
        self._entries[row["Labels"][naming.VM]] = Entry(row["Id"], derived)
