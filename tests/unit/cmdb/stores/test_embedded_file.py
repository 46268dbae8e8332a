"""The embedded store's file: another version, damage, death in the middle, and what is kept in memory beside it."""

from __future__ import annotations

import asyncio
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cmdb.model import Ci, HistoryRow, Processed, Relation
from cmdb.stores.embedded import EmbeddedStore
from cmdb.stores.embedded.adjacency import Adjacency
from cmdb.stores.port import Batch, HistoryQuery
from dcsim.errors import StoreCorrupt, StoreUnavailable

T0 = datetime(2026, 1, 1, tzinfo=UTC)
WRITER = """
import asyncio, sys
from datetime import UTC, datetime
from pathlib import Path
from cmdb.model import Ci, HistoryRow, Processed, Relation
from cmdb.stores.embedded import EmbeddedStore
from cmdb.stores.port import Batch
at = datetime(2026, 1, 1, tzinfo=UTC)
async def main():
    store = EmbeddedStore(Path(sys.argv[1]))
    await store.open()
    done = len(await store.counts()) and sum((await store.counts()).values()) // 2
    for n in range(done, 100_000):
        kinds = (("vm", "VirtualMachine"), ("h", "Hypervisor"))
        pair = [Ci(uid=f"{kind}{n}", cls=cls, name=f"{kind} {n}", created=at, changed=at) for kind, cls in kinds]
        row = HistoryRow(at=at, uid=f"vm{n}", cls="VirtualMachine", op="created")
        runs = Relation(f"vm{n}", "RUNS_ON", f"h{n}")
        await store.apply(Batch(upserts=pair, related=[runs], history=[row], processed=[Processed(str(n))]))
        print(n, flush=True)
asyncio.run(main())
"""


def ci(uid: str, cls: str = "VirtualMachine") -> Ci:
    """Return a CI with nothing but its uid."""
    return Ci(uid=uid, cls=cls, name=uid, created=T0, changed=T0)


async def test_another_schema_version_is_refused_with_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "cmdb.db"
    store = EmbeddedStore(path)
    await store.open()
    await store.close()
    with closing(sqlite3.connect(path)) as db:
        db.execute("UPDATE meta SET value = 99 WHERE key = 'schema'")
        db.commit()
    with pytest.raises(StoreCorrupt, match=r"schema version 99.*Move the file away"):
        await EmbeddedStore(path).open()


async def test_a_file_that_is_none_of_ours_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "cmdb.db"
    path.write_bytes(b"this is no database, and long enough to be sure of it" * 40)
    with pytest.raises(StoreCorrupt, match="damaged"):
        await EmbeddedStore(path).open()


async def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreUnavailable, match="cannot be used"):
        await EmbeddedStore(tmp_path / "file" / "cmdb.db").open()


async def test_the_file_is_its_owners_alone(tmp_path: Path) -> None:
    store = EmbeddedStore(tmp_path / "new" / "cmdb.db")
    await store.open()
    await store.close()
    assert (tmp_path / "new" / "cmdb.db").stat().st_mode & 0o777 == 0o600


async def test_a_closed_store_says_so(tmp_path: Path) -> None:
    store = EmbeddedStore(tmp_path / "cmdb.db")
    with pytest.raises(StoreUnavailable):
        await store.check()
    await store.open()
    await store.close()
    await store.close()
    for call in (store.apply(Batch()), store.nodes(["a"]), store.check()):
        with pytest.raises(StoreUnavailable):
            await call


async def test_a_writer_that_stops_waiting_has_written_all_the_same(tmp_path: Path) -> None:
    store = EmbeddedStore(tmp_path / "cmdb.db")
    await store.open()
    writing = asyncio.create_task(store.apply(Batch(upserts=[ci("vm"), ci("h", "Hypervisor")], related=[Relation("vm", "RUNS_ON", "h")])))
    await asyncio.sleep(0)
    writing.cancel()
    await asyncio.gather(writing, return_exceptions=True)
    await store.apply(Batch())
    assert [one.key for one in await store.relations_of(["h"], "in")] == [("vm", "RUNS_ON", "h")]
    assert await store.counts() == {"Hypervisor": 1, "VirtualMachine": 1}
    await store.close()


