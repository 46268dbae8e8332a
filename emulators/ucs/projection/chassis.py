"""Chassis, and what is in them and in rack servers besides servers: I/O modules, power supplies, fans."""

from __future__ import annotations

from typing import Final

from emulators.ucs.mit.declare import Made, live
from emulators.ucs.mit.view import View
from emulators.ucs.projection.anchors import IOM_SLOTS, chassis_dn
from emulators.ucs.projection.condition import VENDOR, condition
from emulators.world import reach
from emulators.world.model import Chassis, Fan, FiPort, IoModule, PowerFeed, PowerSupply
from emulators.world.servers import enclosure

FABRIC_PORTS: Final = 8
"""Ports of a UCS-IOM-2208XP towards its fabric interconnect."""
HOST_PORTS_PER_SLOT: Final = 4
"""Lanes from it to each slot of the chassis."""
SLOTS: Final = 8
PSU_WATTS: Final = {"UCSB-PSU-2500ACDV": 2500, "UCSC-PSU1-1050W": 1050}


def is_fed(view: View, supply: PowerSupply) -> bool:
    """Whether there is power at its input."""
    feed = view.state.maybe(PowerFeed, supply.feed)
    return feed is None or feed.energised


def _power(view: View, chassis: Chassis) -> str:
    """The state of the chassis' power: grid redundancy needs supplies on both feeds."""
    supplies = view.state.where(PowerSupply, "chassis", chassis.uid)
    working = [one for one in supplies if one.operable and is_fed(view, one)]
    if len(working) == len(supplies):
        return "ok"
    if not working:
        return "failed"
    return "redundancy-degraded" if len({one.feed for one in working}) > 1 else "redundancy-failed"


@live("equipmentChassis", Chassis)
def chassis(view: View, chassis: Chassis) -> Made:
    """A chassis."""
    power, legs = _power(view, chassis), ",".join(reach.fabric_legs(view.state, chassis))
    works = chassis.present and power != "failed"
    state = (
        ("operable" if power == "ok" and legs == "A,B" else "power-problem" if power != "ok" else "accessibility-problem") if works else ""
    )
    yield (
        view.dn(chassis),
        {
            "ackProgressIndicator": "ack-not-in-progress",
            "adminState": "acknowledged",
            "configState": "ok",
            "connPath": legs,
            "connStatus": legs,
            "discovery": "complete" if chassis.discovered else "in-progress",
            "discoveryStatus": "",
            "fabricEpDn": f"fabric/server/chassis-{chassis.slot}",
            "fanSpeedConfigState": "Balanced",
            "id": str(chassis.slot),
            "licState": "license-ok",
            "managingInst": legs[:1] or "NONE",
            "model": chassis.model,
            "operQualifier": "",
            "operState": state or ("removed" if not chassis.present else "power-problem"),
            "operability": "operable" if chassis.present else "removed",
            "power": power,
            "presence": "equipped" if chassis.present else "missing",
            "seepromOperState": "operable",
            "serial": chassis.serial,
            "serviceState": "in-service",
            "thermal": "ok" if works else "unknown",
            "usrLbl": "",
            "vendor": VENDOR,
            "vid": "V01",
        },
    )


@live("equipmentLocatorLed", Chassis)
def chassis_led(view: View, chassis: Chassis) -> Made:
    """The light that shows which one it is."""
    yield f"{view.dn(chassis)}/locator-led", {"id": "1", "name": ""}


@live("equipmentIOCard", IoModule)
def module(view: View, module: IoModule) -> Made:
    """An I/O module."""
    chassis, slot = view.state.get(Chassis, module.chassis), IOM_SLOTS.get(module.leg, 1)
    ports = view.state.where(FiPort, "peer", module.uid)
    yield (
        view.dn(module),
        {
            **condition(operable=module.operable, present=chassis.present, powered=reach.powered(view.state, chassis)),
            "adminPeerPowerState": "policy",
            "adminPowerState": "policy",
            "chassisId": str(chassis.slot),
            "configState": "ok",
            "discovery": "online" if module.operable else "offline",
            "id": str(slot),
            "model": module.model,
            "numOfActiveFabricPorts": str(sum(port.works for port in ports)),
            "operEvacState": "fill",
            "peerCommStatus": "connected",
            "peerDn": f"{chassis_dn(chassis)}/slot-{3 - slot}",
            "processorThermalState": "ok" if module.operable else "unknown",
            "serial": module.serial,
            "side": "left" if module.leg == "A" else "right",
            "switchId": module.leg,
            "upgradeStatus": "unasserted",
            "vendor": VENDOR,
            "vid": "V01",
        },
    )


