"""Routers: made, changed, deleted; their gateway and their static routes.  Interfaces are next door (`interfaces`)."""

from __future__ import annotations

from typing import Any, Final

from emulators.openstack.faults import Fault
from emulators.openstack.network import changes, gateways
from emulators.openstack.network.attributes import PROJECT, Attribute
from emulators.openstack.network.caller import Caller
from emulators.openstack.network.collections import Collection, Given, Row, standard_view
from emulators.openstack.network.faults import conflict, malformed, not_found
from emulators.openstack.network.networks import ZONE
from emulators.openstack.network.operations import serve
from emulators.openstack.network.quotas import require
from emulators.openstack.network.records import NeutronPort, NeutronRouter
from emulators.openstack.network.router_routes import check_routes
from emulators.openstack.network.subnets import route
from emulators.openstack.network.values import anything, boolean, identifier, items, label, text
from emulators.world.decide import Decision
from emulators.world.state import WorldState


def view(state: WorldState, router: NeutronRouter, _: Caller) -> Row:
    """A router as it is shown."""
    return {
        "id": router.uid,
        "name": router.name,
        **standard_view(router),
        "admin_state_up": router.admin_state_up,
        "status": "ACTIVE",
        "external_gateway_info": gateways.view(state, router),
        "enable_snat": router.enable_snat,
        "routes": [{"destination": one.destination, "nexthop": one.nexthop} for one in router.routes],
        "availability_zone_hints": list(router.availability_zone_hints),
        "availability_zones": [ZONE] if router.gateway_port or state.count(NeutronPort, "device", router.uid) else [],
    }


def create(decision: Decision, caller: Caller, given: Given) -> NeutronRouter:
    """Make a router, with a gateway when one is named."""
    require(decision, given["project_id"], "router")
    if any(hint != ZONE for hint in given["availability_zone_hints"]):
        raise malformed(f"AvailabilityZone {given['availability_zone_hints'][0]} could not be found.")
    router = changes.create(
        decision,
        NeutronRouter,
        name=given["name"],
        description=given["description"],
        project=given["project_id"],
        admin_state_up=given["admin_state_up"],
        availability_zone_hints=given["availability_zone_hints"],
    )
    if given["external_gateway_info"]:
        gateways.set_gateway(decision, caller, router, given["external_gateway_info"], "create_router")
    return decision.get(NeutronRouter, router.uid)


def update(decision: Decision, caller: Caller, router: NeutronRouter, given: Given) -> None:
    """Change a router."""
    fields: dict[str, Any] = {name: given[name] for name in ("name", "description", "admin_state_up") if name in given}
    if "external_gateway_info" in given:
        router = gateways.set_gateway(decision, caller, router, given["external_gateway_info"] or {}, "update_router")
    if "routes" in given:
        check_routes(decision.state, router, given["routes"])
        fields["routes"] = given["routes"]
    changes.change(decision, router, **fields)


def delete(decision: Decision, caller: Caller, router: NeutronRouter) -> None:
    """Delete a router without interfaces; its gateway goes with it."""
    ports = decision.state.where(NeutronPort, "device", router.uid)
    if any(port.device_owner == gateways.INTERFACE for port in ports):
        raise conflict("RouterInUse", f"Router {router.uid} still has ports")
    gateways.set_gateway(decision, caller, router, {}, "delete_router")
    changes.delete(decision, decision.get(NeutronRouter, router.uid))


def _missing(uid: str) -> Fault:
    return not_found("Router", f"Router {uid} could not be found")


ROUTERS: Final = serve(
    Collection(
        member="router",
        name="routers",
        path="/routers",
        record=NeutronRouter,
        attributes=(
            Attribute("id", identifier, "VFS"),
            Attribute("name", label, "PUVFS", ""),
            Attribute("admin_state_up", boolean, "PUVFS", True),
            Attribute("status", anything, "VS"),
            *PROJECT,
            Attribute("external_gateway_info", gateways.wanted, "PUV", None),
            Attribute("enable_snat", boolean, "VFS"),
            Attribute("routes", items(route), "UV"),
            Attribute("availability_zone_hints", items(text(255), null=False), "PV", ()),
            Attribute("availability_zones"),
        ),
        view=view,
        create=create,
        update=update,
        delete=delete,
        missing=_missing,
        indexes={"name": "name", "project_id": "project", "tenant_id": "project"},
    )
)
