"""Chassis, slots and rack servers as the server ports see them: what is out of service, too."""

from __future__ import annotations

from emulators.ucs.mit.declare import Made, also_at, live
from emulators.ucs.mit.view import View
from emulators.ucs.projection.anchors import chassis_dn, slot_dn
from emulators.ucs.projection.blades import fabric_legs
from emulators.ucs.projection.condition import VENDOR
from emulators.world.identity import blade_dn, rack_dn
from emulators.world.model import Blade, Chassis, RackServer
from emulators.world.state import WorldState


@also_at(Chassis)
def chassis_end_place(_state: WorldState, chassis: Chassis) -> str:
    """``fabric/server/chassis-1``, while it is in service."""
    return f"fabric/server/chassis-{chassis.slot}" if chassis.commissioned else ""


@also_at(Chassis)
def chassis_known_place(_state: WorldState, chassis: Chassis) -> str:
    """``fabric/server/chassis-ep-ven-...``: what is connected, by its maker's numbers."""
    return f"fabric/server/chassis-ep-ven-{VENDOR}-mod{chassis.model}-ser-{chassis.serial}"


@also_at(RackServer)
def rack_known_place(_state: WorldState, server: RackServer) -> str:
    """``fabric/server/compute-ep-ven-...``: what is connected, by its maker's numbers."""
    return f"fabric/server/compute-ep-ven-{VENDOR}-mod-{server.model}-ser-{server.serial}"


@also_at(Blade)
def slot_end_place(state: WorldState, blade: Blade) -> str:
    """``fabric/server/chassis-1/slot-1``."""
    chassis = state.maybe(Chassis, blade.chassis)
    return slot_dn(chassis, blade) if chassis is not None and chassis.commissioned else ""


@live("fabricChassisEp", Chassis, elsewhere=True)
def chassis_end(view: View, chassis: Chassis) -> Made:
    """A chassis that the fabric interconnects have connections to."""
    if not chassis.commissioned:
        return
    shown = {"chassisDn": chassis_dn(chassis), "chassisId": str(chassis.slot), "epDn": chassis_dn(chassis), "model": chassis.model}
    yield chassis_end_place(view.state, chassis), {**shown, "serial": chassis.serial, "vendor": VENDOR}


@live("fabricComputeSlotEp", Blade, elsewhere=True)
def slot_end(view: View, blade: Blade) -> Made:
    """A slot with a blade in it."""
    chassis = view.state.get(Chassis, blade.chassis)
    if not chassis.commissioned:
        return
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


def _known(model: str, serial: str, *, commissioned: bool) -> dict[str, str]:
    return {
        "adminState": "enabled" if commissioned else "disabled",
        "chassisId": "N/A",
        "ifRole": "server",
        "ifType": "physical",
        "lc": "in-service" if commissioned else "out-of-service",
        "licState": "license-ok",
        "model": model,
        "operState": "up" if commissioned else "down",
        "operStateReason": "" if commissioned else "Decommissioned",
        "serial": serial,
        "vendor": VENDOR,
    }


@live("fabricSwChPhEp", Chassis, elsewhere=True)
def known_chassis(view: View, chassis: Chassis) -> Made:
    """A chassis that is connected, in service or not."""
    shown = _known(chassis.model, chassis.serial, commissioned=chassis.commissioned)
    place = {"chassisId": str(chassis.slot), "epDn": chassis_dn(chassis) if chassis.commissioned else "", "eqType": "chassis"}
    yield chassis_known_place(view.state, chassis), {**shown, **place}


@live("fabricComputePhEp", RackServer, elsewhere=True)
def known_rack_server(view: View, server: RackServer) -> Made:
    """A rack server that is connected, in service or not."""
    shown = _known(server.model, server.serial, commissioned=server.commissioned)
    place = {"epDn": rack_dn(server) if server.commissioned else "", "eqType": "rack-unit"}
    yield rack_known_place(view.state, server), {**shown, **place}