async def test_a_full_disk_fails_the_batch_and_the_next_one_succeeds(tmp_path: Path) -> None:
    store = EmbeddedStore(tmp_path / "cmdb.db")
    await store.open()
    db = store._writer._db  # only SQLite itself can be made to run out of room on purpose
    assert db is not None
    pages = db.execute("PRAGMA page_count").fetchone()[0]
    db.execute(f"PRAGMA max_page_count = {pages + 2}")
    many = [ci(f"vm{n}") for n in range(2000)]
    with pytest.raises(StoreUnavailable, match="disk"):
        await store.apply(Batch(upserts=many))
    assert await store.counts() == {}
    db.execute("PRAGMA max_page_count = 1000000")
    await store.apply(Batch(upserts=many))
    assert await store.counts() == {"VirtualMachine": 2000}
    await store.close()


async def test_killed_at_any_moment_it_holds_whole_batches(tmp_path: Path) -> None:
    """SIGKILL again and again: what was answered is there, and every batch is there with all of its parts."""
    path = tmp_path / "cmdb.db"
    told = -1
    for rows in (1, 7, 40, 90):
        with subprocess.Popen([sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            for _ in range(rows):
                told = int(process.stdout.readline())
            process.send_signal(signal.SIGKILL)
    store = EmbeddedStore(path)
    await store.open()
    counts = await store.counts()
    found = counts["VirtualMachine"]
    assert found > told
    assert counts == {"VirtualMachine": found, "Hypervisor": found}
    assert await store.relation_counts() == {"RUNS_ON": found}
    assert len(await store.history(HistoryQuery())) == found
    assert await store.processed([str(found - 1), str(found)]) == {str(found - 1)}
    assert len(await store.search(f"vm {found - 1}")) == 1
    await store.close()


def test_adjacency_keeps_nothing_of_what_is_gone() -> None:
    adjacency = Adjacency()
    verbs = ("RUNS_ON", "MEMBER_OF")
    for source in ("a", "b"):
        for verb in verbs:
            adjacency.put(Relation(source, verb, "t"))
    adjacency.drop(("a", "RUNS_ON", "t"))
    assert [one.key for one in adjacency.at(["t"], "in", None)] == [("a", "MEMBER_OF", "t"), ("b", "MEMBER_OF", "t"), ("b", "RUNS_ON", "t")]
    adjacency.drop(("a", "MEMBER_OF", "t"))
    adjacency.drop_node("b")
    assert adjacency.at(["a", "b", "t"], "both", None) == []
    assert (adjacency._out, adjacency._into) == ({}, {})  # memory is what this is about


def test_adjacency_replaces_by_identity() -> None:
    adjacency = Adjacency()
    adjacency.put(Relation("a", "NEEDS", "t", {"tier": "web"}))
    adjacency.put(Relation("a", "NEEDS", "t", {"tier": "db"}))
    assert adjacency.at(["a"], "out", frozenset({"NEEDS"})) == [Relation("a", "NEEDS", "t", {"tier": "db"})]
    assert adjacency.at(["a"], "out", frozenset({"RUNS_ON"})) == []


async def test_processed_ids_are_forgotten_only_when_there_are_enough(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cmdb.stores.embedded.writing.KEEP_PROCESSED", 5)
    monkeypatch.setattr("cmdb.stores.embedded.writing.FORGET_EVERY", 10)
    store = EmbeddedStore(tmp_path / "cmdb.db")
    await store.open()
    for n in range(20):
        await store.apply(Batch(processed=[Processed(f"e{n}")], history=[HistoryRow(at=T0, uid="x", cls="CI", op="updated")]))
    known = await store.processed(f"e{n}" for n in range(20))
    assert known >= {f"e{n}" for n in range(15, 20)}
    assert "e0" not in known
    await store.close()


async def test_a_file_with_other_tables_is_damaged_not_away(tmp_path: Path) -> None:
    path = tmp_path / "cmdb.db"
    store = EmbeddedStore(path)
    await store.open()
    await store.apply(Batch(upserts=[ci("vm")]))
    with closing(sqlite3.connect(path)) as db:
        db.execute("ALTER TABLE ci RENAME COLUMN folded TO other")
    with pytest.raises(StoreCorrupt, match="Move the file away"):
        await store.apply(Batch(upserts=[ci("h", "Hypervisor")]))
    await store.close()
