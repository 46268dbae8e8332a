"""Guessing passwords is slow: after some failures each further one costs twice the wait, by account and by address."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec
from sqlalchemy import Row, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from dcsim.errors import TooManyRequests
from dcsim.sql import Database, Refusal
from graph.auth.tables import FAILURES

FORGOTTEN: Final = timedelta(minutes=15)
"""After so long without a failure, counting starts over."""


class Rule(msgspec.Struct, frozen=True):
    """So many failures are free; then the wait doubles from a second up to *most* seconds."""

    free: int
    most: float

    def wait(self, failures: int) -> timedelta:
        """How long nobody may try after so many."""
        over = failures - self.free
        return timedelta(seconds=min(2.0 ** min(over, 30), self.most)) if over >= 0 else timedelta()


ACCOUNT: Final = Rule(free=5, most=300)
"""Five minutes at most: whoever guesses must not keep the owner out for long."""
ADDRESS: Final = Rule(free=20, most=900)


class Guessing:
    """Counts attempts before they are judged, so that many at once are counted as well."""

    def __init__(self, database: Database, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._database = database
        self._now = now

    async def attempt(self, user: str, address: str) -> None:
        """Count one.  Raises TooManyRequests, and counts nothing, while the account or the address has to wait."""
        try:
            async with self._database.write() as connection:
                await self._count(connection, _subjects(user, address))
        except Refusal:  # two first failures at the same moment: the other one's row is there now
            async with self._database.write() as connection:
                await self._count(connection, _subjects(user, address))

    async def succeeded(self, user: str, address: str) -> None:
        """It was no guess after all: the account's failures are forgotten, the address's are one less."""
        (account, _), (place, rule) = _subjects(user, address)
        async with self._database.write() as connection:
            await connection.execute(delete(FAILURES).where(FAILURES.c.subject == account))
            row = (await connection.execute(select(FAILURES).where(FAILURES.c.subject == place).with_for_update())).first()
            if row is not None:
                left = max(row.failures - 1, 0)
                values = {"failures": left, "until": row.last + rule.wait(left)}
                await connection.execute(update(FAILURES).where(FAILURES.c.subject == place).values(**values))

    async def _count(self, connection: AsyncConnection, subjects: Sequence[tuple[str, Rule]]) -> None:
        query = select(FAILURES).where(FAILURES.c.subject.in_([subject for subject, _ in subjects])).with_for_update()
        rows = {row.subject: row for row in await connection.execute(query)}
        now = self._now()  # only now that the rows are ours: whoever had them before may have looked at the clock later than we did
        wait = max((row.until - now for row in rows.values()), default=timedelta())
        if wait > timedelta():
            raise TooManyRequests("Too many failed logins; wait a while.", retry_after=wait.total_seconds())
        for subject, rule in subjects:
            await self._add(connection, subject, rule, rows.get(subject), now)

    async def _add(self, connection: AsyncConnection, subject: str, rule: Rule, row: Row[Any] | None, now: datetime) -> None:
        before = row.failures if row is not None and now - row.last < FORGOTTEN else 0
        values = {"failures": before + 1, "last": now, "until": now + rule.wait(before + 1)}
        if row is None:
            await connection.execute(insert(FAILURES).values(subject=subject, **values))
        else:
            await connection.execute(update(FAILURES).where(FAILURES.c.subject == subject).values(**values))


def _subjects(user: str, address: str) -> tuple[tuple[str, Rule], tuple[str, Rule]]:
    return (f"user:{user}"[:100], ACCOUNT), (f"address:{address}"[:100], ADDRESS)
