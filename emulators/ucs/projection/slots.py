"""The slots of the chassis as the server ports see them: they show a blade that is out of service, too."""

from __future__ import annotations

from emulators.ucs.mit.declare import Made, also_at, live
from emulators.ucs.mit.view import View
from emulators.ucs.projection.anchors import chassis_dn, slot_dn
from emulators.ucs.projection.blades import fabric_legs
from emulators.ucs.projection.condition import VENDOR
from emulators.world.identity import blade_dn
from emulators.world.model import Blade, Chassis
from emulators.world.state import WorldState


@also_at(Chassis)
def chassis_end_place(_state: WorldState, chassis: Chassis) -> str:
    """``fabric/server/chassis-1``."""
    return f"fabric/server/chassis-{chassis.slot}"


@also_at(Blade)
def slot_end_place(state: WorldState, blade: Blade) -> str:
    """``fabric/server/chassis-1/slot-1``."""
    chassis = state.maybe(Chassis, blade.chassis)
    return slot_dn(chassis, blade) if chassis is not None else ""


@live("fabricChassisEp", Chassis, elsewhere=True)
def chassis_end(view: View, chassis: Chassis) -> Made:
    """A chassis that the fabric interconnects have connections to."""
    shown = {"chassisDn": chassis_dn(chassis), "chassisId": str(chassis.slot), "epDn": chassis_dn(chassis), "model": chassis.model}
    yield chassis_end_place(view.state, chassis), {**shown, "serial": chassis.serial, "vendor": VENDOR}


@live("fabricComputeSlotEp", Blade, elsewhere=True)
def slot_end(view: View, blade: Blade) -> Made:
    """A slot with a blade in it."""
    chassis = view.state.get(Chassis, blade.chassis)
    legs = fabric_legs(view, chassis) or "unknown"
    yield (
        slot_dn(chassis, blade),
        {
            "adminState": "acknowledged",
            "chassisId": str(chassis.slot),
            "connPath": legs,
            "connStatus": legs,
            "discovery": "complete" if blade.commissioned else "waiting-for-user-ack",
            "discoveryStatus": legs,
            "epDn": blade_dn(chassis, blade),
            "model": blade.model,
            "operState": "up" if blade.commissioned else "down",
            "operStateReason": "" if blade.commissioned else "Decommissioned",
            "presence": "equipped" if blade.present and chassis.present else "missing",
            "serial": blade.serial,
            "slotId": str(blade.slot),
            "vendor": VENDOR,
        },
    )
