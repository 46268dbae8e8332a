"""Reading records: one, or pages by conditions, order and position."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from dcsim.errors import InvalidArgument, NotFound
from itsm.model import TABLES, Record, Table
from itsm.store.conditions import All, Condition, sql_of
from itsm.store.rows import record_of
from itsm.store.tables import RECORDS

MOST: Final = 10_000
"""Records of one page."""


class Order(msgspec.Struct, frozen=True):
    """A field to sort by."""

    field: str
    descending: bool = False


class Query(msgspec.Struct, frozen=True, kw_only=True):
    """Which records of a table (and of those that extend it), in which order; the sys_id decides among equals."""

    table: str
    where: Condition = All()
    order: tuple[Order, ...] = ()
    offset: int = 0
    limit: int = 100


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """Records, and how many there are in all when that was asked for."""

    records: Sequence[Record]
    total: int | None = None


async def get(connection: AsyncConnection, table: str, sys_id: str) -> Record:
    """One record of a table or of one that extends it.  Raises NotFound."""
    declared = declared_table(table)
    sql = RECORDS[declared.root]
    row = (await connection.execute(select(sql).where(sql.c.sys_id == sys_id, _of_classes(declared)))).mappings().first()
    if row is None:
        raise NotFound(f"There is no {declared.label} with the sys_id {sys_id}.", subject=sys_id)
    return record_of(row)


async def page(connection: AsyncConnection, query: Query, *, counted: bool = False) -> Page:
    """The records that are asked for.  Raises NotFound for an unknown table, InvalidArgument for more than MOST at once."""
    if not 0 <= query.limit <= MOST:
        raise InvalidArgument(f"At most {MOST} records at once, not {query.limit}.", field="limit")
    declared = declared_table(query.table)
    sql = RECORDS[declared.root]
    where = _of_classes(declared) & sql_of(query.where, sql)
    order = [sql.c[one.field].desc() if one.descending else sql.c[one.field].asc() for one in query.order]
    wanted = select(sql).where(where).order_by(*order, sql.c.sys_id).offset(query.offset).limit(query.limit)
    rows = (await connection.execute(wanted)).mappings().all()
    total = (await connection.execute(select(func.count()).select_from(sql).where(where))).scalar_one() if counted else None
    return Page(records=[record_of(row) for row in rows], total=total)


def declared_table(name: str) -> Table:
    """The table of that name.  Raises NotFound."""
    found = TABLES.get(name)
    if found is None:
        raise NotFound(f"There is no table {name}.", subject=name)
    return found


def _of_classes(table: Table) -> ColumnElement[bool]:
    return RECORDS[table.root].c.sys_class_name.in_([one.name for one in TABLES.below(table.name)])
