"""Where everything is written: one transaction holds the records, their notes, the audit, and what others are told."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, Final

import msgspec
from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from dcsim.clock import Clock
from dcsim.errors import InvalidArgument, VersionConflict
from dcsim.events import Actor, Envelope, raw_payload
from dcsim.sql import Database, Outbox
from itsm.draft import Author, Draft, checked
from itsm.events import CREATED, UPDATED, TicketChange
from itsm.model import TABLES, Field, Kind, Record, User
from itsm.rules import judge
from itsm.store import audit
from itsm.store.numbers import next_number
from itsm.store.reading import declared_table, get
from itsm.store.rows import row_of
from itsm.store.tables import JOURNAL, OUTBOX, RECORDS

NOTES: Final = {
    name: Field(name=name, kind=Kind.STRING, label=label, optional=False, default="", length=65_536)
    for name, label in {"work_notes": "Work notes", "comments": "Additional comments"}.items()
}
"""What is written to a ticket's journal, and never changed."""


def new_sys_id() -> str:
    """32 hexadecimal digits."""
    return secrets.token_hex(16)


class Work:
    """One transaction.  What it raises, undoes all of it."""

    def __init__(self, connection: AsyncConnection, author: Author, clock: Clock, outbox: Outbox) -> None:
        self.connection = connection
        self.author = author
        self.now: datetime = clock.now()
        self._wall = clock.wall()
        self._outbox = outbox

    async def create(self, table: str, values: Mapping[str, Any]) -> Record:
        """Make a record of a table, all of *values* checked.  Raises InvalidArgument, InvalidState, NotFound."""
        declared = declared_table(table)
        draft = Draft(declared, None, self.author, self.now)
        notes = _take(draft, values)
        judge(draft)
        draft["sys_id"], draft["sys_class_name"] = new_sys_id(), declared.name
        draft["sys_created_on"], draft["sys_created_by"] = self.now, self.author.actor.principal
        if declared.prefix:
            draft["number"] = await next_number(self.connection, declared.prefix)
        return await self._write(draft, notes)

    async def change(self, table: str, sys_id: str, values: Mapping[str, Any], *, expected: int | None = None) -> Record:
        """Change a record.  Raises NotFound, InvalidArgument, InvalidState; VersionConflict when it is not at *expected* any more."""
        before = await get(self.connection, table, sys_id)
        if expected is not None and expected != before.sys_mod_count:
            raise VersionConflict(
                f"Somebody has changed it since: it is at version {before.sys_mod_count}, not {expected}.", subject=sys_id
            )
        draft = Draft(TABLES.of(type(before)), before, self.author, self.now)
        notes = _take(draft, values)
        judge(draft)
        return await self._write(draft, notes) if draft.changes() or notes else before

    async def _write(self, draft: Draft, notes: Mapping[str, str]) -> Record:
        await self._demand_references(draft)
        changes = draft.changes()
        draft["sys_updated_on"], draft["sys_updated_by"] = self.now, self.author.actor.principal
        draft["sys_mod_count"] = draft["sys_mod_count"] + (0 if draft.new else 1)
        record = draft.record()
        await self._store(draft, record)
        await self._note(draft, notes)
        told = {**changes, **{name: ("", text) for name, text in notes.items()}}
        await audit.append(
            self.connection, at=self.now, wall=self._wall, actor=self.author.actor, name=draft.table.name, record=record.sys_id,
            version=record.sys_mod_count, changes=told,
        )  # fmt: skip
        await self._tell(draft, changes, notes)
        return record

    async def _store(self, draft: Draft, record: Record) -> None:
        sql = RECORDS[draft.table.root]
        if draft.new:
            await self.connection.execute(insert(sql).values(**row_of(record)))
            return
        version = draft.before["sys_mod_count"]
        wanted = update(sql).where(sql.c.sys_id == record.sys_id, sql.c.sys_mod_count == version)
        if (await self.connection.execute(wanted.values(**row_of(record)))).rowcount != 1:
            raise VersionConflict("Somebody else changed it at the same moment; read it again.", subject=record.sys_id)

    async def _note(self, draft: Draft, notes: Mapping[str, str]) -> None:
        for element, value in notes.items():
            row = {"sys_id": new_sys_id(), "element_id": draft["sys_id"], "name": draft.table.name, "element": element, "value": value}
            made = {"sys_created_on": self.now, "sys_created_by": self.author.actor.principal}
            await self.connection.execute(insert(JOURNAL).values(**row, **made))

    async def _demand_references(self, draft: Draft) -> None:
        """Every record that the draft newly names is there; CIs are the CMDB's, and checked by whoever asks it."""
        for name, (_, value) in draft.changes().items():
            field = draft.table.fields[name]
            target = TABLES.get(field.table)
            if not value or target is None:
                continue
            sql = RECORDS[target.root]
            for sys_id in value.split(",") if field.kind is Kind.LIST else [value]:
                if (await self.connection.execute(select(sql.c.sys_id).where(sql.c.sys_id == sys_id))).scalar() is None:
                    raise InvalidArgument(f"{field.label}: there is no {target.label} with the sys_id {sys_id:.40}.", field=name)

    async def _tell(self, draft: Draft, changes: Mapping[str, tuple[Any, Any]], notes: Mapping[str, str]) -> None:
        kind = (CREATED if draft.new else UPDATED).get(draft.table.name)
        if kind is None:
            return
        before, after = ({name: both[side] for name, both in changes.items()} for side in (0, 1))
        payload = TicketChange(draft["number"], {} if draft.new else before, after, dict(notes))
        event = Envelope(
            id=f"itsm-{secrets.token_hex(12)}",
            source="/dcsim/itsm",
            type=kind.name,
            subject=draft["sys_id"],
            time=self._wall,
            simulated_time=self.now,
            sequence=0,
            aggregate_sequence=draft["sys_mod_count"],
            actor=self.author.actor,
            causation_id=self.author.causation_id,
            traceparent=self.author.actor.traceparent,
            data=raw_payload(payload),
        )
        await self._outbox.add(self.connection, [event])


