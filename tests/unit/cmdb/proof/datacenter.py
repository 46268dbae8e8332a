"""A seeded world with its graph, in which anything can be proven as often as one likes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

import msgspec

from cmdb.projection.feed import Feed
from cmdb.proof import Proof, Trial, prove
from cmdb.stores.embedded import EmbeddedStore
from dcsim.bus import Bus
from dcsim.clock import SimulatedClock
from dcsim.events import Actor
from emulators.world import decisions  # noqa: F401 - importing registers what can be asked
from emulators.world.commands import Command
from emulators.world.engine import World
from emulators.world.inventory.seed import SeedWorld
from emulators.world.inventory.spec import Inventory, encode_inventory
from emulators.world.model import Entity
from emulators.world.outbox import Outbox
from emulators.world.trial import try_failures

E = TypeVar("E", bound=Entity)
ACTOR = Actor(principal="tester", api="test")


class Datacenter:
    """One world, its journal in a folder, and the CMDB's graph of it."""

    def __init__(self, folder: Path, inventory: Inventory, seed: int = 7) -> None:
        self._folder = folder
        self.world = World.open(folder / "journal.db", SimulatedClock(paused=True), synchronous="off")
        self.do(SeedWorld(inventory=encode_inventory(inventory), seed=seed))
        self.store = EmbeddedStore(folder / "cmdb.db")
        self._feed = Feed(self.store, Bus())
        self._heard = 0
        self._tried = 0

    def do(self, command: Command) -> None:
        """Ask the world."""
        self.world.execute_now(command, ACTOR)

    def all(self, cls: type[E]) -> list[E]:
        """Everything of a kind."""
        return self.world.state.all(cls)

    def named(self, cls: type[E], name: str) -> E:
        """The one thing of that name."""
        (found,) = [one for one in self.all(cls) if one.name == name]
        return found

    async def open(self) -> Datacenter:
        """With its graph filled."""
        await self.store.open()
        await self.flow()
        return self

    async def flow(self) -> None:
        """Bring what is new into the graph."""
        outbox = Outbox(self.world, source=f"/dcsim/{self.world.world_id}")
        events = [outbox.envelope(record) for record in self.world.journal.records(self._heard, 1_000_000)]
        assert await self._feed.take(events) == {}
        self._heard = self.world.sequence

    async def prove(self, failed: Sequence[Entity]) -> Proof:
        """Predict and prove that these fail together."""
        uids = [(await self.ci(one)) for one in failed]
        return await prove(self.store, self.trial, uids)

    async def ci(self, entity: Entity) -> str:
        """The uid of its CI."""
        for source in ("engine", "ucs", "vsphere", "openstack"):
            found = await self.store.bound(source, [entity.uid])
            if found:
                return found[entity.uid]
        raise AssertionError(entity)

    async def trial(self, uids: Sequence[str]) -> Trial:
        """As the engine answers it, on a copy of the journal."""
        self._tried += 1
        copy = self._folder / f"trial-{self._tried}.db"
        self.world.journal.copy_to(copy)
        done = try_failures(copy, self.world.world_id, uids)
        copy.unlink()
        return msgspec.json.decode(msgspec.json.encode(done), type=Trial)

    async def close(self) -> None:
        """Close everything."""
        await self.store.close()
        self.world.close()
