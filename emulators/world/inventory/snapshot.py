"""Reading a world's state out of its journal without opening the world: nothing is written, and an engine may be running on it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import msgspec

from dcsim.errors import JournalCorrupt, JournalUnavailable
from emulators.world.journal import SCHEMA_VERSION
from emulators.world.model import KINDS, decode_entity
from emulators.world.state import WorldState


def read_state(path: Path) -> WorldState:
    """The latest committed state; raises JournalUnavailable or JournalCorrupt with a sentence that says what to do.

    Records of vendors whose code is not loaded are left out.
    """
    if not path.is_file():
        raise JournalUnavailable(f"There is no world in {path.parent}. Start one with `dcsim up`, or name another place with --data-dir.")
    state = WorldState()
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as db:
            _check_schema(db, path)
            for kind, data in db.execute("SELECT kind, data FROM entities ORDER BY number"):
                if kind in KINDS:
                    state.load(decode_entity(kind, data))
    except sqlite3.OperationalError as error:
        raise JournalUnavailable(f"The journal {path} cannot be read ({error}). Check its permissions.") from error
    except (sqlite3.DatabaseError, msgspec.DecodeError) as error:
        raise JournalCorrupt(f"The journal {path} is damaged ({error}). Restore a checkpoint.") from error
    return state


def _check_schema(db: sqlite3.Connection, path: Path) -> None:
    row = db.execute("SELECT value FROM meta WHERE key = 'schema'").fetchone()
    if row is None or row[0] != str(SCHEMA_VERSION):
        found = row[0] if row else "none"
        raise JournalCorrupt(f"{path} has schema version {found}, this dc-sim reads {SCHEMA_VERSION}. Use the version that wrote it.")
