"""Floating IPs."""

from __future__ import annotations

from typing import Any, Final

from emulators.openstack.faults import Fault
from emulators.openstack.network import addressing, changes
from emulators.openstack.network.attributes import LEFT_OUT, PROJECT, Attribute
from emulators.openstack.network.caller import ADMIN, Caller
from emulators.openstack.network.collections import Collection, Given, Row, standard_view
from emulators.openstack.network.faults import bad_request, conflict, not_found
from emulators.openstack.network.floating import follow
from emulators.openstack.network.gateways import GATEWAY, INTERFACE
from emulators.openstack.network.networks import NETWORKS, check_policy
from emulators.openstack.network.operations import serve
from emulators.openstack.network.port_views import status
from emulators.openstack.network.ports import PORTS, make, remove
from emulators.openstack.network.quotas import require
from emulators.openstack.network.records import (
    FixedIp,
    NeutronFloatingIp,
    NeutronNetwork,
    NeutronPort,
    NeutronPortForwarding,
    NeutronRouter,
    NeutronSubnet,
)
from emulators.openstack.network.values import address, anything, domain, identifier, optional, zone
from emulators.world.decide import Decision
from emulators.world.decisions.networks import unplug_card
from emulators.world.state import WorldState

OWNER: Final = "network:floatingip"


def view(state: WorldState, floating: NeutronFloatingIp, _: Caller) -> Row:
    """A floating IP as it is shown."""
    port = state.maybe(NeutronPort, floating.port) if floating.port else None
    forwarded = state.where(NeutronPortForwarding, "floatingip", floating.uid)
    return {
        "id": floating.uid,
        **standard_view(floating),
        "floating_ip_address": floating.address,
        "floating_network_id": floating.network,
        "port_id": floating.port or None,
        "fixed_ip_address": floating.fixed_ip or None,
        "router_id": floating.router or None,
        "status": "ACTIVE" if floating.port or forwarded else "DOWN",
        "port_details": _details(state, port) if port is not None else None,
        "port_forwardings": [_forwarding(one) for one in forwarded],
        "dns_name": floating.dns_name,
        "dns_domain": floating.dns_domain,
        "qos_policy_id": floating.qos_policy or None,
    }


def _details(state: WorldState, port: NeutronPort) -> Row:
    return {
        "name": port.name,
        "network_id": port.network,
        "mac_address": port.mac,
        "admin_state_up": port.admin_state_up,
        "status": status(state, port),
        "device_id": port.device,
        "device_owner": port.device_owner,
    }


def _forwarding(one: NeutronPortForwarding) -> Row:
    return {
        "protocol": one.protocol,
        "internal_ip_address": one.internal_ip,
        "internal_port": int(one.internal_range.partition(":")[0]),
        "external_port": int(one.external_range.partition(":")[0]),
    }


def create(decision: Decision, caller: Caller, given: Given) -> NeutronFloatingIp:
    """Take an address of an external network, and lead it to a port when one is named."""
    network = NETWORKS.find(decision.state, given["floating_network_id"], caller)
    subnets = decision.state.where(NeutronSubnet, "network", network.uid)
    if not network.external:
        raise bad_request("floatingip", f"Network {network.uid} is not a valid external network")
    if not any(subnet.ip_version == 4 for subnet in subnets):  # noqa: PLR2004
        raise bad_request("floatingip", f"Network {network.uid} does not contain any IPv4 subnet")
    check_policy(decision.state, given["qos_policy_id"], caller)
    require(decision, given["project_id"], "floatingip")
    uid = decision.new_uuid()
    port = _take(decision, network, given, uid)
    found = _target(decision.state, caller, network.uid, given, given["project_id"], port.fixed_ips[0].ip, uid)
    floating = changes.create(
        decision,
        NeutronFloatingIp,
        uid=uid,
        name=port.fixed_ips[0].ip,
        description=given["description"],
        project=given["project_id"],
        network=network.uid,
        address=port.fixed_ips[0].ip,
        own_port=port.uid,
        dns_name=given["dns_name"],
        dns_domain=given["dns_domain"],
        qos_policy=given["qos_policy_id"] or "",
        **found,
    )
    follow(decision, floating)
    return floating


def _take(decision: Decision, network: NeutronNetwork, given: Given, uid: str) -> NeutronPort:
    """The port that holds the address; raises Fault 400 or 409."""
    wanted: dict[str, Any] = {"project_id": "", "device_owner": OWNER, "device_id": uid}
    one = {name: given[key] for name, key in (("subnet_id", "subnet_id"), ("ip_address", "floating_ip_address")) if given.get(key)}
    if not one:
        one = {"subnet_id": _roomy(decision.state, network).uid}
    wanted["fixed_ips"] = (one,)
    port = make(decision, network, ADMIN, wanted)
    if ":" in port.fixed_ips[0].ip:
        raise Fault(400, f"Unable to find any IP address on external network {network.uid}.", type="ExternalIpAddressExhausted")
    return port


def _roomy(state: WorldState, network: NeutronNetwork) -> NeutronSubnet:
    for subnet in state.where(NeutronSubnet, "network", network.uid):
        if subnet.ip_version == 4 and addressing.next_free(state, subnet):  # noqa: PLR2004
            return subnet
    raise conflict("IpAddressGenerationFailure", f"No more IP addresses available on network {network.uid}.")


