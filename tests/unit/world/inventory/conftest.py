"""Worlds made from inventories."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from emulators.world.inventory.realise import realise
from emulators.world.inventory.spec import Inventory
from emulators.world.model import World
from emulators.world.state import WorldState

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def world() -> Callable[[Inventory, int], WorldState]:
    """A function that makes the state of a world from an inventory and a seed."""

    def make(inventory: Inventory, seed: int = 7) -> WorldState:
        state = WorldState()
        state.load(World(uid="world-1", name="world", created=NOW, seed=seed, clock_base=NOW, clock_mark=NOW))
        for entity in realise(inventory, seed, NOW):
            state.load(entity)
        return state

    return make
