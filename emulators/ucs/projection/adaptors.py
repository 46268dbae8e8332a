"""The adapter of a server: its ports towards the fabric, and the interfaces that its profile gives the host."""

from __future__ import annotations

from typing import Final, NamedTuple

from emulators.ucs.mit.declare import Made, live
from emulators.ucs.mit.view import View
from emulators.ucs.projection.anchors import IOM_SLOTS
from emulators.ucs.projection.blades import Health
from emulators.ucs.projection.condition import VENDOR, condition
from emulators.ucs.projection.hostports import host_port
from emulators.world.identity import profile_dn, ucs_address
from emulators.world.model import Blade, FabricInterconnect, FiPort, RackServer, Server, ServiceProfile

_MODEL: Final = "UCSB-MLOM-40G-04"


def _link(health: Health, leg: str, *, failover: bool = False) -> str:
    return "up" if health.is_on and (leg in health.legs or (failover and health.legs)) else "down"


@live("adaptorUnit", Blade)
@live("adaptorUnit", RackServer)
def adaptor(view: View, blade: Server) -> Made:
    """The adapter."""
    health = Health(view, blade)
    base = blade.adapters[0] if blade.adapters else None
    yield (
        f"{view.dn(blade)}/adaptor-1",
        {
            **condition(operable=blade.operable, present=health.present, powered=health.powered),
            "baseMac": ucs_address(base.mac) if base is not None else "",
            "bladeId": health.seat.slot_id,
            "chassisId": health.seat.chassis_id,
            "connPath": health.legs,
            "connStatus": health.legs,
            "id": "1",
            "integrated": "no",
            "managingInst": health.legs[:1] or "NONE",
            "model": base.model if base is not None else _MODEL,
            "pciSlot": "MLOM",
            "reachability": health.legs,
            "serial": f"{blade.serial[:-1]}M",
            "vendor": VENDOR,
            "vid": "V03",
        },
    )


@live("mgmtController", Blade)
@live("mgmtController", RackServer)
def adaptor_controller(view: View, blade: Server) -> Made:
    """The adapter's own controller."""
    yield f"{view.dn(blade)}/adaptor-1/mgmt", {"id": "A", "model": _MODEL, "subject": "adaptor", "vendor": VENDOR}


class _Peer(NamedTuple):
    """The other end of a port of an adapter."""

    dn: str
    chassis_id: str
    slot: int
    port: int


def _peer(view: View, server: Server, health: Health, leg: str) -> _Peer:
    """A host port of a blade's I/O module; the port of the fabric interconnect that a rack server is cabled to."""
    if isinstance(server, Blade):
        module, number = IOM_SLOTS.get(leg, 1), host_port(server.slot)
        return _Peer(f"sys/chassis-{health.seat.chassis_id}/slot-{module}/host/port-{number}", health.seat.chassis_id, module, number)
    for port in view.state.where(FiPort, "peer", server.uid):
        if view.state.get(FabricInterconnect, port.fabric_interconnect).leg == leg:
            return _Peer(view.dn(port), "N/A", port.slot, port.port)
    return _Peer("", "N/A", 0, 0)


@live("adaptorExtEthIf", Blade)
@live("adaptorExtEthIf", RackServer)
def external(view: View, blade: Server) -> Made:
    """Its ports towards the I/O modules, or straight to the fabric interconnects."""
    health = Health(view, blade)
    for port in blade.adapters:
        peer = _peer(view, blade, health, port.leg)
        yield (
            f"{view.dn(blade)}/adaptor-1/ext-eth-{port.slot}",
            {
                "adapterId": "1",
                "adminState": "enabled",
                "chassisId": health.seat.chassis_id,
                "discovery": "present",
                "id": str(port.slot),
                "ifRole": "network",
                "ifType": "physical",
                "linkState": _link(health, port.leg),
                "locale": "chassis" if isinstance(blade, Blade) else "server",
                "mac": ucs_address(port.mac),
                "macAddrType": "operational",
                "operState": "up" if port.leg in health.legs else "link-down",
                "peerChassisId": peer.chassis_id,
                "peerDn": peer.dn,
                "peerPortId": str(peer.port),
                "peerSlotId": str(peer.slot),
                "portId": str(port.slot),
                "side": "left" if port.leg == "A" else "right",
                "slotId": health.seat.slot_id,
                "switchId": port.leg,
                "transport": "ether",
                "type": "lan",
            },
        )


def _host_interface(view: View, blade: Server, place: int, leg: str, vnic: str, *, failover: bool = False) -> dict[str, str]:
    """What a vNIC and a vHBA have in common on the adapter."""
    health = Health(view, blade)
    return {
        **condition(operable=blade.operable, present=health.present, powered=health.is_on),
        "adminState": "enabled",
        "chassisId": health.seat.chassis_id,
        "discovery": "present",
        "hostPort": "ANY",
        "id": str(place),
        "ifType": "virtual",
        "lc": "allocated",
        "linkState": _link(health, leg, failover=failover),
        "locale": "chassis",
        "model": _MODEL,
        "order": str(place),
        "portId": "1" if leg == "A" else "2",
        "purpose": "general",
        "side": "left" if leg == "A" else "right",
        "slotId": health.seat.slot_id,
        "switchId": leg,
        "vendor": VENDOR,
        "vnicDn": vnic,
    }


@live("adaptorHostEthIf", Blade)
@live("adaptorHostEthIf", RackServer)
def host_ethernet(view: View, blade: Server) -> Made:
    """The vNICs of the profile, with its MACs."""
    profile = view.state.maybe(ServiceProfile, blade.profile)
    if profile is None:
        return
    owner = profile_dn(profile)
    for place, vnic in enumerate(sorted(profile.vnics, key=lambda one: one.order), 1):
        yield (
            f"{view.dn(blade)}/adaptor-1/host-eth-{place}",
            {
                **_host_interface(view, blade, place, vnic.leg, f"{owner}/ether-{vnic.name}", failover=vnic.failover),
                "bootDev": "disabled",
                "cdnName": "",
                "ifRole": "network",
                "mac": ucs_address(vnic.mac),
                "mtu": "1500",
                "name": vnic.name[:16],
                "originalMac": ucs_address(blade.adapters[(place - 1) % len(blade.adapters)].mac) if blade.adapters else "",
                "transport": "ether",
                "type": "lan",
            },
        )


@live("adaptorHostFcIf", Blade)
@live("adaptorHostFcIf", RackServer)
def host_fibre_channel(view: View, blade: Server) -> Made:
    """The vHBAs of the profile, with its WWNs."""
    profile = view.state.maybe(ServiceProfile, blade.profile)
    if profile is None:
        return
    owner = profile_dn(profile)
    for place, vhba in enumerate(sorted(profile.vhbas, key=lambda one: one.order), 1):
        yield (
            f"{view.dn(blade)}/adaptor-1/host-fc-{place}",
            {
                **_host_interface(view, blade, place, vhba.leg, f"{owner}/fc-{vhba.name}"),
                "ifRole": "storage",
                "maxDataFieldSize": "2048",
                "name": vhba.name[:16],
                "nodeWwn": ucs_address(profile.wwnn),
                "transport": "fc",
                "type": "san",
                "wwn": ucs_address(vhba.wwpn),
            },
        )
