"""The services themselves as judges: what their schemas are, and whether they accept an instance."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from emulators.openstack.network.extensions import EXTENSIONS
from tests.clients import venvs

HERE = Path(__file__).parent
EXTRACT = HERE / "extract.py"
LOCK = HERE.parent / "requirements.txt"
SERVICES = ("keystone", "nova", "neutron", "glance", "cinder", "placement")
DEADLINE = 180
"""Seconds: a service takes up to six to build its routes."""


class Entry(NamedTuple):
    """A schema of a service's own; ``lowest`` and ``highest`` are (0, 0) and (1000, 0) where there are no microversions."""

    key: str
    method: str
    path: str
    action: str
    kind: str
    lowest: tuple[int, int]
    highest: tuple[int, int]
    schema: Any


class Case(NamedTuple):
    """Instances to be judged by the schema of that key."""

    key: str
    instances: Sequence[Any]


def installed() -> Path:
    """The environment with all services; skips the test where it cannot be had."""
    return venvs.needed("openstack-services", LOCK)


@cache
def schemas(service: str) -> tuple[Entry, ...]:
    """Every schema of a service.  They are kept in the cache until the lock or what finds them changes."""
    venv = installed()
    sources = (LOCK, EXTRACT, HERE / f"walk_{service}.py")
    told = json.dumps(surroundings(service)).encode()
    made_from = hashlib.sha256(b"".join((told, *(path.read_bytes() for path in sources)))).hexdigest()[:16]
    kept = venvs.CACHE / f"openstack-schemas-{service}-{made_from}.jsonl"
    if not kept.exists():
        partial = kept.with_suffix(".partial")
        partial.write_text(_ask(venv, service, "dump", ""))
        partial.replace(kept)
    return tuple(entry(json.loads(line)) for line in kept.read_text().splitlines())


def judge(service: str, cases: Sequence[Case]) -> list[list[bool | None]]:
    """Whether the service accepts each instance of each case; None where it stumbles."""
    asked = "".join(json.dumps(case._asdict()) + "\n" for case in cases)
    answers = _ask(installed(), service, "judge", asked).splitlines()
    assert len(answers) == len(cases), f"{service} answered {len(answers)} of {len(cases)} cases"
    return [json.loads(line) for line in answers]


def _ask(venv: Path, service: str, wish: str, asked: str) -> str:
    command = [str(venv / "bin" / "python"), str(EXTRACT), service, wish]
    environment = {**os.environ, **surroundings(service)}
    done = subprocess.run(command, input=asked, capture_output=True, text=True, timeout=DEADLINE, check=False, cwd=HERE, env=environment)
    assert done.returncode == 0, f"{service} cannot be asked: {done.stderr[-2000:]}"
    return done.stdout


def surroundings(service: str) -> dict[str, str]:
    """What a service has to know of ours: Neutron is asked as one that has the extensions that ours says it has."""
    return {"NEUTRON_EXTENSIONS": " ".join(sorted(EXTENSIONS))} if service == "neutron" else {}


def entry(told: dict[str, Any]) -> Entry:
    """A line of what a service tells."""
    return Entry(
        key=told["key"],
        method=told["method"],
        path=told["path"],
        action=told["action"],
        kind=told["kind"],
        lowest=number(told["lowest"]) or (0, 0),
        highest=number(told["highest"]) or (1000, 0),
        schema=told["schema"],
    )


def number(version: str) -> tuple[int, int] | None:
    """A microversion as two numbers, or nothing."""
    major, _, minor = version.partition(".")
    return (int(major), int(minor)) if version else None


def nameless(path: str) -> str:
    """A path's template without the names of its parameters, by which two projects' templates can be compared."""
    return re.sub(r"\{[^}]*\}", "{}", path).rstrip("/") or "/"


def find(service: str, method: str, path: str, action: str, kind: str, version: tuple[int, int] | None) -> Entry | None:
    """The schema in force at a microversion (None where the service has none)."""
    wanted = (method, nameless(path), action, kind)
    for one in schemas(service):
        found = (one.method, nameless(one.path), one.action, one.kind)
        if found == wanted and (version is None or one.lowest <= version <= one.highest):
            return one
    return None
