"""/v3/users."""

from __future__ import annotations

from typing import Any, Final

from dcsim.security.passwords import hash_password
from emulators.openstack.call import Call
from emulators.openstack.credentials import anyone
from emulators.openstack.identity import user_changes
from emulators.openstack.identity.auth_lists import projects_of
from emulators.openstack.identity.finding import require, require_same_id
from emulators.openstack.identity.group_view import group_view
from emulators.openstack.identity.lists import candidates, listed
from emulators.openstack.identity.model import Group, User
from emulators.openstack.identity.policy import allow
from emulators.openstack.identity.project_view import FILTERS as PROJECT_FILTERS
from emulators.openstack.identity.project_view import project_view
from emulators.openstack.identity.projects import domain_for
from emulators.openstack.identity.schemas import ID, NAME, NULLABLE_BOOLEAN, SWITCH, TEXT, changed, created
from emulators.openstack.identity.service import IDENTITY
from emulators.openstack.identity.standing import groups_of
from emulators.openstack.identity.user_view import FILTERS, user_view
from emulators.world.state import WorldState

_RULES: Final = {
    "type": "array",
    "items": {"type": "array", "items": {"type": "string"}, "minItems": 1, "uniqueItems": True},
    "uniqueItems": True,
}
_OPTIONS: Final = {
    "type": "object",
    "properties": {
        "ignore_change_password_upon_first_use": NULLABLE_BOOLEAN,
        "ignore_password_expiry": NULLABLE_BOOLEAN,
        "ignore_lockout_failure_attempts": NULLABLE_BOOLEAN,
        "ignore_user_inactivity": NULLABLE_BOOLEAN,
        "lock_password": NULLABLE_BOOLEAN,
        "multi_factor_auth_enabled": NULLABLE_BOOLEAN,
        "multi_factor_auth_rules": {"anyOf": [_RULES, {"type": "null"}]},
    },
    "additionalProperties": False,
}
_PROTOCOL: Final = {
    "type": "object",
    "properties": {"protocol_id": {"type": "string"}, "unique_id": {"type": "string"}},
    "required": ["protocol_id", "unique_id"],
}
_FEDERATED: Final = {
    "type": "array",
    "items": {
        "type": "object",
        "properties": {"idp_id": {"type": "string"}, "protocols": {"type": "array", "items": _PROTOCOL, "minItems": 1}},
        "required": ["idp_id", "protocols"],
    },
}
PROPERTIES: Final = {
    "name": NAME,
    "domain_id": ID,
    "enabled": SWITCH,
    "default_project_id": TEXT,
    "description": TEXT,
    "password": TEXT,
    "options": _OPTIONS,
    "federated": _FEDERATED,
}


@IDENTITY.get("/users", rule=anyone)
async def list_users(call: Call) -> dict[str, Any]:
    """The users that the query asks for; a domain's readers see those of their domain."""
    own = call.credentials.domain
    allow(call, reads=own)
    found = candidates(call, User, {"name": "name", "domain_id": "domain"})
    return listed(call, "users", (user_view(call, one) for one in found if not own or one.domain == own), FILTERS)


@IDENTITY.post("/users", rule=anyone, status=201, body=created("user", PROPERTIES, "name"))
async def create_user(call: Call) -> dict[str, Any]:
    """A new user."""
    given = dict(call.body["user"])
    domain = domain_for(call, given)
    allow(call, manages=domain)
    stored = await _hashed(given)
    return {"user": user_view(call, await call.ask(user_changes.create, given=given, domain=domain, stored=stored))}


async def _hashed(given: dict[str, Any]) -> str | None:
    """The hash of the password that is given; empty for null: nobody can log in; None: nothing is said of it."""
    if "password" not in given:
        return None
    password = given.pop("password")
    return await hash_password(password) if password is not None else ""


def domain_of_user(state: WorldState, uid: str) -> str:
    """A user's domain; empty when there is no such user."""
    found = state.maybe(User, uid)
    return found.domain if found is not None else ""


@IDENTITY.get("/users/{user_id}", rule=anyone)
async def get_user(call: Call) -> dict[str, Any]:
    """A user, to themselves too."""
    uid = call.path["user_id"]
    allow(call, reads=domain_of_user(call.state, uid), owner=uid)
    return {"user": user_view(call, require(call.state, User, uid))}


@IDENTITY.patch("/users/{user_id}", rule=anyone, body=changed("user", PROPERTIES))
async def update_user(call: Call) -> dict[str, Any]:
    """The user with their changes."""
    uid, given = call.path["user_id"], dict(call.body["user"])
    allow(call, manages=domain_of_user(call.state, uid))
    require_same_id(given, uid)
    require(call.state, User, uid)
    stored = await _hashed(given)
    return {"user": user_view(call, await call.ask(user_changes.update, uid=uid, given=given, stored=stored))}


@IDENTITY.delete("/users/{user_id}", rule=anyone)
async def delete_user(call: Call) -> None:
    """The user is gone with all that was theirs."""
    uid = call.path["user_id"]
    allow(call, manages=domain_of_user(call.state, uid))
    await call.ask(user_changes.delete, uid=uid)


@IDENTITY.get("/users/{user_id}/projects", rule=anyone)
async def list_user_projects(call: Call) -> dict[str, Any]:
    """The projects that the user has a role in."""
    uid = call.path["user_id"]
    allow(call, reads=domain_of_user(call.state, uid), owner=uid)
    require(call.state, User, uid)
    return listed(call, "projects", (project_view(call, one) for one in projects_of(call.state, uid)), PROJECT_FILTERS)


@IDENTITY.get("/users/{user_id}/groups", rule=anyone)
async def list_groups_for_user(call: Call) -> dict[str, Any]:
    """The groups that the user is in."""
    uid = call.path["user_id"]
    allow(call, reads=domain_of_user(call.state, uid), owner=uid)
    require(call.state, User, uid)
    found = [call.state.get(Group, group) for group in groups_of(call.state, uid)]
    return listed(call, "groups", (group_view(call, one) for one in found), ("name",))
