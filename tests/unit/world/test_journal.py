"""The journal: what it promises when disks fill, files are damaged, and several read while one writes."""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest

from dcsim.errors import JournalCorrupt, JournalUnavailable
from dcsim.settings import Settings
from emulators.world.decisions.components import ClearFault, InjectFault, SetBladePower
from emulators.world.decisions.hardware import VmSettings
from emulators.world.decisions.records import CreateRecord, DeleteRecord, Record
from emulators.world.decisions.vms import ReconfigureVm
from emulators.world.engine import World
from emulators.world.evolve import apply_stored
from emulators.world.journal import Journal
from emulators.world.model import Blade, BladePower, Fault, Vm, kind
from emulators.world.state import WorldState
from tests.unit.world.lab import ACTOR, Lab, image


@kind
class Note(Record, frozen=True, kw_only=True, omit_defaults=True):
    """A record that only tests have."""

    KIND = "test_note"

    text: str = ""
    count: int = 0


def raw(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path, isolation_level=None)


def test_everything_is_there_after_a_restart(lab: Lab) -> None:
    lab.do(InjectFault(code="host-crash", subject=lab.host().uid))
    before, sequence, number = lab.image(), lab.world.sequence, lab.state.next_number
    again = lab.reopened()
    assert again.image() == before
    assert list(again.image()) == list(before)
    assert (again.world.sequence, again.state.next_number) == (sequence, number)
    again.close()


def test_replaying_all_events_gives_the_same_entities(lab: Lab) -> None:
    lab.do(InjectFault(code="host-crash", subject=lab.host().uid))
    lab.run(ReconfigureVm(vm=lab.vm("spare").uid, settings=VmSettings(extra_config={"a": "1"})))
    state = WorldState()
    for record in lab.events():
        apply_stored(state, record.event)
    assert image(state) == lab.image()
    assert list(image(state)) == list(lab.image())


def test_replaying_from_a_checkpoint_does_too(lab: Lab, tmp_path: Path) -> None:
    lab.world.journal.copy_to(tmp_path / "checkpoint.db")
    lab.do(InjectFault(code="host-crash", subject=lab.host().uid))
    checkpoint = Journal(tmp_path / "checkpoint.db")
    state = WorldState()
    for entity in checkpoint.entities():
        state.load(entity)
    for record in lab.events(checkpoint.last()[0]):
        apply_stored(state, record.event)
    checkpoint.close()
    assert image(state) == lab.image()


def test_replaying_what_does_not_fit_is_an_error(lab: Lab) -> None:
    lab.do(InjectFault(code="host-crash", subject=lab.host().uid))
    updates = [record for record in lab.events() if any(change.op == "updated" for change in record.event.changes)]
    with pytest.raises(KeyError, match="which is not there"):
        apply_stored(WorldState(), updates[0].event)


def test_events_are_gapless_and_carry_who_and_when(lab: Lab) -> None:
    lab.do(InjectFault(code="host-crash", subject=lab.host().uid))
    records = lab.events()
    assert [record.sequence for record in records] == list(range(1, len(records) + 1))
    assert [int(record.event.id, 16) for record in records] == [record.sequence for record in records]
    assert {record.actor for record in records} == {ACTOR}
    assert records[-1].command == "InjectFault"
    assert records[-1].simulated == lab.clock.now()


def test_events_of_one_subject(lab: Lab) -> None:
    blade = lab.state.all(Blade)[0]
    for power in (BladePower.OFF, BladePower.ON):
        lab.do(SetBladePower(blade=blade.uid, power=power))
    found = lab.world.journal.records(subject=blade.uid)
    assert [record.event.type for record in found] == ["dcsim.hardware.blade.powered"] * 2
    assert lab.world.journal.records(after=found[0].sequence, subject=blade.uid, limit=5) == found[1:]


