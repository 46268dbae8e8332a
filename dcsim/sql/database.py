"""One service's database: SQLAlchemy Core on asyncio, over a SQLite file or a PostgreSQL; the URL decides."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, Final

import structlog
from sqlalchemy import Connection, event, exc, make_url, text
from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from dcsim.errors import OperationalError, SettingsError
from dcsim.service import Check
from dcsim.sql.failures import meaning_of
from dcsim.sql.migrations import Migrations

log = structlog.get_logger(__name__)

CONNECT_SECONDS: Final = 5.0
STATEMENT_SECONDS: Final = 15.0
BUSY_SECONDS: Final = 5.0
WRITES: Final = "dcsim_writes"
Refusal = exc.IntegrityError
"""A write that a key or another constraint refuses: callers know what it means, and say so."""


class Database:
    """Connections, transactions, migrations.  Raises StoreUnavailable, from everything, while the database cannot be used."""

    def __init__(self, url: str, *, migrations: str, service: str) -> None:
        """*url* is ``postgresql://…`` or ``sqlite:///path``; *migrations* the package that has them.  Raises SettingsError."""
        self._url = _driven(url)
        self._migrations = Migrations(migrations, service)
        self._engine: AsyncEngine | None = None
        self._writing = asyncio.Lock() if self.embedded else None

    @property
    def embedded(self) -> bool:
        """Whether it is a SQLite file, which one process uses."""
        return self._url.get_backend_name() == "sqlite"

    @property
    def place(self) -> str:
        """Where it is, without the password."""
        return str(self._url.database) if self.embedded else self._url.set(drivername="postgresql").render_as_string(hide_password=True)

    async def open(self) -> None:
        """Connect, and bring the schema up to date.  Raises StoreUnavailable, StoreCorrupt; it may be tried again."""
        await self.close()
        self._engine = self._made()
        try:
            async with self.write() as connection:
                changed = await connection.run_sync(self._migrations.apply)
        except BaseException:
            await self.close()
            raise
        if changed:
            log.info("sql.migrated", database=self.place)

    async def close(self) -> None:
        """Let go of all connections."""
        if self._engine is not None:
            await self._engine.dispose()
            self._engine = None

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """A connection that sees one state, and changes nothing."""
        with self._explained():
            async with self._opened().connect() as connection:
                yield connection

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """A transaction: committed at the end, rolled back when anything is raised."""
        with self._explained():
            if self._writing is None:
                async with self._opened().begin() as connection:
                    yield connection
            else:  # SQLite lets one write, and whoever waits here is served in turn instead of polling
                async with self._writing, self._opened().execution_options(**{WRITES: True}).begin() as connection:
                    yield connection

    async def check(self) -> Check:
        """Whether it answers now."""
        try:
            async with asyncio.timeout(1.5), self.read() as connection:
                await connection.execute(text("SELECT 1"))
        except (OperationalError, TimeoutError) as error:
            return Check(name="database", ok=False, detail=str(error) or "no answer within 1.5 s")
        return Check(name="database", ok=True)

    def _opened(self) -> AsyncEngine:
        if self._engine is None:
            raise RuntimeError("the database is used before it is opened")
        return self._engine

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Errors of the database in dc-sim's words."""
        try:
            yield
        except (exc.SQLAlchemyError, OSError) as error:
            meaning = meaning_of(error, self.place)
            if meaning is None:
                raise
            raise meaning from error

    def _made(self) -> AsyncEngine:
        if not self.embedded:
            given = {"timeout": CONNECT_SECONDS, "command_timeout": STATEMENT_SECONDS}
            # A connection is tried before it is used, so that a server that was restarted costs nobody an error.
            return create_async_engine(self._url, pool_size=5, pool_timeout=CONNECT_SECONDS, pool_pre_ping=True, connect_args=given)
        Path(str(self._url.database)).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        engine = create_async_engine(self._url, pool_size=4, pool_timeout=CONNECT_SECONDS, connect_args={"timeout": BUSY_SECONDS})
        event.listen(engine.sync_engine, "connect", _prepared)
        event.listen(engine.sync_engine, "begin", _begun)
        return engine


def _driven(url: str) -> URL:
    """The URL with the asyncio driver in it."""
    drivers = {"postgresql": "postgresql+asyncpg", "postgres": "postgresql+asyncpg", "sqlite": "sqlite+aiosqlite"}
    try:
        given = make_url(url)
    except exc.ArgumentError as error:
        raise SettingsError("A database's URL is postgresql://user:password@host/name or sqlite:///path.") from error
    kind = given.drivername.partition("+")[0]
    if kind not in drivers or not given.database:
        raise SettingsError(f"{kind}: is no database that dc-sim can use; give postgresql://user:password@host/name or sqlite:///path.")
    return given.set(drivername=drivers[kind])


def _prepared(connection: Any, _record: Any) -> None:
    """What every connection to a SQLite file begins with."""
    connection.isolation_level = None  # sqlite3 begins no transactions by itself: `_begun` does
    cursor = connection.cursor()
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begun(connection: Connection) -> None:
    """Whoever will write waits for the lock first: a transaction that reads and then writes could not be retried."""
    connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.get_execution_options().get(WRITES) else "BEGIN")
