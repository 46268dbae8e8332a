"""Ports."""

from __future__ import annotations

from typing import Any, Final

from emulators.openstack.network import addressing, changes, port_checks, port_views
from emulators.openstack.network.attributes import LEFT_OUT, PROJECT, Attribute
from emulators.openstack.network.caller import Caller
from emulators.openstack.network.collections import Collection, Given, owned
from emulators.openstack.network.faults import bad_request, conflict
from emulators.openstack.network.floating import detach
from emulators.openstack.network.networks import NETWORKS, check_policy
from emulators.openstack.network.operations import serve
from emulators.openstack.network.port_addresses import Chooser
from emulators.openstack.network.quotas import require
from emulators.openstack.network.records import NeutronFloatingIp, NeutronNetwork, NeutronPort, NeutronPortForwarding, NeutronTrunk
from emulators.openstack.network.security_groups import check_groups, default_group
from emulators.openstack.network.values import (
    anything,
    boolean,
    domain,
    identifier,
    items,
    label,
    mac,
    mapping,
    one_of,
    optional,
    text,
    zone,
)
from emulators.world.decide import Decision
from emulators.world.decisions.networks import change_card, unplug_card
from emulators.world.model import Owner
from emulators.world.state import WorldState

NETWORK_OWNED: Final = "network:"
ROUTER_OWNERS: Final = frozenset(
    {"network:router_interface", "network:router_gateway", "network:floatingip", "network:ha_router_replicated_interface"}
)
"""Owners of ports that only routers and floating IPs may delete."""
_NAMES: Final = {
    "name": "name",
    "description": "description",
    "admin_state_up": "admin_state_up",
    "device_id": "device",
    "device_owner": "device_owner",
    "dns_name": "dns_name",
    "dns_domain": "dns_domain",
    "port_security_enabled": "port_security_enabled",
    "binding:vnic_type": "vnic_type",
    "propagate_uplink_status": "propagate_uplink_status",
}
"""Attributes that are fields as they come."""


def create(decision: Decision, caller: Caller, given: Given) -> NeutronPort:
    """Make a port, with addresses."""
    network = NETWORKS.find(decision.state, given["network_id"], caller)
    port_checks.check_rights(network, caller, given, "create_port")
    port_checks.check_device(decision.state, caller, given)
    check_policy(decision.state, given["qos_policy_id"], caller)
    require(decision, given["project_id"], "port")
    return make(decision, network, caller, given)


def make(decision: Decision, network: NeutronNetwork, caller: Caller, given: Given) -> NeutronPort:
    """Make a port of a network without asking what the caller may; what is left out is chosen."""
    owner = given.get("device_owner", "")
    address = _mac(decision, network, given.get("mac_address"))
    chooser = Chooser(decision.state, network, owner, address)
    fixed = chooser.usual() if given.get("fixed_ips") is None else chooser.asked(given["fixed_ips"])
    secured = given.get("port_security_enabled", network.port_security_enabled and not owner.startswith(NETWORK_OWNED))
    groups = _groups(decision, caller, given, trusted=owner.startswith(NETWORK_OWNED) or not secured)
    pairs = port_checks.pairs(given.get("allowed_address_pairs", ()), address)
    port_checks.check_security(secured, groups, pairs)
    fields = {field: given[name] for name, field in _NAMES.items() if name in given}
    fields |= {"port_security_enabled": secured, "qos_policy": given.get("qos_policy_id") or ""}
    return changes.create(
        decision,
        NeutronPort,
        **{"name": "", **fields},
        project=given["project_id"],
        network=network.uid,
        mac=address,
        fixed_ips=fixed,
        **addressing.keys(fixed),
        security_groups=groups,
        pairs=pairs,
        extra_dhcp_opts=port_checks.dhcp_options((), given.get("extra_dhcp_opts")),
        host=given.get("binding:host_id") or "",
        profile=given.get("binding:profile") or {},
        made_by_nova=given.get("made_by_nova", False),
    )


