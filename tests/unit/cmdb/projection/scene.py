"""A world whose events are brought into a graph, and ways to look at that."""

from __future__ import annotations

import random
from collections.abc import Iterable
from pathlib import Path

from cmdb.model import Ci, HistoryRow, Relation
from cmdb.projection.feed import Feed
from cmdb.stores.embedded import EmbeddedStore
from cmdb.stores.port import GraphStore, HistoryQuery
from dcsim.bus import Bus
from dcsim.events import Envelope
from emulators.world.decisions.components import ClearFault, InjectFault, SetBladePower
from emulators.world.decisions.hardware import VmSettings
from emulators.world.decisions.power import PowerOff, PowerOn
from emulators.world.decisions.vms import CloneVm, DestroyVm, ReconfigureVm
from emulators.world.model import Blade, BladePower, Fault, PowerSupply
from emulators.world.outbox import Outbox
from tests.unit.world.lab import Lab

SOURCE = "/dcsim/world-1"


class Scene:
    """A lab, a store and a feed between them; nothing flows until it is said to."""

    def __init__(self, folder: Path, store: GraphStore | None = None) -> None:
        self.lab = Lab(folder / "world")
        self.store = store or EmbeddedStore(folder / "cmdb.db")
        self.feed = Feed(self.store, Bus())
        self._taken = 0

    async def open(self) -> None:
        """Open the store."""
        await self.store.open()

    async def close(self) -> None:
        """Close everything."""
        await self.store.close()
        self.lab.close()

    def events(self, after: int = 0) -> list[Envelope]:
        """What the engine has published after a sequence number."""
        outbox = Outbox(self.lab.world, source=SOURCE)
        return [outbox.envelope(record) for record in self.lab.events(after)]

    async def flow(self) -> None:
        """Bring everything that is new into the graph."""
        events = self.events(self._taken)
        assert await self.feed.take(events) == {}
        self._taken = events[-1].sequence if events else self._taken

    async def named(self, cls: str, name: str) -> Ci:
        """The one CI of a class (or below) and name."""
        (found,) = await self.store.find(cls, "name", name)
        return found

    async def relations(self, ci: Ci, verb: str = "") -> list[Relation]:
        """The relations out of a CI."""
        return await self.store.relations_of([ci.uid], "out", [verb] if verb else None)

    async def targets(self, ci: Ci, verb: str) -> list[str]:
        """The names of the CIs that a relation leads to."""
        uids = [relation.target for relation in await self.relations(ci, verb)]
        return sorted(found.name for found in (await self.store.nodes(uids)).values())

    async def history(self, ci: Ci) -> list[HistoryRow]:
        """What is kept about a CI."""
        return await self.store.history(HistoryQuery(uids=(ci.uid,)))


def story(lab: Lab) -> None:
    """A day in a small datacenter: power, faults, clones, a VM that goes, a blade that goes down and comes back."""
    web, spare = lab.vm("web"), lab.vm("spare")
    lab.run(PowerOff(vm=web.uid))
    lab.run(PowerOn(vm=web.uid))
    lab.run(PowerOn(vm=spare.uid))
    clone = lab.run(CloneVm(source=lab.vm("db").uid, settings=VmSettings(name="copy")))
    lab.run(ReconfigureVm(vm=lab.vm("db").uid, settings=VmSettings(name="database")))
    fault = lab.do(InjectFault(code="psu-failure", subject=lab.state.all(PowerSupply)[0].uid))
    assert lab.state.maybe(Fault, fault)
    blade = lab.state.get(Blade, lab.host("esx-2").blade)
    lab.do(SetBladePower(blade=blade.uid, power=BladePower.OFF))
    lab.do(ClearFault(fault=fault))
    lab.do(SetBladePower(blade=blade.uid, power=BladePower.ON))
    assert clone.completed
    lab.run(DestroyVm(vm=lab.vm("copy").uid))
    lab.do(SetBladePower(blade=lab.state.get(Blade, lab.host("esx-3").blade).uid, power=BladePower.OFF))


def redelivered(events: Iterable[Envelope], seed: int, window: int = 12) -> list[Envelope]:
    """The events as a bad bus delivers them: some twice, each up to *window* places from where it belongs."""
    chance = random.Random(seed)
    twice = [event for event in events for _ in range(1 + (chance.random() < 0.3))]
    places = {number: number + chance.random() * window for number in range(len(twice))}
    return [twice[number] for number in sorted(places, key=places.__getitem__)]
