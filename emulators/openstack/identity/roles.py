"""/v3/roles: the deployment's roles, and those that domains have of their own."""

from __future__ import annotations

from typing import Any, Final

from emulators.openstack.asks import ask
from emulators.openstack.call import Call
from emulators.openstack.credentials import anyone
from emulators.openstack.identity import events
from emulators.openstack.identity.extras import decoded, extra_of, options_of, require_mutable
from emulators.openstack.identity.finding import require, require_free, require_same_id
from emulators.openstack.identity.ids import new_id
from emulators.openstack.identity.lists import listed, shown
from emulators.openstack.identity.model import Domain, Role
from emulators.openstack.identity.policy import allow
from emulators.openstack.identity.removal import remove_role
from emulators.openstack.identity.schemas import NAME, NULLABLE_ID, OPTIONS, TEXT, changed, created
from emulators.openstack.identity.service import IDENTITY
from emulators.world.decide import Decision

PROPERTIES: Final = {"name": NAME, "description": TEXT, "domain_id": NULLABLE_ID, "options": OPTIONS}
_MANAGED: Final = frozenset({"manager", "member", "reader"})
"""The roles that managers of domains may see and give."""


def role_view(call: Call, role: Role) -> dict[str, Any]:
    """A role as clients see it."""
    own = {
        "id": role.uid,
        "name": role.name,
        "domain_id": role.domain or None,
        "description": role.description,
        "options": decoded(role.options),
    }
    return shown(call, "roles", decoded(role.extra) | own)


@IDENTITY.get("/roles", rule=anyone)
async def list_roles(call: Call) -> dict[str, Any]:
    """The deployment's roles, or a domain's own."""
    allow(call, reads="", manages=call.credentials.domain)
    domain = call.first("domain_id")
    found = [one for one in call.state.all(Role) if one.domain == domain]
    return listed(call, "roles", (role_view(call, one) for one in found), ("name",))


@IDENTITY.post("/roles", rule=anyone, status=201, body=created("role", PROPERTIES, "name"))
async def create_role(call: Call) -> dict[str, Any]:
    """A new role."""
    allow(call)
    return {"role": role_view(call, await call.ask(create, given=call.body["role"]))}


@ask
def create(decision: Decision, *, given: dict[str, Any]) -> Role:
    """The role exists; raises Fault 404 or 409."""
    domain = given.get("domain_id") or ""
    if domain:
        require(decision.state, Domain, domain)
    require_free(decision.state, Role, given["name"], domain)
    return decision.create(
        events.ROLE.created,
        Role,
        uid=new_id(decision),
        name=given["name"],
        domain=domain,
        description=given.get("description"),
        options=options_of(given),
        extra=extra_of(given, PROPERTIES),
    )


@IDENTITY.get("/roles/{role_id}", rule=anyone)
async def get_role(call: Call) -> dict[str, Any]:
    """A role."""
    found = call.state.maybe(Role, call.path["role_id"])
    managed = found is not None and found.name in _MANAGED
    allow(call, reads="", manages=call.credentials.domain if managed else None)
    return {"role": role_view(call, require(call.state, Role, call.path["role_id"]))}


@IDENTITY.patch("/roles/{role_id}", rule=anyone, body=changed("role", PROPERTIES))
async def update_role(call: Call) -> dict[str, Any]:
    """The role with its changes."""
    allow(call)
    given = call.body["role"]
    require_same_id(given, call.path["role_id"])
    return {"role": role_view(call, await call.ask(update, uid=call.path["role_id"], given=given))}


@ask
def update(decision: Decision, *, uid: str, given: dict[str, Any]) -> Role:
    """The role's properties are these."""
    role = require(decision.state, Role, uid)
    require_mutable("role", uid, role.options, given)
    name = given.get("name", role.name)
    require_free(decision.state, Role, name, role.domain, but=uid)
    return decision.update(
        events.ROLE.changed,
        role,
        name=name,
        description=given.get("description", role.description),
        options=options_of(given, role.options),
        extra=extra_of(given, PROPERTIES, role.extra),
    )


@IDENTITY.delete("/roles/{role_id}", rule=anyone)
async def delete_role(call: Call) -> None:
    """The role is gone, and nobody has it."""
    allow(call)
    await call.ask(delete, uid=call.path["role_id"])


@ask
def delete(decision: Decision, *, uid: str) -> None:
    """Raises Fault 403 for a role that is immutable."""
    role = require(decision.state, Role, uid)
    require_mutable("role", uid, role.options)
    remove_role(decision, role)
