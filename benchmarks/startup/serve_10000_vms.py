"""10,000 VMs: from starting ``dcsim up`` until it answers a login, from nothing (<= 10 s) and from the journal (< 5 s); memory < 600 MiB.

vcsim has never come up with so many. Memory is the process's after a client has listed four properties of all VMs.
Repeat with ``python -m benchmarks.startup.serve_10000_vms``.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from benchmarks.measuring import Bound, arguments, cpu_seconds, line, memory_mib
from benchmarks.vsphere import messages
from benchmarks.vsphere.servers import Client, Server, dcsim

VMS = 10_000
LARGE = {"DCSIM_WORLD__PRESET": "large", "DCSIM_WORLD__HOSTS": "400"}


def main() -> None:
    """Start with nothing, then again, as often as asked."""
    repetitions = arguments(__doc__).parse_args().repetitions
    fresh: list[tuple[float, float, float]] = []
    again: list[tuple[float, float, float]] = []
    for _ in range(repetitions):
        with tempfile.TemporaryDirectory(prefix="dcsim-bench-") as folder:
            with dcsim(VMS, data_dir=Path(folder), variables=LARGE) as server:
                fresh.append(_looked_at(server))
            with dcsim(VMS, data_dir=Path(folder), variables=LARGE) as server:
                again.append(_looked_at(server))
    for name, runs, most in (("new", fresh, 10), ("journal", again, 5)):
        cpu = min(one[1] for one in runs)
        line(f"startup.serve_10000_vms.{name}", "s", [one[0] for one in runs], bound=Bound(most=most), more={"cpu_s": cpu})
    line("startup.serve_10000_vms.memory", "MiB", [one[2] for one in again], bound=Bound(most=600))


def _looked_at(server: Server) -> tuple[float, float, float]:
    cpu = cpu_seconds(server.pid)
    client = Client(server)
    answer = client.call(messages.retrieve(client.collector, messages.through_view(client.view(), messages.FOUR)))
    assert answer.count(b"<obj ") == VMS, answer[:500]
    client.close()
    return server.seconds, cpu, memory_mib(server.pid)


if __name__ == "__main__":
    main()
