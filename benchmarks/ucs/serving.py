"""A server for the UCS figures: one domain with as many blades as asked for, beside a bare handler that returns prepared bytes.

``python -m benchmarks.ucs.serving BLADES`` prints one line of JSON and serves until standard input ends.  The blades of a domain are at
most 160 in an inventory; more are copies of the first chassis, put into the state past all rules.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from aiohttp import web

from dcsim.clock import SimulatedClock
from dcsim.events import Actor
from emulators.ucs.app import UcsApp
from emulators.ucs.domain import Domain
from emulators.ucs.window import open_domains
from emulators.world import decisions  # noqa: F401 - importing registers what can be asked of the world
from emulators.world.decisions.components import SetBladePower
from emulators.world.engine import World
from emulators.world.inventory.load import loads
from emulators.world.inventory.seed import SeedWorld
from emulators.world.inventory.spec import encode_inventory
from emulators.world.model import Blade, BladePower, Chassis
from emulators.world.state import WorldState

ROOT = Path(__file__).resolve().parents[2]
USER, PASSWORD = "admin", "benchmark"
PER_CHASSIS, MOST_CHASSIS = 8, 20
BARE = "/bare"
"""Every request here is answered with the bytes that were last posted to ``/bare/set``."""
POWER = "/power"
"""Posting here switches the first blade, and answers when that is committed."""


class Serving(NamedTuple):
    """A server that runs."""

    pid: int
    port: int
    first_list_ms: float


def inventory(blades: int) -> str:
    """An inventory of one domain with so many blades, or as many as it may have."""
    chassis = min(-(-blades // PER_CHASSIS), MOST_CHASSIS)
    slots = ", ".join(f"{slot}: b" for slot in range(1, PER_CHASSIS + 1))
    rows = "\n".join(f"      - {{slot: {number}, blades: {{{slots}}}}}" for number in range(1, chassis + 1))
    return f"""
sites: [{{name: s, power_feeds: {{A: fa, B: fb}}, upstream_switches: {{A: na, B: nb}}}}]
hardware: {{b: {{memory: 256GiB, dimms: 16, cores_per_socket: 24, disks: [480GiB, 480GiB]}}}}
ucs_domains:
  - name: bench
    site: s
    chassis:
{rows}
"""


def enlarge(state: WorldState, blades: int) -> None:
    """Copy the first chassis with its blades until there are so many."""
    first = state.all(Chassis)[0]
    pattern = state.where(Blade, "chassis", first.uid)
    for slot in range(len(state.all(Chassis)) + 1, blades // PER_CHASSIS + 1):
        chassis = msgspec.structs.replace(first, uid=f"chassis-{slot}", number=state.next_number, name=f"bench/{slot}", slot=slot)
        state.load(chassis)
        for blade in pattern:
            uid, number = f"blade-{slot}-{blade.slot}", state.next_number
            state.load(msgspec.structs.replace(blade, uid=uid, number=number, name=f"bench/{slot}/{blade.slot}", chassis=chassis.uid))


def open_domain(folder: Path, blades: int) -> tuple[World, Domain]:
    """A world with one domain of so many blades."""
    world = World.open(folder / "journal.db", SimulatedClock(), synchronous="off")
    world.execute_now(SeedWorld(inventory=encode_inventory(loads(inventory(blades))), seed=7), Actor())
    enlarge(world.state, blades)
    (domain,) = open_domains(world, {USER: PASSWORD})
    return world, domain


class _Beside:
    """The endpoint, and what the figures need beside it."""

    def __init__(self, world: World, domain: Domain) -> None:
        self._world = world
        self._app = UcsApp(domain)
        self._bytes = b""
        self._blade = world.state.all(Blade)[0].uid

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer a request."""
        if request.path == BARE:
            await request.read()
            return web.Response(body=self._bytes, content_type="application/soap+xml")
        if request.path == f"{BARE}/set":
            self._bytes = await request.read()
            return web.Response()
        if request.path == POWER:
            power = self._world.state.get(Blade, self._blade).power
            other = BladePower.OFF if power is BladePower.ON else BladePower.ON
            await self._world.execute(SetBladePower(blade=self._blade, power=other), Actor())
            return web.Response()
        return await self._app.handle(request)


async def _serve(blades: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        world, domain = open_domain(Path(folder), blades)
        begun = asyncio.get_running_loop().time()
        await domain.tree.prepare(["computeBlade"])
        domain.tree.joined("computeBlade")
        took = (asyncio.get_running_loop().time() - begun) * 1000
        runner = web.ServerRunner(web.Server(_Beside(world, domain).handle))
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port = runner.addresses[0][1]
        print(json.dumps({"pid": os.getpid(), "port": port, "first_list_ms": took}), flush=True)
        await asyncio.to_thread(sys.stdin.read)
        await runner.cleanup()
        domain.close()
        world.close()


@contextmanager
def serving(blades: int) -> Iterator[Serving]:
    """A server in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.ucs.serving", str(blades)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        found: dict[str, Any] = json.loads(process.stdout.readline())
        yield Serving(**found)
        process.communicate(timeout=60)


def main() -> None:
    """Serve."""
    try:
        import uvloop  # noqa: PLC0415 - as dc-sim itself runs, where it is installed
    except ImportError:
        asyncio.run(_serve(int(sys.argv[1])))
    else:
        uvloop.run(_serve(int(sys.argv[1])))


if __name__ == "__main__":
    main()
