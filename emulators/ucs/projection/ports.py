"""Ports of the fabric interconnects by what they are for: uplinks of the LAN cloud, server ports towards the chassis."""

from __future__ import annotations

from emulators.ucs.mit.declare import Made, also_at, live
from emulators.ucs.mit.view import View
from emulators.world.model import FabricInterconnect, FiPort, IoModule
from emulators.world.state import WorldState

UPLINK = "network"


@also_at(FiPort)
def port_end_place(state: WorldState, port: FiPort) -> str:
    """``fabric/lan/A/phys-slot-1-port-49`` or ``fabric/server/sw-A/slot-1-port-1``."""
    owner = state.maybe(FabricInterconnect, port.fabric_interconnect)
    if owner is None:
        return ""
    if port.role == UPLINK:
        return f"fabric/lan/{owner.leg}/phys-slot-{port.slot}-port-{port.port}"
    return f"fabric/server/sw-{owner.leg}/slot-{port.slot}-port-{port.port}"


@live("fabricEthLanEp", FiPort, elsewhere=True)
def uplink(view: View, port: FiPort) -> Made:
    """An uplink."""
    if port.role == UPLINK:
        speed = {"adminSpeed": "100gbps", "udldOperState": "admin-disabled", "vlanStatus": "ok"}
        yield port_end_place(view.state, port), {**_shown(view, port), **speed, "ifRole": "network", "locale": "external"}


@live("fabricDceSwSrvEp", FiPort, elsewhere=True)
def server_port(view: View, port: FiPort) -> Made:
    """A port to a chassis."""
    if port.role != UPLINK:
        module = view.state.maybe(IoModule, port.peer)
        peer = {"peerChassisId": view.dn(module.chassis).rpartition("-")[2] if module is not None else "N/A"}
        yield port_end_place(view.state, port), {**_shown(view, port), **peer, "ifRole": "server", "locale": "server"}


def _shown(view: View, port: FiPort) -> dict[str, str]:
    owner = view.state.get(FabricInterconnect, port.fabric_interconnect)
    works = port.works and owner.operable
    return {
        "adminState": "enabled" if port.enabled else "disabled",
        "chassisId": "N/A",
        "epDn": view.dn(port),
        "ifType": "physical",
        "licState": "license-ok",
        "operState": "up" if works else "down",
        "operStateReason": "" if works else "Link failure or not-connected" if port.enabled else "Administratively down",
        "peerDn": view.dn(port.peer),
        "portId": str(port.port),
        "slotId": str(port.slot),
        "switchId": owner.leg,
        "transport": "ether",
        "type": "lan",
    }