def _mac(decision: Decision, network: NeutronNetwork, wanted: str | None) -> str:
    """The wanted MAC, unless another port of the network has it, or a new one; raises Fault 409."""
    if not wanted:
        while True:
            drawn = decision.new_mac(Owner.OPENSTACK)
            if not decision.state.count(NeutronPort, "mac", drawn):
                return drawn
    if any(port.network == network.uid for port in decision.state.where(NeutronPort, "mac", wanted)):
        raise conflict("MacAddressInUse", f"Unable to complete operation for network {network.uid}. The mac address {wanted} is in use.")
    return wanted


def _groups(decision: Decision, caller: Caller, given: Given, *, trusted: bool) -> tuple[str, ...]:
    if "security_groups" in given:
        return check_groups(decision.state, caller, given["security_groups"], given["project_id"])
    return () if trusted else (default_group(decision, given["project_id"]).uid,)


def update(decision: Decision, caller: Caller, port: NeutronPort, given: Given) -> None:
    """Change a port; its card in a server's VM follows."""
    network = decision.get(NeutronNetwork, port.network)
    port_checks.check_rights(network, caller, given, "update_port")
    port_checks.check_device(decision.state, caller, {"device_id": port.device, "device_owner": port.device_owner, **given})
    check_policy(decision.state, given.get("qos_policy_id"), caller)
    fields: dict[str, Any] = {field: given[name] for name, field in _NAMES.items() if name in given}
    if given.get("mac_address") and given["mac_address"] != port.mac:
        fields["mac"] = _new_mac(decision, network, port, given["mac_address"])
    owner, address = fields.get("device_owner", port.device_owner), fields.get("mac", port.mac)
    if "fixed_ips" in given:
        fixed = Chooser(decision.state, network, owner, address).asked(given["fixed_ips"] or (), port.fixed_ips, port.uid)
        _check_floating(decision.state, port, {one.ip for one in fixed})
        fields |= {"fixed_ips": fixed, **addressing.keys(fixed)}
    if "security_groups" in given:
        fields["security_groups"] = check_groups(decision.state, caller, given["security_groups"], port.project)
    if "allowed_address_pairs" in given:
        fields["pairs"] = port_checks.pairs(given["allowed_address_pairs"], address)
    if "extra_dhcp_opts" in given:
        fields["extra_dhcp_opts"] = port_checks.dhcp_options(port.extra_dhcp_opts, given["extra_dhcp_opts"])
    fields |= _bound(given)
    secured = fields.get("port_security_enabled", port.port_security_enabled)
    port_checks.check_security(secured, fields.get("security_groups", port.security_groups), fields.get("pairs", port.pairs))
    rewire(decision, changes.change(decision, port, **fields))


def _bound(given: Given) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    if "binding:host_id" in given:
        fields["host"] = given["binding:host_id"] or ""
    if "binding:profile" in given:
        fields["profile"] = given["binding:profile"] or {}
    if "qos_policy_id" in given:
        fields["qos_policy"] = given["qos_policy_id"] or ""
    if "data_plane_status" in given:
        fields["data_plane_status"] = given["data_plane_status"] or ""
    return fields


def _new_mac(decision: Decision, network: NeutronNetwork, port: NeutronPort, wanted: str) -> str:
    if port.host and port.plug:
        raise conflict(
            "PortBound",
            f"Unable to complete operation on port {port.uid}, port is already bound, port type: ovs, old_mac {port.mac}, "
            f"new_mac {wanted}.",
        )
    return _mac(decision, network, wanted)


def _check_floating(state: WorldState, port: NeutronPort, ips: set[str]) -> None:
    for floating in state.where(NeutronFloatingIp, "port", port.uid):
        if floating.fixed_ip not in ips:
            raise bad_request(
                "port",
                f"Cannot update the fixed_ips of the port {port.uid}, because its original fixed_ip has been associated to a floating ip",
            )


def rewire(decision: Decision, port: NeutronPort) -> None:
    """The card in the server's VM is as the port is."""
    if port.plug:
        change_card(decision, port.plug, mac=port.mac, ip=first_ipv4(port), connected=port.admin_state_up)


def first_ipv4(port: NeutronPort) -> str:
    """The port's first IPv4 address, or ""."""
    return next((one.ip for one in port.fixed_ips if "." in one.ip), "")


