"""What is asked of Neo4j besides pages."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Any, Final

import msgspec

from cmdb.model.declare import class_of, concrete_classes, relation_types
from cmdb.model.graph import Ci, HistoryRow, Relation, Tombstone, Value
from cmdb.stores.neo4j.codec import AFTER_SEPARATOR, decode_ci, decode_row, joined, relation_of
from cmdb.stores.neo4j.connection import Connection
from cmdb.stores.neo4j.schema import WORDS
from cmdb.stores.neo4j.selecting import lucene_of
from cmdb.stores.port import FIND_LIMIT, OTHERS, Direction, HistoryQuery
from dcsim.errors import InvalidArgument

CHUNK: Final = 1_000
SOURCES: Final = 500
"""CIs whose relations are read at once."""
_TOMBSTONE = msgspec.json.Decoder(Tombstone).decode
_BEGINNING: Final = """
MATCH (n:CI) WHERE n._folded STARTS WITH $whole AND n:{label}
WITH n ORDER BY n._folded <> $whole, n.name, n.uid LIMIT $limit RETURN collect(n._body)
"""
_OTHERS: Final = """
CALL db.index.fulltext.queryNodes($index, $words, $options) YIELD node AS n
WITH n WHERE n:{label} AND NOT n._folded STARTS WITH $whole
WITH n LIMIT $others WITH n ORDER BY n.name, n.uid LIMIT $limit RETURN collect(n._body)
"""
_RELATIONS: Final = """
MATCH (a:CI) WHERE a.uid > $after WITH a ORDER BY a.uid LIMIT $limit
OPTIONAL MATCH (a)-[r]->(b:CI) WITH a.uid AS uid, collect({relation}) AS relations RETURN collect([uid, relations])
"""
_RELATION: Final = """
CASE WHEN r IS NULL THEN null WHEN size(keys(r)) > 1 THEN [type(r), b.uid, properties(r)]
ELSE type(r) + '\n' + b.uid + reduce(all = '', one IN coalesce(r.by, []) | all + '\n' + one) END
"""
"""A relation in one text where it has no properties: Bolt's values cost the driver microseconds each, and there are many."""

_FACTS: Final = "UNWIND $uids AS uid MATCH (n:CI {uid: uid}) RETURN collect(coalesce(n._facts, n._body))"
"""What CIs are, without what each source says of them."""
_RECORDS: Final = """
MATCH (r:CmdbRecord) WHERE r.id > $after AND r.id < $end
WITH r ORDER BY r.id LIMIT $limit RETURN collect([r.key, r.value])
"""


async def nodes(connection: Connection, uids: Iterable[str]) -> dict[str, Ci]:
    """The CIs of these uids."""
    bodies = await connection.gather("UNWIND $uids AS uid MATCH (n:CI {uid: uid}) RETURN collect(n._body)", uids=list(uids))
    return {ci.uid: ci for ci in map(decode_ci, bodies)}


async def bound(connection: Connection, source: str, keys: Iterable[str]) -> dict[str, str]:
    """key → uid."""
    ids = {joined(source, key): key for key in keys}
    rows = await connection.gather("UNWIND $ids AS id MATCH (c:CmdbClaim {id: id}) RETURN collect([c.id, c.uid])", ids=list(ids))
    return {ids[one]: uid for one, uid in rows}


async def find(connection: Connection, cls: str, attribute: str, value: Value) -> list[Ci]:
    """By an indexed attribute or the name."""
    declared = class_of(cls)
    known = [one.attributes[attribute] for one in (declared, *map(class_of, concrete_classes(cls))) if attribute in one.attributes]
    if attribute != "name" and not any(one.indexed for one in known):
        raise InvalidArgument(f"{cls} is not found by {attribute!r}: it is no indexed attribute of it.", field=attribute)
    if known and known[0].type == "texts":
        start = "MATCH (e:CmdbElement {id: $value}) MATCH (n:CI {uid: e.uid})"
        value = joined(attribute, str(value))
    else:
        start = f"MATCH (n:CI {{{attribute}: $value}})"
    statement = f"{start} WHERE n:{cls} WITH DISTINCT n ORDER BY n.uid LIMIT {FIND_LIMIT} RETURN collect(n._body)"
    return [decode_ci(body) for body in await connection.gather(statement, value=value)]


async def search(connection: Connection, text: str, cls: str, limit: int) -> list[Ci]:
    """Full text, the best names first: those that begin with the text from the index of names, others from the index of words."""
    label, words, whole = class_of(cls).name, lucene_of(text), text.strip().lower()
    if not words:
        return []
    bodies = await connection.gather(_BEGINNING.format(label=label), whole=whole, limit=limit)
    if len(bodies) < limit:
        # Beginnings are among the index's hits as well; fewer than a page of them are left out.
        options = {"limit": OTHERS + limit} if label == "CI" else {}
        asked: dict[str, Any] = {
            "index": WORDS,
            "words": words,
            "options": options,
            "whole": whole,
            "others": OTHERS,
            "limit": limit - len(bodies),
        }
        bodies += await connection.gather(_OTHERS.format(label=label), **asked)
    return [decode_ci(body) for body in bodies]


