"""A real Nova in a process of its own, beside which reads are measured: what it is spared, ``nova_peer`` says."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from benchmarks.openstack.environment import services
from emulators.openstack.compute.flavors import DEVSTACK


class Took(NamedTuple):
    """Milliseconds of wall clock and of the server's CPU for one request, and the bytes of its answer."""

    wall: float
    cpu: float
    size: int


class Nova:
    """The process; ``server`` is the id of one of its servers."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.server: str = json.loads(self._line())["server"]

    def ask(self, path: str, times: int) -> Took:
        """One of so many requests."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{path} {times}\n")
        self._process.stdin.flush()
        return Took(*json.loads(self._line()))

    def _line(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline()


@contextmanager
def nova(servers: int) -> Iterator[Nova | None]:
    """A Nova with DevStack's flavors and so many servers; None where its environment cannot be had."""
    venv = services()
    if venv is None:
        yield None
        return
    command = [str(venv / "bin/python"), str(Path(__file__).with_name("nova_peer.py")), json.dumps(DEVSTACK), str(servers)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, text=True, **pipes) as process:  # type: ignore[call-overload]  # pipes are pipes
        yield Nova(process)
        process.communicate(timeout=60)
