"""A list of 1,000 images, asked again and again: <= 0.10 x glance itself, which is spared the socket and the token.

python -m benchmarks.openstack.images [--repetitions 9]
"""

from __future__ import annotations

import http.client
import json
import statistics
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.measuring import Bound, arguments, cpu_seconds, line
from benchmarks.openstack.client import Client
from benchmarks.openstack.serving import ROOT, Serving, serving
from tests.clients import venvs

IMAGES, TIMES, PEER_TIMES = 1000, 10, 1
SEEDED, CREATED = 3, 201
LOCK = ROOT / "tests/contract/openstack/requirements.txt"
Sample = tuple[float, float]
"""Milliseconds of wall clock and of the server's CPU."""


@contextmanager
def glance() -> Iterator[subprocess.Popen[str] | None]:
    """A process with glance in it; None where its environment cannot be had."""
    try:
        venv = venvs.made("openstack-services", LOCK)
    except venvs.Unavailable as missing:
        print(f"no peer: {missing}")
        yield None
        return
    command = [str(venv / "bin/python"), str(Path(__file__).with_name("glance_images.py")), str(IMAGES)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, text=True, **pipes) as process:  # type: ignore[call-overload]  # pipes are pipes
        assert process.stdout is not None
        process.stdout.readline()
        yield process
        process.communicate(timeout=60)


def main() -> None:
    """Measure."""
    repetitions = arguments(__doc__).parse_args().repetitions
    ours: list[Sample] = []
    peer: list[Sample] = []
    with serving(1) as server, glance() as process:
        client = Client(server)
        _register(server, IMAGES - SEEDED)
        request = client.request("GET", f"/image/v2/images?limit={IMAGES}")
        size = len(client.ask(request))
        for _ in range(repetitions):
            ours.append(_ours(server, client, request))
            if process is not None:
                peer.append(_peer(process))
        client.close()
    cpu = {"cpu_ms": statistics.median(used for _, used in ours)}
    if peer:
        cpu["peer_cpu_ms"] = statistics.median(used for _, used in peer)
    figures = [took for took, _ in ours], [took for took, _ in peer]
    line("openstack.images", "ms", *figures, bound=Bound(ratio=0.1), more={"images": IMAGES, "bytes": size, **cpu})


def _register(server: Serving, count: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    headers = {"X-Auth-Token": server.token, "Content-Type": "application/json"}
    for number in range(count):
        body = {"name": f"image-{number}", "disk_format": "qcow2", "container_format": "bare", "os_distro": "cirros"}
        connection.request("POST", "/image/v2/images", json.dumps(body), headers)
        answer = connection.getresponse()
        answer.read()
        if answer.status != CREATED:
            raise OSError(f"an image was answered with {answer.status}")
    connection.close()


def _ours(server: Serving, client: Client, request: bytes) -> Sample:
    cpu, begun = cpu_seconds(server.pid), time.perf_counter()
    for _ in range(TIMES):
        client.ask(request)
    return (time.perf_counter() - begun) * 1000 / TIMES, (cpu_seconds(server.pid) - cpu) * 1000 / TIMES


def _peer(process: subprocess.Popen[str]) -> Sample:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(f"{PEER_TIMES}\n")
    process.stdin.flush()
    took, cpu = json.loads(process.stdout.readline())
    return took, cpu


if __name__ == "__main__":
    main()
