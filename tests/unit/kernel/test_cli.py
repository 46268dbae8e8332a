"""The command line, end to end: processes, exit codes, what is printed where."""

from __future__ import annotations

import errno
import json
import os
import signal
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from dcsim.cli import main

Dcsim = Callable[..., subprocess.CompletedProcess[str]]
ROOT = Path(__file__).parents[3]
SERVICE = "tests.unit.kernel.fake_service:FakeService"


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """A clean environment whose ``dcsim up`` runs the fake service on free ports."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("DCSIM_")}
    ours = {
        "DCSIM_DATA_DIR": str(tmp_path / "data"),
        "DCSIM_SERVICES": json.dumps([SERVICE]),
        "DCSIM_PORTS": json.dumps({"engine": 0, "vsphere": 0}),
        "PYTHONPATH": str(ROOT),
        "PYTHONDEVMODE": "",
    }
    return {**kept, **ours}


@pytest.fixture
def dcsim(environ: dict[str, str], tmp_path: Path) -> Iterator[Dcsim]:
    """Runs ``dcsim`` to its end; whatever it left running is stopped after the test."""

    def run(*arguments: str, **extra: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "dcsim.cli.main", *arguments]
        return subprocess.run(command, env={**environ, **extra}, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)

    yield run
    run("down", "--force")


def test_life_of_a_detached_datacenter(dcsim: Dcsim, tmp_path: Path) -> None:
    up = dcsim("up", "--detach")
    assert up.returncode == 0, up.stderr
    assert "https://127.0.0.1:" in up.stdout
    assert "govc ls" in up.stdout

    status = dcsim("status", "--json")
    found = json.loads(status.stdout)
    assert status.returncode == 0
    (service,) = found["services"]
    assert (service["name"], service["status"]) == ("fake", "degraded")
    assert {check["name"]: check["ok"] for check in service["checks"]} == {"core": True, "extra": False}
    assert "password" not in status.stdout
    assert "extra" in dcsim("status").stdout

    log = tmp_path / "data" / "dcsim.log"
    assert log.stat().st_mode & 0o077 == 0
    assert "ENDPOINT" not in log.read_text()  # the table has passwords

    again = dcsim("up", "--detach")
    assert (again.returncode, again.stderr) == (0, f"dc-sim already runs (process {found['pid']}).\n")
    foreground = dcsim("up")
    assert foreground.returncode == 1
    assert "already runs" in foreground.stderr

    variables = json.loads(dcsim("env", "--json").stdout)
    assert _get(variables["DCSIM_URL"] + "/readyz")["status"] == "degraded"
    exported = subprocess.run(
        ["/bin/sh", "-c", 'eval "$1"; printf %s "$GOVC_USERNAME|$DCSIM_URL|$DCSIM_TOKEN"', "sh", dcsim("env").stdout],
        capture_output=True,
        text=True,
        timeout=10,
        check=True,
    ).stdout.split("|")
    assert exported[:2] == ["it's me", variables["DCSIM_URL"]]
    assert exported[2].count(".") == 2
    cloud = yaml.safe_load(dcsim("env", "--clouds-yaml").stdout)["clouds"]["dcsim"]
    assert cloud["auth"] == {"auth_url": "http://127.0.0.1:8090/v3", "username": "admin", "project_name": "demo"}

    trusted = ssl.create_default_context(cafile=dcsim("tls", "path").stdout.strip())
    with urllib.request.urlopen(variables["GOVC_URL"], context=trusted, timeout=5) as answer:  # noqa: S310 - our own https
        assert answer.read() == b"0 bytes to /sdk"

    down = dcsim("down")
    assert (down.returncode, down.stdout) == (0, f"Stopped (process {found['pid']}).\n")
    assert _processes_with(str(tmp_path)) == []
    assert dcsim("status").returncode == 1
    assert dcsim("down").stdout.startswith("No dc-sim runs")


def test_foreground_prints_where_it_is_and_ctrl_c_stops_it(environ: dict[str, str], tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "dcsim.cli.main", "up", "--json", "--demo"],
        env=environ,
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdout is not None
        printed = ""
        while not printed.endswith("\n}\n"):
            line = process.stdout.readline()
            assert line, f"ended early: {printed}"
            printed += line
        state = json.loads(printed)
        vendor = state["services"][0]["endpoints"][1]
        assert (vendor["user"], vendor["password"]) == ("admin", "VMware1!")
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0
    assert _processes_with(str(tmp_path)) == []


def test_killed_datacenter_can_be_started_again(dcsim: Dcsim, tmp_path: Path) -> None:
    assert dcsim("up", "--detach").returncode == 0
    pid = json.loads(dcsim("status", "--json").stdout)["pid"]
    os.kill(pid, signal.SIGKILL)
    _until(lambda: dcsim("status").returncode == 1)
    assert _processes_with(str(tmp_path)) != [], "its Valkey is an orphan now"
    assert dcsim("up", "--detach").returncode == 0
    assert dcsim("down").returncode == 0
    assert _processes_with(str(tmp_path)) == []


def test_failure_to_start_is_told_by_detach_too(dcsim: Dcsim) -> None:
    for arguments in (("up",), ("up", "--detach")):
        failed = dcsim(*arguments, FAKE_FAILS="1")
        assert failed.returncode == 1
        assert "The journal is damaged; restore a checkpoint." in failed.stderr
        assert "Traceback" not in failed.stderr


def test_a_data_directory_that_is_a_file_is_explained(dcsim: Dcsim, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for command in ("up", "status", "down"):
        failed = dcsim(command, "--data-dir", str(tmp_path / "file"))
        assert failed.returncode == 1
        assert failed.stderr.startswith("Error: ")
        assert "Traceback" not in failed.stderr


@pytest.mark.parametrize(("number", "advice"), [(errno.ENOSPC, "Free some space"), (errno.EACCES, "--data-dir"), (errno.EMFILE, "ulimit")])
def test_trouble_of_the_machine_is_told_with_what_to_do(
    number: int, advice: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail() -> None:
        raise OSError(number, os.strerror(number), "/data/secrets.json")

    monkeypatch.setattr(main, "build", lambda _: fail)
    with pytest.raises(SystemExit, match="1"):
        main.main()
    said = capsys.readouterr().err
    assert said.startswith(f"Error: /data/secrets.json: {os.strerror(number)}. ")
    assert advice in said


def test_wrong_calls(dcsim: Dcsim, tmp_path: Path) -> None:
    assert dcsim("nonsense").returncode == 2
    assert dcsim("up", "--nonsense").returncode == 2
    wrong = dcsim("up", "--preset", "huge")
    assert (wrong.returncode, wrong.stdout) == (1, "")
    assert wrong.stderr.startswith("Error: command line: setting world.preset:")
    assert "module:Class" in dcsim("serve", "nonsense").stderr
    (tmp_path / "dcsim.toml").write_text("[world]\nsede = 1\n")
    assert "dcsim.toml: unknown setting world.sede (did you mean world.seed?)" in dcsim("config", "show").stderr


def test_config_show(dcsim: Dcsim, tmp_path: Path) -> None:
    (tmp_path / "dcsim.toml").write_text('[bus]\nurl = "redis://:hunter2@localhost"\n')
    shown = dcsim("config", "show")
    assert "# file: dcsim.toml" in shown.stdout
    assert 'bus.url = "redis://:********@localhost"' in shown.stdout
    assert "hunter2" not in dcsim("config", "show", "--json").stdout


def test_help_and_version(dcsim: Dcsim) -> None:
    listed = dcsim("--help").stdout
    for command in ("up", "down", "status", "env", "serve", "config", "token", "tls", "version"):
        assert f"\n  {command} " in listed
    assert json.loads(dcsim("version", "--json").stdout)["python"] == ".".join(map(str, sys.version_info[:3]))
    assert "Traceback" not in dcsim("up", "--help").stderr


def test_help_imports_no_service_and_nothing_slow() -> None:
    probe = "import sys; sys.argv = ['dcsim', '--help']; from dcsim.cli.main import build; build(sys.argv[1:]); print(*sys.modules)"
    modules = subprocess.run([sys.executable, "-c", probe], cwd=ROOT, capture_output=True, text=True, timeout=30, check=True).stdout.split()
    assert not {"aiohttp", "pydantic", "redis", "rich", "lxml", "structlog", "cryptography", "emulators", "pyVmomi"} & set(modules)


def test_token_issue(dcsim: Dcsim) -> None:
    issued = json.loads(dcsim("token", "issue", "--scope", "sim:read", "--hours", "1", "--json").stdout)
    assert issued["token"].count(".") == 2


def _get(url: str) -> dict[str, Any]:
    with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 - our own http
        return dict(json.load(answer))


def _processes_with(text: str) -> list[str]:
    """Command lines of the processes other than this one that mention *text*."""
    if Path("/proc/self").exists():
        pids = [entry.name for entry in Path("/proc").iterdir() if entry.name.isdigit() and entry.name != str(os.getpid())]
        lines = [_command_line(pid) for pid in pids]
    else:
        listed = subprocess.run(["ps", "-axww", "-o", "args="], capture_output=True, text=True, timeout=10, check=True)
        lines = [line for line in listed.stdout.splitlines() if "pytest" not in line]
    return [line for line in lines if text in line]


def _command_line(pid: str) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:  # it ended meanwhile
        return ""


def _until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)
