"""Agents, as they would run on the hosts of the cloud: alive while their host is.  What an administrator sets on one is kept."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from dcsim.ids import uuid_for
from emulators.openstack.asks import ask
from emulators.openstack.call import Call
from emulators.openstack.credentials import admin
from emulators.openstack.network import changes
from emulators.openstack.network.attributes import Attribute, member_of, prepare_update
from emulators.openstack.network.caller import caller_of
from emulators.openstack.network.collections import Row
from emulators.openstack.network.faults import not_found
from emulators.openstack.network.listing import answer
from emulators.openstack.network.networks import NETWORKS, ZONE
from emulators.openstack.network.records import NeutronAgentSetting, NeutronNetwork, NeutronRouter, NeutronSubnet
from emulators.openstack.network.routers import ROUTERS
from emulators.openstack.network.service import NETWORK
from emulators.openstack.network.values import boolean, optional, text
from emulators.world.decide import Decision
from emulators.world.model import Hypervisor

TIME: Final = "%Y-%m-%d %H:%M:%S"


class Sort(NamedTuple):
    """A sort of agent."""

    type: str
    binary: str
    topic: str
    zone: str | None
    configurations: dict[str, Any]


SORTS: Final = (
    Sort(
        "Open vSwitch agent", "neutron-openvswitch-agent", "N/A", None, {"bridge_mappings": {"public": "br-ex"}, "tunnel_types": ["vxlan"]}
    ),
    Sort("DHCP agent", "neutron-dhcp-agent", "dhcp_agent", ZONE, {"dhcp_driver": "neutron.agent.linux.dhcp.Dnsmasq"}),
    Sort("L3 agent", "neutron-l3-agent", "l3_agent", ZONE, {"agent_mode": "legacy"}),
    Sort("Metadata agent", "neutron-metadata-agent", "N/A", None, {"metadata_proxy_socket": "/opt/stack/data/neutron/metadata_proxy"}),
)
ATTRIBUTES: Final = {
    one.name: one
    for one in (
        *(Attribute(name, flags="VFS") for name in ("id", "agent_type", "binary", "topic", "host", "alive")),
        *(Attribute(name, flags="VS") for name in ("created_at", "started_at", "heartbeat_timestamp")),
        Attribute("admin_state_up", boolean, "UVFS"),
        Attribute("description", optional(text(255)), "UVFS"),
        Attribute("availability_zone", flags="VF"),
        Attribute("configurations"),
        Attribute("resources_synced"),
    )
}


def agents(call: Call) -> list[Row]:
    """Every agent: one of each sort on each KVM host."""
    hosts = [host for host in call.state.all(Hypervisor) if host.flavor == "kvm"]
    return [row for host in hosts for sort in SORTS if (row := _row(call, host, sort)) is not None]


def _row(call: Call, host: Hypervisor, sort: Sort) -> Row | None:
    uid = uuid_for(call.cloud.world.seed, "neutron agent", host.uid, sort.binary)
    setting = call.state.maybe(NeutronAgentSetting, f"neutron-agent-{uid}")
    if setting is not None and setting.gone and not host.running:
        return None
    booted = host.booted or host.created
    return {
        "id": uid,
        "agent_type": sort.type,
        "binary": sort.binary,
        "topic": sort.topic,
        "host": host.name,
        "admin_state_up": setting.admin_state_up if setting else True,
        "created_at": host.created.strftime(TIME),
        "started_at": booted.strftime(TIME),
        "heartbeat_timestamp": (call.cloud.now() if host.running else booted).strftime(TIME),
        "alive": host.running,
        "configurations": sort.configurations,
        "description": setting.description or None if setting else None,
        "resources_synced": None,
        "availability_zone": sort.zone,
    }


def _found(call: Call) -> Row:
    uid = call.path["id"]
    for row in agents(call) if call.credentials.admin else ():
        if row["id"] == uid:
            return row
    raise not_found("Agent", f"Agent {uid} could not be found.")


@NETWORK.get("/agents")
async def list_agents(call: Call) -> Row:
    """Every agent, for administrators."""
    return answer(call, "agents", agents(call) if call.credentials.admin else [], ATTRIBUTES, caller_of(call.credentials))


@NETWORK.get("/agents/{id}")
async def show_agent(call: Call) -> Row:
    """One agent."""
    return {"agent": _found(call)}


@NETWORK.put("/agents/{id}", rule=admin)
async def update_agent(call: Call) -> Row:
    """Describe an agent, or take it out of service."""
    row = _found(call)
    given = prepare_update(ATTRIBUTES, "agent", member_of(call.body, "agent"), caller_of(call.credentials))
    fields = {"admin_state_up": row["admin_state_up"], **given}
    fields["description"] = given.get("description", row["description"]) or ""
    await call.ask(set_agent, uid=row["id"], fields=fields)
    return {"agent": _found(call)}


@NETWORK.delete("/agents/{id}", rule=admin)
async def delete_agent(call: Call) -> None:
    """Forget an agent whose host is down; one that is alive comes back by itself."""
    await call.ask(set_agent, uid=_found(call)["id"], fields={"gone": True})


@ask
def set_agent(decision: Decision, *, uid: str, fields: dict[str, Any]) -> None:
    """Keep what is set on an agent."""
    setting = decision.state.maybe(NeutronAgentSetting, f"neutron-agent-{uid}")
    if setting is None:
        changes.create(decision, NeutronAgentSetting, uid=f"neutron-agent-{uid}", name=uid, **fields)
    else:
        changes.change(decision, setting, **fields)


# -- who serves what: the first agent of its sort that is alive ----------------------------------------------------------------


def _serving(call: Call, binary: str) -> list[Row]:
    alive = [row for row in agents(call) if row["binary"] == binary and row["alive"] and row["admin_state_up"]]
    return alive[:1]


@NETWORK.get("/networks/{id}/dhcp-agents", rule=admin)
async def list_dhcp_agents(call: Call) -> Row:
    """The agents that serve a network's addresses."""
    network = call.state.maybe(NeutronNetwork, call.path["id"])
    if network is None:
        raise not_found("Network", f"Network {call.path['id']} could not be found.")
    served = any(subnet.enable_dhcp for subnet in call.state.where(NeutronSubnet, "network", network.uid))
    return {"agents": _serving(call, "neutron-dhcp-agent") if served else []}


