"""`dcsim inject`, `checkpoint` and `clock`: the command line of a running datacenter, from outside."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from dcsim.settings import Ports

pytestmark = pytest.mark.slow
Dcsim = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def dcsim(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dcsim]:
    """Runs commands beside a small simulated datacenter; they must succeed unless told otherwise."""
    data_dir = tmp_path_factory.mktemp("data")
    kept = {name: value for name, value in os.environ.items() if not name.startswith("DCSIM_")}
    ports = {f"DCSIM_PORTS__{name.upper()}": "0" for name in Ports.model_fields}
    environment = {**kept, **ports, "DCSIM_DATA_DIR": str(data_dir), "DCSIM_MACHINES__BACKEND": "simulated"}

    def run(*arguments: str, code: int = 0) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "dcsim.cli.main", *arguments]
        done = subprocess.run(command, env=environment, cwd=data_dir, capture_output=True, text=True, timeout=90, check=False)
        assert done.returncode == code, done.stdout + done.stderr
        return done

    run("up", "--detach")
    yield run
    run("down", "--force")


def listed(dcsim: Dcsim, *command: str) -> Any:
    """What a command prints as JSON."""
    return json.loads(dcsim(*command, "--json").stdout)


def test_faults_are_listed_injected_and_cleared(dcsim: Dcsim) -> None:
    kinds = listed(dcsim, "inject", "list")["kinds"]
    assert "host-crash" in {kind["code"] for kind in kinds}
    assert "power-feed-loss" in dcsim("inject", "list").stdout
    crash = next(kind["code"] for kind in kinds if kind["subject_kind"] == "upstream_switch")
    wrong = dcsim("inject", "fault", crash, "nothing-of-that-name", code=1)
    assert wrong.stderr.startswith("Error: There is no upstream switch 'nothing-of-that-name'")
    assert "Traceback" not in wrong.stderr
    subject = listed(dcsim, "inject", "list")["faults"]
    assert subject == []


def test_a_fault_by_name(dcsim: Dcsim) -> None:
    name = _first_host(dcsim)
    uid = dcsim("inject", "fault", "host-crash", name).stdout.strip()
    (fault,) = [one for one in listed(dcsim, "inject", "list")["faults"] if one["injected"]]
    assert (fault["uid"], fault["subject_name"]) == (uid, name)
    assert dcsim("inject", "fault", "host-crash", name, code=1).stderr.endswith("has the fault host-crash already.\n")
    dcsim("inject", "clear", uid)
    assert listed(dcsim, "inject", "list")["faults"] == []
    assert "There is no fault" in dcsim("inject", "clear", uid, code=1).stderr


def _first_host(dcsim: Dcsim) -> str:
    env = listed(dcsim, "env")
    parts = urlsplit(env["DCSIM_URL"])
    connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=10)
    connection.request("GET", "/sim/hosts", headers={"Authorization": f"Bearer {env['DCSIM_TOKEN']}"})
    name: str = json.loads(connection.getresponse().read())["items"][0]["name"]
    connection.close()
    return name


def test_the_clock_is_shown_paused_stepped_and_sped_up(dcsim: Dcsim) -> None:
    assert dcsim("clock", "pause").stdout.endswith("paused at 1x\n")
    before = listed(dcsim, "clock", "show")["simulated_time"]
    stepped = listed(dcsim, "clock", "step", "3600")["simulated_time"]
    assert stepped > before
    assert listed(dcsim, "clock", "show")["simulated_time"] == stepped
    assert dcsim("clock", "speed", "100").stdout.endswith("paused at 100x\n")
    assert "running at 100x" in dcsim("clock", "resume").stdout
    dcsim("clock", "speed", "5000", code=2)
    dcsim("clock", "speed", "1")


def test_checkpoints_are_taken_listed_restored_forked_and_removed(dcsim: Dcsim) -> None:
    dcsim("checkpoint", "take", "monday")
    assert "monday" in dcsim("checkpoint", "list").stdout
    assert dcsim("checkpoint", "take", "monday", code=1).stderr == "Error: There is a checkpoint 'monday' already.\n"
    name = _first_host(dcsim)
    dcsim("inject", "fault", "host-crash", name)
    dcsim("checkpoint", "restore", "monday")
    assert listed(dcsim, "inject", "list")["faults"] == []
    fork = Path(dcsim("checkpoint", "fork", "monday", "branch").stdout.strip())
    assert (fork / "journal.db").is_file()
    dcsim("checkpoint", "remove", "monday")
    assert listed(dcsim, "checkpoint", "list") == []
    assert dcsim("checkpoint", "restore", "monday", code=1).stderr == "Error: There is no checkpoint 'monday'.\n"


def test_without_a_datacenter_there_is_nothing_to_command(dcsim: Dcsim, tmp_path: Path) -> None:
    for command in (["clock", "show"], ["inject", "list"], ["checkpoint", "list"]):
        assert "start one with `dcsim up`" in dcsim(*command, "--data-dir", str(tmp_path), code=1).stderr
