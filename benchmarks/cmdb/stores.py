"""The CMDB's stores with 50,000 CIs and 150,000 relations: filling one, opening it again, lists, full text, and one step from many CIs.

The embedded store is ours; its peer in every figure is a real Neo4j 5 on this machine (512 MiB of heap), over the same port, which has
bounds of its own (``cmdb.store.neo4j``).  Both are asked some times before anything is measured: a server that has just started plans
and compiles first.  Repeat with ``python -m benchmarks.cmdb.stores``.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from benchmarks.cmdb.plant import batches
from benchmarks.measuring import Bound, arguments, line, memory_mib, percentile
from cmdb.stores.embedded import EmbeddedStore
from cmdb.stores.neo4j import Neo4jStore, Server
from cmdb.stores.port import Filter, GraphStore, Query
from dcsim.comparison import Op
from tests.graph_database import graph_database, missing

CIS = 50_000
SEARCHES = 40
WARM_UP = 10
AT_ONCE = 8
Ask = Callable[[GraphStore, int], Awaitable[Any]]


def main() -> None:
    """Fill both, then ask them in turn."""
    parser = arguments(__doc__)
    parser.add_argument("--cis", type=int, default=CIS)
    parser.add_argument("--embedded-only", action="store_true", help="leave Neo4j out")
    parser.add_argument("--weigh", type=Path, help="print what opening this file weighs, in MiB, and nothing else")
    given = parser.parse_args()
    if given.weigh is not None:
        asyncio.run(_weigh(given.weigh))
        return
    with tempfile.TemporaryDirectory(prefix="dcsim-bench-") as name, ExitStack() as stack:
        folder = Path(name)
        peer = None
        if not given.embedded_only and not missing():
            peer = Neo4jStore(Server(stack.enter_context(graph_database(folder / "neo4j", optimised=True)).url))
        asyncio.run(_measure(folder / "cmdb.db", peer, given.cis, given.repetitions))


async def _measure(file: Path, peer: GraphStore | None, cis: int, repetitions: int) -> None:
    sizes = {"cis": cis, "relations": 0}
    theirs = [await _filled(peer, cis)] if peer is not None else []
    ours = EmbeddedStore(file)
    filling = [await _filled(ours, cis)]
    sizes["relations"] = sum((await ours.relation_counts()).values())
    _lines("fill", "s", filling, theirs, (30, 60), sizes)
    await ours.close()
    ours = EmbeddedStore(file)
    begun = time.perf_counter()
    await ours.open()
    line("cmdb.store.open", "s", [time.perf_counter() - begun], bound=Bound(most=5), more=sizes)
    line("cmdb.store.open.memory", "MiB", [_weight(file)], bound=Bound(most=100), more=sizes)
    for figure, ask, most in FIGURES:
        rounds = (*range(WARM_UP), *range(repetitions))
        mine, others = [[await _asked(store, ask, n) for n in rounds][WARM_UP:] if store else [] for store in (ours, peer)]
        _lines(figure, "ms", mine, others, most, sizes)
    mine, others = [[await _searched(store) for _ in range(repetitions + 1)][1:] if store else [] for store in (ours, peer)]
    _lines("search.p95", "ms", mine, others, (50, 50), {**sizes, "searches": SEARCHES})
    await ours.close()
    if peer is not None:
        await peer.close()


def _lines(figure: str, unit: str, ours: list[float], theirs: list[float], most: tuple[float, float], more: dict[str, Any]) -> None:
    """The embedded store's line with its peer, and Neo4j's own; *most* are the bounds of both."""
    line(f"cmdb.store.{figure}", unit, ours, theirs, bound=Bound(most=most[0]), more=more)
    if theirs:
        line(f"cmdb.store.neo4j.{figure}", unit, theirs, bound=Bound(most=most[1]), more=more)


async def _searched(store: GraphStore) -> float:
    """The 95th percentile of what people type, in milliseconds."""
    return percentile([await _asked(store, search, n) for n in range(SEARCHES)], 95)


async def _filled(store: GraphStore, cis: int) -> float:
    """Seconds to write everything into an open, empty store, some batches at a time."""
    await store.open()
    waiting: set[asyncio.Task[Any]] = set()
    begun = time.perf_counter()
    for batch in batches(cis):
        waiting.add(asyncio.create_task(_apply(store, batch)))
        if len(waiting) >= AT_ONCE:
            done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
    await asyncio.gather(*waiting)
    return time.perf_counter() - begun


def _weight(file: Path) -> float:
    """What opening the file adds to the resident memory of a process that has done nothing else."""
    command = [sys.executable, "-m", "benchmarks.cmdb.stores", "--weigh", str(file)]
    return float(subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout)


async def _weigh(file: Path) -> None:
    store, before = EmbeddedStore(file), memory_mib(os.getpid())
    await store.open()
    print(memory_mib(os.getpid()) - before)
    await store.close()


async def _apply(store: GraphStore, batch: Any) -> None:
    await store.apply(batch)


async def _asked(store: GraphStore, ask: Ask, number: int) -> float:
    """Milliseconds."""
    begun = time.perf_counter()
    answer = await ask(store, number)
    took = (time.perf_counter() - begun) * 1e3
    assert answer
    return took


async def page(store: GraphStore, number: int) -> Any:
    """The first thousand VMs that are on."""
    found = await store.page(Query(cls="VirtualMachine", filters=(Filter("power", Op.EQ, "on"),), limit=1000))
    assert len(found.items) == 1000
    return found


async def sorted_page(store: GraphStore, number: int) -> Any:
    """The last changed thousand of everything."""
    return (await store.page(Query(sort="-changed", limit=1000))).items


async def unindexed(store: GraphStore, number: int) -> Any:
    """By an attribute that no index knows."""
    return (await store.page(Query(cls="VirtualMachine", filters=(Filter("hostname", Op.LIKE, f"{number:04}.SITE"),), limit=100))).items


async def step(store: GraphStore, number: int) -> Any:
    """Everything around a thousand VMs."""
    return await store.relations_of([f"vm-{one:05}" for one in range(number * 100, number * 100 + 1000)], "both")


async def identify(store: GraphStore, number: int) -> Any:
    """A host by one of its MACs and a VM by its UUID."""
    host = await store.node(f"host-{number:05}")
    assert host is not None
    return await store.find("Hypervisor", "macs", host.attributes["macs"][0])  # type: ignore[index]


async def search(store: GraphStore, number: int) -> Any:
    """What people type: a part of a name, an address, a word that thousands have."""
    text = (f"web {number:05}", f"10.77.{number}", f"vm-0{number % 10}", "shop", "debian12", f"disk-{number:04}")[number % 6]
    return await store.search(text)


FIGURES = (
    ("page_1000", page, (50, 100)),
    ("page_1000.changed", sorted_page, (50, 100)),
    ("unindexed", unindexed, (200, 200)),
    ("relations_of_1000", step, (50, 100)),
    ("identify", identify, (10, 50)),
)
"""Name, question, and the bounds of the embedded store and of Neo4j in milliseconds."""

if __name__ == "__main__":
    main()
