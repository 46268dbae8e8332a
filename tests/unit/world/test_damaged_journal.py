"""A journal with bytes that nobody wrote: whoever opens or reads it meets its contents, or one sentence."""

from __future__ import annotations

import random
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from dcsim.errors import JournalCorrupt
from emulators.world.decisions.hardware import VmSettings
from emulators.world.decisions.vms import ReconfigureVm
from emulators.world.engine import World
from tests.unit.world.lab import Lab

PAGE = 4096
SEEDS = range(120)


def written(lab: Lab) -> bytes:
    """The file of a journal with some history."""
    for number in range(20):
        lab.run(ReconfigureVm(vm=lab.vm("spare").uid, settings=VmSettings(annotation=f"note {number}")))
    lab.close()
    return lab.path.read_bytes()


def damaged(content: bytes, seed: int) -> bytes:
    """The file with some bytes, a page or its end gone wrong."""
    chance, file = random.Random(seed), bytearray(content)
    place = chance.randrange(100, len(file) - PAGE)
    page = place // PAGE * PAGE
    match seed % 4:
        case 0 | 1:
            file[place : place + 16] = chance.randbytes(16)
        case 2:
            file[page : page + PAGE] = chance.randbytes(PAGE)
        case 3:
            del file[place:]
    return bytes(file)


def read_all(path: Path) -> int:
    """Open the world and read every event; how many there are."""
    world = World.open(path)
    try:
        return len([record.event.payload() for record in world.journal.records(0, 1_000_000)])
    finally:
        world.close()


def test_damage_is_told_in_a_sentence(lab: Lab, tmp_path: Path) -> None:
    content = written(lab)
    told: list[str] = []
    for seed in SEEDS:
        folder = tmp_path / "damaged"
        folder.mkdir()
        (folder / "journal.db").write_bytes(damaged(content, seed))
        try:
            read_all(folder / "journal.db")
        except JournalCorrupt as error:
            told.append(error.message)
        shutil.rmtree(folder)
    assert len(told) > len(SEEDS) / 3
    assert [message for message in told if "move the file away" not in message and "Use the version" not in message] == []


@pytest.mark.parametrize("statement", ["UPDATE meta SET value = 'many' WHERE key = 'next_number'", "DROP TABLE entities"])
def test_what_is_not_as_it_was_written(lab: Lab, statement: str) -> None:
    written(lab)
    with closing(sqlite3.connect(lab.path, isolation_level=None)) as connection:
        connection.execute(statement)
    with pytest.raises(JournalCorrupt, match="move the file away"):
        World.open(lab.path)
