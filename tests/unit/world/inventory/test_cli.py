"""``dcsim inventory``: what it prints, what it refuses, and that export makes the same world again."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dcsim.clock import SimulatedClock
from dcsim.events import Actor
from emulators.world.engine import World
from emulators.world.inventory.generate import generate
from emulators.world.inventory.load import load, loads
from emulators.world.inventory.realise import realise
from emulators.world.inventory.seed import SeedWorld
from emulators.world.inventory.spec import encode_inventory

NOW = datetime(2026, 1, 1, tzinfo=UTC)
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def dcsim(tmp_path: Path) -> Run:
    """Run the command line in a process of its own."""

    def run(*arguments: str, code: int = 0) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "DCSIM_DATA_DIR": str(tmp_path / "data"), "NO_COLOR": "1"}
        done = subprocess.run(
            [sys.executable, "-m", "dcsim.cli.main", "inventory", *arguments],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            env=environment,
        )
        assert done.returncode == code, done.stderr
        return done

    return run


def test_generate_prints_the_document_and_how_it_was_made(dcsim: Run) -> None:
    text = dcsim("generate", "--seed", "7", "--hosts", "4", "--vms", "10").stdout
    assert text.startswith("# Made by: dcsim inventory generate --seed 7 --preset small --hosts 4 --vms 10 --network 10.77.0.0/16\n")
    assert loads(text) == generate(7, hosts=4, vms=10)


def test_generate_writes_a_file_that_validate_accepts(dcsim: Run, tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    done = dcsim("generate", "-o", str(path))
    assert done.stdout == ""
    assert f"dcsim up --inventory {path}" in done.stderr
    assert "is a valid inventory: 1 sites, 2 clusters, 8 hosts" in dcsim("validate", str(path)).stdout
    assert json.loads(dcsim("validate", str(path), "--json").stdout) == {
        "valid": True,
        "sites": 1,
        "clusters": 2,
        "hosts": 8,
        "datastores": 2,
        "networks": 4,
        "vms": 20,
        "applications": 2,
    }


def test_json_is_the_same_document(dcsim: Run, tmp_path: Path) -> None:
    path = tmp_path / "mine.json"
    dcsim("generate", "--json", "-o", str(path))
    assert json.loads(path.read_text())["version"] == 1
    assert load(path) == generate(7)


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("generate", "--preset", "huge"), 2, "not one of small, medium, large"),
        (("generate", "--hosts", "0"), 1, "Error: An inventory has 1 to 2400 hosts, not 0."),
        (("generate", "--network", "10.0.0.0/30", "--vms", "99"), 1, "no room"),
        (("generate", "-o", "/nowhere/at/all.yaml"), 1, "cannot be written: No such file or directory. Choose another"),
        (("validate", "/nowhere.yaml"), 1, "cannot be read"),
        (("export",), 1, "Start one with `dcsim up`"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(dcsim: Run, arguments: tuple[str, ...], code: int, message: str) -> None:
    done = dcsim(*arguments, code=code)
    assert message in " ".join(done.stderr.replace("│", " ").split())
    assert "Traceback" not in done.stderr


def test_validate_names_line_and_field(dcsim: Run, tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("sites:\n- {name: ams1}\nvms:\n- {name: a, cluster: x}\n")
    assert dcsim("validate", str(path), code=1).stderr == "Error: mine.yaml, line 4: vms[0].cluster: There is no cluster 'x'.\n"


def test_export_gives_what_makes_the_same_world_again(dcsim: Run, tmp_path: Path) -> None:
    journal = tmp_path / "data" / "journal.db"
    world = World.open(journal, SimulatedClock(start=NOW, paused=True))
    world.execute_now(SeedWorld(inventory=encode_inventory(generate(7)), seed=7), Actor())
    exported = loads(dcsim("export").stdout)  # while the world is open
    assert list(realise(exported, 7, NOW)) == list(world.state)[1:]
    world.close()
    assert loads(dcsim("export").stdout) == exported


def test_export_of_a_damaged_journal_says_so(dcsim: Run, tmp_path: Path) -> None:
    journal = tmp_path / "data" / "journal.db"
    journal.parent.mkdir()
    journal.write_bytes(b"not a database" * 100)
    assert "is damaged" in dcsim("export", code=1).stderr
    journal.unlink()
    with sqlite3.connect(journal) as db:
        db.execute("CREATE TABLE meta (key TEXT, value TEXT)")
        db.execute("INSERT INTO meta VALUES ('schema', '99')")
    db.close()
    assert "schema version 99" in dcsim("export", code=1).stderr
