"""Writing tickets: states, priorities, versions, audit, numbers, events."""

from __future__ import annotations

from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, text

from dcsim.errors import InvalidArgument, InvalidState, NotFound, VersionConflict
from itsm.desk import Desk
from itsm.events import TicketChange
from itsm.model import Change, Incident, IncidentState
from itsm.store import audit
from itsm.store.conditions import All, Is, OneOf, Operator
from itsm.store.reading import Order, Query, get, page
from itsm.store.tables import METADATA
from tests.contract.itsm.conftest import WHO


async def raised(desk: Desk, **values: Any) -> Incident:
    async with desk.work(WHO) as work:
        made = await work.create("incident", {"short_description": "The shop is slow", **values})
    assert isinstance(made, Incident)
    return made


async def changed(desk: Desk, ticket: Incident, expected: int | None = None, **values: Any) -> Incident:
    async with desk.work(WHO) as work:
        made = await work.change("incident", ticket.sys_id, values, expected=expected)
    assert isinstance(made, Incident)
    return made


async def test_a_new_incident_has_number_priority_and_opener(desk: Desk) -> None:
    made = await raised(desk, impact=1, urgency=2)
    assert (made.number, made.state, made.priority, made.active) == ("INC0010001", IncidentState.NEW, 2, True)
    assert made.opened_at is not None
    async with desk.database.read() as connection:
        assert await get(connection, "task", made.sys_id) == made
        opener = await get(connection, "sys_user", made.opened_by)
    assert getattr(opener, "user_name", "") == "ops"


@pytest.mark.parametrize(
    ("values", "error", "field"),
    [
        ({"state": 5}, InvalidArgument, "state"),
        ({"impact": 4}, InvalidArgument, "impact"),
        ({"impact": True}, InvalidArgument, "impact"),
        ({"number": "INC1"}, InvalidArgument, "number"),
        ({"colour": "red"}, InvalidArgument, "colour"),
        ({"short_description": "x" * 161}, InvalidArgument, "short_description"),
        ({"short_description": "a\0b"}, InvalidArgument, "short_description"),
        ({"assigned_to": "0" * 32}, InvalidArgument, "assigned_to"),
        ({"state": 3}, InvalidArgument, "hold_reason"),
        ({"state": 6, "close_code": "Solution provided"}, InvalidArgument, "close_notes"),
        ({"state": 7}, InvalidState, None),
    ],
)
async def test_what_does_not_fit_is_refused_and_changes_nothing(
    desk: Desk, values: dict[str, Any], error: type[InvalidArgument], field: str | None
) -> None:
    ticket = await raised(desk)
    with pytest.raises(error) as refused:
        await changed(desk, ticket, **values)
    assert refused.value.field == field
    async with desk.database.read() as connection:
        assert await get(connection, "incident", ticket.sys_id) == ticket
        assert (await audit.verify(connection)).entries == 1


async def test_a_life_of_an_incident(desk: Desk) -> None:
    ticket = await raised(desk)
    ticket = await changed(desk, ticket, state=2, work_notes="Looking.")
    ticket = await changed(desk, ticket, state=3, hold_reason=1)
    ticket = await changed(desk, ticket, state=2)
    assert ticket.hold_reason == 0
    ticket = await changed(desk, ticket, state=6, close_code="Solution provided", close_notes="Restarted it.")
    assert (ticket.resolved_at is not None, ticket.active) == (True, True)
    ticket = await changed(desk, ticket, state=2)
    assert (ticket.reopen_count, ticket.resolved_at, ticket.close_code) == (1, None, "")
    ticket = await changed(desk, ticket, state=6, close_code="Solution provided", close_notes="Again.")
    ticket = await changed(desk, ticket, state=7)
    assert (ticket.active, ticket.closed_at is not None, ticket.sys_mod_count) == (False, True, 7)
    with pytest.raises(InvalidState, match="nowhere"):
        await changed(desk, ticket, state=2)


async def test_of_two_who_change_the_same_version_one_is_refused(desk: Desk) -> None:
    ticket = await raised(desk)
    await changed(desk, ticket, 0, urgency=1)
    with pytest.raises(VersionConflict):
        await changed(desk, ticket, 0, urgency=2)


async def test_what_has_no_default_is_needed(desk: Desk) -> None:
    async def nameless() -> None:
        async with desk.work(WHO) as work:
            await work.create("sys_user", {"name": "Nobody"})

    with pytest.raises(InvalidArgument) as refused:
        await nameless()
    assert refused.value.field == "user_name"


