"""How long a change takes from its commit in the engine until the CMDB's REST API shows it, at 100 and at 1,000 events a second.

A world's journal and then small changes of its VMs are committed into an outbox, which the engine's relay publishes on a private Valkey;
the CMDB is `dcsim serve cmdb` in a process of its own, once with the embedded store and once with Neo4j.  A client asks for the VM of the
newest commit until it shows it.  A sample is the 95th percentile of a run of some seconds.  Repeat with
``python -m benchmarks.cmdb.visible``.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import aiohttp
import msgspec

from benchmarks.measuring import Bound, arguments, line, percentile
from dcsim.bus import Bus, OutboxRelay
from dcsim.events import Envelope, raw_payload
from dcsim.settings import Ports
from dcsim.valkey import PrivateValkey
from emulators.world.decisions.hardware import VmSettings
from emulators.world.decisions.vms import CloneVm
from emulators.world.model import Vm
from emulators.world.outbox import Outbox
from tests.graph_database import graph_database, missing
from tests.unit.world.lab import Lab

SOURCE: Final = "/dcsim/world-1"
CLONES: Final = 60
RATES: Final = {100: (8.0, 1.0), 1000: (5.0, 5.0)}
"""Events a second → how many seconds of them, and the bound in seconds."""
WARM_UP: Final = (300, 8.0)
"""Events a second and seconds before anything is measured: a server that has just started compiles itself first."""
TICK: Final = 0.02
READY_SECONDS: Final = 60.0
ASK_SECONDS: Final = 0.01


class Log:
    """An outbox that events are committed to."""

    def __init__(self, events: Sequence[Envelope]) -> None:
        self.events = list(events)

    async def read(self, after: int, limit: int, /) -> Sequence[Envelope]:
        """What the relay asks for; the events' sequence numbers are their places."""
        return self.events[after : after + limit]


class Commits:
    """Small changes of VMs, committed one after another; ``newest`` is (VM, number, when)."""

    def __init__(self, log: Log, relay: OutboxRelay, vms: Sequence[str]) -> None:
        self._log, self._relay, self._vms = log, relay, vms
        self._last = log.events[-1]
        self._number = len(log.events)
        self.newest = ("", 0, 0.0)

    async def run(self, rate: int, seconds: float) -> None:
        """Commit at a rate."""
        begun, made = time.monotonic(), 0
        while (now := time.monotonic()) < begun + seconds:
            wanted = int((now - begun) * rate) + 1
            self._log.events += [self._change() for _ in range(wanted - made)]
            made = wanted
            self._relay.notify()
            await asyncio.sleep(TICK)

    def _change(self) -> Envelope:
        self._number += 1
        number = self._number
        vm = self._vms[number % len(self._vms)]
        self.newest = (vm, number, time.monotonic())
        change = {"op": "updated", "kind": "vm", "uid": vm, "version": 1_000_000 + number, "after": {"annotation": str(number)}}
        return msgspec.structs.replace(
            self._last, id=f"change-{number}", subject=vm, sequence=number, time=datetime.now(UTC), data=raw_payload({"changes": [change]})
        )


def main() -> None:
    """Both stores, both rates."""
    parser = arguments(__doc__)
    parser.set_defaults(repetitions=3)
    parser.add_argument("--store", choices=("embedded", "neo4j"), default="", help="only this one")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="dcsim-bench-") as name, ExitStack() as stack:
        folder = Path(name)
        places = {"embedded": ""}
        if not missing():
            places["neo4j"] = stack.enter_context(graph_database(folder / "server", optimised=True)).url
        for store, url in places.items():
            if given.store not in {store, ""}:
                continue
            asyncio.run(_measure(folder / store, store, url, given.repetitions))


async def _measure(folder: Path, store: str, url: str, repetitions: int) -> None:
    events, vms = _world(folder)
    valkey = PrivateValkey(folder / "bus")
    await valkey.start()
    bus = await Bus.connect(valkey.url)
    log = Log(events)
    relay = OutboxRelay(bus, log, epoch="world-1")
    relaying = asyncio.create_task(relay.run())
    try:
        with serving(folder / "data", valkey.url, url) as (address, token):
            headers = {"Authorization": f"Bearer {token}"}
            async with aiohttp.ClientSession(address, headers=headers) as client:
                uids = await _uids(client, vms)
                commits = Commits(log, relay, sorted(uids))
                await _run(client, commits, uids, *WARM_UP)
                for rate, (seconds, most) in RATES.items():
                    samples = [await _run(client, commits, uids, rate, seconds) for _ in range(repetitions)]
                    figure = f"cmdb.visible.{store}.{rate}"
                    line(figure, "s", samples, bound=Bound(most=most), more={"events_per_second": rate, "seconds": seconds})
    finally:
        relaying.cancel()
        await bus.close()
        await valkey.stop()


