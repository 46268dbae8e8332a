"""The ports of I/O modules towards the blades: those with a blade's adapter at their other end."""

from __future__ import annotations

from emulators.ucs.mit.declare import Made, live
from emulators.ucs.mit.view import View
from emulators.ucs.projection.anchors import IOM_SLOTS
from emulators.ucs.projection.blades import Health
from emulators.ucs.projection.chassis import HOST_PORTS_PER_SLOT
from emulators.ucs.projection.condition import VENDOR
from emulators.world.model import Blade, Chassis, IoModule


def host_port(slot: int) -> int:
    """The first port of an I/O module towards a slot of the chassis."""
    return (slot - 1) * HOST_PORTS_PER_SLOT + 1


@live("etherServerIntFIo", IoModule)
def host_ports(view: View, module: IoModule) -> Made:
    """One for each blade: up while both ends have power and the path to the fabric interconnect works."""
    chassis = view.state.get(Chassis, module.chassis)
    for blade in view.state.where(Blade, "chassis", chassis.uid):
        port = next((one for one in blade.adapters if one.leg == module.leg), None)
        if port is None or not blade.commissioned:
            continue
        up = module.operable and Health(view, blade).is_on
        number = host_port(blade.slot)
        yield (
            f"{view.dn(module)}/host/port-{number}",
            {
                "adminState": "enabled",
                "chassisId": str(chassis.slot),
                "encap": "unknown",
                "epDn": "",
                "ifRole": "server",
                "ifType": "physical",
                "locale": "server",
                "mode": "vntag",
                "model": module.model,
                "operState": "up" if up else "link-down",
                "peerChassisId": str(chassis.slot),
                "peerDn": f"{view.dn(blade)}/adaptor-1/ext-eth-{port.slot}",
                "peerPortId": str(port.slot),
                "peerSlotId": str(blade.slot),
                "portId": str(number),
                "slotId": str(IOM_SLOTS.get(module.leg, 1)),
                "stateQual": "" if up else "Link failure or not-connected",
                "switchId": module.leg,
                "transport": "ether",
                "type": "lan",
                "vendor": VENDOR,
            },
        )
