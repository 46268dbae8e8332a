"""What is asked of the tables besides pages.  Each function runs in a reader's thread, in one read transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import msgspec

from cmdb.model.declare import class_of, concrete_classes
from cmdb.model.graph import (
    Ci,
    Cursor,
    GraphHash,
    HistoryRow,
    Relation,
    Tombstone,
    Value,
    content_of_ci,
    content_of_relation,
)
from cmdb.stores.embedded.codec import decode_ci, decode_row, micros, relation_of, text_of
from cmdb.stores.embedded.selecting import matching
from cmdb.stores.port import FIND_LIMIT, OTHERS, Direction, HistoryQuery
from dcsim.errors import InvalidArgument

CHUNK = 1_000
_AMONG = "(SELECT value FROM json_each(?))"
_BEGINNING = f"""
SELECT uid FROM ci WHERE folded >= ? AND folded < ? AND +cls IN {_AMONG} ORDER BY folded <> ?, name, uid LIMIT ?
"""  # noqa: S608 - made of constants; the plus keeps SQLite from going by the index of classes
_OTHERS = f"""
SELECT uid FROM (SELECT uid, name FROM ci WHERE {{condition}} AND +cls IN {_AMONG} AND NOT (+folded >= ? AND +folded < ?) LIMIT ?)
ORDER BY name, uid LIMIT ?
"""  # noqa: S608 - made of constants
_LAST = chr(0x10FFFF)
"""After every letter: what begins with a text is from it up to it and this."""


def nodes(db: sqlite3.Connection, uids: Sequence[str]) -> dict[str, Ci]:
    """The CIs of these uids."""
    rows = db.execute(f"SELECT uid, body FROM ci WHERE uid IN {_AMONG}", (text_of(uids),))  # noqa: S608 - a constant
    return {uid: decode_ci(body) for uid, body in rows}


def bound(db: sqlite3.Connection, source: str, keys: Sequence[str]) -> dict[str, str]:
    """key → uid."""
    rows = db.execute(f"SELECT key, uid FROM claim WHERE source = ? AND key IN {_AMONG}", (source, text_of(keys)))  # noqa: S608
    return dict(rows)


def find(db: sqlite3.Connection, cls: str, attribute: str, value: Value) -> list[Ci]:
    """By an indexed attribute or the name."""
    declared = class_of(cls)
    known = [one for one in (declared, *map(class_of, concrete_classes(cls))) if attribute in one.attributes]
    if attribute != "name" and not any(one.attributes[attribute].indexed for one in known):
        raise InvalidArgument(f"{cls} is not found by {attribute!r}: it is no indexed attribute of it.", field=attribute)
    names = text_of(concrete_classes(cls))
    statement = f"""
        SELECT ci.body FROM value JOIN ci USING (uid)
        WHERE value.attribute = ? AND value.value = ? AND ci.cls IN {_AMONG} ORDER BY uid LIMIT {FIND_LIMIT}
    """  # noqa: S608 - made of constants
    return [decode_ci(body) for (body,) in db.execute(statement, (attribute, value, names))]


def search(db: sqlite3.Connection, text: str, cls: str, limit: int) -> list[Ci]:
    """Full text, the best names first: those that begin with the text from the index of names, others from the index of words."""
    condition, parameters = matching(text)
    if not parameters:
        return []
    whole, classes = text.strip().lower(), text_of(concrete_classes(cls))
    span = (whole, whole + _LAST)
    best = [uid for (uid,) in db.execute(_BEGINNING, (*span, classes, whole, limit))]
    if len(best) < limit:
        statement = _OTHERS.format(condition=condition)
        best += [uid for (uid,) in db.execute(statement, (*parameters, classes, *span, OTHERS, limit - len(best)))]
    found = nodes(db, best)
    return [found[uid] for uid in best]


def chunk_of_nodes(db: sqlite3.Connection, classes: Sequence[str], source: str, after: str) -> list[Ci]:
    """The next CIs by uid."""
    claimed = "AND uid IN (SELECT uid FROM claim WHERE source = ?)" if source else ""
    statement = f"SELECT body FROM ci WHERE uid > ? AND cls IN {_AMONG} {claimed} ORDER BY uid LIMIT {CHUNK}"  # noqa: S608
    parameters = [after, text_of(classes), *([source] if source else [])]
    return [decode_ci(body) for (body,) in db.execute(statement, parameters)]


def chunk_of_relations(db: sqlite3.Connection, after: tuple[str, str, str], size: int = CHUNK) -> list[Relation]:
    """The next relations by key."""
    statement = "SELECT * FROM relation WHERE (source, type, target) > (?, ?, ?) ORDER BY source, type, target LIMIT ?"
    return [relation_of(row) for row in db.execute(statement, (*after, size))]


def all_relations(db: sqlite3.Connection) -> list[Relation]:
    """Every relation."""
    return [relation_of(row) for row in db.execute("SELECT * FROM relation")]


def relations_at(db: sqlite3.Connection, uids: Sequence[str], direction: Direction, types: Sequence[str] | None) -> list[Relation]:
    """The relations at these CIs, each once, by key."""
    among = "" if types is None else f"AND type IN {_AMONG}"
    ends = {"out": ["source"], "in": ["target"], "both": ["source", "target"]}[direction]
    parameters = [text_of(uids), *([] if types is None else [text_of(types)])]
    found: dict[tuple[str, str, str], Relation] = {}
    for end in ends:
        rows = db.execute(f"SELECT * FROM relation WHERE {end} IN {_AMONG} {among}", parameters)  # noqa: S608 - made of constants
        found.update((one.key, one) for one in map(relation_of, rows))
    return [found[key] for key in sorted(found)]


def counts(db: sqlite3.Connection, column: str, table: str) -> dict[str, int]:
    """How many rows there are of each value."""
    return dict(db.execute(f"SELECT {column}, count(*) FROM {table} GROUP BY {column} ORDER BY {column}"))  # noqa: S608 - ours


def history(db: sqlite3.Connection, query: HistoryQuery) -> list[HistoryRow]:
    """Rows with their numbers."""
    conditions, parameters = ["1"], list[Any]()
    for sql, value in _history_conditions(query):
        conditions.append(sql)
        parameters.append(value)
    where, order = " AND ".join(conditions), "DESC" if query.backwards else "ASC"
    statement = f"SELECT number, body FROM history WHERE {where} ORDER BY number {order} LIMIT ?"  # noqa: S608 - made of constants
    rows = db.execute(statement, [*parameters, query.limit])
    return [msgspec.structs.replace(decode_row(body), number=number) for number, body in rows]


def _history_conditions(query: HistoryQuery) -> Iterator[tuple[str, Any]]:
    if query.uids:
        yield f"uid IN {_AMONG}", text_of(query.uids)
    if query.since is not None:
        yield "at >= ?", micros(query.since)
    if query.until is not None:
        yield "at < ?", micros(query.until)
    if query.after:
        yield ("number < ?" if query.backwards else "number > ?"), query.after


def tombstones(db: sqlite3.Connection, source: str, keys: Sequence[str]) -> dict[str, Tombstone]:
    """key → tombstone."""
    statement = f"SELECT source, key, sequence, at FROM tombstone WHERE source = ? AND key IN {_AMONG}"  # noqa: S608 - a constant
    rows = db.execute(statement, (source, text_of(keys)))
    return {key: Tombstone(whose, key, sequence, datetime.fromisoformat(at)) for whose, key, sequence, at in rows}


def processed(db: sqlite3.Connection, ids: Sequence[str]) -> set[str]:
    """Those of the ids that are known."""
    return {uid for (uid,) in db.execute(f"SELECT id FROM processed WHERE id IN {_AMONG}", (text_of(ids),))}  # noqa: S608 - a constant


def cursor(db: sqlite3.Connection, name: str) -> Cursor | None:
    """The cursor of that name."""
    row = db.execute("SELECT epoch, sequence FROM cursor WHERE name = ?", (name,)).fetchone()
    return Cursor(*row) if row else None


def records(db: sqlite3.Connection, space: str, keys: Sequence[str] | None) -> dict[str, Any]:
    """key → value."""
    among = "" if keys is None else f"AND key IN {_AMONG}"
    parameters = [space] if keys is None else [space, text_of(keys)]
    rows = db.execute(f"SELECT key, value FROM record WHERE space = ? {among} ORDER BY key", parameters)  # noqa: S608 - constants
    return {key: msgspec.json.decode(value) for key, value in rows}


def number_of(db: sqlite3.Connection, key: str) -> int:
    """One of the numbers in ``meta``."""
    (value,) = db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
    return int(value)


def digest(db: sqlite3.Connection) -> str:
    """The hash of what is on disk."""
    graph = GraphHash()
    for (body,) in db.execute("SELECT body FROM ci"):
        graph.add(content_of_ci(decode_ci(body)))
    for row in db.execute("SELECT * FROM relation"):
        graph.add(content_of_relation(relation_of(row)))
    return graph.hexdigest()
