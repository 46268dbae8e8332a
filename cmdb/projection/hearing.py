"""One batch: events that were heard, taken into the projector's state and into one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec

from cmdb.history import Cause
from cmdb.model import Cursor, Processed, Tombstone
from cmdb.projection.declare import ENGINE, PROJECTIONS
from cmdb.projection.mirror import UNKNOWN, EntityChange, EntityChanges, Known, Outdated, created, ended, updated
from cmdb.projection.overlay import Overlay
from cmdb.projection.projector import Projector
from cmdb.stores.port import GraphStore
from dcsim.bus import Unprocessable
from dcsim.events import Envelope

HEARD = "engine"
"""The cursor of the last event that was heard; its epoch is the engine's journal."""
SNAPSHOT = "engine-snapshot"
"""The cursor of the snapshot that the graph was filled from, if any: events before it are in the graph."""


def epoch_of(event: Envelope) -> str:
    """The journal that an event is from."""
    return event.source.rpartition("/")[2]


def processed_id(event: Envelope) -> str:
    """Under which an event is remembered: two journals of the same seed have the same ids of events."""
    return f"{epoch_of(event)}/{event.id}"


def cause_of(event: Envelope) -> Cause:
    """Why the graph changes because of an event."""
    return Cause(at=event.time, actor=event.actor, source=ENGINE, event_id=event.id, sequence=event.sequence)


def buried(epoch: str) -> str:
    """The source under whose name the tombstones of a journal's entities are kept: its sequence numbers are its own."""
    return f"{ENGINE}/{epoch}"


def read_changes(event: Envelope) -> list[EntityChange]:
    """The changes in an event that are of kinds that are projected.  Raises Unprocessable when it is not what an engine sends."""
    try:
        changes = event.payload(EntityChanges).changes
    except msgspec.ValidationError as error:
        raise Unprocessable(f"its data are not changes of entities: {error}") from error
    return [change for change in changes if change.kind in PROJECTIONS]


class Hearing:
    """Takes events into one overlay.  An event that is nonsense is refused before anything is touched."""

    def __init__(self, store: GraphStore, projector: Projector, overlay: Overlay) -> None:
        self._store = store
        self._projector = projector
        self._overlay = overlay
        self._buried = ""
        self._ends: dict[str, int] = {}
        self._highest = Cursor("", 0)

    async def prepare(self, events: Sequence[Envelope]) -> None:
        """Read what the events, all of one journal, will ask of the store, at once."""
        if not events:
            return
        self._buried = buried(epoch_of(events[0]))
        changes = [(change, event.sequence) for event in events for change in _readable(event)]
        known = {change.uid: self._projector.mirror.known(change.uid) for change, _ in changes}
        unborn = sorted(uid for uid, one in known.items() if one is None or not one.born)
        found = await self._store.tombstones(self._buried, unborn) if unborn else {}
        self._ends |= {uid: tombstone.sequence for uid, tombstone in found.items()}
        await self._overlay.load(self._projector.foreseen({**known, **_beginnings(changes)}))

    async def take(self, event: Envelope) -> None:
        """Take one event in.  Raises Unprocessable, and then nothing has changed."""
        news, ends = self._news(read_changes(event), event.sequence)
        for uid in news:
            self._note_end(uid, news[uid], ends.get(uid), event.time)
        if news:
            await self._projector.changed(self._overlay, news, cause_of(event))
        self._overlay.processed.append(Processed(processed_id(event), event.sequence))
        if event.sequence > self._highest.sequence:
            self._highest = Cursor(epoch_of(event), event.sequence)

    def reached(self, before: Cursor | None) -> Cursor | None:
        """How far has been heard after this batch."""
        if not self._highest.epoch or (before and before.epoch == self._highest.epoch and before.sequence > self._highest.sequence):
            return before
        return self._highest

    def _news(self, changes: Sequence[EntityChange], sequence: int) -> tuple[dict[str, Known | None], dict[str, int]]:
        """What is known after the changes of those entities that they change, and the ends of those that are gone."""
        news: dict[str, Known | None] = {}
        ends: dict[str, int] = {}
        for change in changes:
            known = news.get(change.uid) if change.uid in news else self._projector.mirror.known(change.uid)
            try:
                after = self._after(known or UNKNOWN, change, sequence)
            except Outdated:
                continue
            except (msgspec.ValidationError, TypeError, KeyError) as error:
                raise Unprocessable(f"{change.op} of {change.kind} {change.uid} makes no sense: {error}") from error
            news[change.uid] = after
            if change.op == "deleted":
                ends[change.uid] = sequence
            elif after is not None and after.born == sequence:
                ends.pop(change.uid, None)
        return news, ends

    def _after(self, known: Known, change: EntityChange, sequence: int) -> Known | None:
        if sequence <= self._ends.get(change.uid, 0):
            raise Outdated
        match change.op:
            case "created":
                return created(known, change, sequence)
            case "updated":
                return updated(known, change, sequence)
            case "deleted" if known.born > sequence:
                raise Outdated
            case "deleted":
                return ended(known, sequence)
            case other:
                raise Unprocessable(f"there is no change {other!r}")

    def _note_end(self, uid: str, known: Known | None, end: int | None, at: datetime) -> None:
        if end is not None:
            self._ends[uid] = end
            self._overlay.tombstones[uid] = Tombstone(self._buried, uid, end, at)
            self._overlay.revived.discard((self._buried, uid))
        elif uid in self._ends and known is not None and known.born > self._ends[uid]:
            del self._ends[uid]
            self._overlay.tombstones.pop(uid, None)
            self._overlay.revived.add((self._buried, uid))


def _beginnings(changes: Iterable[tuple[EntityChange, int]]) -> dict[str, Known]:
    """What is known of the entities that are created, by their creation alone."""
    found: dict[str, Known] = {}
    for change, sequence in changes:
        if change.op == "created":
            try:
                found[change.uid] = created(UNKNOWN, change, sequence)
            except (msgspec.ValidationError, TypeError, KeyError, Outdated):
                continue  # said by `take`
    return found


def _readable(event: Envelope) -> list[EntityChange]:
    try:
        return read_changes(event)
    except Unprocessable:
        return []  # said again, and loudly, by `take`
