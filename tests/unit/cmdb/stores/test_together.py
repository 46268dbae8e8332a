"""Batches made into one leave what they leave one after another: tried on the embedded store, with random batches over few things."""

from __future__ import annotations

import asyncio
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from cmdb.model import Ci, Cursor, HistoryRow, Processed, Relation, Tombstone
from cmdb.stores.embedded import EmbeddedStore
from cmdb.stores.neo4j.together import as_one, cut
from cmdb.stores.port import Batch, HistoryQuery, Record

T0 = datetime(2026, 1, 1, tzinfo=UTC)
UIDS = ("a", "b", "c")
uid = st.sampled_from(UIDS)
cis = st.builds(lambda one, name: Ci(uid=one, cls="VirtualMachine", name=name, created=T0, changed=T0), uid, st.sampled_from(("x", "y")))
keys = st.tuples(uid, st.just("MADE_FROM"), uid)
relations = st.builds(lambda key, note: Relation(key[0], key[1], key[2], {"note": note}), keys, st.integers(0, 2))
stones = st.builds(lambda key, n: Tombstone("engine", key, n, T0), uid, st.integers(0, 9))
records = st.builds(Record, st.just("space"), uid, st.none() | st.integers(0, 2))
batches = st.builds(
    lambda removals, upserts, unrelated, related, tombstones, revived, kept: Batch(
        removals=removals, upserts=upserts, unrelated=unrelated, related=related, tombstones=tombstones,
        revived=[("engine", key) for key in revived], records=kept, history=[HistoryRow(at=T0, uid="a", cls="CI", op="updated")],
    ),
    st.lists(uid, max_size=2), st.lists(cis, max_size=3), st.lists(keys, max_size=2), st.lists(relations, max_size=2),
    st.lists(stones, max_size=1), st.lists(uid, max_size=1), st.lists(records, max_size=2),
)  # fmt: skip


def made_whole(several: list[Batch]) -> list[Batch]:
    """Return the batches with the ends that their relations miss at that point: only what would be accepted is compared."""
    there: set[str] = set()
    whole = []
    for batch in several:
        there -= set(batch.removals)
        there |= {ci.uid for ci in batch.upserts}
        related = [one for one in batch.related if {one.source, one.target} <= there]
        whole.append(Batch(**{field: getattr(batch, field) for field in batch.__struct_fields__} | {"related": related}))
    return whole


@settings(max_examples=60, deadline=None)
@given(st.lists(batches, min_size=1, max_size=4))
def test_one_batch_leaves_what_several_leave(several: list[Batch]) -> None:
    whole = made_whole(several)
    assert asyncio.run(left_by(whole)) == asyncio.run(left_by([as_one(whole)]))


async def left_by(several: list[Batch]) -> object:
    """Return what a fresh store holds after these."""
    with tempfile.TemporaryDirectory() as folder:
        store = EmbeddedStore(Path(folder) / "cmdb.db")
        await store.open()
        for batch in several:
            await store.apply(batch)
        rows = len(await store.history(HistoryQuery()))
        found = (await store.digest(), await store.tombstones("engine", UIDS), await store.records("space"), rows)
        await store.close()
        return found


def test_what_expects_a_version_or_repeats_an_event_is_written_apart() -> None:
    plain, careful = Batch(processed=[Processed("e1")]), Batch(expect={"a": 1})
    assert cut([plain, Batch(processed=[Processed("e2")]), Batch()]) == 3
    assert cut([plain, Batch(), careful, Batch()]) == 2
    assert cut([careful, Batch()]) == 1
    assert cut([plain, Batch(), Batch(processed=[Processed("e1")])]) == 2


def test_the_last_cursor_counts() -> None:
    joined = as_one([Batch(cursors={"engine": Cursor("e", 1)}), Batch(cursors={"engine": Cursor("e", 2), "other": Cursor("x", 9)})])
    assert joined.cursors == {"engine": Cursor("e", 2), "other": Cursor("x", 9)}