class Desk:
    """Opens transactions on the database, for people and for dc-sim's own workers."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self.database = database
        self.outbox = Outbox(database, OUTBOX)
        self._clock = clock

    @asynccontextmanager
    async def work(self, actor: Actor, *, causation_id: str = "") -> AsyncIterator[Work]:
        """A transaction in somebody's name."""
        async with self.database.write() as connection:
            author = Author(actor=actor, sys_id=await _person(connection, actor, self._clock), causation_id=causation_id)
            yield Work(connection, author, self._clock, self.outbox)


def _take(draft: Draft, values: Mapping[str, Any]) -> dict[str, str]:
    """Put what a client sent into the draft; answers the notes among it."""
    notes = {name: str(checked(NOTES[name], value)) for name, value in values.items() if name in NOTES and "number" in draft.table.fields}
    draft.take({name: value for name, value in values.items() if name not in notes})
    return {name: text for name, text in notes.items() if text}


async def _person(connection: AsyncConnection, actor: Actor, clock: Clock) -> str:
    """The sys_id of who writes; whoever is not known yet gets a record."""
    sql = RECORDS["sys_user"]
    name = actor.principal[:100]
    found = (await connection.execute(select(sql.c.sys_id).where(sql.c.user_name == name))).scalar()
    if found is not None:
        return str(found)
    now = clock.now()
    user = User(
        sys_id=new_sys_id(), sys_class_name="sys_user", user_name=name, name=name, sys_created_on=now, sys_created_by="system",
        sys_updated_on=now, sys_updated_by="system",
    )  # fmt: skip
    await connection.execute(insert(sql).values(**msgspec.structs.asdict(user)))
    return user.sys_id
