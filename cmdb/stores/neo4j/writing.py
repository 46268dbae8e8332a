"""One batch into Neo4j, inside one transaction: a few UNWIND statements, whatever its size."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from cmdb.model.declare import relation_types
from cmdb.model.graph import Ci, HistoryRow, Relation
from cmdb.stores.checking import check_batch, check_processed
from cmdb.stores.neo4j.codec import (
    claims_of,
    elements_of,
    joined,
    labels_of,
    properties_of_ci,
    properties_of_relation,
    text_of,
)
from cmdb.stores.neo4j.connection import Transaction
from cmdb.stores.port import KEEP_PROCESSED, Applied, Batch, RelationKey
from dcsim.errors import NotFound, VersionConflict

FORGET_EVERY: Final = 1_000
AT_ONCE: Final = 5_000
"""Rows in one statement at most."""
_BEGIN: Final = "MATCH (m:CmdbMeta {id: 'meta'}) SET m._lock = true RETURN m.revision, m.history"
_KNOWN: Final = "UNWIND $ids AS id MATCH (p:CmdbProcessed {id: id}) RETURN collect(p.id)"
_VERSIONS: Final = "UNWIND $uids AS uid MATCH (n:CI {uid: uid}) RETURN collect([n.uid, n.version])"
_BEFORE: Final = "UNWIND $uids AS uid MATCH (n:CI {uid: uid}) RETURN collect([n.uid, n.cls, n._claims, n._elements])"
_REMOVE: Final = "UNWIND $uids AS uid MATCH (n:CI {uid: uid}) DETACH DELETE n"
_DECLASS: Final = "UNWIND $uids AS uid MATCH (n:CI {{uid: uid}}) REMOVE n:{labels}"
_PUT: Final = "UNWIND $rows AS row MERGE (n:CI {{uid: row.uid}}) SET n:{labels}, n = row"
_UNRELATE: Final = "UNWIND $rows AS row MATCH (:CI {{uid: row[0]}})-[r:{verb}]->(:CI {{uid: row[1]}}) DELETE r"
_RELATE: Final = """
UNWIND $rows AS row MATCH (a:CI {{uid: row[0]}}) MATCH (b:CI {{uid: row[1]}})
MERGE (a)-[r:{verb}]->(b) SET r = row[2] RETURN count(r)
"""
_END: Final = "MATCH (m:CmdbMeta {id: 'meta'}) SET m.revision = $revision, m.history = $history REMOVE m._lock"
_FORGET: Final = """
MATCH (p:CmdbProcessed) WITH p.revision AS revision ORDER BY revision DESC SKIP $keep LIMIT 1
MATCH (old:CmdbProcessed) WHERE old.revision < revision DELETE old
"""


class Before(NamedTuple):
    """What is known of a CI that is written again."""

    cls: str
    claims: list[str]
    elements: list[str]


async def write_batch(transaction: Transaction, batch: Batch) -> Applied:
    """Write it; raises what `GraphStore.apply` raises, and then the transaction is rolled back."""
    check_batch(batch)
    ((revision, numbered),) = await transaction.run(_BEGIN)  # whoever writes too waits here
    if batch.processed:
        known = set(await transaction.gather(_KNOWN, ids=[one.id for one in batch.processed]))
        if check_processed(batch, known):
            return Applied(revision, skipped=True)
    await _check_versions(transaction, batch.expect)
    await _remove(transaction, batch.removals)
    await _put_cis(transaction, {ci.uid: ci for ci in batch.upserts})
    await _unrelate(transaction, batch.unrelated)
    await _relate(transaction, batch.related)
    await _append(transaction, batch.history, numbered)
    await _put_beside(transaction, batch, revision + 1)
    await transaction.run(_END, revision=revision + 1, history=numbered + len(batch.history))
    if (revision + 1) % FORGET_EVERY == 0:
        await transaction.run(_FORGET, keep=KEEP_PROCESSED)
    return Applied(revision + 1)


async def _check_versions(transaction: Transaction, expect: Mapping[str, int]) -> None:
    found: dict[str, int] = dict(await transaction.gather(_VERSIONS, uids=list(expect))) if expect else {}
    for uid, expected in expect.items():
        if found.get(uid, 0) != expected:
            raise VersionConflict(f"{uid} has version {found.get(uid, 0)}, not {expected}: read it again.", subject=uid)


async def _before(transaction: Transaction, uids: Sequence[str]) -> dict[str, Before]:
    return {uid: Before(*rest) for uid, *rest in await transaction.gather(_BEFORE, uids=uids)} if uids else {}


async def _remove(transaction: Transaction, uids: Sequence[str]) -> None:
    before = await _before(transaction, uids)
    if before:
        await transaction.run(_REMOVE, uids=list(before))
        await _change_ids(transaction, "CmdbClaim", {uid: (old.claims, []) for uid, old in before.items()})
        await _change_ids(transaction, "CmdbElement", {uid: (old.elements, []) for uid, old in before.items()})


async def _put_cis(transaction: Transaction, cis: Mapping[str, Ci]) -> None:
    before = await _before(transaction, list(cis))
    by_class: dict[str, list[Ci]] = defaultdict(list)
    moved: dict[str, list[str]] = defaultdict(list)
    for uid, ci in cis.items():
        by_class[ci.cls].append(ci)
        if uid in before and before[uid].cls != ci.cls:
            moved[before[uid].cls].append(uid)
    for cls, uids in moved.items():
        await transaction.run(_DECLASS.format(labels=labels_of(cls)), uids=uids)
    for cls, members in by_class.items():
        await _rows(transaction, _PUT.format(labels=labels_of(cls)), [properties_of_ci(ci) for ci in members])
    nothing = Before("", [], [])
    await _change_ids(transaction, "CmdbClaim", {uid: (before.get(uid, nothing).claims, claims_of(ci)) for uid, ci in cis.items()})
    await _change_ids(transaction, "CmdbElement", {uid: (before.get(uid, nothing).elements, elements_of(ci)) for uid, ci in cis.items()})


async def _change_ids(transaction: Transaction, label: str, changes: Mapping[str, tuple[list[str], list[str]]]) -> None:
    """Bring what finds CIs from what was to what is: (old ids, new ids) of each uid."""
    gone = [[one, uid] for uid, (old, new) in changes.items() for one in old if one not in new]
    come = [[one, uid] for uid, (old, new) in changes.items() for one in new if one not in old]
    await _rows(transaction, f"UNWIND $rows AS row MATCH (n:{label} {{id: row[0], uid: row[1]}}) DELETE n", gone)
    unique = (
        f"MERGE (n:{label} {{id: row[0]}}) SET n.uid = row[1]"
        if label == "CmdbClaim"
        else f"CREATE (n:{label} {{id: row[0], uid: row[1]}})"
    )
    await _rows(transaction, f"UNWIND $rows AS row {unique}", come)


async def _unrelate(transaction: Transaction, keys: Iterable[RelationKey]) -> None:
    by_verb: dict[str, list[list[str]]] = defaultdict(list)
    for source, verb, target in keys:
        if verb in relation_types():  # it becomes part of a statement, and none of another type is there anyway
            by_verb[verb].append([source, target])
    for verb, rows in by_verb.items():
        await _rows(transaction, _UNRELATE.format(verb=verb), rows)


async def _relate(transaction: Transaction, relations: Iterable[Relation]) -> None:
    by_verb: dict[str, dict[RelationKey, Relation]] = defaultdict(dict)
    for relation in relations:
        by_verb[relation.type][relation.key] = relation
    for verb, several in by_verb.items():
        rows = [[one.source, one.target, properties_of_relation(one)] for one in several.values()]
        if await _rows(transaction, _RELATE.format(verb=verb), rows) != len(rows):
            await _complain(transaction, list(several.values()))


async def _complain(transaction: Transaction, relations: Sequence[Relation]) -> None:
    """Raise NotFound for the first end that is not there."""
    ends = {uid for one in relations for uid in (one.source, one.target)}
    there = {row[0] for row in await transaction.gather(_VERSIONS, uids=list(ends))}
    for one in relations:
        for uid in (one.source, one.target):
            if uid not in there:
                raise NotFound(f"{one.source} -{one.type}-> {one.target}: there is no CI {uid}.", subject=uid)


async def _append(transaction: Transaction, history: Sequence[HistoryRow], numbered: int) -> None:
    rows = [
        {"number": number, "at": row.at, "uid": row.uid, "op": row.op, "who": row.actor.principal, "_body": text_of(row)}
        for number, row in enumerate(history, numbered + 1)
    ]
    await _rows(transaction, "UNWIND $rows AS row CREATE (h:CmdbHistory) SET h = row", rows)


async def _put_beside(transaction: Transaction, batch: Batch, revision: int) -> None:
    """What has been read of which source, and what parts of the CMDB keep."""
    stones = [{"id": joined(one.source, one.key), "key": one.key, "_body": text_of(one)} for one in batch.tombstones]
    await _rows(transaction, "UNWIND $rows AS row MERGE (t:CmdbTombstone {id: row.id}) SET t = row", stones)
    await _rows(transaction, "UNWIND $rows AS id MATCH (t:CmdbTombstone {id: id}) DELETE t", [joined(*one) for one in batch.revived])
    processed = [[uid, revision] for uid in dict.fromkeys(one.id for one in batch.processed)]
    await _rows(transaction, "UNWIND $rows AS row CREATE (:CmdbProcessed {id: row[0], revision: row[1]})", processed)
    cursors = [[name, one.epoch, one.sequence] for name, one in batch.cursors.items()]
    await _rows(transaction, "UNWIND $rows AS row MERGE (c:CmdbCursor {name: row[0]}) SET c.epoch = row[1], c.sequence = row[2]", cursors)
    records = {joined(one.space, one.key): one for one in batch.records}
    gone = [uid for uid, one in records.items() if one.value is None]
    kept = [[uid, one.space, one.key, text_of(one.value)] for uid, one in records.items() if one.value is not None]
    await _rows(transaction, "UNWIND $rows AS id MATCH (r:CmdbRecord {id: id}) DELETE r", gone)
    put = "UNWIND $rows AS row MERGE (r:CmdbRecord {id: row[0]}) SET r.space = row[1], r.key = row[2], r.value = row[3]"
    await _rows(transaction, put, kept)


async def _rows(transaction: Transaction, statement: str, rows: Sequence[Any]) -> int:
    """Run a statement over rows, a portion at a time; the sum of the numbers that it returns."""
    total = 0
    for start in range(0, len(rows), AT_ONCE):
        found = await transaction.run(statement, rows=rows[start : start + AT_ONCE])
        total += sum(int(row[0]) for row in found)
    return total
