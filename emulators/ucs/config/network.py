"""VLANs, VSANs and uplink port channels."""

from __future__ import annotations

from typing import Final

from emulators.ucs.config.hooks import on_create, on_delete, on_set, settles
from emulators.ucs.config.transaction import Transaction
from emulators.ucs.records import ConfigMo
from emulators.ucs.refusals import Refusal, malformed
from emulators.ucs.schema import naming

DEFAULT_VLAN: Final = "fabric/lan/net-default"
DEFAULT_VSAN: Final = "fabric/san/net-default"
_CLOUDS: Final = {
    "vnicEtherIf": ("fabric/lan", "fabricVlan", "fabric/eth-estc"),
    "vnicFcIf": ("fabric/san", "fabricVsan", "fabric/fc-estc"),
}


# -- VLANs and VSANs -----------------------------------------------------------------------------------------------------------


@on_create("fabricVlan")
def add_vlan(tx: Transaction, vlan: ConfigMo) -> None:
    """A VLAN needs an id; one native VLAN a cloud."""
    if not vlan.props.get("id"):
        raise malformed("missing property id, class fabricVlan")
    _place(tx, vlan)
    _set_native(tx, vlan, vlan.props.get("defaultNet", "no"))


@on_create("fabricVsan")
def add_vsan(tx: Transaction, vsan: ConfigMo) -> None:
    """A VSAN needs an id and an FCoE VLAN that no VLAN has."""
    if not vsan.props.get("id"):
        raise malformed("missing property id, class fabricVsan")
    _place(tx, vsan)
    fcoe = vsan.props.get("fcoeVlan", "")
    for vlan in tx.of_class("fabricVlan") if fcoe else ():
        if vlan.props.get("id") == fcoe and vlan.dn.startswith("fabric/lan"):
            raise Refusal(100, f"The FCoE VLAN {fcoe} of {vsan.dn} is the id of {vlan.dn}.")


def _place(tx: Transaction, network: ConfigMo) -> None:
    """Which fabric it is of, by where it stands."""
    parts = naming.split(network.dn)
    leg = next((part for part in parts if part in {"A", "B"}), "dual")
    tx.set(network, switchId=leg)


@on_set("fabricVlan", "defaultNet")
def set_native(tx: Transaction, vlan: ConfigMo, value: str) -> None:
    """The VLAN is the native one, and no other of its cloud."""
    _set_native(tx, vlan, value)


def _set_native(tx: Transaction, vlan: ConfigMo, value: str) -> None:
    if value not in {"yes", "true"}:
        return
    for other in tx.children(naming.parent_of(vlan.dn), "fabricVlan"):
        if other.dn != vlan.dn and other.props.get("defaultNet") in {"yes", "true"}:
            tx.set(other, defaultNet="no")


@on_delete("fabricVlan", "fabricVsan")
def remove_network(_tx: Transaction, network: ConfigMo) -> None:
    """The default ones stay."""
    if network.dn in {DEFAULT_VLAN, DEFAULT_VSAN}:
        raise Refusal(105, f"{network.dn} is the default and cannot be deleted.")


@settles("fabricVlan", "fabricVsan", rank=0)
def tell_interfaces(tx: Transaction, dn: str) -> None:
    """Interfaces that name the VLAN or VSAN mean it now, or no more."""
    name = naming.divide(dn)[1].removeprefix("net-")
    for class_id in _CLOUDS:
        for interface in tx.of_class(class_id):
            if interface.props.get("name") == name:
                resolve_interface(tx, interface)


@on_create("vnicEtherIf", "vnicFcIf")
def add_interface(tx: Transaction, interface: ConfigMo) -> None:
    """It looks up what it names."""
    resolve_interface(tx, interface)


@on_set("vnicFcIf", "name")
def name_interface(tx: Transaction, interface: ConfigMo, _name: str) -> None:
    """It looks up what it names now."""
    resolve_interface(tx, interface)


def resolve_interface(tx: Transaction, interface: ConfigMo) -> bool:
    """Look up the VLAN or VSAN that an interface names; answers whether there is one."""
    cloud, class_id, appliance = _CLOUDS[interface.class_id]
    name = tx.value(interface, "name")
    leg = tx.get(naming.parent_of(interface.dn)).props.get("switchId", "A")[:1]
    places = (f"{cloud}/net-{name}", f"{cloud}/{leg}/net-{name}", f"{appliance}/net-{name}", f"{appliance}/{leg}/net-{name}")
    found = next((one for place in places if (one := tx.find(place)) is not None and one.class_id == class_id), None)
    tx.set(
        interface,
        operVnetDn=found.dn if found else "",
        operVnetName=name if found else "",
        vnet=found.props["id"] if found else "1",
        operState="up" if found else "failed",
        switchId=leg,
    )
    return found is not None


# -- uplink port channels ------------------------------------------------------------------------------------------------------


@on_create("fabricEthLanPcEp")
def add_member(tx: Transaction, member: ConfigMo) -> None:
    """A port is of one port channel."""
    leg = naming.split(member.dn)[2]
    for other in tx.of_class("fabricEthLanPcEp"):
        same_port = (other.props.get("slotId"), other.props.get("portId")) == (member.props.get("slotId"), member.props.get("portId"))
        if other.dn != member.dn and same_port and naming.split(other.dn)[2] == leg:
            raise Refusal(
                103, f"Port {member.props['slotId']}/{member.props['portId']} of fabric {leg} is in {naming.parent_of(other.dn)} already."
            )
    tx.set(member, switchId=leg)


@settles("fabricEthLanPc", rank=0)
def review_channel(tx: Transaction, dn: str) -> None:
    """A port channel is up while it is enabled and has an enabled port."""
    channel = tx.find(dn)
    if channel is None:
        return
    members = [one for one in tx.children(dn, "fabricEthLanPcEp") if tx.value(one, "adminState") == "enabled"]
    enabled = tx.value(channel, "adminState") == "enabled"
    state = "up" if enabled and members else "failed" if enabled else "admin-down"
    tx.set(channel, bandwidth=str(10 * len(members)), operState=state, switchId=naming.split(dn)[2])