def _world(folder: Path) -> tuple[list[Envelope], set[str]]:
    """A journal, numbered without gaps, and the uids of its VMs."""
    folder.mkdir(exist_ok=True)
    lab = Lab(folder)
    for number in range(CLONES):
        lab.run(CloneVm(source=lab.vm("spare").uid, settings=VmSettings(name=f"clone-{number}")))
    outbox = Outbox(lab.world, source=SOURCE)
    events = [outbox.envelope(record) for record in lab.events()]
    vms = {vm.uid for vm in lab.state.all(Vm)}
    lab.close()
    return [msgspec.structs.replace(event, sequence=place) for place, event in enumerate(events, 1)], vms


@contextmanager
def serving(data: Path, bus: str, neo4j: str) -> Iterator[tuple[str, str]]:
    """The CMDB in a process of its own: its URL, and a token."""
    settings = {
        **{f"DCSIM_PORTS__{name.upper()}": "0" for name in Ports.model_fields},
        "DCSIM_DATA_DIR": str(data),
        "DCSIM_BUS__URL": bus,
        **({"DCSIM_CMDB__NEO4J_URL": neo4j} if neo4j else {}),
    }
    environment = {name: value for name, value in os.environ.items() if not name.startswith("DCSIM_")} | settings
    dcsim = [sys.executable, "-m", "dcsim.cli.main"]
    with (data.parent / "cmdb.log").open("wb") as log:
        process = subprocess.Popen([*dcsim, "serve", "cmdb"], env=environment, stdout=log, stderr=subprocess.STDOUT)
    try:
        yield _announced([*dcsim, "env", "--json"], environment, process)
    finally:
        process.terminate()
        process.wait(30)


def _announced(command: list[str], environment: dict[str, str], process: subprocess.Popen[bytes]) -> tuple[str, str]:
    deadline = time.monotonic() + READY_SECONDS
    said = ""
    while time.monotonic() < deadline and process.poll() is None:
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=30, check=False)
        if done.returncode == 0:
            found = json.loads(done.stdout)
            return found["DCSIM_CMDB_URL"], found["DCSIM_TOKEN"]
        said = done.stderr
        time.sleep(0.2)
    raise RuntimeError(f"The CMDB did not start: {said}")


async def _uids(client: aiohttp.ClientSession, vms: set[str]) -> dict[str, str]:
    """Engine's uid → CI, once the graph has all VMs."""
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        found = {claim["key"]: one["uid"] for one in await _items(client) for claim in one["sources"].values()}
        if vms <= set(found):
            return {uid: found[uid] for uid in vms}
        await asyncio.sleep(0.2)
    raise RuntimeError("The graph was not filled.")


async def _items(client: aiohttp.ClientSession) -> list[dict[str, Any]]:
    async with client.get("/cmdb/cis", params={"class": "VirtualMachine", "limit": "1000"}) as answer:
        return list((await answer.json())["items"]) if answer.status == 200 else []


async def _run(client: aiohttp.ClientSession, commits: Commits, uids: dict[str, str], rate: int, seconds: float) -> float:
    """The 95th percentile, in seconds, of what a client waits for the newest commits while others go on."""
    committing = asyncio.create_task(commits.run(rate, seconds))
    waits = []
    await asyncio.sleep(0.1)
    while not committing.done():
        vm, number, when = commits.newest
        while await _shown(client, uids[vm]) < number:  # noqa: ASYNC110 - as a client polls
            await asyncio.sleep(ASK_SECONDS)
        waits.append(time.monotonic() - when)
    await committing
    return percentile(waits, 95)


async def _shown(client: aiohttp.ClientSession, uid: str) -> int:
    async with client.get(f"/cmdb/cis/{uid}") as answer:
        return int((await answer.json())["attributes"].get("annotation") or 0)


if __name__ == "__main__":
    main()
