"""The audit: every write with who, when, before and after; each entry's digest includes the one before, so that none can be changed,
taken out or slipped in unseen."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec
from sqlalchemy import insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from dcsim.events import Actor
from itsm.store.tables import AUDIT

GENESIS: Final = "0" * 64
"""What the first entry is chained to."""
LOCK: Final = "itsm_audit"
PORTION: Final = 1000
_encode = msgspec.json.Encoder(order="sorted").encode


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One write.  ``changes`` has before and after by field, as JSON values; ``at`` is simulated time, ``wall`` the wall's."""

    sequence: int
    at: datetime
    wall: datetime
    who: dict[str, str]
    name: str
    record: str
    version: int
    changes: dict[str, tuple[Any, Any]]
    previous: str
    digest: str


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What checking the chain found: how many entries hold, the digest of the last, and the first entry that does not hold."""

    entries: int
    digest: str
    broken: int | None = None


def digest_of(entry: Mapping[str, Any]) -> str:
    """SHA-256 over everything else in the entry, the digest of the one before included."""
    told = {name: value for name, value in entry.items() if name not in {"digest", "sequence"}}
    return hashlib.sha256(_encode(told)).hexdigest()


async def append(
    connection: AsyncConnection, *, at: datetime, wall: datetime, actor: Actor, name: str, record: str, version: int,
    changes: Mapping[str, tuple[Any, Any]],
) -> None:  # fmt: skip
    """Add an entry in the transaction that does what it tells; writers wait for each other, since each builds on the last."""
    if connection.dialect.name == "postgresql":  # in SQLite one writes at a time anyway
        await connection.execute(text("SELECT pg_advisory_xact_lock(hashtext(:name))"), {"name": LOCK})
    previous = (await connection.execute(select(AUDIT.c.digest).order_by(AUDIT.c.sequence.desc()).limit(1))).scalar() or GENESIS
    entry = {
        "at": at,
        "wall": wall,
        "who": {key: value for key, value in msgspec.to_builtins(actor).items() if value},
        "name": name,
        "record": record,
        "version": version,
        "changes": msgspec.to_builtins({key: list(both) for key, both in changes.items()}),
        "previous": previous,
    }
    await connection.execute(insert(AUDIT).values(**entry, digest=digest_of(entry)))


async def of_record(connection: AsyncConnection, record: str, *, after: int = 0, limit: int = 100) -> Sequence[Entry]:
    """The entries of one record, the oldest first."""
    query = select(AUDIT).where(AUDIT.c.record == record, AUDIT.c.sequence > after).order_by(AUDIT.c.sequence).limit(limit)
    return [msgspec.convert(_plain(row), Entry) for row in (await connection.execute(query)).mappings()]


async def verify(connection: AsyncConnection) -> Verdict:
    """Check the whole chain, from the first entry on."""
    previous, entries = GENESIS, 0
    async for row in _rows(connection):
        if row["previous"] != previous or digest_of(row) != row["digest"]:
            return Verdict(entries=entries, digest=previous, broken=row["sequence"])
        previous, entries = row["digest"], entries + 1
    return Verdict(entries=entries, digest=previous)


async def _rows(connection: AsyncConnection) -> AsyncIterator[Mapping[str, Any]]:
    after = 0
    while True:
        found = (
            await connection.execute(select(AUDIT).where(AUDIT.c.sequence > after).order_by(AUDIT.c.sequence).limit(PORTION))
        ).mappings()
        rows = [_plain(row) for row in found]
        for row in rows:
            yield row
        if len(rows) < PORTION:
            return
        after = rows[-1]["sequence"]


def _plain(row: Mapping[Any, Any]) -> dict[str, Any]:
    """A row with names that are strings and nothing else, as msgspec wants them."""
    return {str(name): value for name, value in row.items()}
