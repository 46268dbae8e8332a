"""What every graph store promises (`cmdb.stores.port`)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from cmdb.model import Ci, Claim, Cursor, HistoryRow, Processed, Relation, Tombstone, Value
from cmdb.stores.port import SCHEMA_VERSION, Batch, Filter, GraphStore, HistoryQuery, Op, Query, Record
from dcsim.errors import AlreadyExists, InvalidArgument, NotFound, VersionConflict
from dcsim.events import Actor

T0 = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)


def ci(uid: str, cls: str = "VirtualMachine", *, name: str = "", version: int = 1, minutes: int = 0, **attributes: Value) -> Ci:
    """Return a CI that the engine has told of."""
    at = T0 + timedelta(minutes=minutes)
    claim = Claim(f"key-of-{uid}", version, attributes)
    return Ci(uid=uid, cls=cls, name=name or uid, attributes=attributes, sources={"engine": claim}, created=T0, changed=at, version=version)


def runs_on(vm: str, host: str, **properties: Value) -> Relation:
    """Return the relation between a VM and its host."""
    return Relation(vm, "RUNS_ON", host, properties, ("engine",))


def sparse(n: int) -> dict[str, Any]:
    """Return attributes that not every CI has."""
    return ({"cpus": n % 4} if n % 7 else {}) | ({"power": "on"} if n % 2 else {})


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

    async def test_identifiers_are_found(self, store: GraphStore) -> None:
        host = ci("h", "Hypervisor", serial="S1", macs=("m1", "m2"))
        await store.apply(Batch(upserts=[host, ci("b", "Blade", serial="S1"), ci("x", name="same"), ci("y", name="same")]))
        assert [one.uid for one in await store.find("CI", "serial", "S1")] == ["b", "h"]
        assert [one.uid for one in await store.find("Hypervisor", "serial", "S1")] == ["h"]
        assert await store.find("Hypervisor", "macs", "m2") == [host]
        assert [one.uid for one in await store.find("Compute", "name", "same")] == ["x", "y"]
        assert await store.find("Hardware", "serial", "none") == []
        with pytest.raises(InvalidArgument):
            await store.find("VirtualMachine", "annotation", "x")
        with pytest.raises(InvalidArgument):
            await store.find("Spaceship", "name", "x")

    @pytest.mark.parametrize(
        ("condition", "expected"),
        [
            (Filter("power", Op.EQ, "on"), ["a", "b"]),
            (Filter("power", Op.NE, "on"), ["c", "d", "h"]),
            (Filter("cpus", Op.EQ, 4), ["b"]),
            (Filter("cpus", Op.GT, 2), ["b", "c"]),
            (Filter("cpus", Op.GE, 2), ["a", "b", "c"]),
            (Filter("cpus", Op.LT, 4), ["a"]),
            (Filter("cpus", Op.LE, 4), ["a", "b"]),
            (Filter("cpus", Op.IN, (2, 8)), ["a", "c"]),
            (Filter("name", Op.IN, ("web-02", "db")), ["b", "c"]),
            (Filter("name", Op.LIKE, "WEB"), ["a", "b"]),
            (Filter("macs", Op.HAS, "m2"), ["a", "h"]),
            (Filter("macs", Op.EQ, ("m2",)), ["h"]),
            (Filter("template", Op.EQ, True), ["c"]),
            (Filter("template", Op.EQ, False), ["a"]),
            (Filter("annotation", Op.EXISTS, True), ["d"]),
            (Filter("power", Op.EXISTS, False), ["h"]),
            (Filter("annotation", Op.EQ, 'it\'s "x" \\ %_'), ["d"]),
            (Filter("annotation", Op.LIKE, '"X" \\ %'), ["d"]),
            (Filter("cls", Op.EQ, "Hypervisor"), ["h"]),
            (Filter("version", Op.GT, 1), ["d"]),
            (Filter("changed", Op.GE, T0 + timedelta(minutes=2)), ["c", "d"]),
            (Filter("created", Op.EQ, T0), ["a", "b", "c", "d", "h"]),
        ],
        ids=lambda value: f"{value.name}-{value.op}" if isinstance(value, Filter) else "",
    )
    async def test_filters(self, store: GraphStore, condition: Filter, expected: list[str]) -> None:
        await store.apply(
            Batch(
                upserts=[
                    ci("a", name="web-01", power="on", cpus=2, macs=("m1", "m2"), template=False),
                    ci("b", name="web-02", power="on", cpus=4, minutes=1),
                    ci("c", name="db", power="off", cpus=8, minutes=2, template=True),
                    ci("d", power="off", annotation='it\'s "x" \\ %_', minutes=3, version=2),
                    ci("h", "Hypervisor", macs=("m2",)),
                ]
            )
        )
        assert await uids(store, filters=(condition,)) == expected

    async def test_filters_join(self, store: GraphStore) -> None:
        tagged = msgspec.structs.replace(ci("a", name="web", power="on"), tags=("red", "env:prod"))
        other = msgspec.structs.replace(ci("b", name="web", power="on"), tags=("red",), sources={"person": Claim("b")})
        await store.apply(Batch(upserts=[tagged, other, ci("c", "Hypervisor", name="web")]))
        assert await uids(store, tags=("red",)) == ["a", "b"]
        assert await uids(store, tags=("red", "env:prod")) == ["a"]
        assert await uids(store, source="person") == ["b"]
        assert await uids(store, text="web", cls="VirtualMachine", filters=(Filter("power", Op.EQ, "on"),), uids=("b", "c")) == ["b"]
        assert await uids(store, uids=()) == []
        assert await uids(store, text="...") == []

    @pytest.mark.parametrize("sort", ["uid", "-uid", "name", "-name", "changed", "-changed", "cpus", "-cpus", "power", "-version"])
    async def test_pages_join_without_gap_or_overlap(self, store: GraphStore, sort: str) -> None:
        many = [ci(f"u{n:02}", name=f"n{n % 3}", minutes=n % 5, **sparse(n)) for n in range(23)]
        await store.apply(Batch(upserts=many))
        whole = await store.page(Query(sort=sort, limit=100))
        assert whole.next == ""
        assert whole.items == tuple(sorted_as_promised(many, sort))
        collected: list[Ci] = []
        cursor = ""
        while True:
            page = await store.page(Query(sort=sort, limit=4, cursor=cursor))
            collected += page.items
            if not (cursor := page.next):
                break
        assert tuple(collected) == whole.items

    @pytest.mark.parametrize(
        ("bad", "field"),
        [
            (Query(sort="nonsense"), "sort"),
            (Query(sort="macs"), "sort"),
            (Query(limit=0), "limit"),
            (Query(limit=1001), "limit"),
            (Query(cursor="%%%"), "cursor"),
            (Query(cursor="bm9uc2Vuc2U"), "cursor"),
            (Query(cls="Spaceship"), "class"),
            (Query(filters=(Filter("nonsense", Op.EQ, 1),)), "nonsense"),
            (Query(filters=(Filter("x') OR 1 --", Op.EQ, 1),)), "x') OR 1 --"),
            (Query(filters=(Filter("power", Op.IN, "on"),)), "power"),
            (Query(filters=(Filter("power", Op.EXISTS, "yes"),)), "power"),
            (Query(filters=(Filter("cpus", Op.LIKE, 3),)), "cpus"),
            (Query(filters=(Filter("changed", Op.GT, "yesterday"),)), "changed"),
            (Query(filters=(Filter("changed", Op.GT, datetime(2026, 1, 1)),)), "changed"),  # noqa: DTZ001 - what is refused
            (Query(filters=(Filter("cpus", Op.EQ, "two"),)), "cpus"),
            (Query(filters=(Filter("cpus", Op.IN, (1, "two")),)), "cpus"),
            (Query(filters=(Filter("power", Op.HAS, "on"),)), "power"),
            (Query(filters=(Filter("macs", Op.GT, "m"),)), "macs"),
        ],
    )
    async def test_a_query_that_cannot_be_is_refused_by_name(self, store: GraphStore, bad: Query, field: str) -> None:
        with pytest.raises(InvalidArgument) as refused:
            await store.page(bad)
        assert refused.value.field == field

    async def test_a_cursor_belongs_to_its_order(self, store: GraphStore) -> None:
        await store.apply(Batch(upserts=[ci("a"), ci("b")]))
        page = await store.page(Query(limit=1))
        with pytest.raises(InvalidArgument):
            await store.page(Query(limit=1, sort="name", cursor=page.next))

    async def test_full_text_finds_beginnings_of_words(self, store: GraphStore) -> None:
        await store.apply(
            Batch(
                upserts=[
                    ci("a", name="web", annotation="the front"),
                    ci("b", name="web-01.shop.example", addresses=("10.77.1.5",)),
                    ci("c", name="cobweb"),
                    ci("d", name="other", annotation="behind WEB and Müller-Straße"),
                    msgspec.structs.replace(ci("h", "Hypervisor", name="host"), tags=("env:webby",)),
                ]
            )
        )

        async def found(text: str, **more: Any) -> list[str]:
            return [one.uid for one in await store.search(text, **more)]

        assert await found("web") == ["a", "b", "h", "d"]
        assert await found("WEB-0") == ["b"]
        assert await found("sho web") == ["b"]
        assert await found("10.77.1.5") == ["b"]
        assert await found("müll straße") == ["d"]
        assert await found("web", cls="Hypervisor") == ["h"]
        assert await found("web", limit=2) == ["a", "b"]
        assert await found('"web" OR *') == []
        assert await found("") == []
        await store.apply(Batch(upserts=[ci("a", name="renamed", version=2)], removals=["b"]))
        assert await found("web") == ["h", "d"]
        assert await found("rena") == ["a"]

    async def test_history_is_numbered_and_found_by_ci_time_and_number(self, store: GraphStore) -> None:
        actor = Actor(principal="alice", agent="pyvmomi", api="vsphere", operation="PowerOff", request_id="r1")
        rows = [
            HistoryRow(
                at=T0 + timedelta(minutes=n),
                uid="ab"[n % 2],
                cls="Network",
                op="updated",
                before={"attributes": {"mtu": n}},
                after={"attributes": {"mtu": n + 1, "x": [1, {"y": None}]}},
                actor=actor,
                source="engine",
                event_id=f"e{n}",
                sequence=n,
            )
            for n in range(6)
        ]
        await store.apply(Batch(history=rows[:2]))
        await store.apply(Batch(history=rows[2:]))
        found = await store.history(HistoryQuery())
        numbers = [row.number for row in found]
        assert numbers == sorted(set(numbers))
        assert min(numbers) > 0
        assert [msgspec.structs.replace(row, number=0) for row in found] == rows

        async def events(**query: Any) -> list[str]:
            return [row.event_id for row in await store.history(HistoryQuery(**query))]

        assert await events(uids=("b",)) == ["e1", "e3", "e5"]
        assert await events(since=T0 + timedelta(minutes=2), until=T0 + timedelta(minutes=4)) == ["e2", "e3"]
        assert await events(limit=2) == ["e0", "e1"]
        assert await events(after=numbers[3]) == ["e4", "e5"]
        assert await events(backwards=True, limit=2) == ["e5", "e4"]
        assert await events(backwards=True, after=numbers[1]) == ["e0"]

    async def test_scans_see_everything_once(self, store: GraphStore) -> None:
        hosts = [ci(f"h{n}", "Hypervisor") for n in range(3)]
        vms = [msgspec.structs.replace(ci(f"vm{n}"), sources={"person": Claim(str(n))} if n % 2 else {}) for n in range(5)]
        relations = sorted((runs_on(f"vm{n}", f"h{n % 3}") for n in range(5)), key=lambda one: one.key)
        await store.apply(Batch(upserts=[*vms, *hosts], related=relations))
        assert [one async for chunk in store.scan() for one in chunk] == [*hosts, *vms]
        assert [one async for chunk in store.scan(cls="VirtualMachine") for one in chunk] == vms
        assert [one.uid async for chunk in store.scan(source="person") for one in chunk] == ["vm1", "vm3"]
        assert [one async for chunk in store.scan_relations() for one in chunk] == relations

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


def sorted_as_promised(cis: list[Ci], sort: str) -> list[Ci]:
    """Return the CIs in the order that `Query.sort` describes."""
    name, down = sort.removeprefix("-"), sort.startswith("-")

    def value(one: Ci) -> Any:
        return getattr(one, name) if name in {"uid", "name", "changed", "version"} else one.attributes.get(name)

    by_uid = sorted(cis, key=lambda one: one.uid)
    known = sorted((one for one in by_uid if value(one) is not None), key=value, reverse=down)
    if down:
        known = [one for _, group in _groups(known, value) for one in sorted(group, key=lambda one: one.uid)]
    return known + [one for one in by_uid if value(one) is None]


def _groups(cis: list[Ci], value: Callable[[Ci], Any]) -> list[tuple[Any, list[Ci]]]:
    groups: dict[Any, list[Ci]] = {}
    for one in cis:
        groups.setdefault(value(one), []).append(one)
    return list(groups.items())
