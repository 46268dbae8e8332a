"""What an operator meets when the environment is wrong: one sentence that says what is wrong and what to do, exit code 1, no traceback.

Every case starts the real `dcsim up` in a process of its own, in a data directory of its own.
"""

from __future__ import annotations

import os
import random
import shutil
import socket
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.clients.harness import wait_until
from tests.faults.foreground import Foreground
from tests.faults.refused import Refused

SIMULATED = ("--machines", "simulated")


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that somebody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield int(listener.getsockname()[1])


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory with a journal in which something has happened, and nobody at it."""
    datacenter = Foreground(tmp_path_factory.mktemp("history"), *SIMULATED)
    try:
        datacenter.start()
        for vm in datacenter.rest("GET", "/sim/vms?power=off&limit=10")["items"]:
            if not vm["template"]:
                datacenter.rest("POST", f"/sim/vms/{vm['uid']}/power", {"power": "on"})
        wait_until(lambda: datacenter.rest("GET", "/sim/state")["running_tasks"] == 0, "everything is done")
    finally:
        datacenter.stop()
    return datacenter.data_dir


@pytest.fixture
def journal(history: Path, tmp_path: Path) -> Path:
    """A journal of one's own to spoil."""
    shutil.copy(history / "journal.db", tmp_path / "journal.db")
    return tmp_path / "journal.db"


# -- ports and addresses ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("listener", ["engine", "vsphere"])
def test_a_port_that_is_taken(tmp_path: Path, taken: int, listener: str) -> None:
    flag = f"--port-{listener}"
    Refused(tmp_path, *SIMULATED, flag, str(taken)).check(f"Port {taken} of 127.0.0.1", "taken by another process", f"another with {flag}")


def test_a_port_that_is_taken_is_told_by_detach_too(tmp_path: Path, taken: int) -> None:
    refused = Refused(tmp_path, "--detach", *SIMULATED, "--port-vsphere", str(taken))
    assert refused.code == 1
    assert refused.said[0].startswith("Error: dc-sim did not start.")
    assert f"Port {taken} of 127.0.0.1" in refused.said[1]


def test_an_address_of_another_machine(tmp_path: Path) -> None:
    Refused(tmp_path, *SIMULATED, "--host", "203.0.113.7").check("203.0.113.7 is no address of this machine", "another with --host")


# -- Docker and the bus ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("docker_host", ["unix:///nowhere/docker.sock", "tcp://127.0.0.1:1"])
def test_a_docker_engine_that_does_not_answer(tmp_path: Path, docker_host: str) -> None:
    refused = Refused(tmp_path, "--machines", "docker", DOCKER_HOST=docker_host)
    refused.check(f"engine at {docker_host} does not answer", "Start it", "--docker-host", "--machines simulated")


def test_a_bus_that_does_not_answer(tmp_path: Path) -> None:
    Refused(tmp_path, *SIMULATED, "--bus-url", "redis://127.0.0.1:1").check("event bus does not answer", r"check bus\.url")


# -- the data directory ----------------------------------------------------------------------------------------------------------


def test_a_data_directory_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    Refused(tmp_path / "file", *SIMULATED).check(r"/file", "Not a directory", "--data-dir")


@pytest.fixture
def read_only(tmp_path: Path) -> Iterator[Path]:
    """A file system that nobody can write, not even root."""
    if os.geteuid() != 0:
        pytest.skip("only root can mount a read-only file system")
    folder = tmp_path / "read-only"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "ro,size=1m", "tmpfs", str(folder)], check=True, timeout=30)
    yield folder
    subprocess.run(["umount", str(folder)], check=True, timeout=30)


@pytest.mark.parametrize("arguments", [SIMULATED, ("--detach", *SIMULATED)])
def test_a_data_directory_that_cannot_be_written(read_only: Path, arguments: tuple[str, ...]) -> None:
    Refused(read_only, *arguments).check(str(read_only), "Read-only file system", "--data-dir")


def test_a_data_directory_in_use(tmp_path: Path) -> None:
    datacenter = Foreground(tmp_path, *SIMULATED)
    try:
        datacenter.start()
        refused = Refused(tmp_path, *SIMULATED)
        refused.check("already runs with the data directory", f"process {datacenter.pid}", "dcsim status", "dcsim down", "--data-dir")
        assert datacenter.rest("GET", "/sim/state")["sequence"], "the one that runs is not disturbed"
    finally:
        datacenter.stop()


def test_secrets_that_are_damaged(tmp_path: Path) -> None:
    (tmp_path / "secrets.json").write_text("{")
    (tmp_path / "secrets.json").chmod(0o600)
    Refused(tmp_path, *SIMULATED).check(r"secrets\.json cannot be read", "restore the file, or delete it")


# -- settings and inventory ------------------------------------------------------------------------------------------------------


