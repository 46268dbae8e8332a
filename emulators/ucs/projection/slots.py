"""The slots of the chassis as the server ports see them: they show a blade that is out of service, too."""

from __future__ import annotations

from emulators.ucs.mit.declare import Made, live
from emulators.ucs.mit.view import View
from emulators.ucs.projection.condition import VENDOR
from emulators.ucs.records import ConfigMo
from emulators.world import reach
from emulators.world.model import Blade, Chassis


@live("fabricChassisEp", ConfigMo, of="fabricDceSrv")
def chassis_ends(view: View, servers: ConfigMo) -> Made:
    """Every chassis that the fabric interconnects have connections to."""
    for chassis in view.state.where(Chassis, "domain", servers.domain):
        shown = {"chassisDn": f"sys/chassis-{chassis.slot}", "chassisId": str(chassis.slot), "epDn": f"sys/chassis-{chassis.slot}"}
        yield f"{servers.dn}/chassis-{chassis.slot}", {**shown, "model": chassis.model, "serial": chassis.serial, "vendor": VENDOR}


@live("fabricComputeSlotEp", ConfigMo, of="fabricDceSrv")
def slot_ends(view: View, servers: ConfigMo) -> Made:
    """Every slot with a blade in it."""
    for chassis in view.state.where(Chassis, "domain", servers.domain):
        for blade in view.state.where(Blade, "chassis", chassis.uid):
            seen = {"connPath": _legs(view, chassis), "connStatus": _legs(view, chassis), "discoveryStatus": _legs(view, chassis)}
            yield (
                f"{servers.dn}/chassis-{chassis.slot}/slot-{blade.slot}",
                {
                    **seen,
                    "adminState": "acknowledged",
                    "chassisId": str(chassis.slot),
                    "discovery": "complete" if blade.commissioned else "waiting-for-user-ack",
                    "epDn": f"sys/chassis-{chassis.slot}/blade-{blade.slot}",
                    "model": blade.model,
                    "operState": "up" if blade.commissioned else "down",
                    "operStateReason": "" if blade.commissioned else "Decommissioned",
                    "presence": "equipped" if blade.present and chassis.present else "missing",
                    "serial": blade.serial,
                    "slotId": str(blade.slot),
                    "vendor": VENDOR,
                },
            )


def _legs(view: View, chassis: Chassis) -> str:
    return ",".join(reach.fabric_legs(view.state, chassis)) if chassis.present else "unknown"
