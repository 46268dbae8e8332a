"""How several processes share the tests out (``pytest -n``).

The tests of a file stay together, since what they start they start once.  All files with tests on a Docker engine share one process:
each of their datacenters takes ranges of addresses and bridges from the host, and half of their time is waiting.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from xdist.scheduler import LoadScopeScheduling

ROOT = Path(__file__).resolve().parent.parent
MARK = "mark.docker"
ALONE = "tests/clients/tempest/"
"""Tempest's runs take minutes without an engine and seconds with one."""


@cache
def group(file: str) -> str:
    """What a file's tests stay together with."""
    needs_engine = not file.startswith(ALONE) and MARK in (ROOT / file).read_text()
    return "docker" if needs_engine else file


class ByFileAndEngine(LoadScopeScheduling):  # type: ignore[misc]  # it has no types
    """Hands out whole groups, the largest first."""

    def _split_scope(self, nodeid: str) -> str:
        return group(nodeid.partition("::")[0])


def scheduler(config: Any, log: Any) -> ByFileAndEngine:
    """What pytest-xdist asks for."""
    return ByFileAndEngine(config, log)
