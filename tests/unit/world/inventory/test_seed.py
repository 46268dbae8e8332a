"""SeedWorld: an empty world is filled once, whole, durably and in bounded events."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dcsim.clock import SimulatedClock
from dcsim.errors import InvalidArgument, InvalidState
from dcsim.events import Actor
from emulators.world.engine import World
from emulators.world.evolve import apply_stored
from emulators.world.inventory.generate import generate
from emulators.world.inventory.realise import realise
from emulators.world.inventory.seed import CHUNK, SeedWorld
from emulators.world.inventory.spec import Inventory, SiteSpec, VmSpec, encode_inventory
from emulators.world.state import WorldState

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ACTOR = Actor(principal="system", operation="SeedWorld")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    opened = World.open(tmp_path / "journal.db", SimulatedClock(start=NOW, paused=True))
    yield opened
    opened.close()


def seed(inventory: Inventory, **fields: str) -> SeedWorld:
    return SeedWorld(inventory=encode_inventory(inventory), seed=7, **fields)  # type: ignore[arg-type]


def test_an_empty_world_becomes_its_inventory(world: World) -> None:
    inventory = generate(7, "medium")
    outcome = world.execute_now(seed(inventory, timing="demo"), ACTOR)
    record, *entities = world.state
    assert outcome.result == record.uid == world.world_id
    assert world.record is not None
    assert (world.record.seed, world.record.timing, world.record.clock_base) == (7, "demo", NOW)
    assert entities == list(realise(inventory, 7, NOW))
    assert world.state.next_number == len(entities) + 1


def test_events_are_bounded(world: World) -> None:
    world.execute_now(seed(generate(7, "medium")), ACTOR)
    records = world.journal.records()
    assert {record.event.type for record in records} == {"dcsim.world.inventory.seeded"}
    assert max(len(record.event.changes) for record in records) == CHUNK
    assert sum(len(record.event.changes) for record in records) == len(world.state)


def test_it_survives_a_restart_and_replays_to_the_same(world: World, tmp_path: Path) -> None:
    world.execute_now(seed(generate(7)), ACTOR)
    before = list(world.state)
    again = World.open(tmp_path / "journal.db", SimulatedClock(start=NOW, paused=True))
    assert list(again.state) == before
    assert again.state.next_number == world.state.next_number
    replayed = WorldState()
    for record in again.journal.records():
        apply_stored(replayed, record.event)
    assert list(replayed) == before
    again.close()


def test_a_world_is_seeded_once(world: World) -> None:
    world.execute_now(seed(generate(7)), ACTOR)
    size = len(world.state)
    with pytest.raises(InvalidState, match="not empty"):
        world.execute_now(seed(generate(8)), ACTOR)
    assert len(world.state) == size


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (SeedWorld(inventory=b"junk", seed=7), "Not an inventory"),
        (seed(Inventory(sites=[SiteSpec(name="a")], vms=[VmSpec(name="v", cluster="x")])), "no cluster 'x'"),
        (seed(Inventory(), timing="slow"), "not a timing"),
    ],
)
def test_what_is_refused_leaves_the_world_empty(world: World, command: SeedWorld, message: str) -> None:
    with pytest.raises(InvalidArgument, match=message):
        world.execute_now(command, ACTOR)
    assert len(world.state) == 0
    assert world.journal.records() == []
    world.execute_now(seed(generate(7)), ACTOR)


def test_a_salt_gives_a_world_of_the_same_seed_another_name(tmp_path: Path) -> None:
    uids = set()
    for salt in ("", "a", "b"):
        opened = World.open(tmp_path / f"{salt}.db", SimulatedClock(start=NOW, paused=True))
        uids.add(opened.execute_now(seed(generate(7), salt=salt), ACTOR).result)
        opened.close()
    assert len(uids) == 3
