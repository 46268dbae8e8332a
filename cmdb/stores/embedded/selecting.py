"""Queries as SQL.  Names of attributes are declared ones by then (`cmdb.stores.paging.check_filter`); values are parameters always."""

from __future__ import annotations

import sqlite3
from datetime import datetime
from typing import Any, Final

from cmdb.model.declare import CLASSES, concrete_classes
from cmdb.stores.embedded.codec import decode_ci, micros, text_of
from cmdb.stores.paging import Order, Position, check_filter, encode_position, order_of, position_of
from cmdb.stores.port import FIELDS, Filter, Page, Query
from cmdb.stores.words import words_of
from dcsim.comparison import Op

Condition = tuple[str, list[Any]]
_OPERATORS: Final = {
    Op.EQ: "{column} = ?",
    Op.NE: "{column} IS NOT ?",
    Op.LT: "{column} < ?",
    Op.LE: "{column} <= ?",
    Op.GT: "{column} > ?",
    Op.GE: "{column} >= ?",
    Op.IN: "{column} IN (SELECT value FROM json_each(?))",
    Op.LIKE: "instr(folded({column}), ?) > 0",
    Op.HAS: "EXISTS (SELECT 1 FROM json_each(body, '{path}') WHERE value = ?)",
}
NOTHING: Final[Condition] = ("0", [])


def select_page(db: sqlite3.Connection, query: Query) -> Page:
    """The page, in one statement."""
    order, position = order_of(query), position_of(query)
    conditions = conditions_of(query)
    if position is not None:
        conditions.append(_after(order, position))
    where = " AND ".join(f"({sql})" for sql, _ in conditions) or "1"
    column = column_of(order.name)
    down = " DESC" if order.descending else ""
    sorting = f"{column}{down}, uid" if order.is_field else f"{column} IS NULL, {column}{down}, uid"
    parameters = [value for _, values in conditions for value in values]
    statement = f"SELECT body, {column} FROM ci WHERE {where} ORDER BY {sorting} LIMIT ?"  # noqa: S608 - made of checked names
    rows = db.execute(statement, [*parameters, query.limit + 1]).fetchall()
    items = tuple(decode_ci(body) for body, _ in rows[: query.limit])
    more = len(rows) > query.limit
    return Page(items, encode_position(query, rows[query.limit - 1][1], items[-1].uid) if more else "")


def count_of(db: sqlite3.Connection, query: Query) -> int:
    """How many CIs the query's pages have."""
    order_of(query)
    conditions = conditions_of(query)
    where = " AND ".join(f"({sql})" for sql, _ in conditions) or "1"
    found = db.execute(f"SELECT count(*) FROM ci WHERE {where}", [value for _, values in conditions for value in values])  # noqa: S608
    return int(found.fetchone()[0])


def conditions_of(query: Query) -> list[Condition]:
    """What the query's CIs fulfil, without its cursor.  Raises InvalidArgument."""
    found = []
    if query.cls != "CI":
        names = concrete_classes(query.cls)
        found.append((f"cls IN ({', '.join('?' * len(names))})", list(names)))
    if query.uids is not None:
        found.append(_among(query.uids))
    if query.source:
        found.append(("uid IN (SELECT uid FROM claim WHERE source = ?)", [query.source]))
    found += [("EXISTS (SELECT 1 FROM json_each(body, '$.tags') WHERE value = ?)", [tag]) for tag in query.tags]
    if query.text:
        found.append(matching(query.text))
    return found + [_condition(one) for one in query.filters]


def matching(text: str) -> Condition:
    """Full text; nothing matches a text without a word."""
    words = words_of(text)
    if not words:
        return NOTHING
    expression = " ".join(f'"{word}"*' for word in words)
    return "id IN (SELECT rowid FROM text WHERE text MATCH ?)", [expression]


def column_of(name: str) -> str:
    """A field or attribute as SQL."""
    return name if name in FIELDS else f"json_extract(body, '$.attributes.{name}')"


def _condition(one: Filter) -> Condition:
    check_filter(one)
    column, value = column_of(one.name), _plain(one)
    if one.op is Op.EQ and is_indexed(one.name):
        return "uid IN (SELECT uid FROM value WHERE attribute = ? AND value = ?)", [one.name, value]
    if one.op is Op.EXISTS:
        return f"({column} IS NOT NULL) = ?", [value]
    if one.op is Op.LIKE:
        value = str(value).lower()
    return _OPERATORS[one.op].format(column=column, path=f"$.attributes.{one.name}"), [value]


def is_indexed(name: str) -> bool:
    """Whether equality with a single value is found in the table of values."""
    declared = [one.attributes[name] for one in CLASSES.values() if name in one.attributes]
    return bool(declared) and all(one.indexed and one.type != "texts" for one in declared)


def _plain(one: Filter) -> Any:
    """The filter's value as SQLite compares it."""
    value = one.value
    if one.op is Op.IN:
        return text_of(value)
    if isinstance(value, tuple):
        return text_of(value)
    if one.name in {"created", "changed"}:
        assert isinstance(value, datetime)  # noqa: S101 - check_filter has seen to it
        return micros(value)
    return value


def _among(uids: tuple[str, ...]) -> Condition:
    return "uid IN (SELECT value FROM json_each(?))", [text_of(uids)]


def _after(order: Order, position: Position) -> Condition:
    column = column_of(order.name)
    if position.value is None:
        return f"{column} IS NULL AND uid > ?", [position.uid]
    beyond = "<" if order.descending else ">"
    if order.is_field and not order.descending:
        return f"({column}, uid) > (?, ?)", [position.value, position.uid]
    sql = f"{column} {beyond} ? OR ({column} = ? AND uid > ?)"
    if not order.is_field:
        sql += f" OR {column} IS NULL"
    return sql, [position.value, position.value, position.uid]
