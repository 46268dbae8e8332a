"""Enabling and disabling ports of the fabric interconnects: what goes through them goes another way, or not at all (law 3)."""

from __future__ import annotations

import re
from typing import Final

from emulators.ucs.config.hooks import on_set
from emulators.ucs.config.transaction import Transaction
from emulators.ucs.records import ConfigMo
from emulators.world.decide import run
from emulators.world.decisions.components import SwitchPort
from emulators.world.model import FabricInterconnect, FiPort

_PLACES: Final = (
    re.compile(r"fabric/lan/(?P<leg>[AB])/phys-slot-(?P<slot>\d+)-port-(?P<port>\d+)"),
    re.compile(r"fabric/server/sw-(?P<leg>[AB])/slot-(?P<slot>\d+)-port-(?P<port>\d+)"),
    re.compile(r"sys/switch-(?P<leg>[AB])/slot-(?P<slot>\d+)/switch-ether/port-(?P<port>\d+)"),
)
"""Where an Ethernet port is shown: as uplink, as server port, and as what it is."""


@on_set("fabricEthLanEp", "adminState")
@on_set("fabricDceSwSrvEp", "adminState")
@on_set("etherPIo", "adminState")
def set_port(tx: Transaction, setting: ConfigMo, value: str) -> None:
    """The port carries traffic, or none; what is shown follows from it."""
    if not setting.overrides:
        return
    tx.override(setting.class_id, setting.dn, without=("adminState",))
    port = port_at(tx, setting.dn)
    if port is not None:
        run(tx.decision, SwitchPort(port=port.uid, enabled=value == "enabled"))


def port_at(tx: Transaction, dn: str) -> FiPort | None:
    """The port of a DN, by any of its places."""
    found = next((match for place in _PLACES if (match := place.fullmatch(dn)) is not None), None)
    interconnects = tx.state.where(FabricInterconnect, "domain", tx.domain) if found is not None else []
    for interconnect in interconnects:
        if found is not None and interconnect.leg == found["leg"]:
            ports = tx.state.where(FiPort, "fabric_interconnect", interconnect.uid)
            wanted = int(found["slot"]), int(found["port"])
            return next((port for port in ports if (port.slot, port.port) == wanted), None)
    return None
