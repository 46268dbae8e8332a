"""Many openstack commands for the price of one start-up: a process that has imported the client forks one for each."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

SCRIPT = Path(__file__).with_name("scripts") / "commands.py"


class Commands:
    """Runs openstack commands one after another; starts with the first, ends with `close`."""

    def __init__(self, venv: Path, environment: dict[str, str], deadline: float) -> None:
        self._command = [str(venv / "bin" / "python"), str(SCRIPT)]
        self._environment = environment
        self._deadline = deadline
        self._process: subprocess.Popen[str] | None = None

    def run(self, arguments: tuple[str, ...]) -> subprocess.CompletedProcess[str]:
        """What a command came to, as `subprocess.run` tells it; raises `subprocess.TimeoutExpired` when it takes too long."""
        process = self._process or self._start()
        assert process.stdin is not None
        with TemporaryDirectory() as name:
            folder = Path(name)
            process.stdin.write(json.dumps({"arguments": arguments, "folder": name}) + "\n")
            process.stdin.flush()
            status = self._status(process, arguments)
            stdout, stderr = ((folder / said).read_text() for said in ("stdout", "stderr"))
        return subprocess.CompletedProcess(["openstack", *arguments], status, stdout, stderr)

    def close(self) -> None:
        """End the process."""
        process, self._process = self._process, None
        if process is None:
            return
        with contextlib.suppress(BrokenPipeError):
            process.communicate(timeout=self._deadline)

    def _start(self) -> subprocess.Popen[str]:
        self._process = subprocess.Popen(
            self._command, env=self._environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
        )
        return self._process

    def _status(self, process: subprocess.Popen[str], arguments: tuple[str, ...]) -> int:
        assert process.stdout is not None
        ready, _, _ = select.select([process.stdout], [], [], self._deadline)
        if not ready:
            self._kill(process)
            raise subprocess.TimeoutExpired(["openstack", *arguments], self._deadline)
        line = process.stdout.readline()
        assert line, f"the process for openstack commands ended with {process.wait(self._deadline)}"
        return int(json.loads(line)["status"])

    def _kill(self, process: subprocess.Popen[str]) -> None:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate(timeout=self._deadline)
        self._process = None
