"""Floating IPs and networks as Nova showed them before they were Neutron's alone (until 2.35)."""

from __future__ import annotations

import uuid
from typing import Any, Final
from urllib.parse import quote

from emulators.openstack.call import Call
from emulators.openstack.compute.service import COMPUTE
from emulators.openstack.credentials import admin, member
from emulators.openstack.faults import Fault
from emulators.openstack.inward import ask_service
from emulators.openstack.network.service import NETWORK

PROXIED: Final = "2.1-2.35"
_FIELDS: Final = ("cidr", "netmask", "gateway", "broadcast", "dns1", "dns2", "cidr_v6", "gateway_v6", "netmask_v6")
_OF_ADMIN: Final = (
    *("created_at", "updated_at", "deleted_at", "deleted", "injected", "bridge", "vlan", "vpn_public_address", "vpn_public_port"),
    *("vpn_private_address", "dhcp_start", "project_id", "host", "bridge_interface", "multi_host", "priority", "rxtx_base", "mtu"),
    *("dhcp_server", "enable_dhcp", "share_address"),
)
_POOL: Final = {"type": ["object", "null"], "properties": {"pool": {"type": ["string", "null"]}}}
_MISSING: Final = 404
Row = dict[str, Any]


@COMPUTE.get("/os-floating-ip-pools", versions=PROXIED, quality="answers")
async def list_pools(call: Call) -> Row:
    """The external networks."""
    found = await ask_service(call, NETWORK, "GET", "/networks?router:external=True")
    return {"floating_ip_pools": [{"name": network["name"]} for network in found["networks"]]}


@COMPUTE.get("/os-floating-ips", versions=PROXIED, quality="answers")
async def list_ips(call: Call) -> Row:
    """Those of the caller's project."""
    found = await ask_service(call, NETWORK, "GET", f"/floatingips?project_id={call.project}")
    return {"floating_ips": [await _ip(call, one) for one in found["floatingips"]]}


@COMPUTE.get("/os-floating-ips/{ip_id}", versions=PROXIED, quality="answers")
async def show_ip(call: Call) -> Row:
    """One."""
    return {"floating_ip": await _ip(call, await _found(call))}


@COMPUTE.post("/os-floating-ips", versions=PROXIED, body=_POOL, quality="answers")
async def create_ip(call: Call) -> Row:
    """A new one from a pool (a network's name or id; the first when none is named)."""
    network = await _pool(call, call.body.get("pool") or "")
    made = await ask_service(call, NETWORK, "POST", "/floatingips", {"floatingip": {"floating_network_id": network}})
    return {"floating_ip": await _ip(call, made["floatingip"])}


@COMPUTE.delete("/os-floating-ips/{ip_id}", versions=PROXIED, rule=member, status=202, quality="answers")
async def delete_ip(call: Call) -> None:
    """It goes back to its pool."""
    found = await _found(call)
    await ask_service(call, NETWORK, "DELETE", f"/floatingips/{found['id']}")


@COMPUTE.get("/os-networks", versions=PROXIED, quality="answers")
async def list_networks(call: Call) -> Row:
    """Networks, of which Nova knows no more than the names."""
    found = await ask_service(call, NETWORK, "GET", "/networks")
    return {"networks": [_network(call, one) for one in found["networks"]]}


@COMPUTE.get("/os-networks/{network_id}", versions=PROXIED, quality="answers")
async def show_network(call: Call) -> Row:
    """One."""
    return {"network": _network(call, await _one_network(call, "Network not found"))}


@COMPUTE.get("/os-tenant-networks", versions=PROXIED, quality="answers")
async def list_tenant_networks(call: Call) -> Row:
    """Networks that the caller's project can use."""
    found = await ask_service(call, NETWORK, "GET", "/networks")
    return {"networks": [_tenant_network(one) for one in found["networks"]]}


@COMPUTE.get("/os-tenant-networks/{network_id}", versions=PROXIED, quality="answers")
async def show_tenant_network(call: Call) -> Row:
    """One."""
    return {"network": _tenant_network(await _one_network(call, "Network not found"))}


@COMPUTE.post("/os-networks", rule=admin, versions=PROXIED, quality="faults")
@COMPUTE.post("/os-tenant-networks", versions=PROXIED, quality="faults")
@COMPUTE.delete("/os-networks/{network_id}", rule=admin, versions=PROXIED, quality="faults")
@COMPUTE.delete("/os-tenant-networks/{network_id}", rule=member, versions=PROXIED, quality="faults")
async def change_network(call: Call) -> None:
    """Networks were nova-network's to change; raises Fault 410."""
    raise Fault(410, "This resource is no longer available. No forwarding address is given.")


async def _found(call: Call) -> Row:
    wanted = call.path["ip_id"]
    try:
        uid = uuid.UUID(wanted)
    except ValueError as error:
        raise Fault(400, f"Invalid ID received {wanted[:64]}.") from error
    try:
        found: Row = (await ask_service(call, NETWORK, "GET", f"/floatingips/{uid}"))["floatingip"]
    except Fault as refusal:
        if refusal.status == _MISSING:
            raise Fault(404, f"Floating IP not found for ID {wanted}") from refusal
        raise
    return found


async def _pool(call: Call, wanted: str) -> str:
    found = (await ask_service(call, NETWORK, "GET", "/networks?router:external=True"))["networks"]
    for network in found:
        if wanted in ("", network["name"], network["id"]):
            uid: str = network["id"]
            return uid
    raise Fault(404, f"Floating IP pool {wanted or 'of any name'} could not be found.")


async def _ip(call: Call, one: Row) -> Row:
    network = (await ask_service(call, NETWORK, "GET", f"/networks/{one['floating_network_id']}"))["network"]
    port = await _port(call, one["port_id"]) if one["port_id"] else {}
    fixed, server = one["fixed_ip_address"], port.get("device_id") or None
    return {"id": one["id"], "ip": one["floating_ip_address"], "pool": network["name"], "fixed_ip": fixed, "instance_id": server}


async def _port(call: Call, uid: str) -> Row:
    found: Row = (await ask_service(call, NETWORK, "GET", f"/ports/{uid}"))["port"]
    return found


async def _one_network(call: Call, message: str) -> Row:
    try:
        found: Row = (await ask_service(call, NETWORK, "GET", f"/networks/{quote(call.path['network_id'], safe='')}"))["network"]
    except Fault as refusal:
        if refusal.status == _MISSING:
            raise Fault(404, message) from refusal
        raise
    return found


def _network(call: Call, one: Row) -> Row:
    fields = (*_FIELDS, *_OF_ADMIN) if call.credentials.admin else _FIELDS
    return {"id": one["id"], "label": one["name"], **dict.fromkeys(fields)}


def _tenant_network(one: Row) -> Row:
    return {"id": one["id"], "label": one["name"], "cidr": "None"}
