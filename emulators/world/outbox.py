"""The journal as the bus wants it: committed events in their envelopes."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from itertools import islice

from dcsim.events import Envelope, raw_payload
from emulators.world.engine import Committed, World
from emulators.world.events import Record, StoredEvent, encode_event
from emulators.world.journal import StoredRecord

RECENT = 512
"""Events kept in memory for a relay that keeps up."""
AT_ONCE = 32
"""Of those, so many are put into envelopes without leaving the loop: a millisecond or two."""


class Outbox:
    """What has been committed, for the relay: the latest from memory, all before from the journal, off the event loop."""

    def __init__(self, world: World, *, source: str) -> None:
        self._world = world
        self._source = source
        self._recent: deque[Record] = deque(maxlen=RECENT)
        world.watch(self._note)

    def _note(self, committed: Committed) -> None:
        self._recent.extend(committed.records)

    async def read(self, after: int, limit: int, /) -> Sequence[Envelope]:
        """At most ``limit`` events after a sequence number, in order; raises JournalUnavailable."""
        if after >= self._world.sequence:
            return ()
        first = self._recent[0].sequence if self._recent else after + 2
        if first <= after + 1:
            place = after + 1 - first
            return [self.envelope(_stored(record)) for record in islice(self._recent, place, place + min(limit, AT_ONCE))]
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


def _stored(record: Record) -> StoredRecord:
    """A record as the journal would answer it."""
    event = StoredEvent.decode(encode_event(record.event))
    return StoredRecord(record.sequence, record.time, record.simulated, record.command, record.actor, event)
