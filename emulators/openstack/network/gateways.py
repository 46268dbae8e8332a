"""The gateway of a router: a port of its own on an external network."""

from __future__ import annotations

from typing import Any, Final

from emulators.openstack.network import changes
from emulators.openstack.network.caller import ADMIN, Caller
from emulators.openstack.network.collections import Row
from emulators.openstack.network.faults import bad_request, conflict, forbidden
from emulators.openstack.network.interface_checks import check_subnets
from emulators.openstack.network.networks import NETWORKS
from emulators.openstack.network.port_checks import fixed_ips
from emulators.openstack.network.ports import make, remove
from emulators.openstack.network.records import NeutronFloatingIp, NeutronNetwork, NeutronPort, NeutronRouter, NeutronSubnet
from emulators.openstack.network.values import boolean, identifier, record
from emulators.world.decide import Decision
from emulators.world.state import WorldState

GATEWAY: Final = "network:router_gateway"
INTERFACE: Final = "network:router_interface"
_info: Final = record({"network_id": identifier}, enable_snat=boolean, external_fixed_ips=fixed_ips)


def wanted(value: Any) -> dict[str, Any] | None:
    """A gateway as clients write it; null or anything empty takes it away."""
    return dict(_info(value)) if value else None


def view(state: WorldState, router: NeutronRouter) -> Row | None:
    """A gateway as it is shown."""
    port = state.maybe(NeutronPort, router.gateway_port) if router.gateway_port else None
    if port is None:
        return None
    return {
        "network_id": port.network,
        "enable_snat": router.enable_snat,
        "external_fixed_ips": [{"subnet_id": one.subnet, "ip_address": one.ip} for one in port.fixed_ips],
    }


def set_gateway(decision: Decision, caller: Caller, router: NeutronRouter, info: dict[str, Any], rule: str) -> NeutronRouter:
    """Give a router this gateway, or none; raises Fault 400, 403, 404 or 409."""
    for name in ("enable_snat", "external_fixed_ips"):
        if name in info and not caller.admin:
            raise forbidden(f"{rule} and rule:{rule}:external_gateway_info:{name}")
    network = _external(decision.state, caller, info["network_id"]) if info else None
    present = decision.state.maybe(NeutronPort, router.gateway_port) if router.gateway_port else None
    snat = info.get("enable_snat", router.enable_snat if present is not None else True)
    if present is not None and network is not None and present.network == network.uid and "external_fixed_ips" not in info:
        return changes.change(decision, router, enable_snat=snat)
    if present is not None:
        _require_unused(decision.state, router, present, network)
        router = changes.change(decision, router, gateway_port="")
        remove(decision, ADMIN, present)
    if network is None:
        return changes.change(decision, router, enable_snat=True)
    _check_addresses(decision.state, network, info.get("external_fixed_ips", ()))
    check_subnets(decision.state, router, decision.state.where(NeutronSubnet, "network", network.uid))
    given: dict[str, Any] = {"project_id": "", "device_owner": GATEWAY, "device_id": router.uid}
    if info.get("external_fixed_ips"):
        given["fixed_ips"] = info["external_fixed_ips"]
    port = make(decision, network, ADMIN, given)
    return changes.change(decision, router, gateway_port=port.uid, enable_snat=snat)


def _external(state: WorldState, caller: Caller, uid: str) -> NeutronNetwork:
    network = NETWORKS.find(state, uid, caller)
    if not network.external:
        raise bad_request("router", f"Network {uid} is not an external network")
    return network


def _check_addresses(state: WorldState, network: NeutronNetwork, asked: tuple[dict[str, Any], ...]) -> None:
    gateways = {subnet.gateway for subnet in state.where(NeutronSubnet, "network", network.uid)}
    for one in asked:
        if one.get("ip_address") in gateways:
            raise bad_request("router", f"External IP {one['ip_address']} is the same as the gateway IP")


def _require_unused(state: WorldState, router: NeutronRouter, port: NeutronPort, network: NeutronNetwork | None) -> None:
    if network is not None and network.uid == port.network:
        return
    if any(floating.network == port.network for floating in state.where(NeutronFloatingIp, "router", router.uid)):
        raise conflict(
            "RouterExternalGatewayInUseByFloatingIp",
            f"Gateway cannot be updated for router {router.uid}, since a gateway to external network {port.network} is required by "
            "one or more floating IPs.",
        )
