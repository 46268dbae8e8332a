"""The record of logins and writes: who, what, when, from where, and whether it was let."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import structlog
from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from dcsim.errors import StoreUnavailable
from dcsim.sql import Database
from graph.auth.model import AuditEntry, AuditPage
from graph.auth.origin import Origin
from graph.auth.tables import AUDIT

log = structlog.get_logger(__name__)
_LENGTHS = {"principal": 100, "action": 200, "target": 300, "address": 64, "agent": 300, "request_id": 64, "detail": 500}


class Audit:
    """Entries are added, read, and forgotten when they are old; never changed."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(
        self, connection: AsyncConnection, origin: Origin, action: str, target: str = "", *, status: int = 200, detail: str = ""
    ) -> None:
        """Record something in the transaction that does it."""
        row = {"action": action, "target": target, "detail": detail, **msgspec.to_builtins(origin)}
        cut = {name: text.replace("\0", "")[: _LENGTHS[name]] for name, text in row.items()}
        await connection.execute(insert(AUDIT).values(time=datetime.now(UTC), status=status, **cut))

    async def note(self, origin: Origin, action: str, target: str = "", *, status: int = 200, detail: str = "") -> None:
        """Record something that has happened elsewhere.  While the database is away the entry stands in the log alone."""
        try:
            async with self._database.write() as connection:
                await self.add(connection, origin, action, target, status=status, detail=detail)
        except StoreUnavailable as error:
            log.warning("audit.unwritten", action=action, target=target, status=status, reason=error.message, **msgspec.to_builtins(origin))

    async def page(
        self, *, before: int | None = None, limit: int = 100, principal: str | None = None, action: str | None = None
    ) -> AuditPage:
        """Entries with a number below *before*, the newest first; *action* is the beginning of a word such as ``auth.login``."""
        query = select(AUDIT).order_by(AUDIT.c.id.desc()).limit(limit + 1)
        if before is not None:
            query = query.where(AUDIT.c.id < before)
        if principal is not None:
            query = query.where(AUDIT.c.principal == principal)
        if action is not None:
            query = query.where(AUDIT.c.action.startswith(action, autoescape=True))
        async with self._database.read() as connection:
            rows = (await connection.execute(query)).mappings().all()
        entries = tuple(msgspec.convert({key: row[key] for key in AuditEntry.__struct_fields__}, AuditEntry) for row in rows[:limit])
        return AuditPage(entries, str(entries[-1].id) if len(rows) > limit else None)

    async def forget(self, before: datetime) -> None:
        """Drop entries that are older."""
        async with self._database.write() as connection:
            await connection.execute(delete(AUDIT).where(AUDIT.c.time < before))
