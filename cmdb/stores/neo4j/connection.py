"""The driver: transactions with deadlines, and its errors as ours."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final, TypeVar

import msgspec

from dcsim.errors import StoreUnavailable

if TYPE_CHECKING:
    from neo4j import AsyncDriver, AsyncManagedTransaction

CONNECT_SECONDS: Final = 3.0
READ_SECONDS: Final = 15.0
WRITE_SECONDS: Final = 60.0
RETRY_SECONDS: Final = 2.0
"""How long the driver tries a transaction again that lost a deadlock or its connection."""
Row = tuple[Any, ...]
T = TypeVar("T")


class Server(msgspec.Struct, frozen=True):
    """Which Neo4j; without a password, the server wants none."""

    url: str
    user: str = "neo4j"
    password: str = ""
    database: str = "neo4j"


class Transaction:
    """One transaction, as the statements of this package use it."""

    def __init__(self, transaction: AsyncManagedTransaction) -> None:
        self._transaction = transaction

    async def run(self, statement: str, **parameters: Any) -> list[Row]:
        """The rows that a statement returns; all of its values are parameters."""
        result = await self._transaction.run(statement, parameters)  # pyright: ignore[reportArgumentType]  # made of declared names
        return [tuple(row) for row in await result.values()]

    async def gather(self, statement: str, **parameters: Any) -> list[Any]:
        """The list in the one row of a statement that ends in ``collect``: see `Connection.gather`."""
        ((found,),) = await self.run(statement, **parameters)
        return list(found)


class Connection:
    """A pool of connections to one server."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._driver: AsyncDriver | None = None

    async def open(self) -> None:
        """Connect.  Raises StoreUnavailable."""
        await asyncio.to_thread(importlib.import_module, "neo4j")  # a fifth of a second in which requests are answered
        from neo4j import AsyncGraphDatabase, NotificationMinimumSeverity  # noqa: PLC0415 - see above

        await self.close()
        server = self._server
        async with self._explained(CONNECT_SECONDS * 2):
            driver = AsyncGraphDatabase.driver(
                server.url,
                auth=(server.user, server.password) if server.password else None,
                connection_timeout=CONNECT_SECONDS,
                connection_acquisition_timeout=READ_SECONDS,
                max_transaction_retry_time=RETRY_SECONDS,
                notifications_min_severity=NotificationMinimumSeverity.OFF,
                telemetry_disabled=True,
                user_agent="dcsim-cmdb",
            )
            try:
                await driver.verify_connectivity()
            except BaseException:
                await driver.close()
                raise
        self._driver = driver

    async def close(self) -> None:
        """Drop the connections."""
        if self._driver is not None:
            driver, self._driver = self._driver, None
            await driver.close()

    async def read(self, statement: str, *, seconds: float = READ_SECONDS, **parameters: Any) -> list[Row]:
        """The rows that one reading statement returns."""

        async def work(transaction: Transaction) -> list[Row]:
            return await transaction.run(statement, **parameters)

        return await self._transact(work, seconds, writing=False)

    async def gather(self, statement: str, *, seconds: float = READ_SECONDS, **parameters: Any) -> list[Any]:
        """The list in the one row of a reading statement that ends in ``collect``: a row costs the driver 50 µs, whatever is in it."""
        ((found,),) = await self.read(statement, seconds=seconds, **parameters)
        return list(found)

    async def write(self, work: Callable[[Transaction], Awaitable[T]]) -> T:
        """What *work* returns; what it did is committed whole, or not at all.  It may be called again when a deadlock is lost."""
        return await self._transact(work, WRITE_SECONDS, writing=True)

    async def command(self, statement: str, **parameters: Any) -> list[Row]:
        """Run a statement that wants no transaction round it: schema changes, and deleting in portions."""
        async with self._explained(WRITE_SECONDS), self._opened().session(database=self._server.database) as session:
            result = await session.run(statement, parameters)  # pyright: ignore[reportArgumentType]  # made of declared names
            return [tuple(row) for row in await result.values()]

    async def _transact(self, work: Callable[[Transaction], Awaitable[T]], seconds: float, *, writing: bool) -> T:
        async def inside(transaction: AsyncManagedTransaction) -> T:
            return await work(Transaction(transaction))

        async with self._explained(seconds), self._opened().session(database=self._server.database) as session:
            return await (session.execute_write(inside) if writing else session.execute_read(inside))

    def _opened(self) -> AsyncDriver:
        if self._driver is None:
            raise StoreUnavailable(f"Neo4j at {self._server.url} is not connected yet.")
        return self._driver

    @asynccontextmanager
    async def _explained(self, seconds: float) -> AsyncIterator[None]:
        """The driver's errors inside the block as ours, and a deadline over it."""
        from neo4j import exceptions  # noqa: PLC0415 - imported by `open`

        url = self._server.url
        try:
            async with asyncio.timeout(seconds):
                yield
        except TimeoutError as error:
            raise StoreUnavailable(f"Neo4j at {url} did not answer within {seconds:g} s; look at its log.") from error
        except exceptions.AuthError as error:
            raise StoreUnavailable(
                f"Neo4j at {url} lets nobody in with cmdb.neo4j_user and cmdb.neo4j_password ({error.message}); correct them."
            ) from error
        except exceptions.ConfigurationError as error:
            raise StoreUnavailable(f"cmdb.neo4j_url cannot be used ({error}); it looks like neo4j://HOST:7687.") from error
        except (exceptions.DriverError, exceptions.TransientError, exceptions.DatabaseError, OSError) as error:
            raise StoreUnavailable(f"Neo4j at {url} is away ({error}); events wait, and nothing is lost.") from error
