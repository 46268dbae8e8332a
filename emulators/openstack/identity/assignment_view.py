"""An assignment of a role as clients see it."""

from __future__ import annotations

from typing import Any

from emulators.openstack.call import Call
from emulators.openstack.identity.effective import Held
from emulators.openstack.identity.model import SYSTEM, Domain, Group, Role, User
from emulators.openstack.identity.token_view import domain_part
from emulators.world.model import Project
from emulators.world.state import WorldState


def assignment_view(call: Call, held: Held, *, names: bool) -> dict[str, Any]:
    """``{"role": ..., "scope": ..., "user": ..., "links": ...}``, with names when they are asked for."""
    state = call.state
    view: dict[str, Any] = {
        "links": _links(call, held),
        "role": _named(state, Role, held.role) if names else {"id": held.role},
        "scope": _scope(state, held, names=names),
    }
    kind, cls = ("group", Group) if held.group else ("user", User)
    view[kind] = _named(state, cls, held.actor) if names else {"id": held.actor}
    return view


def _named(state: WorldState, cls: type[User | Group | Role | Project], uid: str) -> dict[str, Any]:
    found = state.get(cls, uid)
    named: dict[str, Any] = {"id": uid, "name": found.name}
    if found.domain:
        named["domain"] = domain_part(state, found.domain)
    return named


def _scope(state: WorldState, held: Held, *, names: bool) -> dict[str, Any]:
    scope: dict[str, Any]
    if held.target == SYSTEM:
        scope = {"system": {"all": True}}
    elif state.maybe(Domain, held.target) is not None:
        scope = {"domain": domain_part(state, held.target) if names else {"id": held.target}}
    else:
        scope = {"project": _named(state, Project, held.target) if names else {"id": held.target}}
    if held.inherited or held.source:
        scope["OS-INHERIT:inherited_to"] = "projects"
    return scope


def _links(call: Call, held: Held) -> dict[str, str]:
    """Where the assignment that it comes from can be taken back, the membership that it comes by, the role that implies it."""
    actor = f"groups/{held.through or held.actor}" if held.group or held.through else f"users/{held.actor}"
    target, role = held.source or held.target, held.prior or held.role
    kind = SYSTEM if target == SYSTEM else ("domains/" if call.state.maybe(Domain, target) is not None else "projects/") + target
    path = f"/{kind}/{actor}/roles/{role}"
    inherited = held.inherited or held.source
    links = {"assignment": call.link(f"/OS-INHERIT{path}/inherited_to_projects" if inherited else path)}
    if held.through:
        links["membership"] = call.link(f"/groups/{held.through}/users/{held.actor}")
    if held.prior:
        links["prior_role"] = call.link(f"/prior_roles/{held.prior}/implies/{held.role}")
    return links
