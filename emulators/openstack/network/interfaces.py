"""Interfaces and extra routes of routers: actions beside the router itself."""

from __future__ import annotations

from typing import Any, Final

from emulators.openstack.asks import ask
from emulators.openstack.call import Call
from emulators.openstack.faults import Fault
from emulators.openstack.network import addressing, changes
from emulators.openstack.network.attributes import member_of
from emulators.openstack.network.caller import ADMIN, Caller, caller_of
from emulators.openstack.network.collections import Row, owned
from emulators.openstack.network.faults import address_in_use, bad_request, conflict, malformed, not_found, unfit
from emulators.openstack.network.gateways import INTERFACE
from emulators.openstack.network.interface_checks import check_subnets
from emulators.openstack.network.operations import held, shown
from emulators.openstack.network.ports import PORTS, make, remove
from emulators.openstack.network.records import FixedIp, NeutronFloatingIp, NeutronNetwork, NeutronPort, NeutronRouter, NeutronSubnet, Route
from emulators.openstack.network.router_routes import check_routes, subnets_of
from emulators.openstack.network.routers import ROUTERS
from emulators.openstack.network.service import NETWORK
from emulators.openstack.network.sharing import visible
from emulators.openstack.network.subnets import SUBNETS, route
from emulators.openstack.network.values import Unfit, identifier, items, parse_address, parse_prefix
from emulators.world.decide import Decision
from emulators.world.state import WorldState

_routes: Final = items(route)


@NETWORK.put("/routers/{id}/add_router_interface")
async def add_router_interface(call: Call) -> Row:
    """Join a subnet, by itself or by a port on it."""
    asked = _asked(call.body, removing=False)
    return await call.ask(add_interface, caller=caller_of(call.credentials), uid=call.path["id"], asked=asked)


@NETWORK.put("/routers/{id}/remove_router_interface")
async def remove_router_interface(call: Call) -> Row:
    """Leave a subnet."""
    asked = _asked(call.body, removing=True)
    return await call.ask(remove_interface, caller=caller_of(call.credentials), uid=call.path["id"], asked=asked)


def _asked(body: Any, *, removing: bool) -> dict[str, str]:
    if not isinstance(body, dict):
        raise malformed("Resource body required")
    body = body.get("router", body) if isinstance(body.get("router"), dict) else body
    found = {name: body[name] for name in ("port_id", "subnet_id") if body.get(name)}
    if not found:
        raise bad_request("router", "Either subnet_id or port_id must be specified")
    for value in found.values():
        try:
            identifier(value)
        except Unfit as error:
            raise bad_request("router", str(error)) from error
    if not removing and len(found) > 1:
        raise bad_request("router", "Cannot specify both subnet-id and port-id")
    return found


@ask
def add_interface(decision: Decision, *, caller: Caller, uid: str, asked: dict[str, str]) -> Row:
    """Join a subnet; answers the interface."""
    router = held(decision.state, ROUTERS, uid, caller, "add_router_interface")
    if "port_id" in asked:
        port, subnet = _by_port(decision, caller, router, asked["port_id"])
    else:
        port, subnet = _by_subnet(decision, caller, router, asked["subnet_id"])
    changes.touch(decision, router)
    return _answer(router, port, subnet)


def _by_port(decision: Decision, caller: Caller, router: NeutronRouter, uid: str) -> tuple[NeutronPort, str]:
    port = PORTS.find(decision.state, uid, caller)
    if port.device and port.device != router.uid:
        raise conflict(
            "PortInUse",
            f"Unable to complete operation on port {uid} for network {port.network}. Port already has an attached device {port.device}.",
        )
    if port.device == router.uid:
        raise bad_request("router", f"Router already has a port on subnet {port.subnets[0]}")
    if not port.fixed_ips:
        raise bad_request("router", "Router port must have at least one fixed IP")
    subnets = subnets_of(decision.state, [port])
    if sum(subnet.ip_version == 4 for subnet in subnets) > 1:  # noqa: PLR2004 - IPv4
        raise bad_request("router", "Cannot have multiple IPv4 subnets on router port")
    check_subnets(decision.state, router, subnets)
    port = changes.change(decision, port, device=router.uid, device_owner=INTERFACE, security_groups=())
    return port, subnets[0].uid


def _by_subnet(decision: Decision, caller: Caller, router: NeutronRouter, uid: str) -> tuple[NeutronPort, str]:
    subnet = SUBNETS.find(decision.state, uid, caller)
    if not subnet.gateway:
        raise bad_request("router", "Subnet for router interface must have a gateway IP")
    network = decision.get(NeutronNetwork, subnet.network)
    if not owned(subnet, caller) and not visible(decision.state, network, caller):
        raise bad_request("router", f"Cannot add interface to router because subnet {uid} is not owned by project making the request")
    check_subnets(decision.state, router, [subnet])
    if addressing.taken(decision.state, subnet.uid, subnet.gateway) is not None:
        raise address_in_use(network.uid, subnet.gateway)
    wanted = ({"subnet_id": subnet.uid, "ip_address": subnet.gateway},)
    joined = _ipv6_port(decision.state, router, subnet)
    if joined is not None:
        fixed = (*joined.fixed_ips, FixedIp(subnet.uid, subnet.gateway))
        return changes.change(decision, joined, fixed_ips=fixed, **addressing.keys(fixed)), subnet.uid
    given = {"project_id": router.project, "device_owner": INTERFACE, "device_id": router.uid, "fixed_ips": wanted}
    return make(decision, network, ADMIN, given), subnet.uid


