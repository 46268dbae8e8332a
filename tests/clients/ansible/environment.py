"""An environment of its own for Ansible, made from the lock file the first time that a test needs it, and the runs of its playbooks."""

from __future__ import annotations

import fcntl
import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from scripts import bootstrap
from tests.clients.harness import clean_environment

ROOT = Path(__file__).resolve().parents[3]
PLAYS = Path(__file__).with_name("plays")
VENV = ROOT / ".cache" / "ansible-venv"
STAMP = VENV / ".made-from"
DEADLINE = 110
INSTALL_DEADLINE = 600
MISLEADING = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
"""With these set, Ansible checks certificates whatever ``validate_certs`` says."""


class Step(NamedTuple):
    """What a task of a play came to."""

    changed: bool
    result: dict[str, Any]


def installed() -> Path:
    """The environment, with what uv.lock has in the group ``ansible``; skips the test where that cannot be had."""
    VENV.parent.mkdir(exist_ok=True)
    with (VENV.parent / "ansible-venv.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        wanted = hashlib.sha256((ROOT / "uv.lock").read_bytes()).hexdigest()
        if not STAMP.exists() or STAMP.read_text() != wanted:
            _install()
            STAMP.write_text(wanted)
    return VENV


def _install() -> None:
    """Every file is checked against its hash in the lock."""
    try:
        uv = bootstrap.find_uv(bootstrap.locked_uv())
    except bootstrap.SetupError as error:
        pytest.skip(f"no uv to install Ansible with: {error}")
    names = VENV.parent / "ansible-requirements.txt"
    _uv(uv, "export", "--quiet", "--frozen", "--no-emit-project", "--only-group", "ansible", "--output-file", str(names))
    _uv(uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(VENV))
    index = bootstrap.configured_index()
    chosen = ("--default-index", index) if index else ()
    _uv(uv, "pip", "sync", "--quiet", "--require-hashes", "--python", str(VENV / "bin" / "python"), *chosen, str(names))


def _uv(uv: str, *arguments: str) -> None:
    done = subprocess.run(
        [uv, *arguments],
        cwd=ROOT,
        env=bootstrap.uv_environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=INSTALL_DEADLINE,
        check=False,
    )
    if done.returncode != 0:
        reason = (done.stderr.strip() or "no reason given").splitlines()[-1]
        pytest.skip(f"Ansible cannot be installed: {reason}")


def run(play: str, variables: dict[str, Any], folder: Path, *, check: bool = False) -> dict[str, Step]:
    """Run a playbook on this machine; each task's outcome by its name.  The test fails when a task does."""
    command = [str(VENV / "bin" / "ansible-playbook"), "--inventory", "localhost,", "--connection", "local", str(PLAYS / play)]
    python = {"ansible_python_interpreter": str(VENV / "bin" / "python")}
    command += ["--extra-vars", json.dumps({**variables, **python}), *(["--check"] if check else [])]
    done = subprocess.run(
        command,
        cwd=folder,
        env=_environment(folder),
        capture_output=True,
        text=True,
        timeout=DEADLINE,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    assert done.stdout.lstrip().startswith("{"), f"{done.stdout}\n{done.stderr}"
    report = json.loads(done.stdout)
    tasks = [task for one in report["plays"] for task in one["tasks"]]
    found = {task["task"]["name"]: task["hosts"]["localhost"] for task in tasks}
    failed = {name: result.get("msg") for name, result in found.items() if result.get("failed")}
    assert done.returncode == 0, f"{failed}\n{done.stderr}"
    return {name: Step(bool(result.get("changed")), result) for name, result in found.items()}


def _environment(folder: Path) -> dict[str, str]:
    kept = {name: value for name, value in clean_environment().items() if name not in MISLEADING and not name.startswith("ANSIBLE_")}
    return {
        **kept,
        "PATH": f"{VENV / 'bin'}:{kept.get('PATH', '')}",
        "HOME": str(folder),
        "ANSIBLE_HOME": str(folder / "ansible"),
        "ANSIBLE_STDOUT_CALLBACK": "ansible.posix.json",
        "ANSIBLE_NOCOLOR": "1",
        "ANSIBLE_PIPELINING": "1",
        "ANSIBLE_LOCALHOST_WARNING": "False",
        "ANSIBLE_INVENTORY_UNPARSED_WARNING": "False",
    }
