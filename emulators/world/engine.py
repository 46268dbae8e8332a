"""The running world: executes commands one after another, in batches that the journal commits together.

A batch is decided, journaled and only then seen by anyone: callers are answered and watchers told after the commit, and a batch
that cannot be written is undone.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import structlog

from dcsim.clock import SimulatedClock
from dcsim.events import Actor
from emulators.world.commands import Command, Outcome, Request
from emulators.world.decide import Context, decide
from emulators.world.decisions.clock import SetClock
from emulators.world.events import Event, Record
from emulators.world.journal import Journal, Row, row_of
from emulators.world.model import World as WorldRecord
from emulators.world.state import Key, WorldState, touched_keys

log = structlog.get_logger(__name__)
BATCH = 64


class Committed(NamedTuple):
    """What one batch did: its records, and the keys whose readers must look again."""

    records: tuple[Record, ...]
    touched: frozenset[Key]


Watcher = Callable[[Committed], None]


class _Pending(NamedTuple):
    request: Request
    future: asyncio.Future[Outcome]


class World:
    """The state, its journal and its clock; the only way to change anything is ``execute``."""

    def __init__(self, journal: Journal, clock: SimulatedClock) -> None:
        self.journal = journal
        self.clock = clock
        self.state = WorldState()
        self.sequence = 0
        self._pending: list[_Pending] = []
        self._watchers: list[Watcher] = []
        self._scheduled = False

    @classmethod
    def open(cls, path: Path, clock: SimulatedClock | None = None, *, synchronous: str = "normal") -> World:
        """A world from its journal; an empty journal gives an empty world (``SeedWorld`` fills it)."""
        world = cls(Journal(path, synchronous=synchronous), clock or SimulatedClock())
        try:
            world._load()
        except BaseException:
            world.journal.close()
            raise
        return world

    def _load(self) -> None:
        for entity in self.journal.entities():
            self.state.load(entity)
        self.state.next_number = max(self.state.next_number, self.journal.next_number())
        self.sequence, simulated = self.journal.last()
        self._restore_clock(simulated)

    @property
    def record(self) -> WorldRecord | None:
        """The world's own record; None while the world is empty."""
        worlds = self.state.all(WorldRecord)
        return worlds[0] if worlds else None

    @property
    def seed(self) -> int:
        """The seed that ids and jitter derive from."""
        return self.record.seed if self.record else 0

    @property
    def world_id(self) -> str:
        """The uid of this world, which labels its machines."""
        return self.record.uid if self.record else ""

    def watch(self, watcher: Watcher) -> Callable[[], None]:
        """Call ``watcher`` after every commit, on the loop's thread; the answer stops that.  Watchers must be quick."""
        self._watchers.append(watcher)
        return lambda: self._watchers.remove(watcher) if watcher in self._watchers else None

    async def execute(
        self, command: Command, actor: Actor, *, subject: str = "", expected_version: int | None = None, key: str = ""
    ) -> Outcome:
        """Decide a command and answer once it is durable; raises the DomainError that refuses it, or JournalUnavailable.

        ``expected_version`` is that of ``subject``; a command with a ``key`` that its principal has used before is not done again.
        """
        future: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._pending.append(_Pending(Request(command, actor, subject, expected_version, key), future))
        self._schedule()
        return await future

    def execute_now(self, command: Command, actor: Actor) -> Outcome:
        """The same without a loop, for set-up and tests: a batch of one."""
        decided = self._decide(Request(command, actor))
        self._commit([decided])
        return decided.outcome

    def close(self) -> None:
        """Finish what was asked for and close the journal."""
        while self._pending:
            self._finish_batch()
        self.journal.close()

    # -- batches ---------------------------------------------------------------------------------------------------------------

    def _schedule(self) -> None:
        if not self._scheduled:
            self._scheduled = True
            asyncio.get_running_loop().call_soon(self._drain)

    def _drain(self) -> None:
        self._scheduled = False
        try:
            self._finish_batch()
        finally:
            if self._pending:
                self._schedule()

    def _finish_batch(self) -> None:
        batch, self._pending = self._pending[:BATCH], self._pending[BATCH:]
        decided = [pair for pair in map(self._try, batch) if pair is not None]
        if decided:
            self._finish(decided)

    def _try(self, pending: _Pending) -> tuple[_Decided, _Pending] | None:
        try:
            return self._decide(pending.request), pending
        except Exception as error:  # noqa: BLE001 - whatever a decision raises is its caller's answer
            _answer(pending.future, error)
            return None

    def _finish(self, decided: list[tuple[_Decided, _Pending]]) -> None:
        try:
            committed = self._write([one for one, _ in decided])
        except Exception as refused:  # noqa: BLE001 - nothing happened, and every caller must hear why
            for _, pending in decided:
                _answer(pending.future, refused)
            return
        for one, pending in decided:
            _answer(pending.future, one.outcome)
        self._tell(committed)

    def _decide(self, request: Request) -> _Decided:
        simulated = self.clock.now()
        context = Context(self.seed, simulated, self.sequence + 1, request.actor)
        number = self.state.next_number
        events, result = decide(self.state, request, context)
        time, name = self.clock.wall(), type(request.command).__name__
        records = tuple(Record(self.sequence + place, time, simulated, request.actor, name, event) for place, event in enumerate(events, 1))
        self.sequence += len(records)
        try:
            rows = tuple(map(row_of, records))
        except BaseException:  # a value that the journal cannot hold, such as a number of more than 64 bits: only this command's trouble
            self._undo(records, number)
            raise
        return _Decided(records, rows, Outcome(self.sequence, result), number)

    def _commit(self, decided: list[_Decided]) -> None:
        self._tell(self._write(decided))

    def _write(self, decided: list[_Decided]) -> Committed:
        records = tuple(record for one in decided for record in one.records)
        if records:
            rows = [row for one in decided for row in one.rows]
            try:
                self.journal.append(rows, (record.event for record in records), self.state.next_number)
            except BaseException:
                self._undo(records, decided[0].number)
                raise
        return Committed(records, frozenset(_touched(record.event for record in records)))

    def _undo(self, records: tuple[Record, ...], number: int) -> None:
        for record in reversed(records):
            for change in reversed(record.event.changes):
                self.state.undo(change)
        self.sequence -= len(records)
        self.state.next_number = number

    def _tell(self, committed: Committed) -> None:
        if committed.records:
            for watcher in tuple(self._watchers):
                try:
                    watcher(committed)
                except Exception:  # the others must hear of it all the same
                    log.exception("watcher failed", sequence=committed.records[-1].sequence)

    # -- the clock -------------------------------------------------------------------------------------------------------------

    def _restore_clock(self, last: datetime | None) -> None:
        """Go on from the saved clock: a free-running one as if it had never stopped, any other from its last event."""
        record = self.record
        if record is None:
            return
        start = record.clock_base
        if record.clock_speed == 1.0 and not record.clock_paused:
            start += datetime.now(UTC) - record.clock_mark
        self.clock.set(max(start, last or start), speed=record.clock_speed, paused=record.clock_paused)

    def set_clock(self, actor: Actor, *, speed: float | None = None, paused: bool | None = None, step_seconds: float = 0.0) -> None:
        """Change the clock's pace, or step it forward, and keep that in the journal; raises InvalidArgument or JournalUnavailable.

        The clock stands still meanwhile, so that it goes on from exactly what the journal says.
        """
        clock, now = self.clock, self.clock.now()
        was = clock.speed, clock.paused
        to = was[0] if speed is None else speed, was[1] if paused is None else paused
        base = now + timedelta(seconds=step_seconds)
        clock.set(now, speed=was[0], paused=True)
        try:
            self.execute_now(SetClock(base=base, mark=clock.wall(), speed=to[0], paused=to[1]), actor)
        except BaseException:
            clock.set(now, speed=was[0], paused=was[1])
            raise
        clock.set(base, speed=to[0], paused=to[1])


class _Decided(NamedTuple):
    records: tuple[Record, ...]
    rows: tuple[Row, ...]
    outcome: Outcome
    number: int


def _answer(future: asyncio.Future[Outcome], answer: Outcome | BaseException) -> None:
    with contextlib.suppress(asyncio.InvalidStateError):  # the caller was cancelled; what it asked for has happened all the same
        if isinstance(answer, BaseException):
            future.set_exception(answer)
        else:
            future.set_result(answer)


def _touched(events: Iterable[Event]) -> Iterator[Key]:
    for event in events:
        for change in event.changes:
            yield from touched_keys(change)
