"""The `openstack` command and openstacksdk in an environment of their own, pointed at a datacenter by what `dcsim env` tells."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.clients import venvs
from tests.clients.harness import Datacenter, clean_environment
from tests.clients.openstack.commands import Commands

LOCK = Path(__file__).with_name("requirements.txt")
DEADLINE = 120
"""Seconds that one command may take: a first start of Python and all plugins is part of it."""
FOREIGN = ("OS_",)
"""Variables of the developer's that would point the clients at another cloud."""


def installed() -> Path:
    """The environment; skips the test where it cannot be had."""
    return venvs.needed("openstack", LOCK)


def announced(datacenter: Datacenter) -> None:
    """Skip the test where the datacenter has no OpenStack."""
    if "OS_AUTH_URL" not in datacenter.env:
        pytest.skip("the datacenter announces no OpenStack")


def client_environment(datacenter: Datacenter, home: Path, **changes: str) -> dict[str, str]:
    """What a client's process reads: this cloud's variables and no other's."""
    kept = {name: value for name, value in clean_environment().items() if not name.startswith(FOREIGN) and name not in venvs.MISLEADING}
    told = {name: value for name, value in datacenter.env.items() if name.startswith(FOREIGN)}
    return {**kept, **told, "OS_IDENTITY_API_VERSION": "3", "HOME": str(home), "XDG_CONFIG_HOME": str(home / ".config"), **changes}


class Refused(NamedTuple):
    """How a command failed."""

    status: int
    text: str


class OpenStack:
    """One person's openstack command, as the cloud's administrator or with what ``changes`` says of OS_* instead."""

    def __init__(self, datacenter: Datacenter, home: Path, **changes: str) -> None:
        announced(datacenter)
        self.venv = installed()
        self.datacenter = datacenter
        self.environment = client_environment(datacenter, home, **changes)
        self._commands = Commands(self.venv, self.environment, DEADLINE)

    @classmethod
    @contextmanager
    def open(cls, datacenter: Datacenter, home: Path, **changes: str) -> Iterator[OpenStack]:
        """One whose commands are quick from the second on, since they share a start; it is gone afterwards."""
        made = cls(datacenter, home, **changes)
        try:
            yield made
        finally:
            made.close()

    def close(self) -> None:
        """End what commands have been run by."""
        self._commands.close()

    def __call__(self, *arguments: str) -> str:
        """What a command prints; the test fails when the command does."""
        done = self._commands.run(arguments)
        assert done.returncode == 0, f"openstack {' '.join(arguments)}: {done.stderr}{done.stdout}"
        return done.stdout.strip()

    def json(self, *arguments: str) -> Any:
        """What a command prints with ``-f json``, decoded."""
        return json.loads(self(*arguments, "-f", "json"))

    def fails(self, *arguments: str) -> Refused:
        """What a command that must fail complains of."""
        done = self._commands.run(arguments)
        assert done.returncode != 0, f"openstack {' '.join(arguments)} did not fail: {done.stdout}"
        return Refused(done.returncode, done.stderr.strip())

    def python(self, script: Path, *arguments: str) -> Any:
        """What a script on openstacksdk prints, decoded from JSON: ``openstack.connect()`` in it finds the cloud by itself."""
        done = self.installed("bin/python", str(script), *arguments)
        assert done.returncode == 0, f"{script.name}: {done.stderr}"
        return json.loads(done.stdout)

    def installed(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """What a program of the environment came to."""
        return subprocess.run(
            [str(self.venv / program), *arguments],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=DEADLINE,
            check=False,
        )
