"""What every graph store promises (`cmdb.stores.port`) to those who write."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from cmdb.model import Claim, Cursor, HistoryRow, Processed, Relation, Tombstone
from cmdb.stores.port import SCHEMA_VERSION, Batch, Filter, GraphStore, HistoryQuery, Query, Record
from dcsim.comparison import Op
from dcsim.errors import AlreadyExists, InvalidArgument, NotFound, VersionConflict
from tests.contract.graph.shapes import T0, ci, runs_on


async def uids(store: GraphStore, **query: Any) -> list[str]:
    """Return the uids of a query's first page."""
    return [one.uid for one in (await store.page(Query(**query))).items]


class TestGraphStore:
    """One class for every store."""

    async def test_it_is_of_the_version_that_this_code_writes(self, store: GraphStore) -> None:
        await store.check()
        assert await store.schema_version() == SCHEMA_VERSION

    async def test_a_ci_comes_back_as_it_was_given(self, store: GraphStore) -> None:
        given = ci("a", name="Größe / 'x' \"y\" \\ {z}", power="on", cpus=2**53 + 1, template=False, macs=("00:25:b5:00:00:01", "b"))
        given = msgspec.structs.replace(given, tags=("env:prod", "tier 1"))
        await store.apply(Batch(upserts=[given]))
        assert await store.node("a") == given
        assert await store.nodes(["a", "b"]) == {"a": given}
        assert await store.node("b") is None

    async def test_an_upsert_replaces_the_whole_ci(self, store: GraphStore) -> None:
        await store.apply(Batch(upserts=[ci("a", power="on", annotation="gone soon")]))
        later = ci("a", version=2, minutes=1, power="off")
        await store.apply(Batch(upserts=[later]))
        assert await store.node("a") == later
        assert await uids(store, filters=(Filter("power", Op.EQ, "on"),)) == []
        assert await store.search("soon") == []

    async def test_a_ci_can_change_its_class(self, store: GraphStore) -> None:
        await store.apply(Batch(upserts=[ci("a", "Disk", uuid="u")]))
        await store.apply(Batch(upserts=[ci("a", "Network", uuid="u", version=2)]))
        assert await uids(store, cls="Storage") == []
        assert await uids(store, cls="NetworkItem") == ["a"]
        assert await store.counts() == {"Network": 1}

    async def test_relations_are_walked_both_ways(self, store: GraphStore) -> None:
        one, two = runs_on("vm1", "h", since="today"), runs_on("vm2", "h")
        part = Relation("h", "MEMBER_OF", "c", {}, ("engine", "person"))
        await store.apply(Batch(upserts=[ci("vm1"), ci("vm2"), ci("h", "Hypervisor"), ci("c", "Cluster")], related=[two, one, part]))
        assert await store.relations_of(["vm1", "vm2"]) == [one, two]
        assert await store.relations_of(["h"], "in") == [one, two]
        assert await store.relations_of(["h"], "both") == [part, one, two]
        assert await store.relations_of(["h", "vm1"], "both", ["RUNS_ON"]) == [one, two]
        assert await store.relations_of(["c"], "out") == []
        assert await store.relations_of(["nobody"], "both") == []
        assert await store.relation_counts() == {"MEMBER_OF": 1, "RUNS_ON": 2}

    async def test_a_relation_is_replaced_and_removed_by_its_identity(self, store: GraphStore) -> None:
        await store.apply(Batch(upserts=[ci("vm"), ci("h", "Hypervisor")], related=[runs_on("vm", "h", note="first")]))
        await store.apply(Batch(related=[runs_on("vm", "h", other=1)]))
        assert await store.relations_of(["vm"]) == [runs_on("vm", "h", other=1)]
        await store.apply(Batch(unrelated=[("vm", "RUNS_ON", "h"), ("vm", "MEMBER_OF", "h"), ("x", "RUNS_ON", "y")]))
        assert await store.relations_of(["vm", "h"], "both") == []

    async def test_a_removal_takes_its_relations_along(self, store: GraphStore) -> None:
        await store.apply(
            Batch(
                upserts=[ci("vm"), ci("h", "Hypervisor"), ci("c", "Cluster")], related=[runs_on("vm", "h"), Relation("h", "MEMBER_OF", "c")]
            )
        )
        await store.apply(Batch(removals=["h", "unknown"]))
        assert await store.relations_of(["vm", "c", "h"], "both") == []
        assert await store.node("h") is None
        assert await store.find("CI", "name", "h") == []
        assert await store.bound("engine", ["key-of-h"]) == {}
        await store.apply(Batch(upserts=[ci("h", "Hypervisor", version=1)]))
        assert await store.relations_of(["h"], "both") == []

    async def test_a_removed_ci_can_come_back_in_the_same_batch(self, store: GraphStore) -> None:
        await store.apply(Batch(upserts=[ci("vm"), ci("h", "Hypervisor")], related=[runs_on("vm", "h")]))
        await store.apply(Batch(removals=["vm"], upserts=[ci("vm", version=5)], related=[runs_on("vm", "h", again=True)]))
        assert await store.relations_of(["vm"]) == [runs_on("vm", "h", again=True)]

    @pytest.mark.parametrize(
        ("bad", "error"),
        [
            (Batch(upserts=[ci("b", "Spaceship")]), InvalidArgument),
            (Batch(upserts=[ci("b", "Compute")]), InvalidArgument),
            (Batch(related=[Relation("a", "ADMIRES", "a")]), InvalidArgument),
            (Batch(upserts=[ci("b")], related=[runs_on("b", "nobody")]), NotFound),
            (Batch(upserts=[ci("b")], expect={"a": 7}), VersionConflict),
            (Batch(upserts=[ci("b")], expect={"a": 0}), VersionConflict),
            (Batch(upserts=[ci("b")], expect={"unknown": 1}), VersionConflict),
        ],
    )
    async def test_a_refused_batch_leaves_nothing(self, store: GraphStore, bad: Batch, error: type[Exception]) -> None:
        await store.apply(Batch(upserts=[ci("a")]))
        before, revision = await store.digest(), await store.revision()
        row = HistoryRow(at=T0, uid="b", cls="VirtualMachine", op="created")
        whole = msgspec.structs.replace(bad, history=[row], processed=[Processed("e", 1)], cursors={"engine": Cursor("x", 1)})
        with pytest.raises(error):
            await store.apply(whole)
        assert (await store.digest(), await store.revision()) == (before, revision)
        assert await store.node("b") is None
        assert await store.history(HistoryQuery()) == []
        assert await store.processed(["e"]) == set()
        assert await store.cursor("engine") is None

    async def test_an_expected_version_lets_pass(self, store: GraphStore) -> None:
        await store.apply(Batch(upserts=[ci("a")], expect={"a": 0}))
        await store.apply(Batch(upserts=[ci("a", version=2)], expect={"a": 1, "b": 0}))
        assert (await store.nodes(["a"]))["a"].version == 2

    async def test_a_batch_whose_events_were_processed_is_skipped(self, store: GraphStore) -> None:
        batch = Batch(upserts=[ci("a")], processed=[Processed("e1", 1), Processed("e2", 2)])
        first = await store.apply(batch)
        assert not first.skipped
        again = await store.apply(msgspec.structs.replace(batch, upserts=[ci("a", version=9)]))
        assert again.skipped
        assert again.revision == first.revision == await store.revision()
        assert (await store.nodes(["a"]))["a"].version == 1
        assert await store.processed(["e1", "e2", "e3"]) == {"e1", "e2"}
        with pytest.raises(AlreadyExists):
            await store.apply(Batch(processed=[Processed("e2"), Processed("e3")]))

    async def test_what_is_kept_beside_the_graph(self, store: GraphStore) -> None:
        stone = Tombstone("engine", "k1", 7, T0)
        await store.apply(
            Batch(
                tombstones=[stone, Tombstone("engine", "k2", 8, T0)],
                cursors={"engine": Cursor("epoch", 12)},
                records=[
                    Record("saved-query", "b", {"text": "x", "n": [1, None, 2.5]}),
                    Record("saved-query", "a", 1),
                    Record("other", "a", 2),
                ],
            )
        )
        assert await store.tombstones("engine", ["k1", "k3"]) == {"k1": stone}
        assert await store.tombstones("person", ["k1"]) == {}
        assert await store.cursor("engine") == Cursor("epoch", 12)
        assert await store.cursor("other") is None
        assert list((await store.records("saved-query")).items()) == [("a", 1), ("b", {"text": "x", "n": [1, None, 2.5]})]
        assert await store.records("saved-query", ["b", "c"]) == {"b": {"text": "x", "n": [1, None, 2.5]}}
        later = Tombstone("engine", "k2", 9, T0)
        await store.apply(
            Batch(
                tombstones=[later],
                revived=[("engine", "k1"), ("engine", "unknown")],
                cursors={"engine": Cursor("epoch2", 1)},
                records=[Record("saved-query", "a"), Record("saved-query", "b", "changed")],
            )
        )
        assert await store.tombstones("engine", ["k1", "k2"]) == {"k2": later}
        assert await store.cursor("engine") == Cursor("epoch2", 1)
        assert await store.records("saved-query") == {"b": "changed"}

    async def test_a_key_leads_to_the_ci_that_a_source_has_a_claim_on(self, store: GraphStore) -> None:
        merged = msgspec.structs.replace(ci("a"), sources={"engine": Claim("k"), "person": Claim("other")})
        await store.apply(Batch(upserts=[merged, ci("b")]))
        assert await store.bound("engine", ["k", "key-of-b", "nothing"]) == {"k": "a", "key-of-b": "b"}
        assert await store.bound("person", ["k", "other"]) == {"other": "a"}
        await store.apply(Batch(upserts=[msgspec.structs.replace(merged, sources={"engine": Claim("moved")}, version=2)]))
        assert await store.bound("engine", ["k", "moved"]) == {"moved": "a"}
        assert await store.bound("person", ["other"]) == {}

    async def test_equal_graphs_have_equal_hashes_whatever_led_there(self, store: GraphStore) -> None:
        empty = await store.digest()
        final = [ci("vm", power="on"), ci("h", "Hypervisor")]
        await store.apply(
            Batch(upserts=final, related=[runs_on("vm", "h")], history=[HistoryRow(at=T0, uid="vm", cls="VirtualMachine", op="created")])
        )
        straight = await store.digest()
        assert straight != empty
        await store.apply(Batch(upserts=[ci("vm", power="off", version=7, minutes=3), ci("other")], unrelated=[("vm", "RUNS_ON", "h")]))
        assert await store.digest() not in {straight, empty}
        await store.apply(Batch(upserts=[ci("vm", power="on", version=8, minutes=4)], removals=["other"], related=[runs_on("vm", "h")]))
        assert await store.digest() == straight
        await store.apply(Batch(related=[runs_on("vm", "h", since="x")]))
        assert await store.digest() != straight
        await store.clear()
        assert await store.digest() == empty

    async def test_clearing_leaves_nothing_but_the_revision(self, store: GraphStore) -> None:
        await store.apply(
            Batch(
                upserts=[ci("vm"), ci("h", "Hypervisor")],
                related=[runs_on("vm", "h")],
                processed=[Processed("e")],
                cursors={"c": Cursor("e", 1)},
                tombstones=[Tombstone("engine", "k", 1, T0)],
                records=[Record("s", "k", 1)],
                history=[HistoryRow(at=T0, uid="vm", cls="VirtualMachine", op="created")],
            )
        )
        revision = await store.revision()
        await store.clear()
        assert await store.revision() > revision
        assert (await store.counts(), await store.relation_counts(), await store.records("s")) == ({}, {}, {})
        assert await store.relations_of(["vm", "h"], "both") == []
        assert await store.history(HistoryQuery()) == []
        assert await store.processed(["e"]) == set()
        assert await store.cursor("c") is None
        assert await store.tombstones("engine", ["k"]) == {}
        assert await store.search("vm") == []
        await store.apply(Batch(upserts=[ci("vm")], processed=[Processed("e")]))
        assert await store.counts() == {"VirtualMachine": 1}

    async def test_batches_at_once_are_written_in_the_order_of_the_calls(self, store: GraphStore) -> None:
        batches = [
            Batch(
                upserts=[ci("a", version=n, cpus=n)], history=[HistoryRow(at=T0, uid="a", cls="VirtualMachine", op="updated", sequence=n)]
            )
            for n in range(1, 41)
        ]
        applied = await asyncio.gather(*(store.apply(batch) for batch in batches))
        revisions = [one.revision for one in applied]
        assert revisions == sorted(revisions)
        assert (await store.nodes(["a"]))["a"].version == 40
        assert [row.sequence for row in await store.history(HistoryQuery())] == list(range(1, 41))

    async def test_one_bad_batch_among_many_fails_alone(self, store: GraphStore) -> None:
        batches = [Batch(upserts=[ci(f"u{n}")], expect={"nobody": 1} if n == 5 else {}) for n in range(10)]
        outcomes = await asyncio.gather(*(store.apply(batch) for batch in batches), return_exceptions=True)
        assert [n for n, outcome in enumerate(outcomes) if isinstance(outcome, BaseException)] == [5]
        assert isinstance(outcomes[5], VersionConflict)
        assert await store.counts() == {"VirtualMachine": 9}

    async def test_what_was_applied_is_there_when_it_is_opened_again(self, store: GraphStore, reopened: Callable[[], GraphStore]) -> None:
        await store.apply(
            Batch(upserts=[ci("vm", name="web"), ci("h", "Hypervisor")], related=[runs_on("vm", "h", n=1)], processed=[Processed("e")])
        )
        digest, revision = await store.digest(), await store.revision()
        await store.close()
        again = reopened()
        await again.open()
        try:
            assert (await again.digest(), await again.revision()) == (digest, revision)
            assert await again.relations_of(["h"], "in") == [runs_on("vm", "h", n=1)]
            assert await again.processed(["e"]) == {"e"}
            assert [one.uid for one in await again.search("web")] == ["vm"]
        finally:
            await again.close()
