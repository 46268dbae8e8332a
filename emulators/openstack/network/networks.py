"""Networks."""

from __future__ import annotations

from typing import Any, Final

from emulators.openstack.network import changes, sharing
from emulators.openstack.network.attributes import LEFT_OUT, PROJECT, Attribute, shared
from emulators.openstack.network.caller import Caller
from emulators.openstack.network.collections import Collection, Given, Row, standard_view
from emulators.openstack.network.faults import conflict, invalid_input, malformed, network_in_use, not_found
from emulators.openstack.network.operations import serve
from emulators.openstack.network.quotas import require
from emulators.openstack.network.records import (
    NeutronFloatingIp,
    NeutronNetwork,
    NeutronPort,
    NeutronQosPolicy,
    NeutronSegment,
    NeutronSubnet,
)
from emulators.openstack.network.values import (
    Unfit,
    anything,
    boolean,
    identifier,
    integer,
    items,
    label,
    non_negative,
    optional,
    text,
    zone,
)
from emulators.world.decide import Decision
from emulators.world.decisions.networks import EXTERNAL, TENANT, change_segment, create_segment, delete_segment
from emulators.world.state import WorldState

AUTO_DELETED: Final = frozenset({"network:dhcp", "network:distributed", "network:routed"})
"""Owners of ports that go with their network."""
PHYSICAL_MTU: Final = 1500
OVERHEAD: Final = {"vxlan": 50, "gre": 42, "geneve": 58, "vlan": 0, "flat": 0, "local": 0}
TUNNELS: Final = frozenset({"vxlan", "gre", "geneve"})
MIN_MTU: Final = {4: 68, 6: 1280}
PHYSICAL_NETWORKS: Final = frozenset({"public", "physnet1"})
ZONE: Final = "nova"


def view(state: WorldState, network: NeutronNetwork, caller: Caller) -> Row:
    """A network as it is shown."""
    subnets = state.where(NeutronSubnet, "network", network.uid)
    return {
        "id": network.uid,
        "name": network.name,
        **standard_view(network),
        "admin_state_up": network.admin_state_up,
        "status": "ACTIVE" if network.admin_state_up else "DOWN",
        "subnets": [subnet.uid for subnet in subnets],
        "shared": sharing.shared_with(state, network, caller),
        "router:external": network.external,
        "is_default": network.is_default,
        "mtu": network.mtu,
        "port_security_enabled": network.port_security_enabled,
        "dns_domain": network.dns_domain,
        "qos_policy_id": network.qos_policy or None,
        "availability_zone_hints": list(network.availability_zone_hints),
        "availability_zones": [ZONE] if any(subnet.enable_dhcp for subnet in subnets) and not network.external else [],
        "ipv4_address_scope": _scope(state, subnets, 4),
        "ipv6_address_scope": _scope(state, subnets, 6),
        "l2_adjacency": True,
        "provider:network_type": network.network_type,
        "provider:physical_network": network.physical_network or None,
        "provider:segmentation_id": network.segmentation_id or None,
    }


def _scope(state: WorldState, subnets: list[NeutronSubnet], version: int) -> str | None:
    for subnet in subnets:
        pool = state.find(subnet.subnetpool) if subnet.subnetpool and subnet.ip_version == version else None
        if pool is not None:
            return getattr(pool, "address_scope", "") or None
    return None


def create(decision: Decision, caller: Caller, given: Given) -> NeutronNetwork:
    """Make a network, and the world's segment behind it."""
    require(decision, given["project_id"], "network")
    _check_zones(given["availability_zone_hints"])
    check_policy(decision.state, given["qos_policy_id"], caller)
    provider = _provider(decision.state, given)
    mtu = _mtu(given["mtu"], provider["network_type"])
    segment = create_segment(decision, name=given["name"], project=given["project_id"], mtu=mtu)
    change_segment(decision, segment.uid, partitioned=not given["admin_state_up"], type=segment_type(external=given["router:external"]))
    network = changes.create(
        decision,
        NeutronNetwork,
        name=given["name"],
        description=given["description"],
        project=given["project_id"],
        segment=segment.uid,
        admin_state_up=given["admin_state_up"],
        shared=given["shared"],
        external=given["router:external"],
        is_default=given["is_default"],
        mtu=mtu,
        port_security_enabled=given["port_security_enabled"],
        dns_domain=given["dns_domain"],
        availability_zone_hints=given["availability_zone_hints"],
        qos_policy=given["qos_policy_id"] or "",
        **provider,
    )
    sharing.set_for_all(decision, "network", network, sharing.SHARED, network.shared)
    sharing.set_for_all(decision, "network", network, sharing.EXTERNAL, network.external)
    changes.create(decision, NeutronSegment, name="", network=network.uid, **provider)
    for extra in given.get("segments", ())[1:]:
        changes.create(
            decision,
            NeutronSegment,
            name="",
            network=network.uid,
            network_type=extra["provider:network_type"],
            physical_network=extra.get("provider:physical_network") or "",
            segmentation_id=extra.get("provider:segmentation_id") or 0,
        )
    return network


