"""Giving roles: to users and groups, on projects, domains and the system, for the target itself or what is below it."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from emulators.openstack.asks import ask
from emulators.openstack.call import Call
from emulators.openstack.credentials import anyone
from emulators.openstack.faults import Fault
from emulators.openstack.identity import events
from emulators.openstack.identity.access_model import ApplicationCredential
from emulators.openstack.identity.finding import require
from emulators.openstack.identity.lists import listed
from emulators.openstack.identity.members import members_of
from emulators.openstack.identity.model import SYSTEM, Assignment, Domain, Group, Role, User
from emulators.openstack.identity.policy import allow
from emulators.openstack.identity.roles import role_view
from emulators.openstack.identity.service import IDENTITY
from emulators.openstack.identity.standing import above_project, effective_roles
from emulators.world.decide import Decision
from emulators.world.model import Project
from emulators.world.state import WorldState

_ACTORS: Final = "users/{user_id}", "groups/{group_id}"
_TARGETS: Final = "projects/{project_id}", "domains/{domain_id}"
_ON_SYSTEM: Final = [f"/system/{actor}/roles" for actor in _ACTORS]
_ON_TARGETS: Final = [
    path.format(target=target, actor=actor)
    for target in _TARGETS
    for actor in _ACTORS
    for path in ("/{target}/{actor}/roles", "/OS-INHERIT/{target}/{actor}/roles")
]
_MANAGED: Final = frozenset({"manager", "member", "reader"})


class Grant(NamedTuple):
    """An actor and a target, as a path names them; ``domains`` are those that a domain's manager must manage: the one of both."""

    actor: str
    target: str
    group: bool
    inherited: bool
    domain: str


def _grant(call: Call) -> Grant:
    path, state = call.path, call.state
    group = "group_id" in path
    actor = path["group_id"] if group else path["user_id"]
    target = path.get("project_id") or path.get("domain_id") or SYSTEM
    domains = {_domain(state, Group if group else User, actor), _domain(state, Project, target) or target}
    return Grant(actor, target, group, "OS-INHERIT" in call.operation.path, domains.pop() if len(domains) == 1 else "")


def _domain(state: WorldState, cls: type[User | Group | Project], uid: str) -> str:
    found = state.maybe(cls, uid)
    return found.domain if found is not None else ""


def require_both(state: WorldState, grant: Grant) -> None:
    """Raise Fault 404 unless actor and target are there."""
    require(state, Group if grant.group else User, grant.actor)
    if grant.target != SYSTEM and state.maybe(Domain, grant.target) is None:
        require(state, Project, grant.target)


def find(state: WorldState, role: str, grant: Grant) -> Assignment | None:
    """The assignment itself, or None."""
    wanted = (role, grant.target, grant.inherited)
    return next((one for one in state.where(Assignment, "actor", grant.actor) if (one.role, one.target, one.inherited) == wanted), None)


def _missing(role: str, grant: Grant) -> Fault:
    return Fault(
        404,
        f"Could not find role assignment with role: {role}, user or group: {grant.actor}, project, domain, or system: {grant.target}.",
    )


def _each(paths: list[str], end: str, inherited_end: str) -> list[str]:
    return [path + (inherited_end if "OS-INHERIT" in path else end) for path in paths]


async def list_grants(call: Call) -> dict[str, Any]:
    """The roles that were given."""
    grant = _grant(call)
    allow(call, reads=grant.domain)
    require_both(call.state, grant)
    found = [
        call.state.get(Role, one.role)
        for one in call.state.where(Assignment, "actor", grant.actor)
        if (one.target, one.inherited) == (grant.target, grant.inherited)
    ]
    return listed(call, "roles", (role_view(call, one) for one in found))


async def check_grant(call: Call) -> None:
    """204 when the role was given."""
    grant = _grant(call)
    allow(call, reads=grant.domain)
    role = require(call.state, Role, call.path["role_id"])
    require_both(call.state, grant)
    if find(call.state, role.uid, grant) is None:
        raise _missing(role.uid, grant)


async def create_grant(call: Call) -> None:
    """The role is given, as it may have been before."""
    grant = _grant(call)
    _allow_giving(call, grant)
    await call.ask(give, role=call.path["role_id"], grant=grant)


async def revoke_grant(call: Call) -> None:
    """The role is taken away."""
    grant = _grant(call)
    _allow_giving(call, grant)
    await call.ask(take, role=call.path["role_id"], grant=grant)


def _allow_giving(call: Call, grant: Grant) -> None:
    role = call.state.maybe(Role, call.path["role_id"])
    allow(call, manages=grant.domain if role is not None and role.name in _MANAGED else None)


@ask
def give(decision: Decision, *, role: str, grant: Grant) -> None:
    """The role is assigned; raises Fault 403 for a domain's own role elsewhere, 404 for what there is not."""
    state, given = decision.state, require(decision.state, Role, role)
    require_both(state, grant)
    if given.domain and given.domain != (_domain(state, Project, grant.target) or grant.target):
        raise Fault(403, f"Project {grant.target} must be in the same domain as the role {role} being assigned.")
    if find(state, role, grant) is None:
        decision.create(
            events.ASSIGNMENT.created,
            Assignment,
            name=f"{given.name} on {grant.target} for {grant.actor}",
            role=role,
            actor=grant.actor,
            target=grant.target,
            group=grant.group,
            inherited=grant.inherited,
        )


@ask
def take(decision: Decision, *, role: str, grant: Grant) -> None:
    """The role is assigned no more, and application credentials that rested on it are gone; raises Fault 404."""
    require(decision.state, Role, role)
    found = find(decision.state, role, grant)
    if found is None:
        raise _missing(role, grant)
    decision.delete(events.ASSIGNMENT.deleted, found)
    for user in members_of(decision.state, grant.actor) if grant.group else [grant.actor]:
        drop_credentials(decision, user, grant.target)


def drop_credentials(decision: Decision, user: str, target: str) -> None:
    """Delete a user's application credentials of the project, and those below it with a role that the user has no more."""
    for credential in decision.state.where(ApplicationCredential, "user", user):
        held = {role.uid for role in effective_roles(decision.state, user, credential.project)}
        below = target in above_project(decision.state, credential.project)
        if credential.project == target or (below and not held.issuperset(credential.roles)):
            decision.delete(events.APPLICATION_CREDENTIAL.deleted, credential)


for _path in _each(_ON_TARGETS, "", "/inherited_to_projects"):
    IDENTITY.get(_path, rule=anyone)(list_grants)
for _path in _each(_ON_TARGETS, "/{role_id}", "/{role_id}/inherited_to_projects"):
    IDENTITY.get(_path, rule=anyone, status=204)(check_grant)
    IDENTITY.put(_path, rule=anyone, status=204)(create_grant)
    IDENTITY.delete(_path, rule=anyone)(revoke_grant)
for _path in _ON_SYSTEM:
    IDENTITY.get(_path, rule=anyone)(list_grants)
    IDENTITY.get(f"{_path}/{{role_id}}", rule=anyone, status=204)(check_grant)
    IDENTITY.put(f"{_path}/{{role_id}}", rule=anyone, status=204)(create_grant)
    IDENTITY.delete(f"{_path}/{{role_id}}", rule=anyone)(revoke_grant)
