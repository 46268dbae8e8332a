"""A world with 160 servers, made from its inventory or read back from its journal, until it has told of all of them: <= 1 s.

Each try is a process of its own; what Python takes to start and to import dc-sim is told beside, and not part of the figure.

    python -m benchmarks.ucs.start_160_servers [--repetitions 9]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from aiohttp import web

from benchmarks.measuring import Bound, arguments, line
from benchmarks.ucs.client import Client
from benchmarks.ucs.serving import PASSWORD, ROOT, USER, Serving, inventory
from dcsim.clock import SimulatedClock
from dcsim.events import Actor
from emulators.ucs.app import UcsApp
from emulators.ucs.window import open_domains
from emulators.world import decisions  # noqa: F401 - importing registers what can be asked of the world
from emulators.world.engine import World
from emulators.world.inventory.load import loads
from emulators.world.inventory.seed import SeedWorld
from emulators.world.inventory.spec import encode_inventory

SERVERS = 160
LIMIT_SECONDS = 1.0
TIMEOUT_SECONDS = 60


def main() -> None:
    """Measure, or (``--journal``) be the process that is measured."""
    parser = arguments(__doc__)
    parser.add_argument("--journal", type=Path, help=argparse.SUPPRESS)
    found = parser.parse_args()
    if found.journal:
        print(json.dumps(asyncio.run(_up(found.journal))))
    else:
        _measure(found.repetitions)


def _measure(repetitions: int) -> None:
    with tempfile.TemporaryDirectory(prefix="dcsim-bench-") as folder:
        journals = [Path(folder) / f"{number}.db" for number in range(repetitions)]
        for figure in ("ucs.start_160_servers.new", "ucs.start_160_servers.journal"):
            runs = [_run(journal) for journal in journals]
            more = {"servers": SERVERS, "with_imports_s": statistics.median(whole for _, whole in runs)}
            line(figure, "s", [seconds for seconds, _ in runs], bound=Bound(most=LIMIT_SECONDS), more=more)


def _run(journal: Path) -> tuple[float, float]:
    """Seconds of the figure, and of the whole process."""
    begun = time.perf_counter()
    command = [sys.executable, "-m", "benchmarks.ucs.start_160_servers", "--journal", str(journal)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=TIMEOUT_SECONDS, check=True)
    return float(json.loads(done.stdout)), time.perf_counter() - begun


async def _up(journal: Path) -> float:
    """Seconds until a client has the list, over a socket."""
    begun = time.perf_counter()
    world = World.open(journal, SimulatedClock())
    if world.record is None:
        world.execute_now(SeedWorld(inventory=encode_inventory(loads(inventory(SERVERS))), seed=7), Actor())
    (domain,) = open_domains(world, {USER: PASSWORD})
    runner = web.ServerRunner(web.Server(UcsApp(domain).handle))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    await asyncio.to_thread(_list, Serving(os.getpid(), runner.addresses[0][1], 0.0))
    took = time.perf_counter() - begun
    await runner.cleanup()
    domain.close()
    world.close()
    return took


def _list(server: Serving) -> None:
    client = Client(server).login()
    assert client.wire.ask(client.request("configResolveClass", classId="computeBlade")).count(b"<computeBlade ") == SERVERS
    client.close()


if __name__ == "__main__":
    main()