def segment_type(*, external: bool) -> str:
    """The world's type of a network's segment."""
    return EXTERNAL if external else TENANT


def _provider(state: WorldState, given: Given) -> dict[str, Any]:
    """Type, physical network and segmentation id; raises Fault 400 or 409."""
    if given.get("segments"):
        given = {**given, **given["segments"][0]}
    type_ = given.get("provider:network_type")
    physical, number = given.get("provider:physical_network"), given.get("provider:segmentation_id")
    if type_ is None:
        if physical is not None or number is not None:
            raise invalid_input("network_type required")
        type_ = "vxlan"
    if type_ not in OVERHEAD:
        raise invalid_input(f"network_type value '{type_}' not supported")
    if type_ in TUNNELS | {"local"} and physical:
        raise invalid_input(f"provider:physical_network specified for {type_} network")
    if type_ in {"flat", "vlan"}:
        if not physical:
            raise invalid_input("physical_network required for flat provider network" if type_ == "flat" else "physical_network required")
        if physical not in PHYSICAL_NETWORKS:
            raise invalid_input(f"physical_network '{physical}' unknown for {type_} provider network")
    return {"network_type": type_, "physical_network": physical or "", "segmentation_id": _number(state, type_, physical or "", number)}


def _number(state: WorldState, type_: str, physical: str, wanted: int | None) -> int:
    """A segmentation id: the wanted one when it is free, else the lowest free one; 0 for types without."""
    alike = [one for one in state.all(NeutronNetwork) if one.network_type == type_ and one.physical_network == physical]
    used = {one.segmentation_id for one in alike}
    if type_ in {"flat", "local"}:
        if wanted:
            raise invalid_input(f"segmentation_id specified for {type_} network")
        if type_ == "flat" and alike:
            raise conflict("FlatNetworkInUse", f"Unable to create the flat network. Physical network {physical} is in use.")
        return 0
    most = 4094 if type_ == "vlan" else (1 << 24) - 1
    if wanted is None:
        return next(number for number in range(1, len(used) + 2) if number not in used)
    if not 1 <= wanted <= most:
        raise invalid_input(f"segmentation_id out of range (1 through {most})")
    if wanted in used and type_ == "vlan":
        raise conflict("VlanIdInUse", f"Unable to create the network. The VLAN {wanted} on physical network {physical} is in use.")
    if wanted in used:
        raise conflict("TunnelIdInUse", f"Unable to create the network. The tunnel ID {wanted} is in use.")
    return wanted


def _mtu(wanted: int, type_: str) -> int:
    most = PHYSICAL_MTU - OVERHEAD[type_]
    if wanted > most:
        raise invalid_input(f"Requested MTU is too big, maximum is {most}")
    if 0 < wanted < MIN_MTU[4]:
        raise invalid_input(f"Requested MTU {wanted} is too small, minimum is {MIN_MTU[4]}")
    return wanted or most


def _check_zones(hints: tuple[str, ...]) -> None:
    for hint in hints:
        if hint != ZONE:
            raise malformed(f"AvailabilityZone {hint} could not be found.")


def check_policy(state: WorldState, uid: str | None, caller: Caller) -> None:
    """Refuse a QoS policy that the caller does not see; raises Fault 404."""
    policy = state.maybe(NeutronQosPolicy, uid) if uid else None
    if uid and (policy is None or not sharing.visible(state, policy, caller)):
        raise not_found("QosPolicy", f"QoS policy {uid} could not be found.")


def update(decision: Decision, caller: Caller, network: NeutronNetwork, given: Given) -> None:
    """Change a network."""
    check_policy(decision.state, given.get("qos_policy_id"), caller)
    fields: dict[str, Any] = {
        name: given[name]
        for name in ("name", "description", "admin_state_up", "is_default", "dns_domain", "port_security_enabled")
        if name in given
    }
    if "mtu" in given:
        fields["mtu"] = _mtu(given["mtu"], network.network_type)
        _check_mtu(decision.state, network, fields["mtu"])
    if "qos_policy_id" in given:
        fields["qos_policy"] = given["qos_policy_id"] or ""
    if "provider:segmentation_id" in given or "provider:network_type" in given or "provider:physical_network" in given:
        raise invalid_input(
            "Plugin does not support updating the following provider network attributes: "
            + ", ".join(n for n in given if n.startswith("provider:"))
        )
    if "shared" in given:
        _unshare(decision, network, given["shared"])
        fields["shared"] = given["shared"]
    if "router:external" in given:
        _unexternal(decision, network, given["router:external"])
        fields["external"] = given["router:external"]
    network = changes.change(decision, network, **fields)
    kind = segment_type(external=network.external)
    change_segment(decision, network.segment, name=network.name, mtu=network.mtu, partitioned=not network.admin_state_up, type=kind)


