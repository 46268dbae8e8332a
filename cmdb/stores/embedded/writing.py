"""One batch into the tables, inside the transaction that the caller has begun.  Runs in the writer's thread."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence

from cmdb.model.graph import Ci, Relation
from cmdb.stores.checking import check_batch, check_processed
from cmdb.stores.embedded.codec import decode_ci, indexed_values, micros, text_of
from cmdb.stores.port import KEEP_PROCESSED, Applied, Batch
from cmdb.stores.words import words_of_ci
from dcsim.errors import NotFound, VersionConflict

_PUT_CI = """
INSERT INTO ci (uid, cls, name, folded, created, changed, version, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (uid) DO UPDATE SET
  cls = excluded.cls, name = excluded.name, folded = excluded.folded,
  created = excluded.created, changed = excluded.changed, version = excluded.version, body = excluded.body
RETURNING id
"""
_PUT_RELATION = "INSERT OR REPLACE INTO relation VALUES (?, ?, ?, ?, ?)"
_FORGET = """
DELETE FROM processed WHERE revision < (SELECT revision FROM processed ORDER BY revision DESC LIMIT 1 OFFSET ?)
"""
FORGET_EVERY = 1_000
"""Revisions between two looks for ids that need not be remembered any longer."""


def write_batch(db: sqlite3.Connection, batch: Batch) -> Applied:
    """Write it; raises what `GraphStore.apply` raises, and then the caller rolls back."""
    check_batch(batch)
    (revision,) = db.execute("SELECT value FROM meta WHERE key = 'revision'").fetchone()
    if batch.processed and check_processed(batch, _known(db, [one.id for one in batch.processed])):
        return Applied(revision, skipped=True)
    _check_versions(db, batch)
    revision += 1
    for uid in batch.removals:
        _remove(db, uid)
    for ci in batch.upserts:
        _put_ci(db, ci)
    db.executemany("DELETE FROM relation WHERE source = ? AND type = ? AND target = ?", batch.unrelated)
    _put_relations(db, batch.related)
    _put_beside(db, batch, revision)
    db.execute("UPDATE meta SET value = ? WHERE key = 'revision'", (revision,))
    if revision % FORGET_EVERY == 0:
        db.execute(_FORGET, (KEEP_PROCESSED,))
    return Applied(revision)


def empty(db: sqlite3.Connection) -> Applied:
    """Empty every table; the revision goes on."""
    for table in ("ci", "value", "claim", "relation", "text", "history", "tombstone", "processed", "cursor", "record"):
        db.execute(f"DELETE FROM {table}")  # noqa: S608 - a constant
    (revision,) = db.execute("UPDATE meta SET value = value + 1 WHERE key = 'revision' RETURNING value").fetchone()
    return Applied(revision)


def _known(db: sqlite3.Connection, ids: Iterable[str]) -> set[str]:
    return {row[0] for row in db.execute("SELECT id FROM processed WHERE id IN (SELECT value FROM json_each(?))", (text_of(list(ids)),))}


def _check_versions(db: sqlite3.Connection, batch: Batch) -> None:
    for uid, expected in batch.expect.items():
        (found,) = db.execute("SELECT version FROM ci WHERE uid = ?", (uid,)).fetchone() or (0,)
        if found != expected:
            raise VersionConflict(f"{uid} has version {found}, not {expected}: read it again.", subject=uid)


def _remove(db: sqlite3.Connection, uid: str) -> None:
    row = db.execute("SELECT id, body FROM ci WHERE uid = ?", (uid,)).fetchone()
    if row is None:
        return
    _unindex(db, decode_ci(row[1]))
    db.execute("DELETE FROM text WHERE rowid = ?", (row[0],))
    db.execute("DELETE FROM relation WHERE source = ?", (uid,))
    db.execute("DELETE FROM relation WHERE target = ?", (uid,))
    db.execute("DELETE FROM ci WHERE id = ?", (row[0],))


def _put_ci(db: sqlite3.Connection, ci: Ci) -> None:
    """Write the row; of what finds it, only what is different now."""
    row = db.execute("SELECT body FROM ci WHERE uid = ?", (ci.uid,)).fetchone()
    before = decode_ci(row[0]) if row else None
    columns = (ci.uid, ci.cls, ci.name, ci.name.lower(), micros(ci.created), micros(ci.changed), ci.version, text_of(ci))
    (number,) = db.execute(_PUT_CI, columns).fetchone()
    old, new = (set(indexed_values(before)) if before else set()), set(indexed_values(ci))
    db.executemany("DELETE FROM value WHERE attribute = ? AND value = ? AND uid = ?", [(*pair, ci.uid) for pair in old - new])
    db.executemany("INSERT INTO value VALUES (?, ?, ?)", [(*pair, ci.uid) for pair in new - old])
    held, holds = (_claims(before) if before else set()), _claims(ci)
    db.executemany("DELETE FROM claim WHERE source = ? AND key = ? AND uid = ?", held - holds)
    db.executemany("INSERT INTO claim VALUES (?, ?, ?)", holds - held)
    words = words_of_ci(ci)
    if before is None:
        db.execute("INSERT INTO text (rowid, words) VALUES (?, ?)", (number, words))
    elif words != words_of_ci(before):
        db.execute("UPDATE text SET words = ? WHERE rowid = ?", (words, number))


def _unindex(db: sqlite3.Connection, ci: Ci) -> None:
    db.executemany("DELETE FROM value WHERE attribute = ? AND value = ? AND uid = ?", [(*pair, ci.uid) for pair in indexed_values(ci)])
    db.executemany("DELETE FROM claim WHERE source = ? AND key = ? AND uid = ?", _claims(ci))


def _claims(ci: Ci) -> set[tuple[str, str, str]]:
    return {(source, claim.key, ci.uid) for source, claim in ci.sources.items()}


def _put_relations(db: sqlite3.Connection, relations: Sequence[Relation]) -> None:
    ends = list({uid for relation in relations for uid in (relation.source, relation.target)})
    if ends:
        found = {row[0] for row in db.execute("SELECT uid FROM ci WHERE uid IN (SELECT value FROM json_each(?))", (text_of(ends),))}
        for relation in relations:
            for uid in (relation.source, relation.target):
                if uid not in found:
                    raise NotFound(f"{relation.source} -{relation.type}-> {relation.target}: there is no CI {uid}.", subject=uid)
    db.executemany(_PUT_RELATION, [(*one.key, text_of(one.properties), text_of(one.by)) for one in relations])


def _put_beside(db: sqlite3.Connection, batch: Batch, revision: int) -> None:
    """History, and what has been read of which source."""
    db.executemany(
        "INSERT INTO history (at, uid, body) VALUES (?, ?, ?)", [(micros(row.at), row.uid, text_of(row)) for row in batch.history]
    )
    db.executemany(
        "INSERT OR REPLACE INTO tombstone VALUES (?, ?, ?, ?)",
        [(one.source, one.key, one.sequence, one.at.isoformat()) for one in batch.tombstones],
    )
    db.executemany("DELETE FROM tombstone WHERE source = ? AND key = ?", batch.revived)
    db.executemany("INSERT INTO processed VALUES (?, ?)", [(uid, revision) for uid in dict.fromkeys(one.id for one in batch.processed)])
    db.executemany(
        "INSERT OR REPLACE INTO cursor VALUES (?, ?, ?)", [(name, one.epoch, one.sequence) for name, one in batch.cursors.items()]
    )
    for record in batch.records:
        if record.value is None:
            db.execute("DELETE FROM record WHERE space = ? AND key = ?", (record.space, record.key))
        else:
            db.execute("INSERT OR REPLACE INTO record VALUES (?, ?, ?)", (record.space, record.key, text_of(record.value)))
