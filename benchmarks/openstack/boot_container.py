"""From POST /servers until the server, a container on a Neutron network, is ACTIVE, beside ``docker run`` of the same guest on a network,
in turn on an engine of their own: ours <= peer + 50 ms.

Repeat with ``python -m benchmarks.openstack.boot_container``.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.measuring import Bound, arguments, cpu_seconds, line
from benchmarks.openstack.whole import PATIENCE_SECONDS, whole
from emulators.machines.engine import PrivateEngine
from emulators.machines.images.names import TINY
from emulators.machines.images.recipe import engine_name

ROOM_MS = 50
POLL_SECONDS = 0.005
SETTLE_SECONDS = 0.5
SUBNET, PLAIN_SUBNET = "10.246.0.0/24", "10.246.1.0/24"
RUN = (
    "run",
    "--detach",
    "--init",
    "--name",
    "plain",
    "--network",
    "plain",
    "--cpus",
    "1",
    "--memory",
    "192m",
    "--pids-limit",
    "1024",
    engine_name(TINY),
)


def main() -> None:
    """Boot a server through the API and run a plain container by the command, each away again before the other."""
    repetitions = arguments(__doc__).parse_args().repetitions
    ours, peer, cpus = [], [], []
    with _engine() as host, whole({"DCSIM_MACHINES__BACKEND": "docker", "DCSIM_MACHINES__DOCKER_HOST": host}) as (pid, administrator, _):
        body = administrator.wanted(administrator.network(SUBNET))
        administrator.boot_ms(body, POLL_SECONDS)  # makes the guest image and the network
        _docker(host, "network", "create", "--subnet", PLAIN_SUBNET, "plain")
        _docker_run(host)
        for _ in range(repetitions):
            used = cpu_seconds(pid)
            ours.append(administrator.boot_ms(body, POLL_SECONDS))
            cpus.append((cpu_seconds(pid) - used) * 1000)
            time.sleep(SETTLE_SECONDS)
            peer.append(_docker_run(host))
        _docker(host, "network", "rm", "plain")
    more = {"cpu_ms_with_delete": statistics.median(cpus)}
    line("openstack.boot_container", "ms", ours, peer, bound=Bound(room=ROOM_MS), more=more)


@contextmanager
def _engine() -> Iterator[str]:
    """A private engine; where it listens."""
    with tempfile.TemporaryDirectory(prefix="dcsim-bench-") as folder:
        private = PrivateEngine(Path(folder))
        asyncio.run(private.start())
        try:
            yield private.host
        finally:
            asyncio.run(private.engine.stop())


def _docker_run(host: str) -> float:
    """Milliseconds that the command takes."""
    begun = time.perf_counter()
    _docker(host, *RUN)
    took = (time.perf_counter() - begun) * 1000
    _docker(host, "rm", "--force", "plain")
    time.sleep(SETTLE_SECONDS)
    return took


def _docker(host: str, *words: str) -> None:
    environment = {**os.environ, "DOCKER_HOST": host}
    subprocess.run(["docker", *words], env=environment, check=True, stdout=subprocess.DEVNULL, timeout=PATIENCE_SECONDS)


if __name__ == "__main__":
    main()
