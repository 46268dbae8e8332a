"""Ask one OpenStack service, in a process of its own and by its own Python, what it takes and gives.

    python extract.py SERVICE dump              its schemas, one a line
    python extract.py SERVICE judge < cases     whether it accepts instances: one answer a case

A line of ``dump`` has ``key``, ``method``, ``path`` (below the service's base), ``action``, ``lowest`` and ``highest`` (microversions, or
nothing), ``kind`` (body, query or response) and ``schema``.  A case is ``{"key": ..., "instances": [...]}``, its
answer a list of booleans and nulls.

Standard library only, and nothing of this project: each service has a module ``walk_SERVICE`` beside this one.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator
from typing import Any, TextIO

Entry = dict[str, Any]
CONFIGURATION = "[DEFAULT]\ntransport_url = fake://\n[database]\nconnection = sqlite://\n"
"""Enough for services to build their routes: no broker, no database on disk."""


def keyed(entry: Entry) -> str:
    """A name for an entry that no other has."""
    return " ".join(
        (entry["method"], entry["path"], entry["action"] or "-", entry["kind"], entry["lowest"] or "-", entry["highest"] or "-")
    )


def dump(entries: dict[str, Entry], out: TextIO) -> None:
    """Write every schema."""
    out.writelines(json.dumps({"key": key, **entry}) + "\n" for key, entry in entries.items())


def judge(entries: dict[str, Entry], accepts: Callable[[str, Any, Any], bool], cases: Iterator[str], out: TextIO) -> None:
    """Answer every case."""
    for line in cases:
        case = json.loads(line)
        entry = entries[case["key"]]
        verdicts = [verdict(accepts, entry, instance) for instance in case["instances"]]
        out.write(json.dumps(verdicts) + "\n")


def verdict(accepts: Callable[[str, Any, Any], bool], entry: Entry, instance: Any) -> bool | None:
    """Whether the service accepts an instance; None when it stumbles over it (then it answers 500) or asks a database that is not there."""
    try:
        return accepts(entry["kind"], entry["schema"], instance)
    except Exception:  # noqa: BLE001 - whatever somebody else's code raises, it is no verdict
        return None


def main(service: str, wish: str) -> None:
    """Do what was asked; whatever the service prints meanwhile goes to standard error."""
    os.environ["OS_NOVA_DISABLE_EVENTLET_PATCHING"] = "true"
    warnings.simplefilter("ignore")
    out = sys.stdout
    with contextlib.redirect_stdout(sys.stderr), tempfile.NamedTemporaryFile("w", suffix=".conf") as configuration:
        configuration.write(CONFIGURATION)
        configuration.flush()
        walker = importlib.import_module(f"walk_{service}")
        entries = {keyed(entry): entry for entry in walker.entries(configuration.name)}
        if wish == "dump":
            dump(entries, out)
        else:
            judge(entries, walker.accepts, iter(sys.stdin), out)
    out.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
