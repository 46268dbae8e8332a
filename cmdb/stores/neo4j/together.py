"""Batches that wait for the one writer, made into one: a transaction of Neo4j costs milliseconds, whatever it holds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from cmdb.model.graph import Ci, Relation
from cmdb.stores.port import Batch, RelationKey


def joinable(first: Batch, second: Batch) -> bool:
    """Whether *second* can share a transaction: nothing that it expects of versions, and no event that both have."""
    return not first.expect and not second.expect and not {one.id for one in first.processed} & {one.id for one in second.processed}


def as_one(batches: Sequence[Batch]) -> Batch:
    """The batch that leaves what these leave one after another."""
    removals: dict[str, None] = {}
    upserts: dict[str, Ci] = {}
    relations: dict[RelationKey, Relation | None] = {}
    stones: dict[tuple[str, str], Any] = {}
    for batch in batches:
        for uid in batch.removals:
            removals[uid] = None
            upserts.pop(uid, None)
            relations = {key: one for key, one in relations.items() if uid not in {key[0], key[2]}}
        upserts.update((ci.uid, ci) for ci in batch.upserts)
        relations.update((key, None) for key in batch.unrelated)
        relations.update((one.key, one) for one in batch.related)
        stones.update(((one.source, one.key), one) for one in batch.tombstones)
        stones.update((key, None) for key in batch.revived)
    return Batch(
        removals=list(removals),
        upserts=list(upserts.values()),
        unrelated=[key for key, one in relations.items() if one is None],
        related=[one for one in relations.values() if one is not None],
        history=[row for batch in batches for row in batch.history],
        tombstones=[one for one in stones.values() if one is not None],
        revived=[key for key, one in stones.items() if one is None],
        processed=[one for batch in batches for one in batch.processed],
        cursors={name: cursor for batch in batches for name, cursor in batch.cursors.items()},
        records=list({(one.space, one.key): one for batch in batches for one in batch.records}.values()),
    )


def cut(batches: Sequence[Batch]) -> int:
    """How many of these, from the first, can be one."""
    taken = batches[0]
    for place, batch in enumerate(batches[1:], 1):
        if not joinable(taken, batch):
            return place
        taken = msgspec.structs.replace(taken, processed=[*taken.processed, *batch.processed])
    return len(batches)
