"""How ports are shown."""

from __future__ import annotations

from typing import Any, Final

from emulators.openstack.network.caller import Caller
from emulators.openstack.network.collections import Row, standard_view
from emulators.openstack.network.records import NeutronNetwork, NeutronPort, NeutronTrunk
from emulators.world.model import Hypervisor, Power, Vm
from emulators.world.model import Port as Card
from emulators.world.state import WorldState

DNS_DOMAIN: Final = "openstacklocal."
VIF_DETAILS: Final = {
    "port_filter": True,
    "connectivity": "l2",
    "bound_drivers": {"0": "openvswitch"},
    "datapath_type": "system",
    "ovs_hybrid_plug": False,
}
ACTIVE, DOWN, NOT_APPLICABLE = "ACTIVE", "DOWN", "N/A"


def view(state: WorldState, port: NeutronPort, caller: Caller) -> Row:
    """A port as it is shown; what only administrators see is taken away later."""
    network = state.maybe(NeutronNetwork, port.network)
    row: Row = {
        "id": port.uid,
        "name": port.name,
        **standard_view(port),
        "network_id": port.network,
        "admin_state_up": port.admin_state_up,
        "mac_address": port.mac,
        "fixed_ips": [{"subnet_id": one.subnet, "ip_address": one.ip} for one in port.fixed_ips],
        "device_id": port.device,
        "device_owner": port.device_owner,
        "status": status(state, port),
        "security_groups": list(port.security_groups),
        "port_security_enabled": port.port_security_enabled,
        "allowed_address_pairs": [{"ip_address": one.ip, "mac_address": one.mac} for one in port.pairs],
        "extra_dhcp_opts": list(port.extra_dhcp_opts),
        "dns_name": port.dns_name,
        "dns_domain": port.dns_domain,
        "dns_assignment": [_assignment(port, one.ip) for one in port.fixed_ips],
        "qos_policy_id": port.qos_policy or None,
        "qos_network_policy_id": (network.qos_policy or None) if network else None,
        "binding:vnic_type": port.vnic_type,
        "propagate_uplink_status": port.propagate_uplink_status,
        "ip_allocation": "immediate",
        "data_plane_status": port.data_plane_status or None,
    }
    if caller.admin:
        row |= _binding(port)
    trunk = state.one(NeutronTrunk, "port", port.uid)
    if trunk is not None:
        row["trunk_details"] = {"trunk_id": trunk.uid, "sub_ports": [_sub_port(state, one) for one in trunk.sub_ports]}
    return row


def _binding(port: NeutronPort) -> Row:
    bound = bool(port.host)
    return {
        "binding:host_id": port.host,
        "binding:profile": port.profile,
        "binding:vif_type": "ovs" if bound else "unbound",
        "binding:vif_details": VIF_DETAILS if bound else {},
    }


def _sub_port(state: WorldState, one: dict[str, Any]) -> Row:
    child = state.maybe(NeutronPort, one["port_id"])
    return {**one, "mac_address": child.mac if child else ""}


def _assignment(port: NeutronPort, ip: str) -> Row:
    name = port.dns_name or f"host-{ip.replace('.', '-').replace(':', '-')}"
    return {"ip_address": ip, "hostname": name, "fqdn": f"{name}.{DNS_DOMAIN}"}


def status(state: WorldState, port: NeutronPort) -> str:
    """``ACTIVE`` while what the port belongs to is up: a running server on a host that answers, a router, a DHCP server."""
    if port.device_owner == "network:floatingip":
        return NOT_APPLICABLE
    if not port.admin_state_up:
        return DOWN
    if port.device_owner.startswith("network:"):
        return ACTIVE if port.device or port.device_owner != "network:router_interface" else DOWN
    card = state.maybe(Card, port.plug) if port.plug else None
    if card is None:
        return DOWN
    vm = state.maybe(Vm, card.vm)
    host = state.maybe(Hypervisor, vm.host) if vm is not None else None
    running = vm is not None and vm.power is not Power.OFF
    return ACTIVE if running and card.connected and (host is None or host.running) else DOWN


def fixed_ips_match(row: Row, values: list[str]) -> bool:
    """``fixed_ips=ip_address=10.0.0.5`` and its like: any of the addresses, in any of the subnets, if either is named."""
    wanted: dict[str, list[str]] = {}
    for value in values:
        name, _, text = value.partition("=")
        wanted.setdefault(name, []).append(text)
    tests = {
        "ip_address": lambda fixed, texts: fixed["ip_address"] in texts,
        "ip_address_substr": lambda fixed, texts: any(text in fixed["ip_address"] for text in texts),
        "subnet_id": lambda fixed, texts: fixed["subnet_id"] in texts,
    }
    return any(all(name in tests and tests[name](fixed, texts) for name, texts in wanted.items()) for fixed in row["fixed_ips"])
