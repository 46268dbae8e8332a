"""/v3/groups."""

from __future__ import annotations

from typing import Any, Final

from emulators.openstack.asks import ask
from emulators.openstack.call import Call
from emulators.openstack.credentials import anyone
from emulators.openstack.identity import events
from emulators.openstack.identity.extras import extra_of
from emulators.openstack.identity.finding import require, require_free, require_same_domain, require_same_id
from emulators.openstack.identity.group_view import group_view
from emulators.openstack.identity.ids import new_id
from emulators.openstack.identity.lists import candidates, listed
from emulators.openstack.identity.model import Domain, Group
from emulators.openstack.identity.policy import allow
from emulators.openstack.identity.projects import domain_for
from emulators.openstack.identity.removal import remove_group
from emulators.openstack.identity.schemas import ID, NAME, TEXT, changed, created
from emulators.openstack.identity.service import IDENTITY
from emulators.world.decide import Decision
from emulators.world.state import WorldState

_CHANGEABLE: Final = {"name": NAME, "description": TEXT}
PROPERTIES: Final = {**_CHANGEABLE, "domain_id": ID}


@IDENTITY.get("/groups", rule=anyone)
async def list_groups(call: Call) -> dict[str, Any]:
    """The groups that the query asks for; a domain's readers see those of their domain."""
    own = call.credentials.domain
    allow(call, reads=own)
    found = candidates(call, Group, {"name": "name", "domain_id": "domain"})
    return listed(call, "groups", (group_view(call, one) for one in found if not own or one.domain == own), ("domain_id", "name"))


@IDENTITY.post("/groups", rule=anyone, status=201, body=created("group", PROPERTIES, "name"))
async def create_group(call: Call) -> dict[str, Any]:
    """A new group."""
    given = call.body["group"]
    domain = domain_for(call, given)
    allow(call, manages=domain)
    return {"group": group_view(call, await call.ask(create, given=given, domain=domain))}


@ask
def create(decision: Decision, *, given: dict[str, Any], domain: str) -> Group:
    """The group exists; raises Fault 404 or 409."""
    require(decision.state, Domain, domain)
    require_free(decision.state, Group, given["name"], domain)
    return decision.create(
        events.GROUP.created,
        Group,
        uid=new_id(decision),
        name=given["name"],
        domain=domain,
        description=given.get("description") or "",
        extra=extra_of(given, PROPERTIES),
    )


def domain_of_group(state: WorldState, uid: str) -> str:
    """A group's domain; empty when there is no such group."""
    found = state.maybe(Group, uid)
    return found.domain if found is not None else ""


@IDENTITY.get("/groups/{group_id}", rule=anyone)
async def get_group(call: Call) -> dict[str, Any]:
    """A group."""
    uid = call.path["group_id"]
    allow(call, reads=domain_of_group(call.state, uid))
    return {"group": group_view(call, require(call.state, Group, uid))}


@IDENTITY.patch("/groups/{group_id}", rule=anyone, body=changed("group", _CHANGEABLE))
async def update_group(call: Call) -> dict[str, Any]:
    """The group with its changes."""
    uid, given = call.path["group_id"], call.body["group"]
    allow(call, manages=domain_of_group(call.state, uid))
    require_same_id(given, uid)
    return {"group": group_view(call, await call.ask(update, uid=uid, given=given))}


@ask
def update(decision: Decision, *, uid: str, given: dict[str, Any]) -> Group:
    """The group's properties are these."""
    group = require(decision.state, Group, uid)
    require_same_domain(given, group.domain)
    name = given.get("name", group.name)
    require_free(decision.state, Group, name, group.domain, but=uid)
    description = given.get("description", group.description) or ""
    return decision.update(events.GROUP.changed, group, name=name, description=description, extra=extra_of(given, PROPERTIES, group.extra))


@IDENTITY.delete("/groups/{group_id}", rule=anyone)
async def delete_group(call: Call) -> None:
    """The group is gone."""
    uid = call.path["group_id"]
    allow(call, manages=domain_of_group(call.state, uid))
    await call.ask(delete, uid=uid)


@ask
def delete(decision: Decision, *, uid: str) -> None:
    """The group is gone, and with it what its members had through it."""
    remove_group(decision, require(decision.state, Group, uid))
