"""The domain itself and its fabric interconnects."""

from __future__ import annotations

from ipaddress import IPv4Address
from typing import Final

from emulators.ucs.mit.declare import Made, live
from emulators.ucs.mit.view import View, stamp
from emulators.ucs.projection.condition import condition
from emulators.world.identity import burned_in_mac, ucs_address
from emulators.world.model import FabricInterconnect, FiPort, UcsDomain

FI_PORTS: Final = 54
"""Ports of a UCS-FI-6454."""
FI_VENDOR: Final = "Cisco Systems, Inc."
NO_ADDRESS: Final = str(IPv4Address(0))


@live("topSystem", UcsDomain, volatile=True)
def system(view: View, domain: UcsDomain) -> Made:
    """The domain by name and address; its clock moves by itself."""
    now = view.now(60)
    up = max(int((now - domain.created).total_seconds()), 0)
    days, rest = divmod(up, 86_400)
    yield (
        "sys",
        {
            "address": domain.address or NO_ADDRESS,
            "currentTime": stamp(now),
            "ipv6Addr": "::",
            "mode": "cluster",
            "name": domain.name,
            "systemUpTime": f"{days % 100:02d}:{rest // 3600:02d}:{rest % 3600 // 60:02d}:{rest % 60:02d}",
        },
    )


@live("mgmtEntity", UcsDomain)
def management(view: View, domain: UcsDomain) -> Made:
    """Which fabric interconnect leads: A, unless it is down."""
    interconnects = {one.leg: one for one in view.state.where(FabricInterconnect, "domain", domain.uid)}
    working = [leg for leg, one in sorted(interconnects.items()) if one.operable]
    for leg, one in sorted(interconnects.items()):
        yield (
            f"sys/mgmt-entity-{leg}",
            {
                "haReadiness": "ready" if len(working) > 1 else "notReady",
                "haReady": "yes" if len(working) > 1 else "no",
                "haFailureReason": "none" if len(working) > 1 else "nodeDown",
                "id": leg,
                "leadership": ("primary" if leg == working[0] else "subordinate") if one.operable else "inapplicable",
                "mgmtServicesState": "up" if one.operable else "down",
                "sshKeyStatus": "matched",
                "state": "up" if one.operable else "down",
                "umbilicalState": "full" if len(working) > 1 else "failed",
            },
        )


@live("networkElement", FabricInterconnect)
def interconnect(view: View, interconnect: FabricInterconnect) -> Made:
    """A fabric interconnect; its own address follows the domain's."""
    address = _own_address(view, interconnect)
    yield (
        view.dn(interconnect),
        {
            "expectedMemory": "64297",
            "id": interconnect.leg,
            "inbandIfGw": NO_ADDRESS,
            "inbandIfIp": NO_ADDRESS,
            "inbandIfMask": NO_ADDRESS,
            "minActiveFan": "3",
            "model": interconnect.model,
            "oobIfGw": NO_ADDRESS,
            "oobIfIp": address,
            "oobIfMac": ucs_address(burned_in_mac(view.seed, "fi", interconnect.name)),
            "oobIfMask": "255.255.255.0",
            "operEvacState": "fill",
            "operability": "operable" if interconnect.operable else "inoperable",
            "serial": interconnect.serial,
            "thermal": "ok" if interconnect.operable else "unknown",
            "totalMemory": "62461",
            "vendor": FI_VENDOR,
        },
    )


def _own_address(view: View, interconnect: FabricInterconnect) -> str:
    """The management address of the interconnect itself: A's is the 100th after the domain's own, B's the next."""
    address = view.domain.address
    return str(IPv4Address(address) + (100 if interconnect.leg == "A" else 101)) if address else NO_ADDRESS


@live("equipmentSwitchCard", FabricInterconnect)
def card(view: View, interconnect: FabricInterconnect) -> Made:
    """The fixed module with all ports."""
    yield (
        f"{view.dn(interconnect)}/slot-1",
        {
            **condition(operable=interconnect.operable),
            "descr": "48x10/25G and 6x40/100G",
            "id": "1",
            "model": interconnect.model,
            "numPorts": str(FI_PORTS),
            "serial": interconnect.serial,
            "state": "online" if interconnect.operable else "offline",
            "vendor": FI_VENDOR,
        },
    )


@live("portGroup", FabricInterconnect)
def port_group(view: View, interconnect: FabricInterconnect) -> Made:
    """Its Ethernet ports together."""
    shown = {"locale": "external", "name": "", "transport": "ether", "type": "switch-ether"}
    yield f"{view.dn(interconnect)}/slot-1/switch-ether", shown


@live("etherPIo", FiPort)
def port(view: View, port: FiPort) -> Made:
    """A port: down when it or the interconnect is."""
    owner = view.state.get(FabricInterconnect, port.fabric_interconnect)
    uplink, up = port.role == "network", port.works and owner.operable
    yield (
        view.dn(port),
        {
            "adminState": "enabled" if port.enabled else "disabled",
            "adminTransport": "ether",
            "chassisId": "N/A",
            "encap": "dot1q" if uplink else "unknown",
            "epDn": "",
            "ifRole": port.role if port.role in {"network", "server"} else "network",
            "ifType": "physical",
            "lc": "available",
            "locale": "external" if uplink else "chassis",
            "mac": ucs_address(burned_in_mac(view.seed, "fi port", port.name)),
            "mode": "trunk" if uplink else "fabric",
            "operSpeed": "100gbps" if uplink else "10gbps",
            "operState": "up" if up else "link-down" if port.enabled else "admin-down",
            "peerDn": view.dn(port.peer),
            "portCapability": "ethUplinkPort" if uplink else "ethFexServerPort",
            "portId": str(port.port),
            "slotId": str(port.slot),
            "stateQual": "" if up else "Link failure or not-connected" if port.enabled else "Administratively down",
            "switchId": owner.leg,
            "transport": "ether",
            "ts": stamp(port.created),
            "type": "lan",
            "usrLbl": "",
            "xcvrType": "h10gacu3m",
        },
    )
