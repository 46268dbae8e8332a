"""A datacenter that dies often: `dcsim up` as a child of the test, so that a start costs one process and a kill is seen at once."""

from __future__ import annotations

import asyncio
import http.client
import json
import os
import signal
import subprocess
import sys
import time
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from dcsim.cli.env import client_variables
from dcsim.datadir import DataDir, RunState
from dcsim.settings import Settings
from emulators.machines.engine import PrivateEngine
from tests.clients.harness import DEADLINE, ROOT, START_DEADLINE, Datacenter, wait_until

STOP_DEADLINE = 60
FAULT_POLL_SECONDS = 0.02


class Answer(NamedTuple):
    """What the engine's REST API answered, whatever that was."""

    status: int
    body: Any


class Foreground(Datacenter):
    """One `dcsim up` that is not detached.  ``settings`` are more environment variables for it, such as DCSIM_MACHINES__BACKEND."""

    def __init__(self, data_dir: Path, *arguments: str, **settings: str) -> None:
        super().__init__(data_dir, *arguments)
        self._settings = settings
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def environment(self) -> dict[str, str]:
        """What the datacenter's process reads."""
        return {**super().environment, **self._settings}

    def launch(self) -> None:
        """Start it and return at once."""
        self.data_dir.mkdir(parents=True, exist_ok=True)
        with (self.data_dir / "dcsim.log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "dcsim.cli.main", "up", *self.arguments],
                env=self.environment, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        self.pid = self._process.pid

    def start(self) -> None:
        """Start it, or start it again; returns when it is healthy."""
        self.launch()
        self.until_healthy()

    def until_healthy(self) -> None:
        """Wait until it serves, and learn where."""
        state = self._announced()
        self.env = client_variables(Settings(data_dir=self.data_dir), state)

    def _announced(self) -> RunState:
        directory, deadline = DataDir(self.data_dir), time.monotonic() + START_DEADLINE
        while time.monotonic() < deadline:
            assert self.alive, f"dc-sim did not start:\n{self.log[-4000:]}"
            state = directory.state()
            if state is not None and state.pid == self.pid:
                return state
            time.sleep(FAULT_POLL_SECONDS)
        raise AssertionError(f"dc-sim is not healthy after {START_DEADLINE} s:\n{self.log[-4000:]}")

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self._process is not None and self._process.poll() is None

    def ask(self, method: str, path: str, body: Any = None) -> Answer:
        """Call the engine's REST API; refusals are answers too."""
        parts = urlsplit(self.env["DCSIM_URL"])
        headers = {"Authorization": f"Bearer {self.env['DCSIM_TOKEN']}", "Content-Type": "application/json"}
        with closing(http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=DEADLINE)) as connection:
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            answer = connection.getresponse()
            content = answer.read()
        return Answer(answer.status, json.loads(content) if content else None)

    def kill(self) -> None:
        """SIGKILL; nothing of it runs afterwards but its Valkey and its containers."""
        assert self._process is not None
        self._process.kill()
        self._process.wait(timeout=STOP_DEADLINE)

    def stop(self) -> None:
        """Stop it as Ctrl-C does; what a killed one left running ends too."""
        if self._process is not None and self.alive:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(timeout=STOP_DEADLINE)
            except subprocess.TimeoutExpired:
                self.kill()
        self._end(self.data_dir / "bus" / "valkey.pid")
        asyncio.run(PrivateEngine(self.data_dir).engine.stop())

    @staticmethod
    def _end(pidfile: Path) -> None:
        """End the server of a pidfile that a killed dc-sim left behind."""
        with suppress(OSError, ValueError):
            pid = int(pidfile.read_text())
            if b"valkey" in Path(f"/proc/{pid}/cmdline").read_bytes():
                os.kill(pid, signal.SIGTERM)
                wait_until(lambda: not Path(f"/proc/{pid}").exists(), "the server that was left behind has ended")
