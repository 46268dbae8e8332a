"""State after an event.  Pure but for the state it is given; the same for live events, replay and undo."""

from __future__ import annotations

import msgspec

from emulators.world.events import Change, Created, Deleted, StoredEvent, Updated, changed_fields
from emulators.world.model.base import decode_entity
from emulators.world.state import WorldState


def apply_stored(state: WorldState, event: StoredEvent) -> tuple[Change, ...]:
    """Apply an event read from the journal; answers its changes as live ones."""
    changes: list[Change] = []
    for stored in event.changes:
        change: Change
        if stored.op == "created":
            change = Created(decode_entity(stored.kind, stored.after))
        else:
            old = state.find(stored.uid)
            if old is None:
                raise KeyError(f"event {event.id} changes {stored.uid}, which is not there")
            change = Deleted(old)
            if stored.op == "updated":
                fields = changed_fields(stored)
                change = Updated(old, msgspec.structs.replace(old, **fields, version=stored.version), tuple(fields))
        state.apply(change)
        changes.append(change)
    return tuple(changes)
