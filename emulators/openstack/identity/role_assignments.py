"""/v3/role_assignments: who has which role where, as it was given or as it works out."""

from __future__ import annotations

from typing import Any

from emulators.openstack.call import Call
from emulators.openstack.credentials import anyone
from emulators.openstack.faults import Fault
from emulators.openstack.identity.assignment_view import assignment_view
from emulators.openstack.identity.auth_lists import below
from emulators.openstack.identity.effective import Held, effective, given
from emulators.openstack.identity.finding import require
from emulators.openstack.identity.lists import flag
from emulators.openstack.identity.model import SYSTEM, Assignment
from emulators.openstack.identity.policy import allow
from emulators.openstack.identity.service import IDENTITY
from emulators.world.model import Project
from emulators.world.state import WorldState


@IDENTITY.get("/role_assignments", rule=anyone)
async def list_role_assignments(call: Call) -> dict[str, Any]:
    """The assignments that the query asks for; a domain's readers see those in their domain."""
    own = call.credentials.domain
    allow(call, reads=own)
    _require_possible(call)
    targets = _targets(call)
    start = _candidates(call, targets)
    found = (one for raw in start for one in (effective(call.state, raw) if flag(call, "effective") else given(raw)))
    kept = [one for one in dict.fromkeys(found) if _wanted(call, one, targets) and (not own or _in_domain(call.state, one, own))]
    names = flag(call, "include_names")
    views = [assignment_view(call, one, names=names) for one in kept]
    query = f"?{call.request.query_string}" if call.request.query_string else ""
    links = {"self": call.link("/role_assignments") + query, "next": None, "previous": None}
    return {"role_assignments": views, "links": links}


def _require_possible(call: Call) -> None:
    """Raise Fault 400 for filters that exclude one another."""
    asked = [name for name in ("scope.project.id", "scope.domain.id", "scope.system") if call.first(name)]
    if call.first("user.id") and call.first("group.id"):
        raise Fault(400, "Specify a user or group, not both")
    if len(asked) > 1:
        raise Fault(400, "Specify system or project, not both" if "scope.system" in asked else "Specify a domain or project, not both")
    if flag(call, "include_subtree") and not call.first("scope.project.id"):
        raise Fault(400, "scope.project.id must be specified if include_subtree is also specified")
    if not flag(call, "effective"):
        return
    if call.first("group.id"):
        raise Fault(400, "Combining effective and group filter will always result in an empty list.")
    if call.first("scope.OS-INHERIT:inherited_to") and call.first("scope.domain.id"):
        raise Fault(400, "Combining effective, domain and inherited filters will always result in an empty list.")


def _targets(call: Call) -> frozenset[str] | None:
    """The targets that are asked for; None: all."""
    project = call.first("scope.project.id")
    if project:
        require(call.state, Project, project)
        under = below(call.state, project) if flag(call, "include_subtree") else ()
        return frozenset({project, *(one.uid for one in under)})
    if call.first("scope.domain.id"):
        return frozenset({call.first("scope.domain.id")})
    return frozenset({SYSTEM}) if call.first("scope.system") else None


def _candidates(call: Call, targets: frozenset[str] | None) -> list[Assignment]:
    """The assignments among which those must be: found by an index when the query allows it."""
    if not flag(call, "effective"):
        for name, field in (("user.id", "actor"), ("group.id", "actor"), ("role.id", "role")):
            if call.first(name):
                return call.state.where(Assignment, field, call.first(name))
        if targets is not None:
            return [one for target in sorted(targets) for one in call.state.where(Assignment, "target", target)]
    return call.state.all(Assignment)


def _wanted(call: Call, held: Held, targets: frozenset[str] | None) -> bool:
    actor = call.first("user.id") or call.first("group.id")
    if (actor and held.actor != actor) or (call.first("group.id") and not held.group):
        return False
    if call.first("role.id") and held.role != call.first("role.id"):
        return False
    if call.first("scope.OS-INHERIT:inherited_to") and not (held.inherited or held.source):
        return False
    return targets is None or held.target in targets


def _in_domain(state: WorldState, held: Held, domain: str) -> bool:
    project = state.maybe(Project, held.target)
    return domain == (project.domain if project is not None else held.target)
