"""Four properties of 10,000 VMs, warm: <= 100 ms of the server's CPU, and no other client waits more than 30 ms meanwhile.

The other client is a process of its own that reads one property of one VM over and over; its longest wait while nobody lists is in the
line too, because the machine has stalls of its own. Repeat with ``python -m benchmarks.vsphere.list_ten_thousand``.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time

from benchmarks.measuring import REPETITIONS, Bound, line
from benchmarks.startup.serve_10000_vms import LARGE, VMS
from benchmarks.vsphere import messages
from benchmarks.vsphere.pair import Repeated
from benchmarks.vsphere.servers import ROOT, Client, Server, dcsim

TIMES = 5
LISTS = 10


def main() -> None:
    """Measure, or be the other client."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repetitions", type=int, default=REPETITIONS)
    parser.add_argument("--probe", help=argparse.SUPPRESS)
    found = parser.parse_args()
    if found.probe:
        _probe(Server(*json.loads(found.probe)))
        return
    with dcsim(VMS, variables=LARGE) as server:
        _measure(server, found.repetitions)


def _measure(server: Server, repetitions: int) -> None:
    def ask(client: Client) -> bytes:
        return messages.retrieve(client.collector, messages.through_view(client.view(), messages.FOUR))

    listing = Repeated(server, ask, (b"<obj ", VMS))
    spent = [listing.spent(TIMES) for _ in range(repetitions)]
    more = {"vms": VMS, "bytes": listing.bytes, "wall_ms": statistics.median(wall for wall, _ in spent)}
    line("vsphere.list_ten_thousand.cpu", "cpu_ms", [cpu for _, cpu in spent], bound=Bound(most=100), more=more)
    quiet = [_longest(server, None) for _ in range(repetitions)]
    busy = [_longest(server, listing) for _ in range(repetitions)]
    line(
        "vsphere.list_ten_thousand.stall", "ms", busy, bound=Bound(most=30), more={"vms": VMS, "without_lists_ms": statistics.median(quiet)}
    )


def _longest(server: Server, listing: Repeated | None) -> float:
    """The longest wait of another client, while lists are asked for or (None) not."""
    command = [sys.executable, "-m", "benchmarks.vsphere.list_ten_thousand", "--probe", json.dumps(server)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as probe:
        assert probe.stdout is not None
        assert probe.stdin is not None
        probe.stdout.readline()
        if listing is None:
            time.sleep(0.5)
        else:
            listing.spent(LISTS)
        probe.stdin.close()
        return float(probe.stdout.readline())


def _probe(server: Server) -> None:
    """Read until standard input ends; print the longest wait."""
    import select  # noqa: PLC0415 - only the other process needs it

    client = Client(server)
    vm = client.vms()[0]
    request = client.wire.prepare(messages.retrieve(client.collector, messages.of_vms([vm], ["name"])))
    print("ready", flush=True)
    longest = 0.0
    while not select.select([sys.stdin], [], [], 0)[0]:
        begun = time.perf_counter()
        client.wire.ask(request)
        longest = max(longest, time.perf_counter() - begun)
        time.sleep(0.0005)
    print(longest * 1000)


if __name__ == "__main__":
    main()
