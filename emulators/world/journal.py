"""The journal: an append-only table of events and the latest state of every entity, in one SQLite file.

Each batch of commands is one transaction (group commit).  The file is in WAL mode; with ``synchronous=normal`` (the default) an
acknowledged command survives the death of the process, with ``full`` it survives a power cut too.  See docs/adr/0002-journal.md.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import msgspec

from dcsim.errors import JournalCorrupt, JournalUnavailable
from dcsim.events import Actor
from emulators.world.events import UNREADABLE, Created, Deleted, Event, Record, StoredEvent, Updated, encode_event
from emulators.world.model.base import Entity, decode_entity, encode_entity

SCHEMA_VERSION = 1
TIMEOUT_SECONDS = 5.0
"""How long to wait for another process that has the file locked."""
_SCHEMA = f"""
BEGIN;
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE events (
  sequence INTEGER PRIMARY KEY, time REAL NOT NULL, simulated REAL NOT NULL,
  type TEXT NOT NULL, subject TEXT NOT NULL, command TEXT NOT NULL, actor BLOB NOT NULL, data BLOB NOT NULL);
CREATE INDEX events_by_subject ON events (subject, sequence);
CREATE TABLE entities (uid TEXT PRIMARY KEY, number INTEGER NOT NULL, kind TEXT NOT NULL, data BLOB NOT NULL) WITHOUT ROWID;
INSERT INTO meta VALUES ('schema', '{SCHEMA_VERSION}');
COMMIT;
"""  # noqa: S608 - made of a constant
_PUT = """
INSERT INTO entities VALUES (?, ?, ?, ?)
ON CONFLICT (uid) DO UPDATE SET number = excluded.number, kind = excluded.kind, data = excluded.data
"""
_APPEND = "INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
_SELECT = "SELECT sequence, time, simulated, type, subject, command, actor, data FROM events"
_pack = msgspec.msgpack.Encoder().encode
_actor = msgspec.msgpack.Decoder(Actor).decode


Row = tuple[object, ...]


class StoredRecord(NamedTuple):
    """A row of the journal, read back."""

    sequence: int
    time: datetime
    simulated: datetime
    command: str
    actor: Actor
    event: StoredEvent


class Journal:
    """One open journal file.

    Written from one thread.  ``records`` and ``copy_to`` have connections of their own, so that they see only what is committed, and may
    run in other threads.
    """

    def __init__(self, path: Path, *, synchronous: str = "normal") -> None:
        """Open or make the file; raises JournalCorrupt or JournalUnavailable with a sentence that says what to do."""
        self.path = path
        self._reading = threading.Lock()
        self._reader: sqlite3.Connection | None = None
        with self._explained():
            _make_folder(path.parent)
            self._db = sqlite3.connect(path, timeout=TIMEOUT_SECONDS, isolation_level=None, check_same_thread=False)
        try:
            self._prepare(synchronous)
        except BaseException:
            self._db.close()
            raise

    def _prepare(self, synchronous: str) -> None:
        with self._explained():
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute(f"PRAGMA synchronous = {synchronous.upper()}")
            self._db.execute("PRAGMA wal_autocheckpoint = 4000")
            if not self._db.execute("SELECT 1 FROM sqlite_master WHERE name = 'meta'").fetchone():
                self._db.executescript(_SCHEMA)
        found = self.meta("schema")
        if found != str(SCHEMA_VERSION):
            raise JournalCorrupt(
                f"{self.path} has schema version {found}, this dc-sim reads {SCHEMA_VERSION}. "
                "Use the version that wrote it, or another --data-dir."
            )

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """SQLite's errors inside the block as ours."""
        try:
            yield
        except sqlite3.Error as error:
            raise self._explain(error) from error

    @contextmanager
    def _decoded(self) -> Iterator[None]:
        """The same, and what cannot be decoded as JournalCorrupt."""
        with self._explained():
            try:
                yield
            except UNREADABLE as error:
                raise JournalCorrupt(
                    f"The journal {self.path} holds something that cannot be read ({error}). "
                    "Put a checkpoint in its place, or move the file away to start a new world."
                ) from error

    def _explain(self, error: sqlite3.Error) -> JournalCorrupt | JournalUnavailable:
        text = str(error)
        if isinstance(error, sqlite3.ProgrammingError):
            return JournalUnavailable(f"The journal {self.path} is closed; start dc-sim again.")
        if isinstance(error, sqlite3.IntegrityError):
            return JournalUnavailable(f"Another process writes the journal {self.path}; end it, and start dc-sim again.")
        if isinstance(error, sqlite3.OperationalError) and not _is_damage(error):
            return JournalUnavailable(
                f"The journal {self.path} cannot be used ({text}). Free some disk space, check its permissions, "
                "and end whatever else has it open."
            )
        return JournalCorrupt(
            f"The journal {self.path} is damaged ({text}). Put a checkpoint in its place, or move the file away to start a new world."
        )

    # -- meta ------------------------------------------------------------------------------------------------------------------

    def meta(self, key: str) -> str | None:
        """A value kept beside the events, or None."""
        with self._explained():
            row = self._db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return row[0] if row else None

    def next_number(self) -> int:
        """The number that the next entity gets, as far as the journal knows; raises JournalCorrupt."""
        with self._decoded():
            return int(self.meta("next_number") or 1)

    def set_meta(self, key: str, value: str) -> None:
        """Keep a value beside the events."""
        with self._explained():
            self._db.execute("INSERT INTO meta VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value", (key, value))

    # -- writing ---------------------------------------------------------------------------------------------------------------

    def append(self, rows: Sequence[Row], events: Iterable[Event], next_number: int) -> None:
        """Write events (``row_of``) and the entities they leave, as one transaction; raises JournalUnavailable: nothing is written."""
        latest: dict[str, Entity | None] = {}
        for event in events:
            for change in event.changes:
                match change:
                    case Created(entity) | Updated(_, entity):
                        latest[entity.uid] = entity
                    case Deleted(entity):
                        latest[entity.uid] = None
        puts = [(e.uid, e.number, e.KIND, encode_entity(e)) for e in latest.values() if e is not None]
        gone = [(uid,) for uid, entity in latest.items() if entity is None]
        with self._explained(), self._transaction():
            self._db.executemany(_APPEND, rows)
            self._db.executemany(_PUT, puts)
            if gone:
                self._db.executemany("DELETE FROM entities WHERE uid = ?", gone)
            self.set_meta("next_number", str(next_number))

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._db.execute("COMMIT")
        except BaseException:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise

    # -- reading ---------------------------------------------------------------------------------------------------------------

    def entities(self) -> Iterator[Entity]:
        """The latest state of every entity, in order of creation; raises JournalCorrupt."""
        with self._decoded():
            for kind, data in self._db.execute("SELECT kind, data FROM entities ORDER BY number"):
                yield decode_entity(kind, data)

    def last(self) -> tuple[int, datetime | None]:
        """The sequence of the newest event and its simulated time; (0, None) in a new file."""
        with self._decoded():
            row = self._db.execute("SELECT sequence, simulated FROM events ORDER BY sequence DESC LIMIT 1").fetchone()
            return (row[0], datetime.fromtimestamp(row[1], UTC)) if row else (0, None)

    def records(self, after: int = 0, limit: int = 1000, subject: str = "") -> list[StoredRecord]:
        """Events after a sequence number, oldest first, of one subject when named; raises JournalCorrupt or JournalUnavailable."""
        where, values = "sequence > ?", [*([subject] if subject else []), after, limit]
        if subject:
            where = f"subject = ? AND {where}"
        with self._decoded(), self._reading:
            if self._reader is None:
                self._reader = sqlite3.connect(self.path, timeout=TIMEOUT_SECONDS, isolation_level=None, check_same_thread=False)
                self._reader.execute("PRAGMA query_only = 1")
            rows = self._reader.execute(f"{_SELECT} WHERE {where} ORDER BY sequence LIMIT ?", values).fetchall()
            return [_stored(row) for row in rows]

    # -- copies ----------------------------------------------------------------------------------------------------------------

    def copy_to(self, path: Path) -> None:
        """A consistent copy at one sequence number, while writing goes on; it is there whole or not at all."""
        _make_folder(path.parent)
        unfinished = path.with_name(f".{path.name}.unfinished")
        try:
            with self._explained(), closing(sqlite3.connect(self.path)) as source, closing(sqlite3.connect(unfinished)) as target:
                source.backup(target)
            unfinished.replace(path)
        finally:
            unfinished.unlink(missing_ok=True)

    def close(self) -> None:
        """Close the file."""
        with self._reading:
            if self._reader is not None:
                self._reader.close()
                self._reader = None
        self._db.close()


def _is_damage(error: sqlite3.OperationalError) -> bool:
    """Whether SQLite calls operational what only a damaged file brings about: text that is none, tables or columns that are not there."""
    return str(error).startswith("Could not decode") or getattr(error, "sqlite_errorname", "") in {"SQLITE_ERROR", "SQLITE_CORRUPT"}


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise JournalUnavailable(f"Cannot make {folder}: {error.strerror}. Choose another place with --data-dir.") from error


def row_of(record: Record) -> Row:
    """A record as the journal's table has it; raises TypeError, ValueError or OverflowError for what it cannot hold."""
    event = record.event
    return (
        record.sequence,
        record.time.timestamp(),
        record.simulated.timestamp(),
        event.type,
        event.subject,
        record.command,
        _pack(record.actor),
        encode_event(event),
    )


def _stored(row: tuple[int, float, float, str, str, str, bytes, bytes]) -> StoredRecord:
    sequence, time, simulated, _, _, command, actor, data = row
    return StoredRecord(
        sequence,
        datetime.fromtimestamp(time, UTC),
        datetime.fromtimestamp(simulated, UTC),
        command,
        _actor(actor),
        StoredEvent.decode(data),
    )
