"""An environment of its own for Ansible, made from the lock file the first time that a test needs it, and the runs of its playbooks."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any, NamedTuple

from tests.clients import venvs
from tests.clients.harness import clean_environment

ROOT = Path(__file__).resolve().parents[3]
PLAYS = Path(__file__).with_name("plays")
VENV = venvs.CACHE / "ansible-venv"
DEADLINE = 110


class Step(NamedTuple):
    """What a task of a play came to."""

    changed: bool
    result: dict[str, Any]


def installed() -> Path:
    """The environment, with what uv.lock has in the group ``ansible``; skips the test where that cannot be had."""
    return venvs.needed("ansible", ROOT / "uv.lock", group="ansible")


def run(play: str, variables: dict[str, Any], folder: Path, *, check: bool = False) -> dict[str, Step]:
    """Run a playbook on this machine; each task's outcome by its name.  The test fails when a task does."""
    command = [str(VENV / "bin" / "ansible-playbook"), "--inventory", "localhost,", "--connection", "local", str(PLAYS / play)]
    python = {"ansible_python_interpreter": str(VENV / "bin" / "python")}
    command += ["--extra-vars", json.dumps({**variables, **python}), *(["--check"] if check else [])]
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment(folder),
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


def environment(folder: Path) -> dict[str, str]:
    """What its commands read: nothing of the developer's."""
    kept = {name: value for name, value in clean_environment().items() if name not in venvs.MISLEADING and not name.startswith("ANSIBLE_")}
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
