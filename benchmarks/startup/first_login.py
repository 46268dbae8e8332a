"""From starting ``dcsim up`` (100 simulated VMs, a world that is there already) until pyVmomi's SmartConnect succeeds: < 2 s.

The client is imported and keeps trying before the server is up, as a script that waits for it would; the peer is vcsim with its default
VMs, which makes its world anew. Repeat with ``python -m benchmarks.startup.first_login``.
"""

from __future__ import annotations

import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from pyVim import connect as _pyvim

from benchmarks.measuring import Bound, arguments, cpu_seconds, line
from benchmarks.vsphere.servers import FREE_PORTS, ROOT, VCSIM, dcsim

pyvim: Any = _pyvim
VMS = 100
LIMIT_SECONDS = 2.0
PATIENCE_SECONDS = 60.0


def main() -> None:
    """Make a world, then start it again and again, and vcsim in between."""
    repetitions = arguments(__doc__).parse_args().repetitions
    with tempfile.TemporaryDirectory(prefix="dcsim-bench-") as folder:
        with dcsim(VMS, data_dir=Path(folder)) as server:
            password = server.password
        ours, peer, cpus = [], [], []
        for _ in range(repetitions):
            port = _free_port()
            settings = {**FREE_PORTS, "DCSIM_DATA_DIR": folder, "DCSIM_PORTS__VSPHERE": str(port)}
            command = [sys.executable, "-m", "dcsim.cli.main", "up", "--machines", "simulated", "--json"]
            seconds, cpu = _until_login(command, settings, port, "administrator@vsphere.local", password)
            ours.append(seconds)
            cpus.append(cpu)
            if VCSIM.exists():
                port = _free_port()
                peer.append(_until_login([str(VCSIM), "-l", f"127.0.0.1:{port}"], {}, port, "user", "pass")[0])
    line("startup.first_login", "s", ours, peer, bound=Bound(most=LIMIT_SECONDS), more={"vms": VMS, "cpu_s": statistics.median(cpus)})


def _until_login(command: list[str], settings: dict[str, str], port: int, user: str, password: str) -> tuple[float, float]:
    """Seconds from the start of a process until a client is logged in, and the CPU seconds that the process took for that."""
    begun = time.perf_counter()
    process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **settings}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        client = _connect(port, user, password, begun + PATIENCE_SECONDS)
        took, cpu = time.perf_counter() - begun, cpu_seconds(process.pid)
        pyvim.Disconnect(client)
        return took, cpu
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def _connect(port: int, user: str, password: str, deadline: float) -> Any:
    while True:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=5):
                break
        except OSError:
            if time.perf_counter() > deadline:
                raise
            time.sleep(0.005)
    return pyvim.SmartConnect(host="127.0.0.1", port=port, user=user, pwd=password, disableSslCertValidation=True)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


if __name__ == "__main__":
    main()
