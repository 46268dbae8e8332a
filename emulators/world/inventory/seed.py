"""The command that fills an empty world."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from dcsim.errors import InvalidArgument, InvalidState
from dcsim.ids import uid_for
from emulators.world.commands import Command, decides
from emulators.world.decide import Decision
from emulators.world.events import Created, declare
from emulators.world.inventory.realise import realise
from emulators.world.inventory.spec import decode_inventory
from emulators.world.model import Entity, World

CHUNK = 500
"""Entities per event: an event is one message on the bus."""
TIMINGS = frozenset({"instant", "demo", "realistic"})
INVENTORY_SEEDED = declare("dcsim.world.inventory.seeded", "Things of the inventory were put into the empty world")


class SeedWorld(Command, frozen=True, kw_only=True, tag="world.seed"):
    """Fill the empty world with an inventory (``encode_inventory``); its outcome is the world's uid.

    ``timing`` is instant, demo or realistic.  ``salt`` makes the world's own uid differ from that of another world of the same
    seed (its machines carry that uid as a label); ``wall`` is the wall's time, when the simulated one is another.
    """

    inventory: bytes
    seed: int
    timing: str = "instant"
    salt: str = ""
    wall: datetime | None = None


@decides(SeedWorld)
def seed_world(decision: Decision, command: SeedWorld) -> str:
    """Create the world's record and everything in it.  Refusals: InvalidState (not empty), InvalidArgument (inventory, timing)."""
    if len(decision.state):
        raise InvalidState("The world is not empty. Use another data directory, or remove this one.", existing="seeded", requested="empty")
    if command.timing not in TIMINGS:
        raise InvalidArgument(f"{command.timing!r} is not a timing: {', '.join(sorted(TIMINGS))}.", field="timing")
    record = _record(decision, command)
    entities = [record, *realise(decode_inventory(command.inventory), command.seed, decision.now)]
    for chunk in _chunks(entities, CHUNK):
        decision.emit(INVENTORY_SEEDED, record.uid, *map(Created, chunk), detail={"entities": str(len(chunk))})
    return record.uid


def _record(decision: Decision, command: SeedWorld) -> World:
    path = (command.salt,) if command.salt else ()
    return World(
        uid=uid_for(World.KIND, command.seed, *path),
        name="world",
        created=decision.now,
        seed=command.seed,
        timing=command.timing,
        clock_base=decision.now,
        clock_mark=command.wall or decision.now,
    )


def _chunks(items: Sequence[Entity], size: int) -> Iterator[Sequence[Entity]]:
    return (items[start : start + size] for start in range(0, len(items), size))
