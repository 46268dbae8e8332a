"""Tickets of all kinds, people and groups; the journal, the audit, numbers, idempotency keys, the outbox."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
_COUNTED = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables."""
    _audit()
    _journal()
    _numbers()
    _once()
    _outbox()
    _sys_user()
    _sys_user_grmember()
    _sys_user_group()
    _task()


def _audit() -> None:
    op.create_table(
        "itsm_audit",
        sa.Column("sequence", _COUNTED, primary_key=True, autoincrement=True),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("wall", sa.BigInteger, nullable=False),
        sa.Column("who", sa.JSON, nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("record", sa.String(32), nullable=False, index=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("changes", sa.JSON, nullable=False),
        sa.Column("previous", sa.String(64), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
    )


def _journal() -> None:
    op.create_table(
        "itsm_journal",
        sa.Column("sequence", _COUNTED, primary_key=True, autoincrement=True),
        sa.Column("sys_id", sa.String(32), nullable=False, unique=True),
        sa.Column("element_id", sa.String(32), nullable=False, index=True),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("element", sa.String(80), nullable=False),
        sa.Column("value", sa.String(65536), nullable=False),
        sa.Column("sys_created_on", sa.BigInteger, nullable=False),
        sa.Column("sys_created_by", sa.String(100), nullable=False),
    )


def _numbers() -> None:
    op.create_table(
        "itsm_numbers",
        sa.Column("prefix", sa.String(8), primary_key=True),
        sa.Column("last", sa.Integer, nullable=False),
    )


def _once() -> None:
    op.create_table(
        "itsm_once",
        sa.Column("key", sa.String(64), primary_key=True),
        sa.Column("request", sa.String(64), nullable=False),
        sa.Column("record", sa.String(32), nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False, index=True),
    )


def _outbox() -> None:
    op.create_table(
        "itsm_outbox",
        sa.Column("sequence", _COUNTED, primary_key=True, autoincrement=True),
        sa.Column("envelope", sa.LargeBinary, nullable=False),
        sqlite_autoincrement=True,
    )


def _sys_user() -> None:
    op.create_table(
        "itsm_sys_user",
        sa.Column("sys_id", sa.String(32), primary_key=True),
        sa.Column("sys_class_name", sa.String(80)),
        sa.Column("sys_created_on", sa.BigInteger, index=True),
        sa.Column("sys_created_by", sa.String(100)),
        sa.Column("sys_updated_on", sa.BigInteger, index=True),
        sa.Column("sys_updated_by", sa.String(100)),
        sa.Column("sys_mod_count", sa.Integer),
        sa.Column("user_name", sa.String(100), index=True),
        sa.Column("name", sa.String(255)),
        sa.Column("first_name", sa.String(50)),
        sa.Column("last_name", sa.String(50)),
        sa.Column("email", sa.String(100)),
        sa.Column("title", sa.String(60)),
        sa.Column("active", sa.Boolean),
        sa.Column("time_zone", sa.String(64)),
    )


def _sys_user_grmember() -> None:
    op.create_table(
        "itsm_sys_user_grmember",
        sa.Column("sys_id", sa.String(32), primary_key=True),
        sa.Column("sys_class_name", sa.String(80)),
        sa.Column("sys_created_on", sa.BigInteger, index=True),
        sa.Column("sys_created_by", sa.String(100)),
        sa.Column("sys_updated_on", sa.BigInteger, index=True),
        sa.Column("sys_updated_by", sa.String(100)),
        sa.Column("sys_mod_count", sa.Integer),
        sa.Column("user", sa.String(32), index=True),
        sa.Column("group", sa.String(32), index=True),
    )


def _sys_user_group() -> None:
    op.create_table(
        "itsm_sys_user_group",
        sa.Column("sys_id", sa.String(32), primary_key=True),
        sa.Column("sys_class_name", sa.String(80)),
        sa.Column("sys_created_on", sa.BigInteger, index=True),
        sa.Column("sys_created_by", sa.String(100)),
        sa.Column("sys_updated_on", sa.BigInteger, index=True),
        sa.Column("sys_updated_by", sa.String(100)),
        sa.Column("sys_mod_count", sa.Integer),
        sa.Column("name", sa.String(80), index=True),
        sa.Column("description", sa.String(1000)),
        sa.Column("manager", sa.String(32)),
        sa.Column("active", sa.Boolean),
    )


def _task() -> None:
    columns = [*_task_columns(), *_incident_columns(), *_problem_columns(), *_change_request_columns()]
    op.create_table("itsm_task", *columns, sa.UniqueConstraint("number"))


def _task_columns() -> list[sa.Column[Any]]:
    return [
        sa.Column("sys_id", sa.String(32), primary_key=True),
        sa.Column("sys_class_name", sa.String(80)),
        sa.Column("sys_created_on", sa.BigInteger, index=True),
        sa.Column("sys_created_by", sa.String(100)),
        sa.Column("sys_updated_on", sa.BigInteger, index=True),
        sa.Column("sys_updated_by", sa.String(100)),
        sa.Column("sys_mod_count", sa.Integer),
        sa.Column("number", sa.String(40), index=True),
        sa.Column("short_description", sa.String(160)),
        sa.Column("description", sa.String(4000)),
        sa.Column("state", sa.Integer, index=True),
        sa.Column("active", sa.Boolean, index=True),
        sa.Column("impact", sa.Integer),
        sa.Column("urgency", sa.Integer),
        sa.Column("priority", sa.Integer, index=True),
        sa.Column("assigned_to", sa.String(32), index=True),
        sa.Column("assignment_group", sa.String(32), index=True),
        sa.Column("opened_by", sa.String(32)),
        sa.Column("opened_at", sa.BigInteger, index=True),
        sa.Column("closed_by", sa.String(32)),
        sa.Column("closed_at", sa.BigInteger),
        sa.Column("due_date", sa.BigInteger),
        sa.Column("cmdb_ci", sa.String(32), index=True),
        sa.Column("business_service", sa.String(32)),
        sa.Column("parent", sa.String(32), index=True),
        sa.Column("approval", sa.String(255)),
        sa.Column("watch_list", sa.String(4000)),
        sa.Column("tags", sa.String(1000)),
        sa.Column("correlation_id", sa.String(100), index=True),
        sa.Column("correlation_display", sa.String(100)),
    ]


def _incident_columns() -> list[sa.Column[Any]]:
    return [
        sa.Column("caller_id", sa.String(32)),
        sa.Column("category", sa.String(40)),
        sa.Column("subcategory", sa.String(40)),
        sa.Column("contact_type", sa.String(40)),
        sa.Column("hold_reason", sa.Integer),
        sa.Column("close_code", sa.String(255)),
        sa.Column("close_notes", sa.String(4000)),
        sa.Column("resolved_at", sa.BigInteger),
        sa.Column("resolved_by", sa.String(32)),
        sa.Column("reopen_count", sa.Integer),
        sa.Column("parent_incident", sa.String(32), index=True),
        sa.Column("problem_id", sa.String(32), index=True),
        sa.Column("rfc", sa.String(32)),
        sa.Column("caused_by", sa.String(32)),
        sa.Column("major_incident_state", sa.String(255)),
    ]


def _problem_columns() -> list[sa.Column[Any]]:
    return [
        sa.Column("known_error", sa.Boolean),
        sa.Column("cause_notes", sa.String(4000)),
        sa.Column("fix_notes", sa.String(4000)),
        sa.Column("workaround", sa.String(4000)),
        sa.Column("first_reported_by_task", sa.String(32)),
        sa.Column("resolution_code", sa.String(255)),
    ]


def _change_request_columns() -> list[sa.Column[Any]]:
    return [
        sa.Column("type", sa.String(255)),
        sa.Column("reason", sa.String(1000)),
        sa.Column("justification", sa.String(4000)),
        sa.Column("implementation_plan", sa.String(4000)),
        sa.Column("backout_plan", sa.String(4000)),
        sa.Column("test_plan", sa.String(4000)),
        sa.Column("risk", sa.Integer),
        sa.Column("start_date", sa.BigInteger),
        sa.Column("end_date", sa.BigInteger),
        sa.Column("work_start", sa.BigInteger),
        sa.Column("work_end", sa.BigInteger),
        sa.Column("on_hold", sa.Boolean),
        sa.Column("on_hold_reason", sa.String(1000)),
        sa.Column("requested_by", sa.String(32)),
        sa.Column("cab_required", sa.Boolean),
    ]
