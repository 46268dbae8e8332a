"""What a service profile gives to its blade: the identity that its configuration says, and whether the blade has it already."""

from __future__ import annotations

import re
from typing import NamedTuple

from dcsim.ids import digest
from emulators.ucs.config.servers import entity_of
from emulators.ucs.config.transaction import Transaction
from emulators.ucs.records import ConfigMo
from emulators.world.decisions.profiles import PROFILE_CHANGED, PROFILE_CREATED
from emulators.world.model import ServiceProfile, UcsDomain, Vhba, Vnic

NO_UUID = "00000000-0000-0000-0000-000000000000"
NATIVE_ONLY = (1,)
"""What a vNIC carries to which no VLAN was given."""
_UUID = re.compile(r"[0-9a-f-]{36}")
_DISRUPTIVE = ("operBootPolicyName", "operBiosProfileName", "operHostFwPolicyName", "operLocalDiskPolicyName", "operVconProfileName")
"""Policies whose change needs a reboot."""


class Deployment(NamedTuple):
    """The identity that a profile's configuration says."""

    uuid: str
    vnics: tuple[Vnic, ...]
    vhbas: tuple[Vhba, ...]
    wwnn: str


def wanted(tx: Transaction, profile: ConfigMo) -> Deployment:
    """The identity by the configuration as it is now; UUID and addresses that hardware gives are left empty."""
    uuid = profile.props.get("uuid", "").lower()
    node = tx.child(profile.dn, "vnicFcNode")
    vhbas = tuple(_vhba(port) for port in tx.children(profile.dn, "vnicFc"))
    return Deployment(
        uuid if _UUID.fullmatch(uuid) and profile.props.get("_hardware") != "yes" else "",
        tuple(_vnic(tx, interface) for interface in tx.children(profile.dn, "vnicEther")),
        vhbas,
        node.props.get("addr", "").lower() if node is not None and vhbas and ":" in node.props.get("addr", "") else "",
    )


def _vnic(tx: Transaction, interface: ConfigMo) -> Vnic:
    networks = [one for one in tx.children(interface.dn, "vnicEtherIf") if one.props.get("operVnetDn")]
    return Vnic(
        name=interface.props["name"],
        mac=interface.props.get("addr", "").lower(),
        leg=interface.props.get("switchId", "A")[:1],
        order=int(interface.props.get("operOrder", "1")),
        vlans=tuple(sorted({int(one.props["vnet"]) for one in networks})) or NATIVE_ONLY,
        failover="-" in interface.props.get("switchId", "A"),
    )


def _vhba(port: ConfigMo) -> Vhba:
    return Vhba(
        name=port.props["name"],
        wwpn=port.props.get("addr", "").lower(),
        leg=port.props.get("switchId", "A")[:1],
        order=int(port.props.get("operOrder", "1")),
    )


def signature(tx: Transaction, profile: ConfigMo) -> str:
    """What of the configuration takes a reboot to change, in short."""
    now = wanted(tx, profile)
    interfaces = [(vnic.name, vnic.mac, vnic.leg, vnic.order) for vnic in now.vnics]
    policies = [profile.props.get(name, "") for name in _DISRUPTIVE]
    return digest(now.uuid, repr(interfaces), repr(now.vhbas), now.wwnn, *policies)[:8].hex()


def ensure_entity(tx: Transaction, profile: ConfigMo) -> ServiceProfile:
    """The world's service profile, made if it is not there."""
    present = entity_of(tx, profile.dn)
    if present is not None:
        return present
    domain = tx.state.get(UcsDomain, tx.domain)
    return tx.decision.create(
        PROFILE_CREATED, ServiceProfile, name=profile.props["name"], site=domain.site, domain=domain.uid, dn=profile.dn, uuid=NO_UUID
    )


def is_deployed(tx: Transaction, profile: ConfigMo, entity: ServiceProfile) -> bool:
    """Whether the blade has what the configuration says; what the world began with is taken as deployed as it stands."""
    if profile.props.get("_deployed"):
        return signature(tx, profile) == profile.props["_deployed"]
    now = wanted(tx, profile)
    had = {(vnic.name, vnic.mac) for vnic in entity.vnics}, {(vhba.name, vhba.wwpn) for vhba in entity.vhbas}
    return had == ({(vnic.name, vnic.mac) for vnic in now.vnics}, {(vhba.name, vhba.wwpn) for vhba in now.vhbas})


def apply(tx: Transaction, profile: ConfigMo, hardware_uuid: str = "") -> ServiceProfile:
    """The world's service profile has the identity that the configuration says; ``hardware_uuid`` is its blade's own."""
    now = wanted(tx, profile)
    return tx.decision.update(
        PROFILE_CHANGED,
        ensure_entity(tx, profile),
        uuid=now.uuid or hardware_uuid or NO_UUID,
        vnics=now.vnics,
        vhbas=now.vhbas,
        wwnn=now.wwnn,
    )


def apply_networks(tx: Transaction, profile: ConfigMo) -> None:
    """VLANs are changed while the blade runs."""
    entity = entity_of(tx, profile.dn)
    if entity is None:
        return
    trunked = {vnic.name: vnic.vlans for vnic in wanted(tx, profile).vnics}
    vnics = tuple(_with_vlans(vnic, trunked.get(vnic.name, vnic.vlans)) for vnic in entity.vnics)
    tx.decision.update(PROFILE_CHANGED, entity, vnics=vnics)


def _with_vlans(vnic: Vnic, vlans: tuple[int, ...]) -> Vnic:
    return Vnic(name=vnic.name, mac=vnic.mac, leg=vnic.leg, order=vnic.order, vlans=vlans, failover=vnic.failover)
