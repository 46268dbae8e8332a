"""Listing four properties of 1,000 VMs through a ContainerView: ours <= 0.25 x vcsim.

The request is sent over one kept-alive TLS connection to a server whose world has not changed since the last one, which is how inventory
tools poll; both servers answer every VM. Repeat with ``python -m benchmarks.vsphere.list_four_properties``.
"""

from __future__ import annotations

from benchmarks.vsphere.listing import compare
from benchmarks.vsphere.messages import FOUR
from benchmarks.vsphere.pair import main
from benchmarks.vsphere.servers import Server


def measure(ours: Server, peer: Server, repetitions: int) -> None:
    """List in turn."""
    compare("vsphere.list_four_properties", FOUR, 12, 0.25, (ours, peer), repetitions)


if __name__ == "__main__":
    main(measure, __doc__)
