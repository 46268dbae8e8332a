"""What every graph store promises (`cmdb.stores.port`) to those who ask."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest

from cmdb.model import Ci, Claim, HistoryRow
from cmdb.stores.port import Batch, Filter, GraphStore, HistoryQuery, Query
from dcsim.comparison import Op
from dcsim.errors import InvalidArgument
from dcsim.events import Actor
from tests.contract.graph.shapes import T0, ci, runs_on, sparse


async def uids(store: GraphStore, **query: Any) -> list[str]:
    """Return the uids of a query's first page."""
    return [one.uid for one in (await store.page(Query(**query))).items]


class TestGraphQuestions:
    """The questions, for every store."""

    async def test_a_step_brings_what_is_at_the_other_ends_and_not_known(self, store: GraphStore) -> None:
        claimed = msgspec.structs.replace(ci("h", "Hypervisor", serial="S1"), sources={"engine": Claim("h", 1, {"serial": "S1"})})
        machines = [ci("a", power="on"), ci("b", power="off")]
        await store.apply(Batch(upserts=[claimed, *machines], related=[runs_on("a", "h"), runs_on("b", "h")]))
        found = await store.step(["h"], "in", ["RUNS_ON"], known=["a"])
        assert [one.key for one in found.relations] == [("a", "RUNS_ON", "h"), ("b", "RUNS_ON", "h")]
        assert {uid: one.attributes for uid, one in found.cis.items()} == {"b": {"power": "off"}}
        out = await store.step(["a", "b"], "out", ["RUNS_ON"])
        assert {(one.uid, one.cls, one.name, one.attributes["serial"]) for one in out.cis.values()} == {("h", "Hypervisor", "h", "S1")}
        assert await store.step([], "in", ["RUNS_ON"]) == ([], {})

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
        assert await store.count(Query(filters=(condition,), limit=1)) == len(expected)

    async def test_all_pages_are_counted(self, store: GraphStore) -> None:
        cis = [ci("a", name="web-01", power="on"), ci("b", name="web-02", power="on"), ci("h", "Hypervisor", name="web-host")]
        await store.apply(Batch(upserts=cis))
        first = await store.page(Query(cls="VirtualMachine", limit=1))
        assert await store.count(Query(cls="VirtualMachine", limit=1, cursor=first.next)) == 2
        assert await store.count(Query(text="web")) == 3
        assert await store.count(Query(text="...")) == 0
        assert await store.count(Query(uids=("a", "none"))) == 1
        with pytest.raises(InvalidArgument):
            await store.count(Query(filters=(Filter("power", Op.GT, 3),)))

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
