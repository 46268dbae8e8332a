"""The routes under /ucs/api/v1."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dcsim.errors import InvalidState
from dcsim.http.pages import Page
from dcsim.http.routes import IDEMPOTENCY_KEY, IF_MATCH, Reply, Request, Routes
from emulators.ucs.config.changes import ConfigureMos, MoChange
from emulators.ucs.methods.config import shown as shown_among
from emulators.ucs.rest import shapes, views
from emulators.ucs.rest.views import BLADES, CHASSIS, INTERCONNECTS, PROFILES, RACK_SERVERS, Domains, Shown, Shows

BASE = "/ucs/api/v1"
routes = Routes(api="ucs", title="UCS, as JSON", document=f"{BASE}/openapi.json")
Call = Request[Domains]
CONDITIONAL = (IF_MATCH, IDEMPOTENCY_KEY)
POWER = {"on": "admin-up", "off": "admin-down", "reset": "hard-reset-immediate"}


@routes.get(f"{BASE}/domains", "UCS domains", query=shapes.Query, returns=Page[shapes.DomainView])
async def domains(call: Call) -> Page[shapes.DomainView]:
    """Every domain that fits; there are fifteen at most."""
    found = call.context.all(call.query.domain)
    for domain in found:
        await domain.tree.prepare(["faultInst", "equipmentChassis", "computeBlade", "lsServer"])
    return Page([views.domain_view(domain) for domain in found])


@routes.get(f"{BASE}/domains/{{uid}}", "One UCS domain", returns=shapes.DomainView)
async def domain(call: Call) -> shapes.DomainView:
    """A domain, by its uid or name."""
    return views.domain_view(call.context.all(call.path["uid"])[0])


def _declare(plural: str, name: str, summary: str, shows: Shows, returns: Any) -> None:
    """The list of a class and one of it."""

    async def listed(call: Call) -> Any:
        return await call.context.listed(shows, call.query)

    async def one(call: Call) -> Reply:
        return _reply(shows, call.context.one(shows, call.path["uid"]))

    _named(listed, plural)
    _named(one, name)
    path = f"{BASE}/{plural.replace('_', '-')}"
    routes.get(path, summary, query=shapes.Query, returns=Page[returns])(listed)
    routes.get(f"{path}/{{uid}}", f"One of the {summary.lower()}", returns=returns)(one)


def _named(handler: Callable[..., Any], name: str) -> None:
    handler.__name__ = name


def _reply(shows: Shows, shown: Shown) -> Reply:
    return Reply(shows.view(shown), version=shown.entity.version)


_declare("fabric_interconnects", "fabric_interconnect", "Fabric interconnects", INTERCONNECTS, shapes.FabricInterconnectView)
_declare("chassis", "one_chassis", "Chassis", CHASSIS, shapes.ChassisView)
_declare("blades", "blade", "Blades", BLADES, shapes.BladeView)
_declare("rack_servers", "rack_server", "Rack servers", RACK_SERVERS, shapes.RackServerView)
_declare("service_profiles", "service_profile", "Service profiles and templates", PROFILES, shapes.ServiceProfileView)


@routes.post(
    f"{BASE}/blades/{{uid}}/power", "Switch a blade", body=shapes.PowerBody, returns=shapes.BladeView, status=200, headers=CONDITIONAL
)
async def blade_power(call: Call) -> Reply:
    """Through its service profile, whose wish it becomes, when it has one."""
    return await _switch(call, BLADES)


@routes.post(
    f"{BASE}/rack-servers/{{uid}}/power",
    "Switch a rack server",
    body=shapes.PowerBody,
    returns=shapes.RackServerView,
    status=200,
    headers=CONDITIONAL,
)
async def rack_server_power(call: Call) -> Reply:
    """Through its service profile, whose wish it becomes, when it has one."""
    return await _switch(call, RACK_SERVERS)


async def _switch(call: Call, shows: Shows) -> Reply:
    server = call.context.one(shows, call.path["uid"])
    profile = server["assignedToDn"]
    if profile:
        change = MoChange(class_id="lsPower", dn=f"{profile}/power", props={"state": POWER[call.body.power]})
    else:
        change = MoChange(class_id=shows.class_id, dn=server.node.dn, props={"adminPower": POWER[call.body.power]})
    await _configure(call, server, change)
    return _reply(shows, call.context.one(shows, server.entity.uid))


@routes.post(
    f"{BASE}/service-profiles/{{uid}}/power",
    "Switch the server of a service profile",
    body=shapes.PowerBody,
    returns=shapes.ServiceProfileView,
    status=200,
    headers=CONDITIONAL,
)
async def profile_power(call: Call) -> Reply:
    """Without a server it is a wish for later; a template is refused."""
    profile = call.context.one(PROFILES, call.path["uid"])
    if profile["type"] != "instance":
        raise InvalidState(f"{profile.node.dn} is a template.", subject=profile.entity.uid, existing=profile["type"])
    change = MoChange(class_id="lsPower", dn=f"{profile.node.dn}/power", props={"state": POWER[call.body.power]})
    await _configure(call, profile, change)
    return _reply(PROFILES, call.context.one(PROFILES, profile.entity.uid))


async def _configure(call: Call, of: Shown, change: MoChange) -> None:
    tree, subject = of.domain.tree, of.entity.uid
    command = ConfigureMos(domain=of.domain.uid, changes=(change,), shown=shown_among(tree, (change,)))
    world, version = of.domain.world, call.expected_version()
    await world.execute(command, call.actor, subject=subject, expected_version=version, key=call.idempotency_key())