def test_a_record_made_again_under_its_name_keeps_the_order_of_creation(lab: Lab) -> None:
    lab.do(CreateRecord(kind="test_note", fields={"uid": "note-a", "name": "a"}))
    lab.do(CreateRecord(kind="test_note", fields={"uid": "note-b", "name": "b"}))

    async def again() -> None:
        made = CreateRecord(kind="test_note", fields={"uid": "note-a", "name": "a"})
        await asyncio.gather(lab.world.execute(DeleteRecord(uid="note-a"), ACTOR), lab.world.execute(made, ACTOR))

    asyncio.run(again())
    assert [note.name for note in lab.state.all(Note)] == ["b", "a"]
    reopened = lab.reopened()
    assert [note.name for note in reopened.state.all(Note)] == ["b", "a"]
    reopened.close()


def test_readers_see_only_what_is_committed(lab: Lab) -> None:
    """The relay reads from a thread while the loop's thread is inside a transaction."""
    journal, before = lab.world.journal, lab.world.sequence
    seen: list[int] = []
    journal._db.execute("BEGIN IMMEDIATE")
    journal._db.execute(
        "INSERT INTO events SELECT sequence + 1000, time, simulated, type, subject, command, actor, data FROM events LIMIT 1"
    )
    reader = threading.Thread(target=lambda: seen.extend(record.sequence for record in journal.records(before)))
    reader.start()
    reader.join(5)
    journal._db.execute("ROLLBACK")
    assert not reader.is_alive()
    assert seen == []


# -- when it cannot be written ---------------------------------------------------------------------------------------------------


def fill(journal: Journal) -> None:
    """Let the file not grow any more, which SQLite reports as it reports a full disk."""
    pages = journal._db.execute("PRAGMA page_count").fetchone()[0]
    journal._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    journal._db.execute(f"PRAGMA max_page_count = {pages}")


async def test_a_full_disk_changes_nothing_and_says_what_to_do(lab: Lab) -> None:
    before, number, sequence = lab.image(), lab.state.next_number, lab.world.sequence
    fill(lab.world.journal)
    big = [ReconfigureVm(vm=vm.uid, settings=VmSettings(annotation="x" * 200_000)) for vm in lab.state.all(Vm) if not vm.template]
    heard: list[object] = []
    lab.world.watch(heard.append)
    outcomes = await asyncio.gather(*(lab.world.execute(one, ACTOR) for one in big), return_exceptions=True)
    for outcome in outcomes:
        assert isinstance(outcome, JournalUnavailable)
        assert "disk is full" in outcome.message
        assert "Free some disk space" in outcome.message
    assert (lab.image(), lab.state.next_number, lab.world.sequence, heard) == (before, number, sequence, [])
    lab.world.journal._db.execute("PRAGMA max_page_count = 1000000")
    await lab.world.execute(big[0], ACTOR)
    again = lab.reopened()
    assert again.world.sequence > sequence
    again.close()