@NETWORK.get("/routers/{id}/l3-agents", rule=admin)
async def list_l3_agents(call: Call) -> Row:
    """The agents that a router runs on."""
    ROUTERS.find(call.state, call.path["id"], caller_of(call.credentials))
    return {"agents": [{**row, "ha_state": None} for row in _serving(call, "neutron-l3-agent")]}


@NETWORK.get("/agents/{id}/l3-routers", rule=admin)
async def list_l3_routers(call: Call) -> Row:
    """The routers that run on an agent."""
    here = _found(call)["id"] in {row["id"] for row in _serving(call, "neutron-l3-agent")}
    caller = caller_of(call.credentials)
    return {"routers": [ROUTERS.view(call.state, one, caller) for one in call.state.all(NeutronRouter)] if here else []}


@NETWORK.get("/agents/{id}/dhcp-networks", rule=admin)
async def list_dhcp_networks(call: Call) -> Row:
    """The networks whose addresses an agent serves."""
    here = _found(call)["id"] in {row["id"] for row in _serving(call, "neutron-dhcp-agent")}
    caller = caller_of(call.credentials)
    served = {subnet.network for subnet in call.state.all(NeutronSubnet) if subnet.enable_dhcp} if here else set()
    return {"networks": [NETWORKS.view(call.state, one, caller) for one in call.state.all(NeutronNetwork) if one.uid in served]}
