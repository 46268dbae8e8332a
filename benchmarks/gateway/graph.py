"""The CPU of queries, from text to the answer's bytes, in one process: the gateway's schema over a service that answers at once.

The peer is what a REST handler would do with the same rows: a dictionary for each, encoded by msgspec, with plain uids for ids.

python -m benchmarks.gateway.graph [--repetitions 9]
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from benchmarks.measuring import Bound, arguments, line
from dcsim.security.tokens import Claims
from graph.backends.caller import Services
from graph.backends.directory import Directory
from graph.backends.entities import Rows
from graph.execution.context import GraphContext
from graph.execution.engine import Engine
from graph.graphql import body_of, encode
from graph.schema import build

OBJECTS: Final = 1000
TIMES: Final = 40
SIX: Final = "id name power cpus memoryBytes created"
NODES: Final = f"{{vms(first: 200) {{nodes {{{SIX}}}}}}}"
CONNECTION: Final = f"{{vms(first: 200) {{totalCount pageInfo {{hasNextPage endCursor}} edges {{cursor node {{{SIX}}}}}}}}}"
JOINED: Final = f"{{vms(first: 200) {{totalCount pageInfo {{hasNextPage endCursor}} edges {{cursor node {{{SIX} host {{name}}}}}}}}}}"
TRIVIAL: Final = "{__typename}"


def vms() -> list[dict[str, Any]]:
    """The rows that the engine answers with; a service that gives less than a row has makes both sides faster."""
    return [
        {
            "uid": f"vm-{number}",
            "cursor": f"n:{number}",
            "name": f"machine-{number}",
            "power": "on" if number % 3 else "off",
            "cpus": 1 + number % 8,
            "memory_bytes": 2**30 * (1 + number % 16),
            "created": "2026-01-01T00:00:00Z",
            "host": f"host-{number % 20}",
        }
        for number in range(OBJECTS)
    ]


class Instantly:
    """A caller whose services have answered before they are asked."""

    def __init__(self) -> None:
        hosts = [{"uid": f"host-{number}", "name": f"esx-{number}"} for number in range(20)]
        self._rows = {"vm": Rows(vms(), "", OBJECTS), "hypervisor": Rows(hosts, "", 20)}

    async def post(self, service: str, path: str, kind: type[Any], body: Any, *, headers: Mapping[str, str] | None = None) -> Any:
        """The rows of the kind in the path."""
        return self._rows[path.split("/")[3]]


def context() -> GraphContext:
    """A request's context, of an administrator."""
    claims = Claims(subject="ann", scopes=frozenset({"admin"}), expires=datetime(2040, 1, 1, tzinfo=UTC))
    made = GraphContext(claims, Services(Directory({}, {})).on_behalf("token"), "request-1")
    made.services = Instantly()  # type: ignore[assignment]
    return made


def rest(rows: list[dict[str, Any]], *, hosts: bool = False) -> bytes:
    """The same data as a REST handler answers it."""
    items = [
        {
            "id": row["uid"],
            "name": row["name"],
            "power": row["power"],
            "cpus": row["cpus"],
            "memoryBytes": row["memory_bytes"],
            "created": row["created"],
        }
        for row in rows
    ]
    if hosts:
        for item, row in zip(items, rows, strict=True):
            item["host"] = {"name": f"esx-{row['host'][5:]}"}
    return encode({"items": items, "total": OBJECTS})


async def asked(engine: Engine, query: str, given: GraphContext) -> bytes:
    """A query's answer."""
    found = await engine.run(engine.ready(query, None, None), given)
    return encode(body_of(found, "request-1") | {"extensions": {"cost": {"requested": 1}}})


def cpu_ms(work: Callable[[], Any], times: int) -> float:
    """Milliseconds of CPU that work takes."""
    started = time.process_time()
    for _ in range(times):
        work()
    return (time.process_time() - started) * 1000 / times


def main() -> None:
    """Measure."""
    repetitions = arguments(__doc__).parse_args().repetitions
    engine, rows, given = Engine(build()), vms(), context()
    loop = asyncio.new_event_loop()
    ours: dict[str, list[float]] = {name: [] for name in ("nodes", "connection", "joined", "trivial")}
    peer: list[float] = []
    peer_joined: list[float] = []
    answer = msgspec.json.decode(loop.run_until_complete(asked(engine, JOINED, given)))
    assert len(answer["data"]["vms"]["edges"]) == OBJECTS, answer
    for _ in range(repetitions):
        for name, query in (("nodes", NODES), ("connection", CONNECTION), ("joined", JOINED)):
            ours[name].append(cpu_ms(lambda query=query: loop.run_until_complete(asked(engine, query, given)), TIMES))  # type: ignore[misc]
        ours["trivial"].append(cpu_ms(lambda: loop.run_until_complete(asked(engine, TRIVIAL, given)), TIMES * 20))
        peer.append(cpu_ms(lambda: rest(rows), TIMES))
        peer_joined.append(cpu_ms(lambda: rest(rows, hosts=True), TIMES))
    loop.close()
    line("gateway.graph.nodes", "ms", ours["nodes"], peer, bound=Bound(ratio=6), more={"objects": OBJECTS, "fields": 6})
    line("gateway.graph.connection", "ms", ours["connection"], peer, bound=Bound(ratio=8), more={"objects": OBJECTS})
    line("gateway.graph.joined", "ms", ours["joined"], peer_joined, bound=Bound(ratio=8), more={"objects": OBJECTS})
    line("gateway.graph.trivial", "ms", ours["trivial"], bound=Bound(most=0.25))


if __name__ == "__main__":
    main()
