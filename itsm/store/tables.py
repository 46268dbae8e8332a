"""The SQL tables, made from the declared ones (one for each root, with the fields of all that extend it), and the books kept beside."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import JSON, BigInteger, Boolean, Column, Integer, MetaData, String, Table, UniqueConstraint
from sqlalchemy.types import TypeEngine

from dcsim.sql import Moment, outbox_table
from itsm.model import TABLES, Field, Kind

METADATA: Final = MetaData()
_COUNTED: Final = BigInteger().with_variant(Integer(), "sqlite")
"""SQLite counts up in columns of that very type only."""


def _type(field: Field) -> TypeEngine[Any]:
    if field.kind is Kind.DATE_TIME:
        return Moment()
    if field.kind is Kind.BOOLEAN:
        return Boolean()
    if field.number:
        return BigInteger() if field.kind is Kind.DURATION else Integer()
    return String(field.length)


def _column(field: Field) -> Column[Any]:
    return Column(field.name, _type(field), primary_key=field.name == "sys_id", index=field.indexed)


def _table(root: str) -> Table:
    fields = {name: field for table in TABLES.below(root) for name, field in table.fields.items()}
    numbered = [UniqueConstraint("number")] if "number" in fields else []
    return Table(f"itsm_{root}", METADATA, *(_column(field) for field in fields.values()), *numbered)


RECORDS: Final = {table.name: _table(table.name) for table in TABLES.roots()}
"""By the name of the root."""
NUMBERS: Final = Table("itsm_numbers", METADATA, Column("prefix", String(8), primary_key=True), Column("last", Integer, nullable=False))
JOURNAL: Final = Table(
    "itsm_journal",
    METADATA,
    Column("sequence", _COUNTED, primary_key=True, autoincrement=True),
    Column("sys_id", String(32), nullable=False, unique=True),
    Column("element_id", String(32), nullable=False, index=True),
    Column("name", String(80), nullable=False),
    Column("element", String(80), nullable=False),
    Column("value", String(65_536), nullable=False),
    Column("sys_created_on", Moment(), nullable=False),
    Column("sys_created_by", String(100), nullable=False),
)
"""Work notes and comments: sys_journal_field."""
AUDIT: Final = Table(
    "itsm_audit",
    METADATA,
    Column("sequence", _COUNTED, primary_key=True, autoincrement=True),
    Column("at", Moment(), nullable=False),
    Column("wall", Moment(), nullable=False),
    Column("who", JSON, nullable=False),
    Column("name", String(80), nullable=False),
    Column("record", String(32), nullable=False, index=True),
    Column("version", Integer, nullable=False),
    Column("changes", JSON, nullable=False),
    Column("previous", String(64), nullable=False),
    Column("digest", String(64), nullable=False),
)
ONCE: Final = Table(
    "itsm_once",
    METADATA,
    Column("key", String(64), primary_key=True),
    Column("request", String(64), nullable=False),
    Column("record", String(32), nullable=False),
    Column("at", Moment(), nullable=False, index=True),
)
"""Idempotency keys: what was made for each."""
OUTBOX: Final = outbox_table(METADATA, "itsm_outbox")
