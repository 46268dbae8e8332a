"""The journal: an append-only table of events and the latest state of every entity, in one SQLite file.

Each batch of commands is one transaction (group commit).  The file is in WAL mode; with ``synchronous=full`` (the default) an
acknowledged command survives a power cut, with ``normal`` it survives the death of the process.  See docs/adr/0002-journal.md.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import msgspec

from dcsim.errors import JournalCorrupt, JournalUnavailable
from dcsim.events import Actor
from emulators.world.events import Created, Deleted, Record, StoredEvent, Updated, encode_event
from emulators.world.model.base import Entity, decode_entity, encode_entity

SCHEMA_VERSION = 1
READ_TIMEOUT_SECONDS = 5.0
_SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE events (
  sequence INTEGER PRIMARY KEY, time REAL NOT NULL, simulated REAL NOT NULL,
  type TEXT NOT NULL, subject TEXT NOT NULL, command TEXT NOT NULL, actor BLOB NOT NULL, data BLOB NOT NULL);
CREATE INDEX events_by_subject ON events (subject, sequence);
CREATE TABLE entities (uid TEXT PRIMARY KEY, number INTEGER NOT NULL, kind TEXT NOT NULL, data BLOB NOT NULL) WITHOUT ROWID;
"""
_PUT = "INSERT INTO entities VALUES (?, ?, ?, ?) ON CONFLICT (uid) DO UPDATE SET data = excluded.data"
_APPEND = "INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
_SELECT = "SELECT sequence, time, simulated, type, subject, command, actor, data FROM events"
_pack = msgspec.msgpack.Encoder().encode
_actor = msgspec.msgpack.Decoder(Actor).decode


class StoredRecord(NamedTuple):
    """A row of the journal, read back."""

    sequence: int
    time: datetime
    simulated: datetime
    command: str
    actor: Actor
    event: StoredEvent


class Journal:
    """One open journal file.  Written from one thread; ``records`` and ``copy_to`` have connections of their own and may run in others."""

    def __init__(self, path: Path, *, synchronous: str = "full") -> None:
        """Open or make the file; raises JournalCorrupt or JournalUnavailable with a sentence that says what to do."""
        self.path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute(f"PRAGMA synchronous = {synchronous.upper()}")
            self._db.execute("PRAGMA wal_autocheckpoint = 4000")
            self._ensure_schema()
        except sqlite3.DatabaseError as error:
            raise self._explain(error) from error
        except OSError as error:
            raise JournalUnavailable(f"Cannot make {path.parent}: {error.strerror}. Choose another place with --data-dir.") from error

    def _ensure_schema(self) -> None:
        if not self._db.execute("SELECT 1 FROM sqlite_master WHERE name = 'meta'").fetchone():
            self._db.executescript(_SCHEMA)
            self.set_meta("schema", str(SCHEMA_VERSION))
        found = self.meta("schema")
        if found != str(SCHEMA_VERSION):
            raise JournalCorrupt(
                f"{self.path} has schema version {found}, this dc-sim reads {SCHEMA_VERSION}. "
                "Use the version that wrote it, or another --data-dir."
            )

    def _explain(self, error: sqlite3.Error) -> JournalCorrupt | JournalUnavailable:
        text = str(error)
        if isinstance(error, sqlite3.OperationalError):
            return JournalUnavailable(f"The journal {self.path} cannot be written ({text}). Free some disk space or check its permissions.")
        return JournalCorrupt(
            f"The journal {self.path} is damaged ({text}). Restore a checkpoint, or move the file away to start a new world."
        )

    # -- meta ------------------------------------------------------------------------------------------------------------------

    def meta(self, key: str) -> str | None:
        """A value kept beside the events, or None."""
        row = self._db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return row[0] if row else None

    def set_meta(self, key: str, value: str) -> None:
        """Keep a value beside the events."""
        self._db.execute("INSERT INTO meta VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value", (key, value))

    # -- writing ---------------------------------------------------------------------------------------------------------------

    def append(self, records: Iterable[Record], next_number: int) -> None:
        """Write records and the entities they leave, as one transaction; raises JournalUnavailable and then nothing is written."""
        rows: list[tuple[object, ...]] = []
        latest: dict[str, Entity | None] = {}
        for record in records:
            rows.append(_row(record))
            for change in record.event.changes:
                match change:
                    case Created(entity) | Updated(_, entity):
                        latest[entity.uid] = entity
                    case Deleted(entity):
                        latest[entity.uid] = None
        puts = [(e.uid, e.number, e.KIND, encode_entity(e)) for e in latest.values() if e is not None]
        gone = [(uid,) for uid, entity in latest.items() if entity is None]
        try:
            self._db.execute("BEGIN IMMEDIATE")
            self._db.executemany(_APPEND, rows)
            self._db.executemany(_PUT, puts)
            if gone:
                self._db.executemany("DELETE FROM entities WHERE uid = ?", gone)
            self.set_meta("next_number", str(next_number))
            self._db.execute("COMMIT")
        except sqlite3.Error as error:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise self._explain(error) from error

    # -- reading ---------------------------------------------------------------------------------------------------------------

    def entities(self) -> Iterator[Entity]:
        """The latest state of every entity, in order of creation."""
        try:
            for kind, data in self._db.execute("SELECT kind, data FROM entities ORDER BY number"):
                yield decode_entity(kind, data)
        except sqlite3.DatabaseError as error:
            raise self._explain(error) from error
        except (msgspec.DecodeError, msgspec.ValidationError, KeyError) as error:
            raise JournalCorrupt(f"The journal {self.path} holds an entity that cannot be read ({error}). Restore a checkpoint.") from error

    def last(self) -> tuple[int, datetime | None]:
        """The sequence of the newest event and its simulated time; (0, None) in a new file."""
        row = self._db.execute("SELECT sequence, simulated FROM events ORDER BY sequence DESC LIMIT 1").fetchone()
        return (row[0], datetime.fromtimestamp(row[1], UTC)) if row else (0, None)

    def records(self, after: int = 0, limit: int = 1000, subject: str = "") -> list[StoredRecord]:
        """Events after a sequence number, oldest first, of one subject when named."""
        where, values = "sequence > ?", [*([subject] if subject else []), after, limit]
        if subject:
            where = f"subject = ? AND {where}"
        rows = self._db.execute(f"{_SELECT} WHERE {where} ORDER BY sequence LIMIT ?", values)
        return [_stored(row) for row in rows]

    # -- copies ----------------------------------------------------------------------------------------------------------------

    def copy_to(self, path: Path) -> None:
        """A consistent copy at one sequence number, while writing goes on."""
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with closing(sqlite3.connect(self.path)) as source, closing(sqlite3.connect(path)) as target:
                source.backup(target)
        except sqlite3.Error as error:
            path.unlink(missing_ok=True)
            raise self._explain(error) from error

    def close(self) -> None:
        """Close the file."""
        self._db.close()


def _row(record: Record) -> tuple[object, ...]:
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
