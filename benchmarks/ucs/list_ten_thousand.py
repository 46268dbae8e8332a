"""configResolveClass of 10,000 blades, warm: 100 times faster than building the same answer with lxml, without holding up others.

The answer is asked for over a socket by a client that only receives it; lxml builds it in this process from properties that are at
hand, and serialises it.  CPU counts: the server's for ours, this process' for lxml.  The other client reads one small object over and
over meanwhile.

    python -m benchmarks.ucs.list_ten_thousand [--repetitions 9]
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time

from lxml import etree

from benchmarks.measuring import Bound, arguments, cpu_seconds, line
from benchmarks.ucs.client import Client
from benchmarks.ucs.serving import ROOT, Serving, serving

BLADES = 10_000
TIMES = 5
LISTS = 10
RATIO = 0.01
STALL_MS = 30


def main() -> None:
    """Measure."""
    parser = arguments(__doc__)
    parser.add_argument("--lists", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--server", help=argparse.SUPPRESS)
    found = parser.parse_args()
    if found.server:
        _list(Serving(*json.loads(found.server)), found.lists)
    else:
        _measure(found.repetitions)


def _measure(repetitions: int) -> None:
    with serving(BLADES) as server:
        client = Client(server).login()
        request = client.request("configResolveClass", classId="computeBlade", inHierarchical="false")
        answer = client.wire.ask(request)
        rows = _rows(answer)
        pairs = [(_ours(server, client, request), _lxml(rows)) for _ in range(repetitions)]
        more = {"blades": BLADES, "bytes": len(answer), "first_list_ms": server.first_list_ms}
        more |= {
            "wall_ms": statistics.median(wall for (wall, _), _ in pairs),
            "lxml_wall_ms": statistics.median(wall for _, (wall, _) in pairs),
        }
        line(
            "ucs.list_ten_thousand.cpu",
            "cpu_ms",
            [ours[1] for ours, _ in pairs],
            [peer[1] for _, peer in pairs],
            bound=Bound(ratio=RATIO),
            more=more,
        )
        quiet = [_longest(server, 0) for _ in range(repetitions)]
        busy = [_longest(server, LISTS) for _ in range(repetitions)]
        line("ucs.list_ten_thousand.stall", "ms", busy, bound=Bound(most=STALL_MS), more={"without_lists_ms": statistics.median(quiet)})
        client.close()


def _rows(answer: bytes) -> list[dict[str, str]]:
    found = etree.fromstring(answer).find("outConfigs")
    assert found is not None
    rows = [{str(name): str(value) for name, value in one.attrib.items()} for one in found]
    assert len(rows) == BLADES
    return rows


def _ours(server: Serving, client: Client, request: bytes) -> tuple[float, float]:
    """Milliseconds of wall and server CPU for one answer."""
    cpu, begun = cpu_seconds(server.pid), time.perf_counter()
    for _ in range(TIMES):
        client.wire.ask(request)
    return (time.perf_counter() - begun) * 1000 / TIMES, (cpu_seconds(server.pid) - cpu) * 1000 / TIMES


def _lxml(rows: list[dict[str, str]]) -> tuple[float, float]:
    """Milliseconds of wall and CPU to build and serialise the same answer."""
    cpu, begun = time.thread_time(), time.perf_counter()
    root = etree.Element("configResolveClass", {"classId": "computeBlade", "response": "yes"})
    configs = etree.SubElement(root, "outConfigs")
    for row in rows:
        etree.SubElement(configs, "computeBlade", row)
    etree.tostring(root)
    return (time.perf_counter() - begun) * 1000, (time.thread_time() - cpu) * 1000


def _longest(server: Serving, lists: int) -> float:
    """The longest wait of another client, while a process of its own asks for so many lists."""
    command = [sys.executable, "-m", "benchmarks.ucs.list_ten_thousand", "--lists", str(lists), "--server", json.dumps(server)]
    other = Client(server).login()
    small = other.request("configResolveDn", dn="sys/chassis-1/blade-1")
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as lister:
        assert lister.stdout is not None
        lister.stdout.readline()
        waits = []
        while lister.poll() is None:
            begun = time.perf_counter()
            other.wire.ask(small)
            waits.append(time.perf_counter() - begun)
            time.sleep(0.0005)
    other.close()
    return max(waits) * 1000


def _list(server: Serving, lists: int) -> None:
    """Ask for lists, or for none for as long as ten take."""
    client = Client(server).login()
    request = client.request("configResolveClass", classId="computeBlade", inHierarchical="false")
    print("ready", flush=True)
    for _ in range(lists):
        client.wire.ask(request)
    if not lists:
        time.sleep(0.3)
    client.close()


if __name__ == "__main__":
    main()
