"""A page of 1,000 details of 10,000 servers, warm: < 100 ms, and no other client waits more than 30 ms meanwhile.

The other client is a process of its own that shows one server over and over; its longest wait while nobody lists is in the line too,
because the machine has stalls of its own.  Repeat with ``python -m benchmarks.openstack.ten_thousand``.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
from typing import Final

from benchmarks.measuring import REPETITIONS, Bound, line
from benchmarks.openstack.beside import Beside
from benchmarks.openstack.client import Client
from benchmarks.openstack.serving import Serving, serving
from benchmarks.vsphere.servers import ROOT

SERVERS, PAGE = 10_000, 1_000
TIMES, PAGES = 5, 20
PAGE_MS, STALL_MS = 100, 30
QUIET_SECONDS: Final = 0.5
DETAIL = f"/servers/detail?limit={PAGE}"


def main() -> None:
    """Measure, or be the other client."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repetitions", type=int, default=REPETITIONS)
    parser.add_argument("--probe", help=argparse.SUPPRESS)
    found = parser.parse_args()
    if found.probe:
        _probe(Serving(**json.loads(found.probe)))
        return
    with serving(SERVERS) as server:
        beside = Beside(server, None, DETAIL, "", TIMES, 0)
        beside.repeat(found.repetitions)
        beside.line("openstack.ten_thousand.page", Bound(most=PAGE_MS), {"servers": SERVERS, "page": PAGE})
        _stalls(server, found.repetitions)


def _stalls(server: Serving, repetitions: int) -> None:
    client = Client(server)
    request = client.request("GET", f"/compute/v2.1{DETAIL}")
    quiet = [_longest(server, None, request) for _ in range(repetitions)]
    busy = [_longest(server, client, request) for _ in range(repetitions)]
    more = {"servers": SERVERS, "without_lists_ms": statistics.median(quiet)}
    line("openstack.ten_thousand.stall", "ms", busy, bound=Bound(most=STALL_MS), more=more)
    client.close()


def _longest(server: Serving, client: Client | None, request: bytes) -> float:
    """The longest wait in milliseconds of another client, while pages are asked for or (None) not."""
    command = [sys.executable, "-m", "benchmarks.openstack.ten_thousand", "--probe", json.dumps(server._asdict())]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as probe:
        assert probe.stdout is not None
        assert probe.stdin is not None
        probe.stdout.readline()
        if client is None:
            time.sleep(QUIET_SECONDS)
        else:
            for _ in range(PAGES):
                client.ask(request)
        probe.stdin.close()
        return float(probe.stdout.readline())


def _probe(server: Serving) -> None:
    """Show a server until standard input ends; print the longest wait."""
    import select  # noqa: PLC0415 - only the other process needs it

    client = Client(server)
    request = client.request("GET", f"/compute/v2.1/servers/{server.server}")
    client.ask(request)
    print("ready", flush=True)
    longest = 0.0
    while not select.select([sys.stdin], [], [], 0)[0]:
        begun = time.perf_counter()
        client.ask(request)
        longest = max(longest, time.perf_counter() - begun)
        time.sleep(0.0005)
    print(longest * 1000)


if __name__ == "__main__":
    main()