@live("portGroup", IoModule)
def module_groups(view: View, module: IoModule) -> Made:
    """Its ports towards the fabric and towards the blades."""
    for kind, locale in (("fabric", "chassis"), ("host", "server")):
        yield f"{view.dn(module)}/{kind}", {"locale": locale, "transport": "ether", "type": kind}


@live("etherSwitchIntFIo", IoModule)
def fabric_ports(view: View, module: IoModule) -> Made:
    """Its ports towards the fabric interconnect; those without a cable are down."""
    chassis = view.state.get(Chassis, module.chassis)
    cables = dict(enumerate(view.state.where(FiPort, "peer", module.uid), 1))
    for number in range(1, FABRIC_PORTS + 1):
        cable = cables.get(number)
        up = cable is not None and cable.works and module.operable
        yield (
            f"{view.dn(module)}/fabric/port-{number}",
            {
                "ack": "acknowledged" if cable is not None else "un-acknowledged",
                "adminState": "enabled",
                "chassisId": str(chassis.slot),
                "discovery": "present" if cable is not None else "absent",
                "encap": "unknown",
                "ifRole": "network",
                "ifType": "physical",
                "locale": "chassis",
                "mode": "unknown",
                "operState": "up" if up else "link-down",
                "peerDn": view.dn(cable) if cable is not None else "",
                "peerPortId": str(cable.port if cable is not None else 0),
                "peerSlotId": str(cable.slot if cable is not None else 0),
                "portId": str(number),
                "slotId": str(IOM_SLOTS.get(module.leg, 1)),
                "switchId": module.leg,
                "transport": "ether",
                "type": "lan",
                "uplinkId": "left" if module.leg == "A" else "right",
                "xcvrType": "h10gacu3m" if cable is not None else "unknown",
            },
        )


@live("equipmentPsu", PowerSupply)
def supply(view: View, supply: PowerSupply) -> Made:
    """A power supply: without input it is offline, though sound."""
    fed, present = is_fed(view, supply), enclosure(view.state, supply.chassis).present
    shown = condition(operable=supply.operable, present=present)
    if supply.operable and present and not fed:
        shown |= {"operState": "power-problem", "power": "offline"}
    yield (
        view.dn(supply),
        {
            **shown,
            "Type": "ac",
            "id": str(supply.slot),
            "model": supply.model,
            "powerStateQualifier": "unknown" if fed else "input-loss",
            "psuInputSrc": "210AC_50_380DC" if fed else "unknown",
            "psuType": "DV",
            "psuWattage": str(PSU_WATTS.get(supply.model, 0)),
            "serial": supply.serial,
            "vendor": VENDOR,
            "vid": "V01",
        },
    )


@live("equipmentFanModule", Fan)
def fan_module(view: View, fan: Fan) -> Made:
    """A fan module."""
    present = enclosure(view.state, fan.chassis).present
    shown = {**condition(operable=fan.operable, present=present), "id": str(fan.slot), "model": "N20-FAN5", "tray": "1"}
    yield view.dn(fan), {**shown, "vendor": VENDOR, "vid": "V01"}


@live("equipmentFan", Fan)
def fans(view: View, fan: Fan) -> Made:
    """The two fans of a module."""
    present = enclosure(view.state, fan.chassis).present
    for number in (1, 2):
        yield (
            f"{view.dn(fan)}/fan-{number}",
            {
                **condition(operable=fan.operable, present=present),
                "fanSpeedPolicyAdminState": "balanced",
                "fanSpeedPolicyOperState": "balanced",
                "id": str(number),
                "intType": "chassis",
                "model": "N20-FAN5",
                "module": str(fan.slot),
                "tray": "1",
                "vendor": VENDOR,
            },
        )
