"""What becomes of floating IPs when what they lead to changes."""

from __future__ import annotations

from emulators.openstack.network import changes
from emulators.openstack.network.records import NeutronFloatingIp
from emulators.world.decide import Decision


def detach(decision: Decision, port: str) -> None:
    """The floating IPs of a port lead nowhere."""
    for floating in decision.state.where(NeutronFloatingIp, "port", port):
        changes.change(decision, floating, port="", fixed_ip="", router="")