def _ipv6_port(state: WorldState, router: NeutronRouter, subnet: NeutronSubnet) -> NeutronPort | None:
    """The router's port on the same network that has IPv6 subnets already: further ones join it."""
    if subnet.ip_version == 4:  # noqa: PLR2004
        return None
    ports = [port for port in _interfaces(state, router) if port.network == subnet.network]
    return next((port for port in ports if all(one.ip_version == 6 for one in subnets_of(state, [port]))), None)  # noqa: PLR2004


def _interfaces(state: WorldState, router: NeutronRouter) -> list[NeutronPort]:
    return [port for port in state.where(NeutronPort, "device", router.uid) if port.device_owner == INTERFACE]


def _answer(router: NeutronRouter, port: NeutronPort, subnet: str) -> Row:
    return {
        "id": router.uid,
        "tenant_id": port.project or router.project,
        "project_id": port.project or router.project,
        "port_id": port.uid,
        "network_id": port.network,
        "subnet_id": subnet,
        "subnet_ids": list(port.subnets) or [subnet],
        "tags": list(port.tags),
    }


@ask
def remove_interface(decision: Decision, *, caller: Caller, uid: str, asked: dict[str, str]) -> Row:
    """Leave a subnet; answers what the interface was."""
    router = held(decision.state, ROUTERS, uid, caller, "remove_router_interface")
    port, subnet = _interface(decision.state, router, asked)
    for one in (subnet,) if "port_id" not in asked else port.subnets:
        _require_unused(decision.state, router, one)
    answer = _answer(router, port, subnet)
    left = tuple(one for one in port.fixed_ips if one.subnet != subnet)
    if left and "port_id" not in asked:
        changes.change(decision, port, fixed_ips=left, **addressing.keys(left))
    else:
        remove(decision, ADMIN, port)
    changes.touch(decision, router)
    return answer


def _interface(state: WorldState, router: NeutronRouter, asked: dict[str, str]) -> tuple[NeutronPort, str]:
    if "port_id" in asked:
        port = next((one for one in _interfaces(state, router) if one.uid == asked["port_id"]), None)
        if port is None:
            raise not_found("RouterInterface", f"Router {router.uid} does not have an interface with id {asked['port_id']}")
        if asked.get("subnet_id", port.subnets[0]) not in port.subnets:
            raise Fault(
                400,
                f"Subnet on port {port.uid} does not match the requested subnet {asked['subnet_id']}.",
                type="SubnetMismatchForPort",
            )
        return port, asked.get("subnet_id", port.subnets[0])
    subnet = asked["subnet_id"]
    if state.maybe(NeutronSubnet, subnet) is None:
        raise SUBNETS.unknown(subnet)
    found = next((one for one in _interfaces(state, router) if subnet in one.subnets), None)
    if found is None:
        raise Fault(404, f"Router {router.uid} has no interface on subnet {subnet}", type="RouterInterfaceNotFoundForSubnet")
    return found, subnet


def _require_unused(state: WorldState, router: NeutronRouter, subnet: str) -> None:
    """Refuse while floating IPs or routes lead through the interface; raises Fault 409."""
    held_by = state.maybe(NeutronSubnet, subnet)
    for floating in state.where(NeutronFloatingIp, "router", router.uid):
        port = state.maybe(NeutronPort, floating.port)
        if port is not None and any(one.subnet == subnet and one.ip == floating.fixed_ip for one in port.fixed_ips):
            raise conflict("RouterInterfaceInUseByFloatingIP", _in_use(router, subnet, "floating IPs"))
    for one in router.routes if held_by is not None else ():
        if held_by is not None and parse_address(one.nexthop) in parse_prefix(held_by.cidr):
            raise conflict("RouterInterfaceInUseByRoute", _in_use(router, subnet, "routes"))


def _in_use(router: NeutronRouter, subnet: str, by: str) -> str:
    return f"Router interface for subnet {subnet} on router {router.uid} cannot be deleted, as it is required by one or more {by}."


# -- extra routes --------------------------------------------------------------------------------------------------------------


@NETWORK.put("/routers/{id}/add_extraroutes")
async def add_extraroutes(call: Call) -> Row:
    """Add static routes to those that are there."""
    return await _extra(call, add=True)


@NETWORK.put("/routers/{id}/remove_extraroutes")
async def remove_extraroutes(call: Call) -> Row:
    """Take static routes away; those that are not there don't matter."""
    return await _extra(call, add=False)


async def _extra(call: Call, *, add: bool) -> Row:
    caller, content = caller_of(call.credentials), member_of(call.body, "router")
    try:
        routes = _routes(content.get("routes"))
    except Unfit as error:
        raise unfit("routes", error) from error
    await call.ask(set_extra_routes, caller=caller, uid=call.path["id"], routes=routes, add=add)
    return shown(call.state, ROUTERS, call.state.get(NeutronRouter, call.path["id"]), caller)


@ask
def set_extra_routes(decision: Decision, *, caller: Caller, uid: str, routes: tuple[Route, ...], add: bool) -> None:
    """Add or take away routes."""
    router: NeutronRouter = held(decision.state, ROUTERS, uid, caller, "add_extraroutes" if add else "remove_extraroutes")
    if add:
        after = (*router.routes, *(one for one in routes if one not in router.routes))
        check_routes(decision.state, router, after)
    else:
        after = tuple(one for one in router.routes if one not in routes)
    changes.change(decision, router, routes=after)