def test_an_unknown_setting_in_the_environment(tmp_path: Path) -> None:
    refused = Refused(tmp_path, *SIMULATED, DCSIM_WORLD__SEDE="7")
    refused.check("DCSIM_WORLD__SEDE: unknown setting world.sede", r"did you mean world\.seed\?", "dcsim config show")


def test_an_unknown_setting_in_the_file(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text("[machines]\nbackends = 'docker'\n")
    refused = Refused(tmp_path, "--config", str(file))
    refused.check("mine.toml: unknown setting machines.backends", r"did you mean machines\.backend\?", "dcsim config show")


def test_a_value_that_cannot_be(tmp_path: Path) -> None:
    Refused(tmp_path, "--preset", "huge").check("command line: setting world.preset", "'small', 'medium' or 'large'")


@pytest.mark.parametrize(
    ("content", "patterns"),
    [
        ("seed: 7\nsites:\n  - name: [\n", [r"mine\.yaml, line \d"]),
        ("nonsense: 1\n", [r"mine\.yaml, line 1", "nonsense", "no such key"]),
        ("sites: 5\n", [r"mine\.yaml, line 1", "sites", "array"]),
    ],
    ids=["no YAML", "unknown key", "wrong type"],
)
def test_an_inventory_with_an_error(tmp_path: Path, content: str, patterns: list[str]) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(content)
    Refused(tmp_path / "data", *SIMULATED, "--inventory", str(file)).check(*patterns)


def test_an_inventory_that_is_not_there(tmp_path: Path) -> None:
    Refused(tmp_path, *SIMULATED, "--inventory", "/nowhere.yaml").check(r"/nowhere\.yaml cannot be read", "No such file")


# -- the journal -----------------------------------------------------------------------------------------------------------------

WHAT_TO_DO = "Put a checkpoint in its place, or move the file away to start a new world"


def test_a_journal_that_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "journal.db").write_bytes(b"once upon a time\n" * 1000)
    Refused(tmp_path, *SIMULATED).check(r"journal\.db is damaged", WHAT_TO_DO)


def test_a_journal_with_random_bytes_in_the_middle(journal: Path) -> None:
    size = journal.stat().st_size
    with journal.open("r+b") as stream:
        stream.seek(size // 3)
        stream.write(random.Random(7).randbytes(size // 3))
    Refused(journal.parent, *SIMULATED).check(r"journal\.db (is damaged|holds something that cannot be read)", WHAT_TO_DO)


@pytest.mark.parametrize("part", [0.3, 0.95])
def test_a_journal_that_was_truncated(journal: Path, part: float) -> None:
    os.truncate(journal, int(journal.stat().st_size * part))
    Refused(journal.parent, *SIMULATED).check(r"journal\.db (is damaged|holds something that cannot be read)", WHAT_TO_DO)


def test_a_journal_of_a_newer_dcsim(journal: Path) -> None:
    with closing(sqlite3.connect(journal, isolation_level=None)) as connection:
        connection.execute("UPDATE meta SET value = '999' WHERE key = 'schema'")
    Refused(journal.parent, *SIMULATED).check("schema version 999", "Use the version that wrote it, or another --data-dir")


def test_a_journal_that_is_a_directory(tmp_path: Path) -> None:
    (tmp_path / "journal.db").mkdir()
    Refused(tmp_path, *SIMULATED).check(r"journal\.db cannot be used", "check its permissions")


def spoil_an_event(journal: Path) -> None:
    """Make a hole in the history; all that the world is now can be read."""
    with closing(sqlite3.connect(journal, isolation_level=None)) as connection:
        connection.execute("UPDATE events SET data = x'c1' WHERE sequence = 2")


def test_damage_to_an_event_is_told_to_who_reads_it(journal: Path, history: Path) -> None:
    """It happens while dc-sim runs, and the bus has that event already."""
    shutil.copytree(history / "bus" / "appendonlydir", journal.parent / "bus" / "appendonlydir")
    datacenter = Foreground(journal.parent, *SIMULATED)
    try:
        datacenter.start()
        spoil_an_event(journal)
        refused = datacenter.ask("GET", "/sim/events?limit=5")
        assert (refused.status, refused.body["title"]) == (503, "Journal corrupt")
        assert WHAT_TO_DO in refused.body["detail"]
        assert datacenter.rest("GET", "/sim/events?after=2&limit=5")["items"]
        assert datacenter.rest("GET", "/sim/state")["sequence"]
    finally:
        datacenter.stop()


def test_damage_to_an_event_that_must_be_passed_on_stops_dcsim(journal: Path) -> None:
    """The bus has lost its events here; with a hole in the history it would tell every service a wrong one."""
    spoil_an_event(journal)
    Refused(journal.parent, *SIMULATED).check(r"journal\.db holds something that cannot be read", WHAT_TO_DO)
