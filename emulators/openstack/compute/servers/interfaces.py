"""os-interface, os-security-groups and addresses of a server, and the actions on them."""

from __future__ import annotations

from typing import Any, Final

from emulators.openstack.asks import ask
from emulators.openstack.call import Call
from emulators.openstack.compute.servers import views
from emulators.openstack.compute.servers.lookup import caller_of, server_of
from emulators.openstack.compute.servers.power_actions import ACTION
from emulators.openstack.compute.servers.schemas import TAG
from emulators.openstack.compute.servers.wiring import attach_interface, detach_interface
from emulators.openstack.compute.service import COMPUTE
from emulators.openstack.faults import Fault
from emulators.openstack.network import face as network
from emulators.openstack.network.port_views import status
from emulators.openstack.network.records import NeutronPort
from emulators.openstack.schemas import UUID, closed
from emulators.openstack.service import Versioned
from emulators.world.decide import Decision

_IP: Final = closed({"ip_address": {"type": "string", "format": "ip"}}, "ip_address")
_IPS: Final = {"type": "array", "minItems": 1, "maxItems": 1, "items": _IP}
_WANTED: Final[dict[str, Any]] = {"net_id": UUID, "port_id": UUID, "fixed_ips": _IPS}
ATTACH: Final = Versioned(
    {
        "2.1-2.48": closed({"interfaceAttachment": closed(_WANTED)}),
        "2.49-": closed({"interfaceAttachment": closed({**_WANTED, "tag": TAG})}),
    }
)
GROUP: Final = closed({"name": {"type": "string", "minLength": 1}}, "name")


def _row(call: Call, port: NeutronPort, *, tag: str | None) -> dict[str, Any]:
    row: dict[str, Any] = {
        "net_id": port.network,
        "port_id": port.uid,
        "mac_addr": port.mac,
        "port_state": status(call.state, port),
        "fixed_ips": [{"subnet_id": one.subnet, "ip_address": one.ip} for one in port.fixed_ips],
    }
    return row | {"tag": tag} if call.since("2.70") else row


@COMPUTE.get("/servers/{server_id}/os-interface")
async def interfaces(call: Call) -> dict[str, Any]:
    """The server's ports."""
    server = server_of(call)
    ports = network.ports_of(call.state, server.uid)
    return {"interfaceAttachments": [_row(call, port, tag=server.nic_tags.get(port.uid)) for port in ports]}


@COMPUTE.get("/servers/{server_id}/os-interface/{port_id}")
async def interface(call: Call) -> dict[str, Any]:
    """One of them."""
    server, uid = server_of(call), call.path["port_id"]
    for port in network.ports_of(call.state, server.uid):
        if port.uid == uid:
            return {"interfaceAttachment": _row(call, port, tag=server.nic_tags.get(uid))}
    raise Fault(404, f"Instance {server.uid} does not have a port with id {uid}")


@COMPUTE.post("/servers/{server_id}/os-interface", body=ATTACH)
async def attach(call: Call) -> dict[str, Any]:
    """Plug a port in: a named one, or one made on a network."""
    server = server_of(call)
    given = call.body.get("interfaceAttachment", {})
    net, port = given.get("net_id", ""), given.get("port_id", "")
    address = given["fixed_ips"][0]["ip_address"] if given.get("fixed_ips") else ""
    if net and port:
        raise Fault(400, "Must not input both network_id and port_id")
    if address and not net:
        raise Fault(400, "Must input network_id when request IP address")
    if port:
        network.require_port(call.state, server.project, port, admin=call.credentials.admin)
    elif not net:
        net = _only_network(call, server.project)
    wanted = network.WantedPort(network=net, port=port, fixed_ip=address, tag=given.get("tag", ""))
    made = await call.ask(attach_interface, server=server.uid, wanted=wanted, admin=call.credentials.admin, caller=caller_of(call))
    return {"interfaceAttachment": _row(call, made, tag=given.get("tag"))}


def _only_network(call: Call, project: str) -> str:
    try:
        found = network.default_networks(call.state, project)
    except Fault as error:
        raise Fault(400, error.message) from error
    if not found:
        raise Fault(400, "No specific network was requested and none are available for project.")
    return found[0]


@COMPUTE.delete("/servers/{server_id}/os-interface/{port_id}", status=202)
async def detach(call: Call) -> None:
    """Pull a port out."""
    server = server_of(call)
    await call.ask(detach_interface, server=server.uid, port=call.path["port_id"], admin=call.credentials.admin, caller=caller_of(call))


@COMPUTE.get("/servers/{server_id}/ips")
async def ips(call: Call) -> dict[str, Any]:
    """The server's addresses by network."""
    return {"addresses": views.addresses(call.state, server_of(call), extended=False)}


@COMPUTE.get("/servers/{server_id}/ips/{network_name}")
async def ips_of(call: Call) -> dict[str, Any]:
    """Those on one network, by its name."""
    found, name = views.addresses(call.state, server_of(call), extended=False), call.path["network_name"]
    if name not in found:
        raise Fault(404, "Instance is not a member of specified network")
    return {name: found[name]}


@ask
def set_group(d: Decision, *, server: str, name: str, add: bool) -> None:
    """Put a server's ports into a security group, or take them out."""
    network.set_security_group(d, server, name, add=add)


@COMPUTE.action(ACTION, "addSecurityGroup", body=GROUP)
async def add_security_group(call: Call) -> None:
    """Add a security group by name or id."""
    await call.ask(set_group, server=server_of(call).uid, name=call.body["name"], add=True)


@COMPUTE.action(ACTION, "removeSecurityGroup", body=GROUP)
async def remove_security_group(call: Call) -> None:
    """Remove one."""
    await call.ask(set_group, server=server_of(call).uid, name=call.body["name"], add=False)
