"""Attacks on GraphQL over HTTP, on a gateway that others use meanwhile: each is refused at once, and honest people do not feel it."""

from __future__ import annotations

import asyncio
import gzip
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Final

import aiohttp
import pytest

from benchmarks.measuring import cpu_seconds, percentile
from tests.clients.harness import Datacenter
from tests.unit.graph.test_limits import bomb

pytestmark = [pytest.mark.slow, pytest.mark.long, pytest.mark.timeout(180)]
REFUSED_MS: Final = 50
HONEST: Final = 4
ROUNDS: Final = 5
PAUSE: Final = 0.02
"""Seconds between an attacker's requests: the figure is of people beside an attack, not of a full machine."""
HONEST_QUERY: Final = {"query": "{vms(first: 20) {nodes {name power host {name}}}}"}
Body = bytes


def document(text: str) -> Body:
    return json.dumps({"query": text}).encode()


ATTACKS: Final[dict[str, tuple[Body, dict[str, str]]]] = {
    "5,000 aliases": (document("{" + " ".join(f"a{n}: __typename" for n in range(5000)) + "}"), {}),
    "500 aliases": (document("{" + " ".join(f"a{n}: __typename" for n in range(500)) + "}"), {}),
    "20,000 tokens": (document("{" + "a " * 20_000 + "}"), {}),
    "depth 300": (document("{hosts{nodes{vms{nodes" + "{host{vms{nodes" * 150 + "{name}" + "}}}" * 150 + "}}}}"), {}),
    "depth 60": (document("{hosts{nodes" + "{vms{nodes{host" * 20 + "{name}" + "}}}" * 20 + "}}"), {}),
    "circular fragments": (
        document("{...F0}" + " ".join(f"fragment F{n} on Query {{...F{(n + 1) % 40}}}" for n in range(40))),
        {},
    ),
    "a fragment bomb": (document(bomb()), {}),
    "a batch flood": (json.dumps([{"query": "{__typename}"}] * 5000).encode(), {}),
    "a gzip bomb": (gzip.compress(b" " * 100_000_000), {"Content-Encoding": "gzip"}),
    "pages of pages of pages": (document("{hosts(first: 200) {nodes {vms(first: 200) {nodes {disks(first: 200) {totalCount}}}}}}"), {}),
}


@pytest.fixture
async def session(simulated: Datacenter) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(simulated.env["DCSIM_GATEWAY_URL"], headers=bearing(simulated)) as made:
        yield made


@pytest.fixture
async def attacker(simulated: Datacenter) -> AsyncIterator[aiohttp.ClientSession]:
    """Somebody else, a connection for each request."""
    connector = aiohttp.TCPConnector(force_close=True)
    async with aiohttp.ClientSession(simulated.env["DCSIM_GATEWAY_URL"], headers=bearing(simulated), connector=connector) as made:
        yield made


def bearing(simulated: Datacenter) -> dict[str, str]:
    return {"Authorization": f"Bearer {simulated.env['DCSIM_TOKEN']}", "Content-Type": "application/json"}


async def attack(session: aiohttp.ClientSession, name: str) -> tuple[int, Any]:
    """The status and the first error."""
    body, headers = ATTACKS[name]
    try:
        async with session.post("/graphql", data=body, headers=headers | {"Accept": "application/graphql-response+json"}) as answer:
            text = await answer.text()
    except aiohttp.ClientOSError:
        if not headers:
            raise
        return 413, "the connection was closed while the bomb was still being sent"
    return answer.status, json.loads(text) if text.startswith("{") else text


@pytest.mark.parametrize("name", ATTACKS)
async def test_each_is_refused_at_once(simulated: Datacenter, attacker: aiohttp.ClientSession, name: str) -> None:
    took = []
    for _ in range(ROUNDS):
        before, started = cpu_seconds(simulated.pid), time.perf_counter()
        status, told = await attack(attacker, name)
        took.append(min(cpu_seconds(simulated.pid) - before, time.perf_counter() - started) * 1000)
        assert status in {400, 413}, told
        assert not isinstance(told, dict) or "data" not in told
    assert min(took) < REFUSED_MS, took


async def honest(session: aiohttp.ClientSession, until: Callable[[], bool]) -> list[float]:
    """The milliseconds that queries of one honest client take."""
    took = []
    while not until():
        started = time.perf_counter()
        async with session.post("/graphql", json=HONEST_QUERY) as answer:
            found = await answer.json()
        took.append((time.perf_counter() - started) * 1000)
        assert "errors" not in found, found
        await asyncio.sleep(PAUSE)
    return took


async def beside(session: aiohttp.ClientSession, work: Callable[[], Awaitable[None]]) -> list[float]:
    """What honest clients' queries take while something else goes on."""
    done = asyncio.Event()
    clients = [asyncio.create_task(honest(session, done.is_set)) for _ in range(HONEST)]
    try:
        await work()
    finally:
        done.set()
    return [one for taken in await asyncio.gather(*clients) for one in taken]


async def test_honest_clients_do_not_feel_them(session: aiohttp.ClientSession, attacker: aiohttp.ClientSession) -> None:
    async def nothing() -> None:
        await asyncio.sleep(4)

    async def attacks() -> None:
        deadline = time.monotonic() + 4
        while time.monotonic() < deadline:
            for name in ATTACKS:
                await attack(attacker, name)
                await asyncio.sleep(PAUSE)

    await beside(session, nothing)  # plans and connections are made
    ratios = []
    for _ in range(3):
        alone, attacked = await beside(session, nothing), await beside(session, attacks)
        ratios.append(percentile(attacked, 99) / percentile(alone, 99))
    assert min(ratios) < 2, ratios
