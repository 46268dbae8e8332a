"""The journal as the bus wants it: committed events in their envelopes."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from dcsim.events import Envelope, raw_payload
from emulators.world.engine import World
from emulators.world.journal import StoredRecord


class Outbox:
    """Reads committed events for the relay, off the event loop."""

    def __init__(self, world: World, *, source: str) -> None:
        self._world = world
        self._source = source

    async def read(self, after: int, limit: int, /) -> Sequence[Envelope]:
        """At most ``limit`` events after a sequence number, in order; raises JournalUnavailable."""
        if after >= self._world.sequence:
            return ()
        return await asyncio.to_thread(self._read, after, limit)

    def _read(self, after: int, limit: int) -> list[Envelope]:
        return [self.envelope(record) for record in self._world.journal.records(after, limit)]

    def envelope(self, record: StoredRecord) -> Envelope:
        """One event for the bus."""
        event = record.event
        versions = [change.version for change in event.changes if change.uid == event.subject]
        return Envelope(
            id=event.id,
            source=self._source,
            type=event.type,
            subject=event.subject,
            time=record.time,
            simulated_time=record.simulated,
            sequence=record.sequence,
            aggregate_sequence=versions[0] if versions else 0,
            actor=record.actor,
            causation_id=event.cause,
            traceparent=record.actor.traceparent,
            data=raw_payload(event.payload()),
        )