def delete(decision: Decision, caller: Caller, port: NeutronPort) -> None:
    """Delete a port; those of routers and floating IPs go with them."""
    if port.device_owner in ROUTER_OWNERS and (port.device or port.device_owner == "network:floatingip"):
        raise conflict(
            "ServicePortInUse",
            f"Port {port.uid} cannot be deleted directly via the port API: has device owner {port.device_owner}.",
        )
    for field, name, role in (("port", "PortInUseAsTrunkParent", "a parent port"), ("children", "PortInUseAsSubPort", "a subport")):
        trunk = decision.state.one(NeutronTrunk, field, port.uid)
        if trunk is not None:
            raise conflict(name, f"Port {port.uid} is currently {role} for trunk {trunk.uid}.")
    remove(decision, caller, port)


def remove(decision: Decision, caller: Caller, port: NeutronPort) -> None:
    """Delete a port of whatever kind: its card is pulled, floating IPs let go of it."""
    for forwarding in decision.state.where(NeutronPortForwarding, "port", port.uid):
        changes.delete(decision, forwarding)
    for floating in decision.state.where(NeutronFloatingIp, "port", port.uid):
        if not owned(floating, caller):
            raise conflict(
                "FipAssociated",
                f"Unable to complete the operation on port {port.uid} because the port still has an associated floating IP.",
            )
    detach(decision, port.uid)
    changes.delete(decision, port)
    unplug_card(decision, port.plug)


def _visible(state: WorldState, port: NeutronPort, caller: Caller) -> bool:
    """Whose port it is sees it, and whose network."""
    if owned(port, caller):
        return True
    network = state.maybe(NeutronNetwork, port.network)
    return network is not None and network.project == caller.project


PORTS: Final = serve(
    Collection(
        member="port",
        name="ports",
        path="/ports",
        record=NeutronPort,
        attributes=(
            Attribute("id", identifier, "VFS"),
            Attribute("name", label, "PUVFS", ""),
            Attribute("network_id", identifier, "PVFS"),
            Attribute("admin_state_up", boolean, "PUVFS", True),
            Attribute("mac_address", optional(mac), "PUVFS", LEFT_OUT),
            Attribute("fixed_ips", port_checks.fixed_ips, "PUVF", LEFT_OUT),
            Attribute("device_id", text(255), "PUVFS", ""),
            Attribute("device_owner", text(255), "PUVFS", ""),
            *PROJECT,
            Attribute("status", anything, "VFS"),
            Attribute("security_groups", items(identifier), "PUVF", LEFT_OUT),
            Attribute("port_security_enabled", boolean, "PUV", LEFT_OUT),
            Attribute("allowed_address_pairs", items(port_checks.pair, unique=False), "PUV", LEFT_OUT),
            Attribute("extra_dhcp_opts", port_checks.options, "PUV", None),
            Attribute("dns_name", domain, "PUV", ""),
            Attribute("dns_domain", zone, "PUV", ""),
            Attribute("dns_assignment"),
            Attribute("qos_policy_id", optional(identifier), "PUV", None),
            Attribute("qos_network_policy_id"),
            Attribute("binding:vnic_type", one_of(*port_checks.VNIC_TYPES), "PUV", "normal"),
            Attribute("binding:host_id", optional(text(255)), "PUVFas", LEFT_OUT),
            Attribute("binding:profile", optional(mapping), "PUVas", LEFT_OUT),
            Attribute("binding:vif_type", anything, "Vs"),
            Attribute("binding:vif_details", anything, "Vs"),
            Attribute("propagate_uplink_status", boolean, "PUV", True),
            Attribute("ip_allocation", anything, "VFS"),
            Attribute("trunk_details"),
            Attribute("data_plane_status", one_of(None, "ACTIVE", "DOWN"), "UVa"),
        ),
        view=port_views.view,
        create=create,
        update=update,
        delete=delete,
        visible=_visible,
        indexes={
            "device_id": "device",
            "network_id": "network",
            "mac_address": "mac",
            "project_id": "project",
            "tenant_id": "project",
            "name": "name",
        },
        filters={"fixed_ips": port_views.fixed_ips_match},
    )
)
