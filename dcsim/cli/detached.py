"""Starting dc-sim in the background, and waiting until it is healthy."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

import typer

from dcsim.datadir import DataDir, RunState
from dcsim.errors import OperationalError
from dcsim.settings import Settings

START_SECONDS: Final = 180.0
POLL_SECONDS: Final = 0.05
LOG_BYTES: Final = 10 * 1024 * 1024
LOG_TAIL: Final = 4000


def start_detached(settings: Settings) -> RunState:
    """Run this same command without ``--detach`` in a session of its own; returns when everything is healthy.

    When dc-sim already runs with the data directory, its state is returned, with a note on stderr.  Raises OperationalError, with
    what the process said last, when it does not come up.
    """
    directory = DataDir(settings.data_dir)
    if (holder := directory.holder()) is not None:
        typer.echo(f"dc-sim already runs (process {holder}).", err=True)
        return _wait(directory, holder, None, 0)
    directory.path.mkdir(parents=True, exist_ok=True, mode=0o700)
    _rotate(directory.log)
    with open(directory.log, "ab", opener=_private) as log:
        beginning = log.tell()
        arguments = [argument for argument in sys.argv[1:] if argument not in {"--detach", "-d"}]
        process = subprocess.Popen(
            [sys.executable, "-m", "dcsim.cli.main", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,  # the table of endpoints has passwords, and whoever waits here prints it
            stderr=log,
            start_new_session=True,
        )
    return _wait(directory, process.pid, process, beginning)


def _wait(directory: DataDir, pid: int, process: subprocess.Popen[bytes] | None, beginning: int) -> RunState:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        state = directory.state()
        if state is not None and state.pid == pid:
            return state
        ended = directory.holder() is None if process is None else process.poll() is not None
        if ended:
            raise OperationalError(f"dc-sim did not start. It said:\n{_last_words(directory.log, beginning)}")
        time.sleep(POLL_SECONDS)
    raise OperationalError(f"dc-sim (process {pid}) is not healthy after {START_SECONDS:g} s; see {directory.log}, or run `dcsim down`.")


def _last_words(log: Path, beginning: int) -> str:
    """The error line of the run, else the end of its log."""
    with log.open("rb") as stream:
        stream.seek(beginning)
        said = stream.read().decode(errors="replace")
    _, found, error = said.rpartition("Error: ")
    return error.strip() if found else said[-LOG_TAIL:].strip() or f"nothing; see {log}"


def _private(path: str, flags: int) -> int:
    """Open a file that only its owner can read."""
    return os.open(path, flags, 0o600)


def _rotate(log: Path) -> None:
    if log.exists() and log.stat().st_size > LOG_BYTES:
        log.replace(log.with_suffix(".log.1"))
