"""What makes, changes and deletes projects."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from emulators.openstack.asks import ask
from emulators.openstack.faults import Fault
from emulators.openstack.identity import domains, events
from emulators.openstack.identity.auth_lists import below
from emulators.openstack.identity.extras import extra_of, options_of, require_mutable
from emulators.openstack.identity.finding import conflict, require, require_same_domain
from emulators.openstack.identity.ids import new_id
from emulators.openstack.identity.model import Domain
from emulators.openstack.identity.removal import remove_project
from emulators.openstack.identity.schemas import switched
from emulators.world.decide import Decision
from emulators.world.model import Project
from emulators.world.state import WorldState

MAX_DEPTH: Final = 5
"""How deep projects may stand in one another (Keystone's max_project_tree_depth)."""
KNOWN: Final = frozenset({"name", "description", "domain_id", "parent_id", "enabled", "is_domain", "tags", "options"})


@ask
def create_acting_as_domain(decision: Decision, *, given: dict[str, Any]) -> Domain:
    """A domain, which a project that is to act as one is; raises Fault 400 when it would stand under something."""
    if given.get("parent_id") or given.get("domain_id"):
        raise Fault(400, "only root projects are allowed to act as domains.")
    return domains.create(decision, given=_without_place(given))


def _without_place(given: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in given.items() if name not in ("is_domain", "parent_id", "domain_id")}


@ask
def update_acting_as_domain(decision: Decision, *, uid: str, given: dict[str, Any]) -> Domain:
    """The domain's properties are these; raises Fault 400 or 403 for a change of place."""
    if given.get("parent_id"):
        raise Fault(403, "Update of `parent_id` is not allowed.")
    if given.get("is_domain", True) is not True:
        raise Fault(400, "Update of `is_domain` is not allowed.")
    return domains.update(decision, uid=uid, given=_without_place(given))


@ask
def create(decision: Decision, *, given: dict[str, Any], domain: str) -> Project:
    """The project exists; raises Fault 400 for a place that there is not, 403 for one too deep, 409 for a name that is taken."""
    state, name = decision.state, given["name"].strip()
    parent = _parent(state, given.get("parent_id") or "", domain)
    uid = new_id(decision)
    _require_free(state, name, domain, uid)
    return decision.create(
        events.PROJECT.created,
        Project,
        uid=uid,
        name=name,
        description=given.get("description") or "",
        enabled=switched(given, True),
        domain=domain,
        parent=parent,
        tags=tuple(given.get("tags", ())),
        options=options_of(given),
        extra=extra_of(given, KNOWN),
    )


def _parent(state: WorldState, asked: str, domain: str) -> str:
    """The id of the project above; empty for the top of the domain."""
    if state.maybe(Domain, domain) is None:
        raise Fault(400, f"Could not find domain: {domain}.")
    if not asked or asked == domain:
        return ""
    if state.maybe(Domain, asked) is not None:
        raise Fault(
            400,
            f"Cannot create project, the parent ({asked}) is acting as a domain, but this project's domain id ({domain}) "
            "does not match the parent's id.",
        )
    parent = state.maybe(Project, asked)
    if parent is None:
        raise Fault(400, f"Could not find project: {asked}.")
    if parent.domain != domain:
        raise Fault(
            400,
            f"Cannot create project, since it specifies its domain_id {domain}, but specifies a parent in a different domain "
            f"({parent.domain}).",
        )
    line = [parent, *parents(state, parent)]
    disabled = next((one for one in line if not one.enabled), None)
    if disabled is not None:
        raise Fault(400, f"cannot create a project in a branch containing a disabled project: {disabled.uid}")
    if len(line) >= MAX_DEPTH:
        raise Fault(403, f"Max hierarchy depth reached for {asked} branch.")
    return asked


def parents(state: WorldState, project: Project) -> Iterator[Project]:
    """The projects above a project, nearest first."""
    above = state.maybe(Project, project.parent)
    while above is not None:
        yield above
        above = state.maybe(Project, above.parent)


def _require_free(state: WorldState, name: str, domain: str, uid: str) -> None:
    if any(one.domain == domain and one.uid != uid for one in state.where(Project, "name", name)):
        raise conflict(
            "project",
            "it is not permitted to have two projects with either the same name or same id in the same domain: "
            f"name is {name}, project id {uid}",
        )


@ask
def update(decision: Decision, *, uid: str, given: dict[str, Any]) -> Project:
    """The project's properties are these; raises Fault 400 or 403 for what cannot change."""
    project = require(decision.state, Project, uid)
    require_mutable("project", uid, project.options, given)
    _require_same_place(project, given)
    enabled = switched(given, project.enabled)
    if enabled is not project.enabled:
        _require_switchable(decision.state, project, enabled=enabled)
    name = given.get("name", project.name).strip()
    _require_free(decision.state, name, project.domain, uid)
    return decision.update(
        events.PROJECT.changed,
        project,
        name=name,
        description=given.get("description", project.description) or "",
        enabled=enabled,
        generation=project.generation + (project.enabled and not enabled),
        tags=tuple(given.get("tags", project.tags)),
        options=options_of(given, project.options),
        extra=extra_of(given, KNOWN, project.extra),
    )


def _require_same_place(project: Project, given: dict[str, Any]) -> None:
    require_same_domain(given, project.domain)
    above = project.parent or project.domain
    if given.get("parent_id", above) != above:
        raise Fault(403, "Update of `parent_id` is not allowed.")
    if given.get("is_domain", False) is not False:
        raise Fault(400, "Update of `is_domain` is not allowed.")


def _require_switchable(state: WorldState, project: Project, *, enabled: bool) -> None:
    if enabled and not all(one.enabled for one in parents(state, project)):
        raise Fault(403, f"Cannot enable project {project.uid} since it has disabled parents")
    if not enabled and any(one.enabled for one in below(state, project.uid)):
        raise Fault(403, f"Cannot disable project {project.uid} since its subtree contains enabled projects.")


@ask
def delete(decision: Decision, *, uid: str) -> None:
    """The project is gone; raises Fault 403 for one that others stand under."""
    project = require(decision.state, Project, uid)
    require_mutable("project", uid, project.options)
    if decision.state.count(Project, "parent", uid):
        raise Fault(
            403,
            f"Cannot delete the project {uid} since it is not a leaf in the hierarchy. Use the cascade option if you want to delete "
            "a whole subtree.",
        )
    remove_project(decision, project)
