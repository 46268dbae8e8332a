"""A network of its own for a project that has none: made when it is asked for."""

from __future__ import annotations

from emulators.openstack.asks import ask
from emulators.openstack.call import Call
from emulators.openstack.faults import Fault
from emulators.openstack.network import gateways, interfaces
from emulators.openstack.network.caller import ADMIN
from emulators.openstack.network.collections import Row
from emulators.openstack.network.faults import forbidden
from emulators.openstack.network.networks import delete as delete_network
from emulators.openstack.network.operations import make_resource
from emulators.openstack.network.records import NeutronNetwork, NeutronPort, NeutronRouter, NeutronSubnetPool
from emulators.openstack.network.routers import delete as delete_router
from emulators.openstack.network.service import NETWORK
from emulators.world.decide import Decision
from emulators.world.state import WorldState

NAME = "auto_allocated_network"
ROUTER = "auto_allocated_router"


def _project(call: Call) -> str:
    project = call.path["project"]
    project = call.project if project in {"null", "None", ""} else project
    if project != call.project and not call.credentials.admin:
        raise forbidden("get_auto_allocated_topology")
    return project


@NETWORK.get("/auto-allocated-topology/{project}")
async def get_topology(call: Call) -> Row:
    """A project's own network, made now if need be; with ``fields=dry-run`` only whether it could be."""
    project = _project(call)
    require_defaults(call.state)
    if "dry-run" in call.query.get("fields", ()):
        return {"auto_allocated_topology": {"id": "dry-run=pass", "tenant_id": project, "project_id": project}}
    network = existing(call.state, project) or await call.ask(allocate, project=project)
    return {"auto_allocated_topology": {"id": network, "tenant_id": project, "project_id": project}}


@NETWORK.delete("/auto-allocated-topology/{project}")
async def delete_topology(call: Call) -> None:
    """Take the network away with its router."""
    await call.ask(release, project=_project(call))


def existing(state: WorldState, project: str) -> str:
    """The network that was made for a project, or ""."""
    return next((one.uid for one in state.where(NeutronNetwork, "project", project) if one.name == NAME), "")


def require_defaults(state: WorldState) -> tuple[NeutronNetwork, NeutronSubnetPool]:
    """The external network and the pool that it is made of; raises Fault 400."""
    network = next((one for one in state.all(NeutronNetwork) if one.external and one.is_default), None)
    pool = next((one for one in state.all(NeutronSubnetPool) if one.is_default and one.ip_version == 4), None)  # noqa: PLR2004
    if network is None or pool is None:
        missing = "No default router:external network" if network is None else "No default subnetpools defined"
        raise Fault(400, f"Deployment error: {missing}.", type="AutoAllocationFailure")
    return network, pool


@ask
def allocate(decision: Decision, *, project: str) -> str:
    """Make the network, its subnet and a router to the outside; answers the network's id."""
    external, pool = require_defaults(decision.state)
    network = make_resource(decision, "networks", project, name=NAME)
    subnet = make_resource(
        decision, "subnets", project, name="auto_allocated_subnet_v4", network_id=network, ip_version=4, subnetpool_id=pool.uid
    )
    router = make_resource(decision, "routers", project, name=ROUTER)
    gateways.set_gateway(decision, ADMIN, decision.get(NeutronRouter, router), {"network_id": external.uid}, "create_router")
    interfaces.add_interface(decision, caller=ADMIN, uid=router, asked={"subnet_id": subnet})
    return network


@ask
def release(decision: Decision, *, project: str) -> None:
    """Take it away, unless servers use it."""
    network = existing(decision.state, project)
    if not network:
        return
    for router in decision.state.where(NeutronRouter, "project", project):
        if router.name == ROUTER:
            for port in decision.state.where(NeutronPort, "device", router.uid):
                if port.device_owner == gateways.INTERFACE:
                    interfaces.remove_interface(decision, caller=ADMIN, uid=router.uid, asked={"port_id": port.uid})
            delete_router(decision, ADMIN, decision.get(NeutronRouter, router.uid))
    delete_network(decision, ADMIN, decision.get(NeutronNetwork, network))
