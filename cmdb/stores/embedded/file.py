"""The SQLite file: its tables, and connections to it.

The file is in WAL mode with ``synchronous=normal``: what was applied survives the death of the process.  A power cut may take the last
transactions, whole and with their cursors, and the periodic comparison with the engine finds what is missing.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from cmdb.stores.port import SCHEMA_VERSION
from dcsim.errors import StoreCorrupt, StoreUnavailable

_FOREIGN: Final = re.compile(r"no such (table|column)|has no column")
"""What SQLite says of tables that are not ours."""
TIMEOUT_SECONDS: Final = 5.0
"""How long to wait for another process that has the file locked."""
_TABLES: Final = f"""
BEGIN;
CREATE TABLE meta (key TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE ci (
  id INTEGER PRIMARY KEY, uid TEXT NOT NULL UNIQUE, cls TEXT NOT NULL, name TEXT NOT NULL,
  folded TEXT NOT NULL, created INTEGER NOT NULL, changed INTEGER NOT NULL, version INTEGER NOT NULL, body TEXT NOT NULL);
CREATE INDEX ci_by_class ON ci (cls, uid);
CREATE INDEX ci_by_name ON ci (name, uid);
CREATE INDEX ci_by_folded ON ci (folded, name, uid, cls);
CREATE INDEX ci_by_changed ON ci (changed DESC, uid);
CREATE TABLE value (attribute TEXT NOT NULL, value NOT NULL, uid TEXT NOT NULL, PRIMARY KEY (attribute, value, uid)) WITHOUT ROWID;
CREATE TABLE claim (source TEXT NOT NULL, key TEXT NOT NULL, uid TEXT NOT NULL, PRIMARY KEY (source, key, uid)) WITHOUT ROWID;
CREATE TABLE relation (
  source TEXT NOT NULL, type TEXT NOT NULL, target TEXT NOT NULL, properties TEXT NOT NULL, by TEXT NOT NULL,
  PRIMARY KEY (source, type, target)) WITHOUT ROWID;
CREATE INDEX relation_by_target ON relation (target);
CREATE VIRTUAL TABLE text USING fts5 (words, tokenize = 'unicode61 remove_diacritics 0');
CREATE TABLE history (number INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, uid TEXT NOT NULL, body TEXT NOT NULL);
CREATE INDEX history_by_uid ON history (uid, number);
CREATE INDEX history_by_time ON history (at);
CREATE TABLE tombstone (
  source TEXT NOT NULL, key TEXT NOT NULL, sequence INTEGER NOT NULL, at TEXT NOT NULL, PRIMARY KEY (source, key)) WITHOUT ROWID;
CREATE TABLE processed (id TEXT PRIMARY KEY, revision INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX processed_by_revision ON processed (revision);
CREATE TABLE cursor (name TEXT PRIMARY KEY, epoch TEXT NOT NULL, sequence INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE record (space TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (space, key)) WITHOUT ROWID;
INSERT INTO meta VALUES ('schema', {SCHEMA_VERSION}), ('revision', 0);
COMMIT;
"""  # noqa: S608 - made of a constant


def connect(path: Path, *, writing: bool = False) -> sqlite3.Connection:
    """A connection, which may be closed from any thread.  Raises StoreUnavailable."""
    with explained(path):
        db = sqlite3.connect(path, timeout=TIMEOUT_SECONDS, isolation_level=None, check_same_thread=False)
        db.execute("PRAGMA synchronous = NORMAL")
        if not writing:
            db.execute("PRAGMA query_only = ON")
        db.create_function("folded", 1, _folded, deterministic=True)
        return db


def prepare(path: Path) -> sqlite3.Connection:
    """The writer's connection to a file with all tables, made if need be.  Raises StoreUnavailable or StoreCorrupt."""
    with explained(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600, exist_ok=True)
        db = connect(path, writing=True)
        try:
            _prepare(db, path)
        except BaseException:
            db.close()
            raise
        return db


def _prepare(db: sqlite3.Connection, path: Path) -> None:
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA wal_autocheckpoint = 4000")
    if not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'meta'").fetchone():
        db.executescript(_TABLES)
    (found,) = db.execute("SELECT value FROM meta WHERE key = 'schema'").fetchone() or (0,)
    if found != SCHEMA_VERSION:
        raise StoreCorrupt(
            f"{path} has schema version {found}, this dc-sim reads {SCHEMA_VERSION}. Move the file away: it is filled anew from the engine."
        )


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """SQLite's errors inside the block as ours."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise _of(error, path) from error


def _of(error: Exception, path: Path) -> StoreUnavailable | StoreCorrupt:
    if isinstance(error, sqlite3.ProgrammingError):
        return StoreUnavailable(f"The CMDB's store {path} is not open.")
    if isinstance(error, sqlite3.OperationalError | OSError) and not _FOREIGN.search(str(error)):
        return StoreUnavailable(
            f"The CMDB's store {path} cannot be used ({error}). Free some disk space, check its permissions, and end what else has it open."
        )
    return StoreCorrupt(
        f"The CMDB's store {path} is damaged ({error}). Move the file away and start again: it is filled anew from the engine."
    )


def _folded(text: str | float | None) -> str | float | None:
    return text.lower() if isinstance(text, str) else text
