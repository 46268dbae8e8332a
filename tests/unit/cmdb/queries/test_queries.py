"""Saved queries: who sees and changes them, what is refused when they are saved, and that they answer exactly what they ask."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cmdb.model import Ci, Relation, Value
from cmdb.queries import ListQuestion, SavedQuery, Shelf
from cmdb.queries.asking import page_of, row_of
from cmdb.queries.seeded import SEEDED
from cmdb.queries.shapes import Condition, Related
from cmdb.stores.embedded import EmbeddedStore
from cmdb.stores.port import Batch
from dcsim.comparison import Op
from dcsim.errors import AlreadyExists, InvalidArgument, NotFound, PermissionDenied, VersionConflict

T0 = datetime(2026, 1, 1, tzinfo=UTC)
GIB = 1 << 30


def ci(uid: str, cls: str, **attributes: Value) -> Ci:
    """Return a CI."""
    return Ci(uid=uid, cls=cls, name=uid, attributes=attributes, created=T0, changed=T0)


CIS = [
    ci("gold", "Cluster", ha_enabled=True), ci("tin", "Cluster", ha_enabled=False),
    ci("esx-1", "Hypervisor", connection="connected"), ci("esx-2", "Hypervisor", connection="notResponding"), ci("esx-3", "Hypervisor"),
    ci("vm-1", "VirtualMachine", power="on"), ci("vm-2", "VirtualMachine", power="off"), ci("vm-3", "VirtualMachine", power="off"),
    ci("tpl", "VirtualMachine", power="off", template=True),
    ci("small", "Disk", capacity_bytes=99 * GIB), ci("big", "Disk", capacity_bytes=100 * GIB),
    ci("huge", "Volume", capacity_bytes=900 * GIB),
    ci("shop", "Application"), ci("team", "Team"), ci("fan", "Fan", operable=False), ci("psu", "PowerSupply", operable=True),
]  # fmt: skip
RELATIONS = [
    Relation("esx-1", "MEMBER_OF", "gold"), Relation("esx-2", "MEMBER_OF", "tin"), Relation("vm-1", "RUNS_ON", "esx-1"),
    Relation("vm-2", "RUNS_ON", "esx-2"), Relation("vm-3", "RUNS_ON", "esx-3"), Relation("vm-1", "USES", "huge"),
    Relation("vm-2", "USES", "small"), Relation("vm-3", "USES", "small"), Relation("vm-3", "USES", "big"), Relation("tpl", "USES", "huge"),
    Relation("shop", "NEEDS", "vm-1"), Relation("vm-2", "OWNED_BY", "team"),
]  # fmt: skip


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[EmbeddedStore]:
    """Yield a store with that graph."""
    opened = EmbeddedStore(tmp_path / "cmdb.db")
    await opened.open()
    await opened.apply(Batch(upserts=CIS, related=RELATIONS))
    yield opened
    await opened.close()


def query(name: str, owner: str = "ann", *, shared: bool = False, question: ListQuestion | None = None) -> SavedQuery:
    """Return a query."""
    return SavedQuery(name=name, owner=owner, shared=shared, question=question or ListQuestion(cls="VirtualMachine"))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("broken-hardware", {"fan"}),
        ("hosts-without-ha", {"esx-2", "esx-3"}),
        ("off-with-big-disks", {"vm-3"}),
        ("vms-of-nobody", {"vm-3"}),
        ("vms-on-lost-hosts", {"vm-2", "vm-3"}),
    ],
)
async def test_what_comes_with_it_is_exact(store: EmbeddedStore, name: str, expected: set[str]) -> None:
    found = await Shelf(store).get(name, "anybody")
    assert isinstance(found.question, ListQuestion)
    found.question.check()
    assert {one.uid for one in (await page_of(store, found.question, 100, "")).items} == expected
    assert {one.name for one in SEEDED} == {one.name for one in await Shelf(store).visible("anybody")}


async def test_pages_lose_and_repeat_nothing(store: EmbeddedStore) -> None:
    asked = ListQuestion(cls="VirtualMachine", related=[Related(type="USES", cls="Disk")], sort="-name", columns=["name", "power", "cpus"])
    found, cursor = list[str](), ""
    while True:
        page = await page_of(store, asked, 1, cursor)
        found += [one.uid for one in page.items]
        cursor = page.next
        if not cursor:
            break
    assert found == ["vm-3", "vm-2", "vm-1", "tpl"]
    assert row_of(CIS[5], asked.columns) == ["vm-1", "on", None]


async def test_one_sees_ones_own_and_what_is_shared(store: EmbeddedStore) -> None:
    shelf = Shelf(store)
    await shelf.add(query("mine"))
    await shelf.add(query("ours", shared=True))
    assert (await shelf.get("ours", "bob")).owner == "ann"
    with pytest.raises(NotFound):
        await shelf.get("mine", "bob")
    await shelf.add(query("mine", "bob"))
    assert (await shelf.get("mine", "ann")).owner == "ann"
    with pytest.raises(AlreadyExists):
        await shelf.add(query("ours", "bob", shared=True))
    with pytest.raises(PermissionDenied):
        await shelf.remove("ours", "bob", None)
    with pytest.raises(PermissionDenied):
        await shelf.replace(query("broken-hardware"), None)


async def test_a_change_is_based_on_what_was_read(store: EmbeddedStore) -> None:
    shelf = Shelf(store)
    made = await shelf.add(query("mine"))
    changed = await shelf.replace(query("mine", question=ListQuestion(cls="Fan")), made.version)
    assert (await shelf.get("mine", "ann")) == changed
    with pytest.raises(VersionConflict):
        await shelf.replace(query("mine"), made.version)
    with pytest.raises(VersionConflict):
        await shelf.remove("mine", "ann", made.version)
    await shelf.remove("mine", "ann", changed.version)
    with pytest.raises(NotFound):
        await shelf.get("mine", "ann")


async def test_one_name_is_given_once_however_many_ask(store: EmbeddedStore) -> None:
    outcomes = await asyncio.gather(*(Shelf(store).add(query("same")) for _ in range(5)), return_exceptions=True)
    assert sum(isinstance(one, AlreadyExists) for one in outcomes) == 4


@pytest.mark.parametrize(
    ("question", "field"),
    [
        (ListQuestion(cls="Nothing"), "class"),
        (ListQuestion(filters=[Condition("nothing", Op.EQ, 1)]), "nothing"),
        (ListQuestion(filters=[Condition("cpus", Op.EQ, "two")]), "cpus"),
        (ListQuestion(filters=[Condition("created", Op.GE, "yesterday")]), "created"),
        (ListQuestion(sort="nothing"), "sort"),
        (ListQuestion(cls="Fan", columns=["power"]), "columns"),
        (ListQuestion(related=[Related(type="LIKES")]), "type"),
        (ListQuestion(related=[Related(type="USES", cls="Nothing")]), "class"),
    ],
)
def test_what_cannot_be_asked_cannot_be_saved(question: ListQuestion, field: str) -> None:
    with pytest.raises(InvalidArgument) as refused:
        question.check()
    assert refused.value.field == field
