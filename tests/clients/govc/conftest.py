"""govc as an operator uses it: the environment from `dcsim env`, one command a call."""

from __future__ import annotations

import itertools
import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.clients.harness import DEADLINE, Datacenter, clean_environment

_numbers = itertools.count(1)
POOL = "ams1-cluster-01/Resources/prod"
DATASTORE = "ams1-vmfs-01"
NETWORK = "ams1-web"


class Govc:
    """One operator's govc, with a home of its own for the session that it keeps."""

    def __init__(self, program: Path, datacenter: Datacenter, home: Path) -> None:
        self._program = program
        self.datacenter = datacenter
        self.environment = {**clean_environment(), **datacenter.env, "HOME": str(home), "USERPROFILE": str(home)}

    def __call__(self, *arguments: str) -> str:
        """What a command prints; the test fails when the command does."""
        done = self._run(arguments)
        assert done.returncode == 0, f"govc {' '.join(arguments)}: {done.stderr}{done.stdout}"
        return done.stdout.strip()

    def json(self, *arguments: str) -> Any:
        """What a command prints with -json, decoded."""
        return json.loads(self(arguments[0], "-json", *arguments[1:]))

    def fails(self, *arguments: str) -> str:
        """What a command that must fail complains of."""
        done = self._run(arguments)
        assert done.returncode != 0, f"govc {' '.join(arguments)} did not fail: {done.stdout}"
        return done.stderr.strip()

    def power(self, name: str) -> str:
        """A VM's power state."""
        return self("object.collect", "-s", f"vm/{name}", "runtime.powerState")

    def _run(self, arguments: tuple[str, ...]) -> subprocess.CompletedProcess[str]:
        command = [str(self._program), *arguments]
        return subprocess.run(command, env=self.environment, capture_output=True, text=True, timeout=DEADLINE, check=False)


@pytest.fixture
def run(govc: Path, simulated: Datacenter, tmp_path: Path) -> Govc:
    """govc in the simulated datacenter."""
    return Govc(govc, simulated, tmp_path)


@pytest.fixture
def run_docker(govc: Path, containers: Datacenter, tmp_path: Path) -> Govc:
    """govc in the datacenter with containers."""
    return Govc(govc, containers, tmp_path)


@pytest.fixture
def make(run: Govc) -> Iterator[Callable[..., str]]:
    """Makes VMs that are off, and destroys them after the test; answers the name."""
    made: list[str] = []

    def create(*options: str) -> str:
        made.append(f"govc-{next(_numbers)}")
        run("vm.create", "-on=false", "-pool", POOL, "-ds", DATASTORE, "-net", NETWORK, "-m", "128", *options, made[-1])
        return made[-1]

    yield create
    for name in made:
        if run("find", ".", "-type", "m", "-name", name):
            run("vm.destroy", name)


@pytest.fixture
def vm(make: Callable[..., str]) -> str:
    """A VM of the test's own, off."""
    return make()
