"""Events that a service commits together with its changes, kept until the bus has them (`dcsim.bus.OutboxRelay` reads them).

outbox = Outbox(database, outbox_table(metadata, "itsm_outbox"))
async with database.write() as connection:
    ...                                        # the change
    await outbox.add(connection, [envelope])   # and what is told about it: both, or neither
relay.notify()
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence

import msgspec
from sqlalchemy import BigInteger, Column, Integer, LargeBinary, MetaData, Table, delete, insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from dcsim.errors import JournalUnavailable, StoreUnavailable
from dcsim.events import Envelope, decode_envelope, encode_envelope
from dcsim.sql.database import Database

_EPOCH = 0
"""The row that names this outbox, below all numbers of events."""


def outbox_table(metadata: MetaData, name: str) -> Table:
    """The table of a service's outbox, for its migrations and its `Outbox`."""
    number = BigInteger().with_variant(Integer(), "sqlite")  # SQLite counts up in columns of that very type only
    return Table(
        name,
        metadata,
        Column("sequence", number, primary_key=True, autoincrement=True),
        Column("envelope", LargeBinary, nullable=False),
        sqlite_autoincrement=True,  # a number that was trimmed is never given again
    )


class Outbox:
    """One service's outbox; an `dcsim.bus.relay.OutboxSource`."""

    def __init__(self, database: Database, table: Table) -> None:
        self._database = database
        self._table = table

    async def epoch(self) -> str:
        """What the relay knows this outbox by; another database has another one."""
        async with self._database.write() as connection:
            await self._in_turn(connection)
            found = (await connection.execute(select(self._table.c.envelope).where(self._table.c.sequence == _EPOCH))).scalar()
            if found is None:
                found = secrets.token_hex(8).encode()
                await connection.execute(insert(self._table).values(sequence=_EPOCH, envelope=found))
        return bytes(found).decode()

    async def add(self, connection: AsyncConnection, events: Sequence[Envelope]) -> None:
        """Commit *events* with the rest of the transaction; their sequence is given here."""
        await self._in_turn(connection)
        if events:
            await connection.execute(insert(self._table), [{"envelope": encode_envelope(event)} for event in events])

    async def read(self, after: int, limit: int, /) -> Sequence[Envelope]:
        """At most *limit* events above *after*, in order.  Raises JournalUnavailable."""
        columns = self._table.c
        query = select(columns.sequence, columns.envelope).where(columns.sequence > max(after, _EPOCH)).order_by(columns.sequence)
        try:
            async with self._database.read() as connection:
                rows = (await connection.execute(query.limit(limit))).all()
        except StoreUnavailable as error:
            raise JournalUnavailable(error.message) from error
        return [msgspec.structs.replace(decode_envelope(envelope), sequence=sequence) for sequence, envelope in rows]

    async def trim(self, upto: int) -> None:
        """Forget events up to that number: of the bus's, those that it keeps no longer either."""
        columns = self._table.c
        async with self._database.write() as connection:
            await connection.execute(delete(self._table).where(columns.sequence > _EPOCH, columns.sequence <= upto))

    async def _in_turn(self, connection: AsyncConnection) -> None:
        """PostgreSQL gives numbers before transactions commit: without a lock a reader could pass over one that commits late."""
        if connection.dialect.name == "postgresql":
            await connection.execute(text("SELECT pg_advisory_xact_lock(hashtext(:name))"), {"name": self._table.name})
