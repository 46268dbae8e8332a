"""What a database's error means for its callers: away or full (StoreUnavailable), damaged (StoreCorrupt), or a bug (as it is)."""

from __future__ import annotations

import sqlite3
from typing import Final

from sqlalchemy import exc

from dcsim.errors import OperationalError, StoreCorrupt, StoreUnavailable

_CORRUPT: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_AWAY: Final = frozenset(
    {
        sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_NOMEM,
    }
)  # fmt: skip
_STATES: Final = ("08", "25006", "28", "3D", "40", "53", "55P03", "57", "58")
"""Beginnings of PostgreSQL's codes: connection, read-only, login, no such database, rollback, resources, lock, operator, system."""


def meaning_of(error: BaseException, what: str) -> OperationalError | None:
    """What to raise instead of *error*; None when it is a bug, or the caller's business (a key that is taken)."""
    if isinstance(error, exc.IntegrityError):
        return None
    cause = getattr(error, "orig", None) or error
    code = getattr(cause, "sqlite_errorcode", None)
    if code is not None:
        return _of_sqlite(int(code) & 0xFF, cause, what)
    state = str(getattr(cause, "sqlstate", None) or "")
    away = state.startswith(_STATES) if state else isinstance(error, OSError | exc.TimeoutError | exc.InterfaceError | exc.OperationalError)
    if away or getattr(error, "connection_invalidated", False):
        reason = str(cause).splitlines()[0] if str(cause) else type(cause).__name__
        return StoreUnavailable(f"The database {what} cannot be used now: {reason}.")
    return None


def _of_sqlite(code: int, cause: BaseException, what: str) -> OperationalError | None:
    if code in _CORRUPT:
        return StoreCorrupt(f"The database {what} is damaged ({cause}); restore it from a copy, or remove it to begin with an empty one.")
    return StoreUnavailable(f"The database {what} cannot be used now: {cause}.") if code in _AWAY else None