def _check_mtu(state: WorldState, network: NeutronNetwork, mtu: int) -> None:
    for subnet in state.where(NeutronSubnet, "network", network.uid):
        if mtu < MIN_MTU[subnet.ip_version]:
            least = MIN_MTU[subnet.ip_version]
            raise conflict("NetworkMTUSubnetConflict", f"MTU of {network.uid} is not valid, subnet requires a minimum of {least}")


def _unshare(decision: Decision, network: NeutronNetwork, on: bool) -> None:
    if network.shared and not on:
        ports = decision.state.where(NeutronPort, "network", network.uid)
        subnets = decision.state.where(NeutronSubnet, "network", network.uid)
        allowed = {network.project, ""} | {one.target for one in sharing.policies(decision.state, network.uid, sharing.SHARED)}
        if any(one.project not in allowed for one in (*ports, *subnets)):
            raise conflict(
                "InvalidSharedSetting",
                f"Unable to reconfigure sharing settings for network {network.name}. Multiple projects are using it.",
            )
    sharing.set_for_all(decision, "network", network, sharing.SHARED, on)


def _unexternal(decision: Decision, network: NeutronNetwork, on: bool) -> None:
    if network.external and not on:
        gateways = decision.state.where(NeutronPort, "network", network.uid)
        if any(port.device_owner == "network:router_gateway" for port in gateways):
            raise conflict(
                "ExternalNetworkInUse",
                f"External network {network.uid} cannot be updated to be made non-external, since it has existing gateway ports.",
            )
    sharing.set_for_all(decision, "network", network, sharing.EXTERNAL, on)


def delete(decision: Decision, _: Caller, network: NeutronNetwork) -> None:
    """Delete a network with its subnets; ports of servers and routers keep it."""
    for floating in decision.state.where(NeutronFloatingIp, "network", network.uid):
        if not floating.port:  # those that lead nowhere go with the network
            changes.delete(decision, floating)
            changes.delete(decision, decision.get(NeutronPort, floating.own_port))
    ports = decision.state.where(NeutronPort, "network", network.uid)
    used = [port.uid for port in ports if port.device_owner not in AUTO_DELETED]
    if used:
        raise network_in_use(
            network.uid,
            f"There are one or more ports still in use on the network, id for these ports is: {','.join(used)}",
        )
    subnets = decision.state.where(NeutronSubnet, "network", network.uid)
    segments = decision.state.where(NeutronSegment, "network", network.uid)
    for one in (*ports, *subnets, *segments):
        changes.delete(decision, one)
    sharing.drop(decision, network.uid)
    changes.delete(decision, network)
    delete_segment(decision, network.segment)


def _segment(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Unfit(f"'{value}' is not a dictionary")
    known = {
        "provider:network_type": text(32),
        "provider:physical_network": optional(text(64)),
        "provider:segmentation_id": optional(integer),
    }
    if set(value) - set(known) or "provider:network_type" not in value:
        raise Unfit("Duplicate or malformed segments in request")
    return {name: known[name](one) for name, one in value.items()}


NETWORKS: Final = serve(
    Collection(
        member="network",
        name="networks",
        path="/networks",
        record=NeutronNetwork,
        attributes=(
            Attribute("id", identifier, "VFS"),
            Attribute("name", label, "PUVFS", ""),
            Attribute("subnets"),
            Attribute("admin_state_up", boolean, "PUVFS", True),
            Attribute("status", anything, "VFS"),
            *PROJECT,
            shared(),
            Attribute("router:external", boolean, "PUVFa", False),
            Attribute("is_default", boolean, "PUVFa", False),
            Attribute("mtu", non_negative, "PUVFS", 0),
            Attribute("port_security_enabled", boolean, "PUV", True),
            Attribute("dns_domain", zone, "PUV", ""),
            Attribute("qos_policy_id", optional(identifier), "PUV", None),
            Attribute("availability_zone_hints", items(text(255), null=False), "PVS", ()),
            Attribute("availability_zones"),
            Attribute("ipv4_address_scope"),
            Attribute("ipv6_address_scope"),
            Attribute("l2_adjacency"),
            Attribute("provider:network_type", text(32), "PUVFas", LEFT_OUT),
            Attribute("provider:physical_network", text(64), "PUVFas", LEFT_OUT),
            Attribute("provider:segmentation_id", integer, "PUVFas", LEFT_OUT),
            Attribute("segments", items(_segment, blank=True), "PUas", LEFT_OUT),
        ),
        view=view,
        create=create,
        update=update,
        delete=delete,
        visible=sharing.visible,
        indexes={"name": "name"},
    )
)
