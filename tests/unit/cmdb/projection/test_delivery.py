"""However events are delivered, the graph is the same."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from cmdb.projection.declare import ENGINE
from cmdb.projection.feed import Feed
from cmdb.projection.hearing import buried
from cmdb.stores.embedded import EmbeddedStore
from cmdb.stores.port import HistoryQuery
from dcsim.bus import Bus
from dcsim.events import Envelope, raw_payload
from tests.unit.cmdb.projection.scene import Scene, redelivered, story


async def graph_of(path: Path, events: Sequence[Envelope], batch: int = 7) -> str:
    """The hash of the graph that these events make, in transactions of a few."""
    store = EmbeddedStore(path)
    await store.open()
    feed = Feed(store, Bus())
    for start in range(0, len(events), batch):
        await feed.take(events[start : start + batch])
    found = await store.digest()
    await store.close()
    return found


@pytest.fixture
async def day(scene: Scene) -> list[Envelope]:
    """The events of a day."""
    story(scene.lab)
    return scene.events()


async def test_how_many_come_at_once_makes_no_difference(day: list[Envelope], tmp_path: Path) -> None:
    found = {await graph_of(tmp_path / f"{size}.db", day, size) for size in (1, 5, 500)}
    assert len(found) == 1


@pytest.mark.parametrize("seed", range(8))
async def test_redelivery_and_reordering_make_no_difference(day: list[Envelope], tmp_path: Path, seed: int) -> None:
    expected = await graph_of(tmp_path / "calm.db", day)
    assert await graph_of(tmp_path / "wild.db", redelivered(day, seed, window=3 + 6 * seed)) == expected


async def test_backwards_makes_no_difference(day: list[Envelope], tmp_path: Path) -> None:
    assert await graph_of(tmp_path / "back.db", day[::-1], 3) == await graph_of(tmp_path / "calm.db", day)


async def test_replay_changes_nothing_and_raises_nobody_from_the_dead(scene: Scene, day: list[Envelope]) -> None:
    await scene.flow()
    before, rows = await scene.store.digest(), len(await scene.store.history(HistoryQuery()))
    await scene.feed.take(day)
    forgetful = [forgotten(event) for event in day]
    await scene.feed.take(forgetful)
    assert await scene.store.digest() == before
    assert len(await scene.store.history(HistoryQuery())) == rows
    gone = next(change["uid"] for event in day for change in changes(event) if change["op"] == "deleted" and change["kind"] == "vm")
    assert gone in await scene.store.tombstones(buried("world-1"), [gone])


def forgotten(event: Envelope) -> Envelope:
    """The same event under an id that has never been seen: only its content can tell that it is old."""
    return type(event)(**{**{name: getattr(event, name) for name in event.__struct_fields__}, "id": f"again-{event.id}"})


def changes(event: Envelope) -> list[dict]:
    """The changes in an event."""
    return event.payload(dict)["changes"]


async def test_a_restart_in_between_makes_no_difference(day: list[Envelope], tmp_path: Path) -> None:
    expected = await graph_of(tmp_path / "calm.db", day)
    found = [await graph_of(tmp_path / "restarted.db", day[start : start + 4]) for start in range(0, len(day), 4)]
    assert found[-1] == expected


async def test_nonsense_is_refused_by_itself(scene: Scene, day: list[Envelope]) -> None:
    bad = {
        "not changes": raw_payload({"changes": 7}),
        "another kind of value": raw_payload(
            {"changes": [{"op": "updated", "kind": "vm", "uid": scene.lab.vm().uid, "version": 99, "after": {"cpus": "many"}}]}
        ),
        "no such change": raw_payload({"changes": [{"op": "exploded", "kind": "vm", "uid": scene.lab.vm().uid, "version": 99}]}),
    }
    poison = [
        forgotten(type(day[0])(**{**fields(day[-1]), "id": name, "sequence": 10_000 + n, "data": data}))
        for n, (name, data) in enumerate(bad.items())
    ]
    refused = await scene.feed.take([*day[:10], *poison, *day[10:]])
    assert {name.removeprefix("again-") for name in refused} == set(bad)
    found = await scene.store.digest()
    other = EmbeddedStore(scene.lab.path.parent / "other.db")
    await other.open()
    await Feed(other, Bus()).take(day)
    assert found == await other.digest()
    await other.close()


def fields(event: Envelope) -> dict:
    """An envelope's fields."""
    return {name: getattr(event, name) for name in event.__struct_fields__}


async def test_claims_know_their_source(scene: Scene) -> None:
    await scene.flow()
    rack = [ci async for chunk in scene.store.scan(cls="Datacenter") for ci in chunk]
    assert [set(ci.sources) for ci in rack] == [{ENGINE}]
