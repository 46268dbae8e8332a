"""What the handlers of the engine's REST API work with."""

from __future__ import annotations

from asyncio import Lock
from dataclasses import dataclass, field
from pathlib import Path

from dcsim.errors import NotFound
from emulators.conductor import Conductor
from emulators.world.checkpoints import Checkpoints
from emulators.world.engine import World
from emulators.world.model import World as WorldRecord


@dataclass(frozen=True, slots=True)
class EngineContext:
    """The world, its machines, its checkpoints, and the folder for worlds forked from it."""

    world: World
    conductor: Conductor
    checkpoints: Checkpoints
    forks: Path
    trying: Lock = field(default_factory=Lock)
    """Held by a trial: each has a world of its own in memory."""

    @property
    def record(self) -> WorldRecord:
        """The world's own record."""
        record = self.world.record
        if record is None:
            raise NotFound("The world is empty.")
        return record
