"""Environments of their own for clients that nothing else needs: made from locked requirements the first time, then shared by all runs.

    python -m tests.clients.venvs        locks every requirements.in anew: its requirements.txt, with hashes

Every file is checked against its hash in the lock.  Nothing outside ``.cache`` is written, except uv's own package cache.
"""

from __future__ import annotations

import fcntl
import hashlib
import subprocess
import sys
from pathlib import Path

import pytest

from scripts import bootstrap

ROOT = Path(__file__).resolve().parents[2]
CACHE = ROOT / ".cache"
LOCKED = tuple(sorted((ROOT / "tests").glob("*/*/requirements.in")))
INSTALL_DEADLINE = 600
PYTHON = "3.11"
"""The oldest Python that they are locked for."""
MISLEADING = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
"""With these set, `requests` trusts what they name whatever a client is told to trust."""


class Unavailable(Exception):
    """An environment cannot be had here; the message says why."""


def needed(name: str, lock: Path, group: str = "") -> Path:
    """The environment, as `made` has it; skips the test where that cannot be had."""
    try:
        return made(name, lock, group)
    except Unavailable as missing:
        pytest.skip(str(missing))


def made(name: str, lock: Path, group: str = "") -> Path:
    """The folder of an environment with what ``lock`` lists: requirements with hashes, or uv.lock and a dependency group in it.

    Raises `Unavailable` when uv or a package cannot be fetched.
    """
    CACHE.mkdir(exist_ok=True)
    venv = CACHE / f"{name}-venv"
    stamp = venv / ".made-from"
    with (CACHE / f"{name}-venv.lock").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        wanted = hashlib.sha256(lock.read_bytes()).hexdigest()
        if not stamp.exists() or stamp.read_text() != wanted:
            _install(name, venv, lock, group)
            stamp.write_text(wanted)
    return venv


def _install(name: str, venv: Path, lock: Path, group: str) -> None:
    try:
        uv = bootstrap.find_uv(bootstrap.locked_uv())
    except bootstrap.SetupError as error:
        raise Unavailable(f"no uv to install {name} with: {error}") from error
    if group:
        lock = _exported(uv, name, group)
    _run(name, uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(venv))
    index = bootstrap.configured_index()
    chosen = ("--default-index", index) if index else ()
    _run(name, uv, "pip", "sync", "--quiet", "--require-hashes", "--python", str(venv / "bin" / "python"), *chosen, str(lock))


def _exported(uv: str, name: str, group: str) -> Path:
    listed = CACHE / f"{name}-requirements.txt"
    _run(name, uv, "export", "--quiet", "--frozen", "--no-emit-project", "--only-group", group, "--output-file", str(listed))
    return listed


def _run(name: str, uv: str, *arguments: str) -> None:
    try:
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
    except subprocess.TimeoutExpired as error:
        raise Unavailable(f"{name} was not installed within {INSTALL_DEADLINE} s") from error
    if done.returncode != 0:
        reason = (done.stderr.strip() or "no reason given").splitlines()[-1]
        raise Unavailable(f"{name} cannot be installed: {reason}")


def lock_all() -> None:
    """Choose the newest versions that every requirements.in allows."""
    uv = bootstrap.find_uv(bootstrap.locked_uv())
    how = ("--quiet", "--upgrade", "--generate-hashes", "--universal", "--no-annotate", "--no-header", "--python-version", PYTHON)
    for wanted in LOCKED:
        _run(wanted.parent.name, uv, "pip", "compile", *how, "--output-file", str(wanted.with_suffix(".txt")), str(wanted))


if __name__ == "__main__":
    lock_all()
