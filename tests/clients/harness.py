"""A datacenter as its users have it: `dcsim up` in a process of its own, with a data directory of its own, reached from outside only."""

from __future__ import annotations

import asyncio
import http.client
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import pytest

from dcsim.settings import Ports
from emulators.machines.engine import PrivateEngine

ROOT = Path(__file__).resolve().parents[2]
DEADLINE = 60
"""Seconds that any one command of a client may take."""
START_DEADLINE = 120
FREE_PORTS = {f"DCSIM_PORTS__{name.upper()}": "0" for name in Ports.model_fields}
FOREIGN = ("DCSIM_", "GOVC_", "DOCKER_HOST")
"""Variables of the developer's that would leak into the datacenter or its clients."""
T = TypeVar("T")


class Datacenter:
    """One `dcsim up`.  It can be stopped, killed and started again; ``env`` is what `dcsim env` tells clients."""

    def __init__(self, data_dir: Path, *arguments: str, **settings: str) -> None:
        self.data_dir = data_dir
        self.arguments = arguments
        self.settings = settings
        self.env: dict[str, str] = {}
        self.pid = 0

    # -- the process -----------------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Start it, or start it again; returns when it is healthy."""
        self.dcsim("up", "--detach", *self.arguments, deadline=START_DEADLINE)
        self.env = json.loads(self.dcsim("env", "--json"))
        self.pid = json.loads(self.dcsim("status", "--json"))["pid"]

    def stop(self) -> None:
        """Stop it as a user does."""
        self.dcsim("down", deadline=START_DEADLINE)

    def clear_away(self) -> None:
        """Stop it, and leave nothing on the machine: no container on an engine that others use, no engine of its own."""
        if self.env and "DOCKER_HOST" not in self.env and "docker" in self.arguments:
            self._remove_containers(self.rest("GET", "/sim/state")["world"])
        self.stop()
        asyncio.run(PrivateEngine(self.data_dir).engine.stop())  # one that a failed test left behind

    def _remove_containers(self, world: str) -> None:
        for listing, removal in (("ps --all", "rm --force --volumes"), ("network ls", "network rm"), ("volume ls", "volume rm")):
            found = self.docker(*listing.split(), "--quiet", "--filter", f"label=dcsim.world={world}").split()
            if found:
                self.docker(*removal.split(), *found)

    def kill(self) -> None:
        """SIGKILL, and wait until its lock is free."""
        os.kill(self.pid, signal.SIGKILL)
        wait_until(lambda: not _runs(self.pid), "the killed process is gone")

    def dcsim(self, *arguments: str, deadline: float = DEADLINE) -> str:
        """Run a command of dc-sim's and answer what it prints."""
        command = [sys.executable, "-m", "dcsim.cli.main", *arguments]
        return self._run(command, self.environment, deadline).stdout

    @property
    def environment(self) -> dict[str, str]:
        """What the datacenter's own process reads: nothing but what the test says."""
        return {
            **clean_environment(),
            **FREE_PORTS,
            "DCSIM_DATA_DIR": str(self.data_dir),
            "DCSIM_WORLD__TIMING": "instant",
            **self.settings,
        }

    @property
    def log(self) -> str:
        """What it has logged."""
        return (self.data_dir / "dcsim.log").read_text(errors="replace")

    @staticmethod
    def _run(command: list[str], environment: dict[str, str], deadline: float) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=deadline, check=False)
        assert done.returncode == 0, f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}{done.stderr}"
        return done

    # -- its clients -----------------------------------------------------------------------------------------------------------

    @property
    def host(self) -> str:
        """Where vSphere listens."""
        return str(urlsplit(self.env["GOVC_URL"]).hostname)

    @property
    def port(self) -> int:
        """The port of vSphere."""
        return int(urlsplit(self.env["GOVC_URL"]).port or 0)

    @property
    def user(self) -> str:
        """The administrator of vSphere."""
        return self.env["GOVC_USERNAME"]

    @property
    def password(self) -> str:
        """The administrator's password."""
        return self.env["GOVC_PASSWORD"]

    @property
    def ca(self) -> Path:
        """The certificate authority that signs what its endpoints show."""
        return self.data_dir / "tls" / "ca.pem"

    def docker(self, *arguments: str) -> str:
        """Run the docker client against the engine of this datacenter."""
        if shutil.which("docker") is None:
            pytest.skip("the docker client is not installed")
        return self._run(["docker", *arguments], {**clean_environment(), **self.env}, DEADLINE).stdout.strip()

    def rest(self, method: str, path: str, body: Any = None) -> Any:
        """Call the engine's REST API; answers the decoded body."""
        parts = urlsplit(self.env["DCSIM_URL"])
        connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=DEADLINE)
        headers = {"Authorization": f"Bearer {self.env['DCSIM_TOKEN']}", "Content-Type": "application/json"}
        try:
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            answer = connection.getresponse()
            content = answer.read()
        finally:
            connection.close()
        assert answer.status < 300, f"{method} {path}: {answer.status} {content.decode()}"
        return json.loads(content) if content else None


def clean_environment() -> dict[str, str]:
    """This process's environment without what a developer's shell has for other datacenters and engines."""
    return {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}


def _runs(pid: int) -> bool:
    """Whether a process is there and no zombie."""
    try:
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False


def wait_until(found: Callable[[], T], what: str, seconds: float = 20.0) -> T:
    """Poll until ``found`` answers something true, and answer that; fails with ``what`` when time is up."""
    deadline = time.monotonic() + seconds
    while True:
        answer = found()
        if answer:
            return answer
        assert time.monotonic() < deadline, f"not within {seconds:g} s: {what}"
        time.sleep(0.05)
