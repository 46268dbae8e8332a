"""The world's own service profiles as UCS Manager has them: instances in the root organisation, associated with their blades."""

from __future__ import annotations

from collections.abc import Iterator

from emulators.ucs.bootstrap.fresh import Row
from emulators.ucs.config.initial import IMPLICIT
from emulators.world.identity import profile_dn, server_dn, ucs_address
from emulators.world.model import Server, ServiceProfile, Vhba, Vnic
from emulators.world.servers import enclosure_of
from emulators.world.state import WorldState


def profile_rows(state: WorldState, profile: ServiceProfile, vlans: dict[str, int]) -> Iterator[Row]:
    """The profile's objects, itself first; ``vlans`` are the domain's by name."""
    dn, server = profile_dn(profile), state.maybe(Server, profile.blade)
    pn = server_dn(enclosure_of(state, server), server) if server is not None else ""
    yield "lsServer", dn, _server(profile, pn)
    for class_id, rn, props in IMPLICIT["lsServer"]:
        given = {"addr": ucs_address(profile.wwnn), "identPoolName": ""} if class_id == "vnicFcNode" else {}
        yield class_id, f"{dn}/{rn}", {**props, **given}
    if pn:
        yield "lsBinding", f"{dn}/pn", {"assignedToDn": dn, "operState": "used", "pnDn": pn, "restrictMigration": "no"}
    for order, vnic in enumerate(profile.vnics, 1):
        yield from _vnic(dn, pn, vnic, order, vlans)
    for order, vhba in enumerate(profile.vhbas, 1):
        yield from _vhba(dn, pn, profile, vhba, order)


def _server(profile: ServiceProfile, pn: str) -> dict[str, str]:
    bound = bool(pn)
    return {
        "assignState": "assigned" if bound else "unassigned",
        "assocState": "associated" if bound else "unassociated",
        "bootPolicyName": "default",
        "configState": "applied" if bound else "not-applied",
        "extIPState": "none",
        "intId": str(profile.number),
        "maintPolicyName": "default",
        "operBootPolicyName": "org-root/boot-policy-default",
        "operMaintPolicyName": "org-root/maint-default",
        "operState": "ok" if bound else "unassociated",
        "owner": "management",
        "pnDn": pn,
        "type": "instance",
        "uuid": profile.uuid,
    }


def _vnic(dn: str, pn: str, vnic: Vnic, order: int, vlans: dict[str, int]) -> Iterator[Row]:
    own = f"{dn}/ether-{vnic.name}"
    yield (
        "vnicEther",
        own,
        {
            **_interface(pn, order, vnic.leg),
            "addr": ucs_address(vnic.mac),
            "cdnSource": "vnic-name",
            "equipmentDn": f"{pn}/adaptor-1/host-eth-{order}" if pn else "",
            "mtu": "1500",
            "operSpeed": "line-rate",
            "purpose": "general",
            "type": "ether",
        },
    )
    for name, number in vlans.items():
        if not vnic.vlans or number in vnic.vlans:
            net = f"fabric/lan/net-{name}"
            shown = {"operPrimaryVnetDn": net, "operVnetDn": net, "operVnetName": name, "vnet": str(number), "switchId": vnic.leg}
            default = "yes" if name == "default" else "no"
            state = "up" if pn else "indeterminate"
            yield (
                "vnicEtherIf",
                f"{own}/if-{name}",
                {**shown, "defaultNet": default, "operState": state, "owner": "logical", "type": "ether"},
            )


def _vhba(dn: str, pn: str, profile: ServiceProfile, vhba: Vhba, order: int) -> Iterator[Row]:
    own, net = f"{dn}/fc-{vhba.name}", "fabric/san/net-default"
    yield (
        "vnicFc",
        own,
        {
            **_interface(pn, order, vhba.leg),
            "addr": ucs_address(vhba.wwpn),
            "equipmentDn": f"{pn}/adaptor-1/host-fc-{order}" if pn else "",
            "maxDataFieldSize": "2048",
            "nodeAddr": ucs_address(profile.wwnn),
            "type": "fc",
        },
    )
    shown = {"name": "default", "operVnetDn": net, "operVnetName": "default", "switchId": vhba.leg, "vnet": "1"}
    yield "vnicFcIf", f"{own}/if-default", {**shown, "operState": "up" if pn else "indeterminate", "owner": "logical", "type": "fc"}


def _interface(pn: str, order: int, leg: str) -> dict[str, str]:
    """What a vNIC and a vHBA have in common."""
    return {
        "adminVcon": "any",
        "configState": "applied" if pn else "not-applied",
        "instType": "manual",
        "operOrder": str(order) if pn else "unspecified",
        "operVcon": "1" if pn else "any",
        "order": str(order),
        "owner": "logical",
        "switchId": leg,
    }
