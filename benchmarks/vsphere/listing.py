"""Listing properties of all VMs through a ContainerView, as both list figures do."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.measuring import Bound, line
from benchmarks.vsphere import messages
from benchmarks.vsphere.pair import VMS, Repeated
from benchmarks.vsphere.servers import Client, Server


def compare(figure: str, paths: Sequence[str], times: int, ratio: float, servers: tuple[Server, Server], repetitions: int) -> None:
    """Print the line: wall time of one list, and CPU of the server."""

    def ask(client: Client) -> bytes:
        return messages.retrieve(client.collector, messages.through_view(client.view(), paths))

    ours, peer = (Repeated(server, ask, (b"<obj ", VMS)) for server in servers)
    pairs = [(ours.spent(times), peer.spent(max(1, times // 4))) for _ in range(repetitions)]
    mine, theirs = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    more = {"vms": VMS, "bytes": ours.bytes, "peer_bytes": peer.bytes}
    line(figure, "ms", [wall for wall, _ in mine], [wall for wall, _ in theirs], bound=Bound(ratio=ratio), more=more)
    line(f"{figure}.cpu", "cpu_ms", [cpu for _, cpu in mine], [cpu for _, cpu in theirs], bound=Bound(ratio=ratio), more=more)
    ours.close()
    peer.close()
