"""Runs of Tempest, each in a folder of its own: configuration, log and results stay there."""

from __future__ import annotations

import json
import os
import re
import subprocess
import time
from collections.abc import Iterable
from pathlib import Path
from typing import IO, NamedTuple

from tests.clients import venvs
from tests.clients.harness import clean_environment
from tests.clients.tempest import accounts, cloud, configuration
from tests.clients.tempest.asking import Api
from tests.clients.tempest.report import Report

LOCK = Path(__file__).with_name("requirements.txt")
READER = Path(__file__).with_name("reading.py")
DEADLINE = 1500
READING_DEADLINE = 60
WORKERS = min(os.cpu_count() or 1, 2)
"""More would only wait for one another: they and the cloud share the machine."""


class Kind(NamedTuple):
    """How to run: as users made before, logging in to servers as ``ssh_user``, with so many workers."""

    plain: bool = False
    ssh_user: str = ""
    workers: int = WORKERS


def configured(folder: Path, environment: dict[str, str], kind: Kind) -> Path:
    """Ask the cloud that OS_* variables tell of, and write the configuration for it."""
    api = Api(environment)
    found = cloud.offer(api)
    people = accounts.written(folder, api, found.public_network, kind.workers) if kind.plain else None
    return configuration.written(folder, api, found, accounts=people, ssh_user=kind.ssh_user)


def run(venv: Path, folder: Path, tests: Iterable[str], kind: Kind, *, regex: str = "") -> Report:
    """Run tests by name, or all that a regular expression finds; what Tempest prints goes to ``folder/output.txt``."""
    chosen = ["--regex", regex] if regex else ["--include-list", str(_patterns(folder, tests))]
    command = [str(venv / "bin" / "tempest"), "run", "--config-file", "etc/tempest.conf", *chosen, "--concurrency", str(kind.workers)]
    started = time.monotonic()
    with (folder / "output.txt").open("w") as output:
        done = subprocess.run(
            command,
            cwd=folder,
            env=_environment(venv, folder),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            timeout=DEADLINE,
            check=False,
        )
    seconds = time.monotonic() - started
    assert any((folder / ".stestr").glob("[0-9]*")), (
        f"Tempest ran nothing ({done.returncode}):\n{(folder / 'output.txt').read_text()[:3000]}"
    )
    return Report(_told(venv, folder), seconds)


def _patterns(folder: Path, tests: Iterable[str]) -> Path:
    path = folder / "tests.txt"
    path.write_text("".join(rf"^{re.escape(name)}(\[|$)" + "\n" for name in tests))
    return path


def _told(venv: Path, folder: Path) -> list[dict[str, object]]:
    """The outcomes of the last run in a folder."""
    results = folder / "results.subunit"
    with results.open("wb") as stream:
        _ask([str(venv / "bin" / "stestr"), "last", "--subunit"], folder, stream)
    told = folder / "results.jsonl"
    with told.open("wb") as stream:
        _ask([str(venv / "bin" / "python"), str(READER), str(results)], folder, stream)
    return [json.loads(line) for line in told.read_text().splitlines()]


def _ask(command: list[str], folder: Path, stdout: IO[bytes]) -> None:
    subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=stdout, timeout=READING_DEADLINE, check=False)


def _environment(venv: Path, folder: Path) -> dict[str, str]:
    kept = {name: value for name, value in clean_environment().items() if not name.startswith(("OS_", "TEMPEST_"))}
    return {**kept, "HOME": str(folder), "PATH": f"{venv / 'bin'}:{kept.get('PATH', os.defpath)}", "PYTHON": str(venv / "bin" / "python")}


def needed() -> Path:
    """Tempest's environment; skips the test where it cannot be had."""
    return venvs.needed("tempest", LOCK)
