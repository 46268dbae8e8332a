"""The door: what the REST proxy adds to a call of a service, and what a tenant with ten times its allowance gets and does to others.

A datacenter runs in a process of its own.  The same call is made directly and through the gateway in turn; then one tenant floods from
another process, while others stay within what they have.  Repeat with ``python -m benchmarks.gateway.entry``.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import aiohttp

from benchmarks.measuring import Bound, line, percentile
from tests.clients.harness import Datacenter

CALL: Final = "/sim/state"
WARM: Final = 100
POINTS: Final = 10
"""Of a request (`graph.entry.limits.REQUEST`)."""
ALLOWED: Final = 20
"""Requests a second that a tenant may make."""
TIMES: Final = 10
"""How much more the flood asks for."""
TENANTS: Final = 6
CALM: Final = 15
"""Requests a second of each tenant that keeps within its allowance."""
LIMITS: Final = {"DCSIM_GATEWAY__POINTS_PER_SECOND": str(ALLOWED * POINTS), "DCSIM_GATEWAY__POINTS_AT_ONCE": str(ALLOWED * POINTS)}


async def timed(session: aiohttp.ClientSession, url: str, token: str) -> tuple[float, int]:
    """Milliseconds and status of one call."""
    begun = time.perf_counter()
    async with session.get(url, headers={"Authorization": f"Bearer {token}"}) as answer:
        await answer.read()
    return (time.perf_counter() - begun) * 1e3, answer.status


async def added(datacenter: Datacenter, calls: int) -> tuple[float, float]:
    """Median milliseconds of a call through the gateway, and directly; taken in turn."""
    env = datacenter.env
    urls = f"{env['DCSIM_GATEWAY_URL']}/api/engine{CALL}", f"{env['DCSIM_URL']}{CALL}"
    found: tuple[list[float], list[float]] = ([], [])
    async with aiohttp.ClientSession() as session:
        for number in range(calls + WARM):
            for url, into in zip(urls, found, strict=True):
                milliseconds, status = await timed(session, url, env["DCSIM_TOKEN"])
                assert status == 200, (url, status)
                if number >= WARM:
                    into.append(milliseconds)
    return percentile(found[0], 50), percentile(found[1], 50)


async def paced(url: str, token: str, rate: float, seconds: float) -> tuple[list[float], list[int], float]:
    """Milliseconds and statuses of calls at a rate that does not wait for answers, and how long it took to make them all."""
    begun, tasks = time.monotonic(), []
    async with aiohttp.ClientSession() as session:
        for number in range(int(rate * seconds)):
            await asyncio.sleep(max(0.0, begun + number / rate - time.monotonic()))
            tasks.append(asyncio.create_task(timed(session, url, token)))
        found = await asyncio.gather(*tasks)
    return [one for one, _ in found], [status for _, status in found], time.monotonic() - begun


async def calm(url: str, tokens: Sequence[str], seconds: float) -> float:
    """The 99th percentile of what tenants wait that keep within their allowance."""
    found = await asyncio.gather(*(paced(url, token, CALM, seconds) for token in tokens))
    assert {status for _, statuses, _ in found for status in statuses} == {200}, "others are let in"
    return percentile([one for delays, _, _ in found for one in delays], 99)


async def flooded(url: str, token: str, tokens: Sequence[str], seconds: float) -> tuple[float, float, float]:
    """The share of refusals of a flood, what arithmetic says of it, and the others' 99th percentile meanwhile."""
    command = sys.executable, "-m", "benchmarks.gateway.entry", "--flood", url, "--seconds", str(seconds)
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe)
    assert process.stdout is not None
    assert process.stdin is not None
    process.stdin.write(f"{token}\n".encode())
    assert await process.stdout.readline() == b"begun\n"
    others = await calm(url, tokens, seconds)
    async with asyncio.timeout(seconds + 60):
        told = json.loads(await process.stdout.readline())
        await process.wait()
    let_in = min(told["asked"], ALLOWED * (1 + told["seconds"]))
    return told["refused"] / told["asked"], 1 - let_in / told["asked"], others


async def flood(url: str, seconds: float) -> None:
    """Be the flood: the token comes on stdin."""
    token = sys.stdin.readline().strip()
    print("begun", flush=True)
    _, statuses, took = await paced(url, token, ALLOWED * TIMES, seconds)
    assert set(statuses) <= {200, 429}, set(statuses)
    print(json.dumps({"asked": len(statuses), "refused": statuses.count(429), "seconds": took}), flush=True)


def limits(datacenter: Datacenter, repetitions: int, seconds: float) -> None:
    """Measure the limits."""
    url = f"{datacenter.env['DCSIM_GATEWAY_URL']}/api/engine{CALL}"
    issue = "token", "issue", "--scope", "sim:read", "--subject"
    tokens = [datacenter.dcsim(*issue, f"tenant-{number}").strip() for number in range(TENANTS)]
    off, busy, quiet = [], [], []
    for number in range(repetitions):
        quiet.append(asyncio.run(calm(url, tokens, seconds)))
        floods = datacenter.dcsim(*issue, f"floods-{number}").strip()
        share, expected, others = asyncio.run(flooded(url, floods, tokens, seconds))
        off.append(max(math.fabs(share / expected - 1) * 100, 1e-6))
        busy.append(others)
    more = {"times_the_allowance": TIMES, "seconds": seconds}
    line("gateway.entry.refused", "%", off, bound=Bound(most=5), more=more)
    line("gateway.entry.others.p99", "ms", busy, quiet, bound=Bound(ratio=1.2), more=more)


def measure(given: argparse.Namespace) -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory() as name:
        for part, settings in (("proxy", {}), ("limits", LIMITS)):
            datacenter = Datacenter(Path(name) / part, "--machines", "simulated", "--vms", "20", **settings)
            datacenter.start()
            try:
                if part == "limits":
                    limits(datacenter, given.repetitions, given.seconds)
                    continue
                both = [asyncio.run(added(datacenter, given.calls)) for _ in range(given.repetitions)]
                line("gateway.entry.call", "ms", [via for via, _ in both], [direct for _, direct in both], bound=Bound(room=1))
            finally:
                datacenter.clear_away()


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, or flood."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--flood", default="", help=argparse.SUPPRESS)
    parser.add_argument("--repetitions", type=int, default=3)
    parser.add_argument("--calls", type=int, default=500)
    parser.add_argument("--seconds", type=float, default=8.0)
    given = parser.parse_args(arguments)
    if given.flood:
        asyncio.run(flood(given.flood, given.seconds))
    else:
        measure(given)


if __name__ == "__main__":
    main()