async def test_nothing_changed_is_no_new_version(desk: Desk) -> None:
    ticket = await raised(desk)
    assert await changed(desk, ticket, urgency=3) == ticket


async def test_a_transaction_that_fails_leaves_no_gap_in_the_numbers(desk: Desk) -> None:
    async def fail() -> None:
        async with desk.work(WHO) as work:
            await work.create("incident", {})
            await work.change("incident", "nobody", {})

    with pytest.raises(NotFound):
        await fail()
    assert (await raised(desk)).number == "INC0010001"


async def test_the_audit_tells_who_changed_what_and_cannot_be_forged(desk: Desk) -> None:
    ticket = await changed(desk, await raised(desk), urgency=1, comments="We are on it.")
    async with desk.database.read() as connection:
        made, second = await audit.of_record(connection, ticket.sys_id)
        whole = await audit.verify(connection)
    assert made.changes["short_description"] == ("", "The shop is slow")
    assert (second.changes["urgency"], second.changes["comments"]) == ((3, 1), ("", "We are on it."))
    assert (second.who["principal"], second.version) == ("ops", 1)
    assert (whole.entries, whole.broken) == (2, None)
    async with desk.database.write() as connection:
        await connection.execute(text("UPDATE itsm_audit SET version = 9 WHERE sequence = :number"), {"number": made.sequence})
    async with desk.database.read() as connection:
        assert (await audit.verify(connection)).broken == made.sequence


async def test_others_are_told_in_the_same_transaction(desk: Desk) -> None:
    ticket = await changed(desk, await raised(desk), urgency=1)
    told = await desk.outbox.read(0, 10)
    assert [(one.type, one.subject, one.aggregate_sequence) for one in told] == [
        ("dcsim.itsm.incident.created", ticket.sys_id, 0),
        ("dcsim.itsm.incident.updated", ticket.sys_id, 1),
    ]
    payload = told[1].payload(TicketChange)
    assert (payload.number, payload.before["urgency"], payload.after["urgency"]) == (ticket.number, 3, 1)


async def test_tables_inherit(desk: Desk) -> None:
    incident = await raised(desk)
    async with desk.work(WHO) as work:
        change = await work.create("change_request", {"short_description": "Replace the fan", "parent": incident.sys_id})
    assert isinstance(change, Change)
    async with desk.database.read() as connection:
        both = await page(connection, Query(table="task", order=(Order("number"),)), counted=True)
        assert ([one.sys_id for one in both.records], both.total) == ([change.sys_id, incident.sys_id], 2)
        assert (await page(connection, Query(table="problem"))).records == []
        with pytest.raises(NotFound):
            await get(connection, "incident", change.sys_id)


@pytest.mark.parametrize(
    ("where", "found"),
    [
        (Is("short_description", Operator.LIKE, "50%"), ["50% off"]),
        (Is("short_description", Operator.STARTS, "the SHOP"), ["The shop is slow"]),
        (Is("short_description", Operator.NOT_LIKE, "shop"), ["", "50% off"]),
        (Is("short_description", Operator.EMPTY), [""]),
        (Is("priority", Operator.BETWEEN, (1, 3)), ["50% off"]),
        (Is("short_description", Operator.IN, ("50% off", "?")), ["50% off"]),
        (Is("resolved_at", Operator.NOT_EMPTY), []),
        (All((Is("active", Operator.EQUAL, True), Is("impact", Operator.NOT_EQUAL, 1))), ["", "The shop is slow"]),
        (OneOf((Is("impact", Operator.EQUAL, 1), Is("short_description", Operator.ENDS, "slow"))), ["50% off", "The shop is slow"]),
    ],
)
async def test_records_are_found(desk: Desk, where: Any, found: list[str]) -> None:
    await raised(desk)
    await raised(desk, short_description="50% off", impact=1)
    await raised(desk, short_description="")
    async with desk.database.read() as connection:
        records = (await page(connection, Query(table="incident", where=where, order=(Order("short_description"),)))).records
    assert [getattr(one, "short_description", None) for one in records] == found


async def test_the_migrations_make_the_declared_tables(desk: Desk) -> None:
    def differences(connection: Connection) -> list[Any]:
        context = MigrationContext.configure(
            connection, opts={"include_name": lambda name, kind, _: kind != "table" or name in METADATA.tables}
        )
        return list(compare_metadata(context, METADATA))

    async with desk.database.read() as connection:
        assert await connection.run_sync(differences) == []
