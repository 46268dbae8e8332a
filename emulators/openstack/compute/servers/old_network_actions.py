"""Fixed and floating IPs by actions on the server: proxies of Neutron until 2.43."""

from __future__ import annotations

from typing import Final

from emulators.openstack.asks import ask
from emulators.openstack.call import Call
from emulators.openstack.compute.servers.lookup import caller_of, server_of
from emulators.openstack.compute.servers.power_actions import ACTION
from emulators.openstack.compute.servers.records import NovaServer
from emulators.openstack.compute.servers.wiring import settle
from emulators.openstack.compute.servers.works import Caller
from emulators.openstack.compute.service import COMPUTE
from emulators.openstack.faults import Fault
from emulators.openstack.network import face as network
from emulators.openstack.network.records import FixedIp, NeutronPort
from emulators.openstack.schemas import closed
from emulators.world.decide import Decision
from emulators.world.state import WorldState

_IP: Final = {"type": "string", "format": "ip"}
OLD: Final = "2.1-2.43"
NETWORK: Final = closed({"networkId": {"type": ["string", "number"], "minLength": 1, "maxLength": 36}}, "networkId")


@ask
def add_fixed(d: Decision, *, server: str, network_id: str, caller: Caller) -> None:
    """Another address of a network that the server is on, or a port on it; raises Fault 400."""
    found = d.get(NovaServer, server)
    port = next((one for one in network.ports_of(d.state, server) if one.network == network_id), None)
    if port is None:
        raise Fault(400, f"Network {network_id} is not one of server {server}'s.")
    subnet = port.fixed_ips[0].subnet if port.fixed_ips else ""
    network.set_fixed_ips(d, port, [*_rows(port.fixed_ips), {"subnet_id": subnet}])
    settle(d, found, "", caller)


@ask
def remove_fixed(d: Decision, *, server: str, address: str, caller: Caller) -> None:
    """An address of the server goes; raises Fault 400 when it is none of its."""
    found = d.get(NovaServer, server)
    for port in network.ports_of(d.state, server):
        if any(one.ip == address for one in port.fixed_ips):
            network.set_fixed_ips(d, port, _rows(tuple(one for one in port.fixed_ips if one.ip != address)))
            settle(d, found, "", caller)
            return
    raise Fault(400, f"Instance {server} does not have fixed IP '{address}'.")


def _rows(fixed: tuple[FixedIp, ...]) -> list[dict[str, str]]:
    return [{"subnet_id": one.subnet, "ip_address": one.ip} for one in fixed]


@ask
def lead(d: Decision, *, floating: str, port: str, fixed_ip: str) -> None:
    """A floating IP leads to a server, or nowhere."""
    network.lead_floating(d, floating, port=port, fixed_ip=fixed_ip)


@COMPUTE.action(ACTION, "addFixedIp", body=NETWORK, versions=OLD)
async def add_fixed_ip(call: Call) -> None:
    """Give the server another address of a network."""
    await call.ask(add_fixed, server=server_of(call).uid, network_id=str(call.body["networkId"]), caller=caller_of(call))


@COMPUTE.action(ACTION, "removeFixedIp", body=closed({"address": _IP}, "address"), versions=OLD)
async def remove_fixed_ip(call: Call) -> None:
    """Take an address from the server."""
    await call.ask(remove_fixed, server=server_of(call).uid, address=call.body["address"], caller=caller_of(call))


@COMPUTE.action(ACTION, "addFloatingIp", body=closed({"address": _IP, "fixed_address": _IP}, "address"), versions=OLD)
async def add_floating_ip(call: Call) -> None:
    """Lead a floating IP to the server."""
    server, body = server_of(call), call.body
    floating = network.floating_at(call.state, call.project, body["address"], admin=call.credentials.admin)
    if floating is None:
        raise Fault(404, "floating IP not found")
    port, address = _fixed(call.state, server, body.get("fixed_address", ""))
    try:
        await call.ask(lead, floating=floating.uid, port=port.uid, fixed_ip=address)
    except Fault as refusal:
        raise Fault(400, f"Failed to associate floating IP {body['address']}: {refusal.message}") from refusal


def _fixed(state: WorldState, server: NovaServer, wanted: str) -> tuple[NeutronPort, str]:
    ports = network.ports_of(state, server.uid)
    if not ports:
        raise Fault(400, "No fixed IPs associated to instance")
    found = [(port, one.ip) for port in ports for one in port.fixed_ips if one.ip == wanted or (not wanted and "." in one.ip)]
    if not found:
        raise Fault(400, "Specified fixed address not assigned to instance")
    return found[0]


@COMPUTE.action(ACTION, "removeFloatingIp", body=closed({"address": _IP}, "address"), versions=OLD)
async def remove_floating_ip(call: Call) -> None:
    """Lead a floating IP of the server nowhere."""
    server = server_of(call)
    floating = network.floating_at(call.state, call.project, call.body["address"], admin=call.credentials.admin)
    if floating is None:
        raise Fault(404, "floating IP not found")
    if floating.port not in {port.uid for port in network.ports_of(call.state, server.uid)}:
        raise Fault(409, f"Floating IP {floating.address} is not associated with instance {server.uid}.")
    await call.ask(lead, floating=floating.uid, port="", fixed_ip="")
