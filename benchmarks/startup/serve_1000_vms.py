"""From starting a server on nothing until it has 1,000 VMs and answers a login: <= 0.1 x vcsim.

vcsim takes most of a minute: it is started once for every third start of ours. Memory after listing all VMs is in the line too.
Repeat with ``python -m benchmarks.startup.serve_1000_vms``.
"""

from __future__ import annotations

from statistics import median

from benchmarks.measuring import Bound, arguments, cpu_seconds, line, memory_mib
from benchmarks.vsphere.servers import Client, Server, dcsim, vcsim

VMS = 1_000
PEER_EVERY = 3


def main() -> None:
    """Start both in turn."""
    repetitions = arguments(__doc__).parse_args().repetitions
    ours: list[tuple[float, ...]] = []
    peer: list[tuple[float, ...]] = []
    for number in range(repetitions):
        with dcsim(VMS) as server:
            ours.append(_looked_at(server))
        if number % PEER_EVERY == 0:
            with vcsim(VMS) as server:
                peer.append(_looked_at(server))
    (seconds, cpus, memory), (peer_seconds, peer_cpus, peer_memory) = (list(zip(*side, strict=True)) for side in (ours, peer))
    more = {"vms": VMS, "cpu_s": median(cpus), "peer_cpu_s": median(peer_cpus)}
    line("startup.serve_1000_vms", "s", seconds, peer_seconds, bound=Bound(ratio=0.1), more=more)
    line("startup.serve_1000_vms.memory", "MiB", memory, peer_memory, bound=Bound(ratio=3), more={"vms": VMS})


def _looked_at(server: Server) -> tuple[float, float, float]:
    cpu = cpu_seconds(server.pid)
    client = Client(server)
    if len(client.vms()) != VMS:
        raise AssertionError(f"{server.name} has not {VMS} VMs")
    client.close()
    return server.seconds, cpu, memory_mib(server.pid)


if __name__ == "__main__":
    main()