def test_a_locked_file_is_unavailable(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    lab.world.journal._db.execute("PRAGMA busy_timeout = 10")
    other = raw(lab.path)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(JournalUnavailable, match="locked"):
        lab.do(InjectFault(code="host-crash", subject=lab.host().uid))
    assert lab.state.count(Fault) == 0
    other.execute("ROLLBACK")
    other.close()
    lab.do(InjectFault(code="host-crash", subject=lab.host().uid))


def test_two_processes_cannot_both_write(lab: Lab) -> None:
    other = Lab(lab.path.parent)
    other.do(InjectFault(code="host-crash", subject=lab.host().uid))
    with pytest.raises(JournalUnavailable, match="Another process writes"):
        lab.do(InjectFault(code="host-crash", subject=lab.host("esx-2").uid))
    assert lab.faults() == []
    other.close()


def test_a_place_that_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(JournalUnavailable, match=r"Cannot make .*file.*--data-dir"):
        Journal(tmp_path / "file" / "journal.db")
    (tmp_path / "journal.db").mkdir()
    with pytest.raises(JournalUnavailable, match="unable to open"):
        Journal(tmp_path / "journal.db")


def test_no_write_permission(tmp_path: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may write everywhere")
    tmp_path.chmod(0o500)
    with pytest.raises(JournalUnavailable, match="permissions"):
        Journal(tmp_path / "journal.db")


# -- when it cannot be read ------------------------------------------------------------------------------------------------------


def broken(lab: Lab, statement: str) -> Path:
    lab.close()
    connection = raw(lab.path)
    connection.execute(statement)
    connection.close()
    return lab.path


@pytest.mark.parametrize(
    ("statement", "sentence"),
    [
        ("UPDATE meta SET value = '9' WHERE key = 'schema'", r"schema version 9, this dc-sim reads 1\. Use the version that wrote it"),
        ("UPDATE entities SET data = x'c1' WHERE kind = 'vm'", r"cannot be read .*\. Put a checkpoint in its place, or move the file away"),
        ("UPDATE entities SET kind = 'unicorn' WHERE kind = 'vm'", r"unicorn"),
        ("DELETE FROM meta", "schema version None"),
    ],
)
def test_a_journal_that_is_not_ours_is_refused_with_what_to_do(lab: Lab, statement: str, sentence: str) -> None:
    path = broken(lab, statement)
    with pytest.raises(JournalCorrupt, match=sentence):
        World.open(path)


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "journal.db").write_bytes(b"once upon a time" * 500)
    with pytest.raises(
        JournalCorrupt, match=r"is damaged \(file is not a database\)\. Put a checkpoint in its place, or move the file away"
    ):
        World.open(tmp_path / "journal.db")


def test_a_damaged_page(lab: Lab) -> None:
    lab.close()
    size = lab.path.stat().st_size
    with lab.path.open("r+b") as stream:
        stream.seek(4096 * 2)
        stream.write(b"\xff" * (size - 4096 * 3))
    with pytest.raises(JournalCorrupt, match="is damaged"):
        World.open(lab.path)


def test_a_damaged_event_is_told_to_who_reads_it(lab: Lab) -> None:
    path = broken(lab, "UPDATE events SET data = x'c1' WHERE sequence = 1")
    world = World.open(path)
    with pytest.raises(JournalCorrupt, match="cannot be read"):
        world.journal.records()
    world.close()


# -- copies ----------------------------------------------------------------------------------------------------------------------


def test_a_copy_is_whole_or_not_there(lab: Lab, tmp_path: Path) -> None:
    target = tmp_path / "copies" / "a.db"
    lab.world.journal.copy_to(target)
    copied = World.open(target)
    assert image(copied.state) == lab.image()
    copied.close()
    shutil.rmtree(target.parent)
    target.parent.write_text("in the way")
    with pytest.raises(JournalUnavailable, match="Cannot make"):
        lab.world.journal.copy_to(target)
    assert [entry.name for entry in tmp_path.iterdir() if "unfinished" in entry.name] == []


async def test_a_copy_is_consistent_while_writing_goes_on(lab: Lab, tmp_path: Path) -> None:
    vm, target = lab.vm("spare"), tmp_path / "copy.db"
    copying = asyncio.create_task(asyncio.to_thread(lab.world.journal.copy_to, target))
    while not copying.done():
        await lab.world.execute(InjectFault(code="host-crash", subject=lab.host().uid), ACTOR)
        lab.run(ReconfigureVm(vm=vm.uid, settings=VmSettings(annotation=str(lab.world.sequence))))
        fault = lab.state.all(Fault)[0]
        await lab.world.execute(ClearFault(fault=fault.uid), ACTOR)
    await copying
    copied = World.open(target)
    state = WorldState()
    for record in copied.journal.records(0, 100_000):
        apply_stored(state, record.event)
    assert image(state) == image(copied.state)
    copied.close()


# -- what a commit promises ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("given", "level"), [(None, 1), ("normal", 1), ("full", 2)])
def test_commits_are_synchronous_as_asked_and_normal_unless_asked(tmp_path: Path, given: str | None, level: int) -> None:
    """SQLite's levels: 1 is normal, 2 is full.  The settings' default is the journal's."""
    assert Settings(data_dir=tmp_path).journal.synchronous == "normal"
    opened = Journal(tmp_path / "j.db") if given is None else Journal(tmp_path / "j.db", synchronous=given)
    with closing(opened) as journal:
        assert journal._db.execute("PRAGMA synchronous").fetchone() == (level,)
        assert journal._db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
