"""Listing config, guest and runtime (all of them) of 1,000 VMs through a ContainerView: ours <= 0.15 x vcsim.

Repeat with ``python -m benchmarks.vsphere.list_config_guest_runtime``.
"""

from __future__ import annotations

from benchmarks.vsphere.listing import compare
from benchmarks.vsphere.pair import main
from benchmarks.vsphere.servers import Server


def measure(ours: Server, peer: Server, repetitions: int) -> None:
    """List in turn."""
    compare("vsphere.list_config_guest_runtime", ("config", "guest", "runtime"), 4, 0.15, (ours, peer), repetitions)


if __name__ == "__main__":
    main(measure, __doc__)
