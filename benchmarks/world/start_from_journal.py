"""How long a world of 10,000 VMs takes to seed, and to start from its journal, and how much memory it then has.

Each repetition starts in a process of its own, because that is what is measured: imports and the opening of the world.  Prints one JSON
line.  Run: ``python -m benchmarks.world.start_from_journal [--repetitions 7] [--preset large]``.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from dcsim.events import Actor
from emulators.world import decisions  # noqa: F401 - as the engine does
from emulators.world.engine import World
from emulators.world.inventory.generate import Preset, generate
from emulators.world.inventory.seed import SeedWorld
from emulators.world.inventory.spec import encode_inventory

TARGETS = {"seed_seconds": 10.0, "start_seconds": 5.0, "rss_mib": 600.0}
TIMEOUT_SECONDS = 120


def main() -> int:
    """Measure and print; exits with 1 when a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repetitions", type=int, default=7)
    parser.add_argument("--preset", default="large", choices=["small", "medium", "large"])
    parser.add_argument("--child", choices=["seed", "start"], help=argparse.SUPPRESS)
    parser.add_argument("--journal", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        print(json.dumps(_seed(arguments.journal, arguments.preset) if arguments.child == "seed" else _start(arguments.journal)))
        return 0
    found = _measure(arguments.preset, arguments.repetitions)
    print(json.dumps(found))
    return int(any(found[name]["median"] > target for name, target in TARGETS.items()))


def _measure(preset: str, repetitions: int) -> dict[str, Any]:
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as directory:
        seeds = [_child("seed", Path(directory) / f"{number}.db", preset) for number in range(repetitions)]
        starts = [_child("start", Path(directory) / "0.db", preset) for _ in range(repetitions)]
    return {
        "figure": "start_from_journal",
        "preset": preset,
        "repetitions": repetitions,
        "load": round(load, 1),
        "entities": starts[0]["entities"],
        "seed_seconds": _spread([run["seconds"] for run in seeds], "seed_seconds"),
        "open_seconds": _spread([run["seconds"] for run in starts]),
        "start_seconds": _spread([run["whole"] for run in starts], "start_seconds"),
        "cpu_seconds": _spread([run["cpu"] for run in starts]),
        "rss_mib": _spread([run["rss_mib"] for run in starts], "rss_mib"),
    }


def _spread(values: list[float], target: str = "") -> dict[str, float]:
    found = {"median": round(statistics.median(values), 3), "min": round(min(values), 3), "max": round(max(values), 3)}
    return {**found, "target": TARGETS[target]} if target else found


def _child(what: str, journal: Path, preset: str) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.world.start_from_journal", "--child", what, "--journal", str(journal), "--preset", preset]
    begun = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_SECONDS, check=True)
    return {**json.loads(done.stdout), "whole": time.perf_counter() - begun}


def _seed(journal: Path, preset: Preset) -> dict[str, float]:
    begun = time.perf_counter()
    world = World.open(journal)
    inventory = encode_inventory(generate(7, preset))
    world.execute_now(SeedWorld(inventory=inventory, seed=7), Actor())
    world.close()
    return {"seconds": time.perf_counter() - begun}


def _start(journal: Path) -> dict[str, float]:
    begun = time.perf_counter()
    world = World.open(journal)
    seconds = time.perf_counter() - begun
    usage = resource.getrusage(resource.RUSAGE_SELF)
    rss_kib = usage.ru_maxrss
    return {"seconds": seconds, "entities": len(world.state), "cpu": usage.ru_utime + usage.ru_stime, "rss_mib": rss_kib / 1024}


if __name__ == "__main__":
    sys.exit(main())