async def chunk_of_nodes(connection: Connection, cls: str, source: str, after: str) -> list[Ci]:
    """The next CIs by uid."""
    claimed = "AND any(one IN n._claims WHERE one STARTS WITH $prefix)" if source else ""
    those = f"MATCH (n:CI) WHERE n.uid > $after AND n:{class_of(cls).name} {claimed}"
    statement = f"{those} WITH n ORDER BY n.uid LIMIT {CHUNK} RETURN collect(n._body)"
    return [decode_ci(body) for body in await connection.gather(statement, after=after, prefix=joined(source, ""))]


async def chunk_of_relations(connection: Connection, after: str) -> tuple[str, list[Relation]]:
    """The uid of the last of the next CIs (empty: there are none), and their relations by key."""
    rows = await connection.gather(_RELATIONS.format(relation=_RELATION), after=after, limit=SOURCES)
    found = [_relation(uid, one, "out") for uid, several in rows for one in several]
    return max((uid for uid, _ in rows), default=""), sorted(found, key=lambda one: one.key)


async def relations_of(connection: Connection, uids: Sequence[str], direction: Direction, types: Iterable[str] | None) -> list[Relation]:
    """The relations at these CIs."""
    wanted = None if types is None else sorted(relation_types() & set(types))
    if wanted == [] or not uids:
        return []
    verbs = f":{'|'.join(wanted)}" if wanted else ""
    found: dict[tuple[str, str, str], Relation] = {}
    for way, pattern in (("out", f"(n)-[r{verbs}]->(b:CI)"), ("in", f"(n)<-[r{verbs}]-(b:CI)")):
        if direction in {way, "both"}:
            found_at = f"UNWIND $uids AS uid MATCH (n:CI {{uid: uid}}) MATCH {pattern} WITH uid, collect({_RELATION}) AS relations"
            rows = await connection.gather(f"{found_at} RETURN collect([uid, relations])", uids=uids)
            relations = [_relation(uid, one, way) for uid, several in rows for one in several]
            found.update((one.key, one) for one in relations)
    return [found[key] for key in sorted(found)]


async def facts(connection: Connection, uids: Iterable[str]) -> dict[str, Ci]:
    """The CIs of these uids, without their sources and tags."""
    wanted = list(uids)
    bodies = await connection.gather(_FACTS, uids=wanted) if wanted else []
    return {ci.uid: ci for ci in map(decode_ci, bodies)}


def _relation(uid: str, packed: str | list[Any], way: str) -> Relation:
    """A relation of a CI, as `_RELATION` packs it."""
    properties: dict[str, Any]
    if isinstance(packed, str):
        verb, other, *by = packed.split("\n")
        properties = {"by": by}
    else:
        verb, other, properties = packed
    source, target = (uid, other) if way == "out" else (other, uid)
    return relation_of(source, verb, target, properties)


async def history(connection: Connection, query: HistoryQuery) -> list[HistoryRow]:
    """Rows with their numbers."""
    conditions = {
        "h.uid IN $uids": bool(query.uids),
        "h.at >= $since": query.since is not None,
        "h.at < $until": query.until is not None,
        ("h.number < $after" if query.backwards else "h.number > $after"): bool(query.after),
    }
    where = " AND ".join(["true", *(one for one, used in conditions.items() if used)])
    order = "DESC" if query.backwards else "ASC"
    page = f"MATCH (h:CmdbHistory) WHERE {where} WITH h ORDER BY h.number {order} LIMIT $limit"
    rows = await connection.gather(
        f"{page} RETURN collect([h.number, h._body])",
        uids=list(query.uids),
        since=query.since,
        until=query.until,
        after=query.after,
        limit=query.limit,
    )
    return [msgspec.structs.replace(decode_row(body), number=number) for number, body in rows]


async def tombstones(connection: Connection, source: str, keys: Iterable[str]) -> dict[str, Tombstone]:
    """key → tombstone."""
    ids = [joined(source, key) for key in keys]
    rows = await connection.gather("UNWIND $ids AS id MATCH (t:CmdbTombstone {id: id}) RETURN collect([t.key, t._body])", ids=ids)
    return {key: _TOMBSTONE(body) for key, body in rows}


async def records(connection: Connection, space: str, keys: Iterable[str] | None) -> dict[str, Any]:
    """key → value."""
    if keys is None:
        rows = [row async for chunk in _chunks_of_records(connection, space) for row in chunk]
    else:
        ids = [joined(space, key) for key in keys]
        rows = await connection.gather("UNWIND $ids AS id MATCH (r:CmdbRecord {id: id}) RETURN collect([r.key, r.value])", ids=ids)
    return {key: msgspec.json.decode(value) for key, value in sorted(rows)}


async def _chunks_of_records(connection: Connection, space: str) -> AsyncIterator[list[list[str]]]:
    """All of a space, by id: there may be hundreds of thousands."""
    after, end = joined(space, ""), space + AFTER_SEPARATOR
    while rows := await connection.gather(_RECORDS, after=after, end=end, limit=CHUNK):
        yield rows
        after = joined(space, rows[-1][0])
