"""Events from before a restart: the journal's newest records, with the entities as they were.

The journal keeps of an update only the fields that changed.  Going back from the present state and taking each change back gives the
entities of every record whole.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from emulators.vsphere.events.telling import TELLERS
from emulators.world.decisions.operations import TASK_COMPLETED
from emulators.world.engine import World
from emulators.world.events import Change, Created, Deleted, Event, Record, Updated, changed_fields
from emulators.world.inventory.seed import INVENTORY_SEEDED
from emulators.world.journal import StoredRecord
from emulators.world.model import Entity, decode_entity

DEPTH = 2_000
"""Records of the journal that are looked at."""


def recall(world: World, depth: int = DEPTH) -> list[Record]:
    """The newest records that vCenter has events for, oldest first, as they were when they were live."""
    rows = world.journal.records(max(world.sequence - depth, 0), depth)
    past = _Past(world)
    found: list[Record] = []
    for row in reversed(rows):
        if row.event.type == INVENTORY_SEEDED.name:
            break
        record = past.step_back(row)
        if row.event.type in TELLERS or row.event.type == TASK_COMPLETED.name:
            found.append(record)
    return found[::-1]


class _Past:
    """The world's entities as they were after a record, for ever older records."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._then: dict[str, Entity | None] = {}

    def step_back(self, row: StoredRecord) -> Record:
        """The record as it was live; afterwards this is the state before it."""
        changes = tuple(self._undo(row.event.changes))
        event = Event(row.event.id, row.event.type, row.event.subject, changes, row.event.cause, row.event.detail)
        return Record(row.sequence, row.time, row.simulated, row.actor, row.command, event)

    def _undo(self, stored: Iterable[Any]) -> list[Change]:
        changes: list[Change] = []
        for change in reversed(list(stored)):
            made = self._change(change)
            if made is None:
                continue
            changes.append(made)
            self._then[change.uid] = None if isinstance(made, Created) else made.old if isinstance(made, Updated) else made.entity
        return changes[::-1]

    def _change(self, stored: Any) -> Change | None:
        if stored.op == "created":
            return Created(decode_entity(stored.kind, stored.after))
        if stored.op == "deleted":
            return Deleted(decode_entity(stored.kind, stored.before))
        new = self._then[stored.uid] if stored.uid in self._then else self._world.state.find(stored.uid)
        if new is None:
            return None
        fields = changed_fields(msgspec.structs.replace(stored, after=stored.before))
        return Updated(msgspec.structs.replace(new, **fields, version=stored.version - 1), new, tuple(fields))
