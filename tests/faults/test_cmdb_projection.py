"""The graph is the same whatever happens on the way to it: `kill -9` of the projector, a bus that is emptied, poison among the events.

The projector is a process of its own on a real Valkey; the events are those of a world's day.  40 random points, 100 with CI=true; 20 where
the graph is in a real Neo4j.  What it must be is said by an embedded store that has heard all in order.
"""

from __future__ import annotations

import asyncio
import os
import random
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from cmdb.projection.feed import Feed
from cmdb.projection.work import GROUP
from cmdb.stores.embedded import EmbeddedStore
from dcsim.bus import ENGINE, Bus, OutboxRelay, dead_letters
from dcsim.bus.streams import stream_keys
from dcsim.events import Envelope, raw_payload
from dcsim.valkey import PrivateValkey
from emulators.world.decisions.components import ClearFault, InjectFault
from emulators.world.model import PowerSupply
from emulators.world.outbox import Outbox
from tests.clients.harness import ROOT
from tests.contract.bus.harness import running
from tests.faults.graphs import Graph
from tests.graph_database import GraphDatabase
from tests.unit.cmdb.projection.scene import SOURCE, story
from tests.unit.world.lab import Lab

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
POINTS = 100 if os.environ.get("CI", "").lower() in {"1", "true"} else 40
NEO4J_POINTS = 20
AT_ONCE = 20
"""Points in one history; each history ends in a comparison."""


class Log:
    """An outbox that holds these events."""

    def __init__(self, events: Sequence[Envelope]) -> None:
        self.events = list(events)

    async def read(self, after: int, limit: int, /) -> Sequence[Envelope]:
        """What the relay asks for."""
        return [event for event in self.events if event.sequence > after][:limit]


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> list[Envelope]:
    """The events of a world's day, and of many hours of a feed that flickers."""
    lab = Lab(tmp_path_factory.mktemp("world"))
    story(lab)
    supply = lab.state.all(PowerSupply)[0].uid
    for _ in range(300):
        lab.do(ClearFault(fault=lab.do(InjectFault(code="psu-failure", subject=supply))))
    outbox = Outbox(lab.world, source=SOURCE)
    events = [outbox.envelope(record) for record in lab.events()]
    lab.close()
    return events


@pytest.fixture
async def valkey(tmp_path: Path) -> AsyncIterator[PrivateValkey]:
    """A server of the test's own."""
    server = PrivateValkey(tmp_path / "bus")
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
async def bus(valkey: PrivateValkey) -> AsyncIterator[Bus]:
    """A connection to it."""
    connected = await Bus.connect(valkey.url)
    yield connected
    await connected.close()


@contextmanager
def projector(url: str, graph: Graph) -> Iterator[subprocess.Popen[bytes]]:
    """A projector at work; killed at the end of the block."""
    process = subprocess.Popen([sys.executable, "-m", "tests.faults.projector", url, graph.place], cwd=ROOT)
    try:
        yield process
    finally:
        process.kill()
        process.wait(20)


@pytest.fixture(params=["embedded", pytest.param("neo4j", marks=pytest.mark.long)])
async def graph(request: pytest.FixtureRequest, tmp_path: Path) -> Graph:
    """An empty one of each kind."""
    if request.param == "embedded":
        return Graph(str(tmp_path / "cmdb.db"))
    server: GraphDatabase = request.getfixturevalue("neo4j")
    made = Graph(server.url, start_seconds=0.9)
    store = await made.opened()
    await store.clear()
    await store.close()
    return made


async def digest(graph: Graph) -> str:
    """The hash of a graph."""
    store = await graph.opened()
    found = await store.digest()
    await store.close()
    return found


async def calm(folder: Path, events: Sequence[Envelope]) -> str:
    """The hash of the graph that these events make when nothing happens."""
    store = EmbeddedStore(folder / "calm.db")
    await store.open()
    await Feed(store, Bus()).take(events)
    found = await store.digest()
    await store.close()
    return found


async def heard_all(bus: Bus, last: int) -> None:
    """Return when the bus has everything and the projector is done with it."""
    async with asyncio.timeout(60):
        while True:
            published = await bus.cursor(ENGINE)
            stats = [one for one in await bus.group_stats(stream_keys(ENGINE)) if one.group == GROUP]
            if (
                published
                and published[1] >= last
                and len(stats) == len(stream_keys(ENGINE))
                and not any(one.lag or one.pending for one in stats)
            ):
                return
            await asyncio.sleep(0.02)


@pytest.mark.parametrize(
    ("graph", "history"),
    [
        *(("embedded", history) for history in range(POINTS // AT_ONCE)),
        *(pytest.param("neo4j", history, marks=pytest.mark.long) for history in range(NEO4J_POINTS // AT_ONCE)),
    ],
    indirect=["graph"],
)
async def test_sigkill_at_any_point_leaves_the_same_graph(
    day: list[Envelope], bus: Bus, valkey: PrivateValkey, graph: Graph, tmp_path: Path, history: int
) -> None:
    chance, outbox = random.Random(history), Log([])
    relay = OutboxRelay(bus, outbox, epoch="world-1")
    cuts = sorted(chance.sample(range(1, len(day)), AT_ONCE - 1))
    async with running(relay):
        for start, end in zip([0, *cuts], [*cuts, len(day)], strict=True):
            with projector(valkey.url, graph):
                await asyncio.sleep(chance.random() * 0.3 + graph.start_seconds)  # some are killed before they have begun
                outbox.events += day[start:end]
                relay.notify()
                await asyncio.sleep(chance.random() * 0.1)
        with projector(valkey.url, graph):
            await heard_all(bus, day[-1].sequence)
    assert await digest(graph) == await calm(tmp_path, day)
    assert await dead_letters.count(bus, GROUP) == 0


async def test_a_bus_that_is_emptied_is_filled_again_and_the_graph_stays(
    day: list[Envelope], bus: Bus, valkey: PrivateValkey, graph: Graph, tmp_path: Path
) -> None:
    outbox = Log(day[: len(day) // 2])
    relay = OutboxRelay(bus, outbox, epoch="world-1")
    async with running(relay):
        with projector(valkey.url, graph):
            await heard_all(bus, outbox.events[-1].sequence)
            async with bus.speaking() as redis:
                await redis.flushall()
            outbox.events += day[len(day) // 2 :]
            relay.notify()
            await heard_all(bus, day[-1].sequence)
    assert await digest(graph) == await calm(tmp_path, day)


async def test_poison_is_parked_and_the_rest_makes_the_same_graph(
    day: list[Envelope], bus: Bus, valkey: PrivateValkey, graph: Graph, tmp_path: Path
) -> None:
    bad = raw_payload({"changes": [{"op": "updated", "kind": "vm", "uid": "vm-none", "version": "x"}]})
    last = day[-1]
    poison = Envelope(
        id="poison", source=SOURCE, type=last.type, subject=last.subject, time=last.time, simulated_time=last.simulated_time,
        sequence=last.sequence + 1, data=bad,
    )  # fmt: skip
    with projector(valkey.url, graph):
        async with running(OutboxRelay(bus, Log([*day, poison]), epoch="world-1")):
            await heard_all(bus, poison.sequence)
    assert await digest(graph) == await calm(tmp_path, day)
    (letter,) = await dead_letters.dead_letters(bus, GROUP)
    assert "not changes of entities" in letter.reason