def _target(state: WorldState, caller: Caller, network: str, given: Given, project: str, shown: str, uid: str) -> dict[str, str]:
    """The port, its address and the router in between; raises Fault 400, 404 or 409."""
    if not given.get("port_id"):
        if given.get("fixed_ip_address"):
            raise bad_request("floatingip", "fixed_ip_address cannot be specified without a port_id")
        return {"port": "", "fixed_ip": "", "router": ""}
    port = PORTS.find(state, given["port_id"], caller)
    if port.project != project:
        raise bad_request(
            "floatingip", f"Cannot process floating IP association with Port {port.uid}, since that port is owned by a different project"
        )
    fixed = _fixed(port, given.get("fixed_ip_address"))
    router = router_between(state, fixed.subnet, network, port.uid)
    for other in state.where(NeutronFloatingIp, "port", port.uid):
        if other.uid != uid and other.fixed_ip == fixed.ip and other.network == network:
            raise conflict(
                "FloatingIPPortAlreadyAssociated",
                f"Cannot associate floating IP {shown} ({uid}) with port {port.uid} using fixed IP {fixed.ip}, as that fixed IP already "
                f"has a floating IP on external network {network}.",
            )
    return {"port": port.uid, "fixed_ip": fixed.ip, "router": router}


def _fixed(port: NeutronPort, wanted: str | None) -> FixedIp:
    """The address of a port that a floating IP leads to; raises Fault 400."""
    if port.device_owner.startswith("network:"):
        raise bad_request("floatingip", f"Port {port.uid} is unable to be assigned a floating IP")
    if wanted:
        if ":" in wanted:
            raise bad_request("floatingip", f"Cannot process floating IP association with {wanted}, since that is not an IPv4 address")
        found = next((one for one in port.fixed_ips if one.ip == wanted), None)
        if found is None:
            raise bad_request("floatingip", f"Port {port.uid} does not have fixed ip {wanted}")
        return found
    candidates = [one for one in port.fixed_ips if "." in one.ip]
    if not candidates:
        raise bad_request("floatingip", f"Cannot add floating IP to port {port.uid} that has no fixed IPv4 addresses")
    if len(candidates) > 1:
        raise bad_request(
            "floatingip",
            f"Port {port.uid} has multiple fixed IPv4 addresses.  Must provide a specific IPv4 address when assigning a floating IP",
        )
    return candidates[0]


def router_between(state: WorldState, subnet: str, network: str, port: str) -> str:
    """The router that joins a subnet with an external network; raises Fault 404."""
    for interface in state.where(NeutronPort, "subnets", subnet):
        router = state.maybe(NeutronRouter, interface.device) if interface.device_owner == INTERFACE else None
        gateway = state.maybe(NeutronPort, router.gateway_port) if router is not None and router.gateway_port else None
        if router is not None and gateway is not None and gateway.device_owner == GATEWAY and gateway.network == network:
            return router.uid
    raise not_found(
        "ExternalGatewayForFloatingIP",
        f"External network {network} is not reachable from subnet {subnet}.  Therefore, cannot associate Port {port} with a Floating IP.",
    )


def update(decision: Decision, caller: Caller, floating: NeutronFloatingIp, given: Given) -> None:
    """Lead a floating IP elsewhere, or nowhere."""
    fields: dict[str, Any] = {name: given[name] for name in ("description",) if name in given}
    if "qos_policy_id" in given:
        check_policy(decision.state, given["qos_policy_id"], caller)
        fields["qos_policy"] = given["qos_policy_id"] or ""
    if "port_id" in given or "fixed_ip_address" in given:
        if decision.state.count(NeutronPortForwarding, "floatingip", floating.uid) and given.get("port_id"):
            raise conflict("FipInUseByPortForwarding", f"Floating IP {floating.uid} in use by Port Forwarding resources.")
        target = {"port_id": floating.port if "fixed_ip_address" in given else "", **given}
        fields |= _target(decision.state, caller, floating.network, target, floating.project, floating.address, floating.uid)
    follow(decision, changes.change(decision, floating, **fields))


def delete(decision: Decision, _: Caller, floating: NeutronFloatingIp) -> None:
    """Give the address back."""
    for one in decision.state.where(NeutronPortForwarding, "floatingip", floating.uid):
        changes.delete(decision, one)
    changes.delete(decision, floating)
    unplug_card(decision, floating.plug)
    port = decision.state.maybe(NeutronPort, floating.own_port)
    if port is not None:
        remove(decision, ADMIN, port)


def _missing(uid: str) -> Fault:
    return not_found("FloatingIP", f"Floating IP {uid} could not be found")


FLOATINGIPS: Final = serve(
    Collection(
        member="floatingip",
        name="floatingips",
        path="/floatingips",
        record=NeutronFloatingIp,
        attributes=(
            Attribute("id", identifier, "VFS"),
            Attribute("floating_ip_address", optional(address), "PVFSa", None),
            Attribute("subnet_id", optional(identifier), "P", None),
            Attribute("floating_network_id", identifier, "PVFS"),
            Attribute("router_id", anything, "VFS"),
            Attribute("port_id", optional(identifier), "PUVF", None),
            Attribute("fixed_ip_address", optional(address), "PUVFS", LEFT_OUT),
            *PROJECT,
            Attribute("status", anything, "VFS"),
            Attribute("port_details"),
            Attribute("port_forwardings"),
            Attribute("dns_name", domain, "PV", ""),
            Attribute("dns_domain", zone, "PV", ""),
            Attribute("qos_policy_id", optional(identifier), "PUV", None),
        ),
        view=view,
        create=create,
        update=update,
        delete=delete,
        missing=_missing,
        indexes={
            "floating_ip_address": "address",
            "port_id": "port",
            "router_id": "router",
            "floating_network_id": "network",
            "project_id": "project",
            "tenant_id": "project",
        },
    )
)
