"""Commands a second that the world decides, journals and acknowledges on one core, for each way to ask and each promise of the journal.

``concurrent``: as many callers as a batch has places, each with one command at a time.  ``alone``: one caller awaits each answer, so every
command is a transaction of its own.  The world is a large one (10,000 VMs) unless ``--preset`` says otherwise.  Every repetition
starts from a fresh copy of the journal; the pairs run in turn.  Peer: SQLite itself, committing rows of the same size one by one.
Repeat with ``python -m benchmarks.world.commands_per_second``.
"""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from statistics import median

from benchmarks.measuring import Bound, arguments, line
from dcsim.events import Actor
from emulators.world import decisions  # noqa: F401 - as the engine does
from emulators.world.commands import Command, Effect
from emulators.world.decisions.hardware import VmSettings
from emulators.world.decisions.power import ReportMachine
from emulators.world.decisions.vms import ReconfigureVm
from emulators.world.engine import BATCH, World
from emulators.world.inventory.generate import generate
from emulators.world.inventory.seed import SeedWorld
from emulators.world.inventory.spec import encode_inventory
from emulators.world.model import Power, Vm

TARGET = 1000.0
"""Commands a second on one core."""
ROW_BYTES = 700
ACTOR = Actor(principal="bench", api="sim", operation="POST /sim/vms/{uid}/power", request_id="0" * 36)
Ask = Callable[[World, int], Command]


def main() -> None:
    """Measure and print."""
    parser = arguments(__doc__)
    parser.add_argument("--commands", type=int, default=2000)
    parser.add_argument("--preset", default="large", choices=["small", "medium", "large"])
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="dcsim-bench-") as directory:
        seed = Path(directory) / "seed.db"
        world = World.open(seed, synchronous="off")
        world.execute_now(SeedWorld(inventory=encode_inventory(generate(7, given.preset)), seed=7), ACTOR)
        world.close()
        for ask in (reconfigure, report):
            for callers in (BATCH, 1):
                for synchronous in ("normal", "full"):
                    _figure(seed, ask, callers, synchronous, given.repetitions, given.commands)


def reconfigure(world: World, number: int) -> Command:
    """An operation on a VM: a task begins.  Every VM in turn, since its task holds it."""
    return ReconfigureVm(vm=_vms(world)[number].uid, settings=VmSettings(annotation=f"change {number}"))


def report(world: World, number: int) -> Command:
    """A change without a task: what a VM's machine says of its guest."""
    effect = Effect(machine="docker", addresses={"00:50:56:00:00:01": (f"10.9.{number >> 8 & 255}.{number & 255}",)})
    vms = [vm for vm in _vms(world) if vm.power is Power.ON]
    return ReportMachine(vm=vms[number % len(vms)].uid, power=Power.ON, effect=effect)


_CACHED: dict[int, list[Vm]] = {}


def _vms(world: World) -> list[Vm]:
    return _CACHED.setdefault(id(world), world.state.all(Vm))


def _figure(seed: Path, ask: Ask, callers: int, synchronous: str, repetitions: int, commands: int) -> None:
    ours, peers, cpu = [], [], []
    for _ in range(repetitions):
        seconds, spent = _run(seed, ask, callers, synchronous, commands)
        ours.append(commands / seconds)
        cpu.append(spent / commands * 1e6)
        peers.append(commands / _sqlite(seed.parent / "peer.db", synchronous, commands, callers))
    name = f"world.commands_per_second.{ask.__name__}.{'concurrent' if callers > 1 else 'alone'}.{synchronous}"
    bound = Bound(least=TARGET) if callers > 1 or synchronous == "normal" else None  # alone and full, each waits for the disk
    line(name, "1/s", ours, peers, bound=bound, more={"cpu_us": median(cpu), "callers": callers, "commands": commands})


def _run(seed: Path, ask: Ask, callers: int, synchronous: str, commands: int) -> tuple[float, float]:
    """Wall and CPU seconds for so many commands."""
    path = seed.parent / "run.db"
    shutil.copy(seed, path)
    world = World.open(path, synchronous=synchronous)
    asked = [ask(world, number) for number in range(commands)]

    async def caller(first: int) -> None:
        for command in asked[first::callers]:
            await world.execute(command, ACTOR)

    async def everybody() -> tuple[float, float]:
        begun, spent = time.perf_counter(), time.process_time()
        await asyncio.gather(*map(caller, range(callers)))
        return time.perf_counter() - begun, time.process_time() - spent

    try:
        return asyncio.run(everybody())
    finally:
        _CACHED.clear()
        world.close()
        path.unlink()


def _sqlite(path: Path, synchronous: str, commands: int, batch: int) -> float:
    """Seconds for as many rows in as many transactions, and nothing else."""
    path.unlink(missing_ok=True)
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute(f"PRAGMA synchronous = {synchronous.upper()}")
        database.execute("CREATE TABLE rows (number INTEGER PRIMARY KEY, data BLOB)")
        begun = time.perf_counter()
        for first in range(0, commands, batch):
            database.execute("BEGIN IMMEDIATE")
            database.executemany(
                "INSERT INTO rows VALUES (?, ?)", [(n, b"x" * ROW_BYTES) for n in range(first, min(first + batch, commands))]
            )
            database.execute("COMMIT")
        return time.perf_counter() - begun


if __name__ == "__main__":
    main()
