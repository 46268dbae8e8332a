"""Redelivered, shuffled, replayed and poisoned events on a real Neo4j: the graph that the embedded store makes of them in order.

The same on the embedded store, with more shuffles, is in tests/unit/cmdb/projection/test_delivery.py.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import msgspec
import pytest

from cmdb.projection.feed import Feed
from cmdb.stores.embedded import EmbeddedStore
from cmdb.stores.neo4j import Neo4jStore, Server
from cmdb.stores.port import GraphStore, HistoryQuery
from dcsim.bus import Bus
from dcsim.events import Envelope, raw_payload
from tests.graph_database import GraphDatabase
from tests.unit.cmdb.projection.scene import SOURCE, Scene, redelivered, story

pytestmark = pytest.mark.slow
BATCH = 11


@pytest.fixture
async def store(neo4j: GraphDatabase) -> AsyncIterator[GraphStore]:
    """Neo4j, empty."""
    opened = Neo4jStore(Server(neo4j.url))
    await opened.open()
    await opened.clear()
    yield opened
    await opened.close()


@pytest.fixture
def day(tmp_path: Path) -> list[Envelope]:
    """The events of a world's day."""
    scene = Scene(tmp_path)
    story(scene.lab)
    events = scene.events()
    scene.lab.close()
    return events


@pytest.fixture
async def expected(day: list[Envelope], tmp_path: Path) -> str:
    """The hash that the embedded store has of it."""
    calm = EmbeddedStore(tmp_path / "calm.db")
    await calm.open()
    await Feed(calm, Bus()).take(day)
    found = await calm.digest()
    await calm.close()
    return found


async def brought(store: GraphStore, events: Sequence[Envelope]) -> set[str]:
    """Bring events into the graph, some at a time, as a projector that has just started; answers the ids of those that were refused."""
    feed = Feed(store, Bus())
    refused = [await feed.take(events[start : start + BATCH]) for start in range(0, len(events), BATCH)]
    return {one for several in refused for one in several}


@pytest.mark.parametrize("seed", [0, 1])
async def test_redelivery_and_reordering_make_no_difference(store: GraphStore, day: list[Envelope], expected: str, seed: int) -> None:
    assert await brought(store, redelivered(day, seed, window=20)) == set()
    assert await store.digest() == expected


async def test_replay_changes_nothing(store: GraphStore, day: list[Envelope], expected: str) -> None:
    await brought(store, day)
    rows = len(await store.history(HistoryQuery()))
    await brought(store, day)
    await brought(store, [msgspec.structs.replace(event, id=f"again-{event.id}") for event in day])
    assert await store.digest() == expected
    assert len(await store.history(HistoryQuery())) == rows


async def test_poison_is_refused_by_itself(store: GraphStore, day: list[Envelope], expected: str) -> None:
    poison = msgspec.structs.replace(day[-1], id="poison", source=SOURCE, sequence=10_000, data=raw_payload({"changes": 7}))
    assert await brought(store, [*day[:20], poison, *day[20:]]) == {"poison"}
    assert await store.digest() == expected
