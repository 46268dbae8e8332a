"""What is above and below a project, as lists of projects or as nested ids."""

from __future__ import annotations

from typing import Any

from emulators.openstack.call import Call
from emulators.openstack.faults import Fault
from emulators.openstack.identity.auth_lists import below, projects_of
from emulators.openstack.identity.lists import flag
from emulators.openstack.identity.project_changes import parents
from emulators.openstack.identity.project_view import project_view
from emulators.world.model import Project
from emulators.world.state import WorldState


def tree_of(call: Call, project: Project) -> dict[str, Any]:
    """``parents`` and ``subtree`` as the query asks for them; lists hold only the projects that the caller has a role in."""
    _require_one_form(call, "parents")
    _require_one_form(call, "subtree")
    tree: dict[str, Any] = {}
    own = {one.uid for one in projects_of(call.state, call.credentials.user)} if _asks_for_lists(call) else set()
    if flag(call, "parents_as_list"):
        tree["parents"] = [{"project": project_view(call, one)} for one in parents(call.state, project) if one.uid in own]
    elif flag(call, "parents_as_ids"):
        tree["parents"] = _above(project, list(parents(call.state, project)))
    if flag(call, "subtree_as_list"):
        tree["subtree"] = [{"project": project_view(call, one)} for one in below(call.state, project.uid) if one.uid in own]
    elif flag(call, "subtree_as_ids"):
        tree["subtree"] = _below(call.state, project.uid)
    return tree


def _asks_for_lists(call: Call) -> bool:
    return flag(call, "parents_as_list") or flag(call, "subtree_as_list")


def _require_one_form(call: Call, what: str) -> None:
    if flag(call, f"{what}_as_list") and flag(call, f"{what}_as_ids"):
        raise Fault(400, f"Cannot use {what}_as_list and {what}_as_ids query params at the same time.")


def _above(project: Project, line: list[Project]) -> dict[str, Any] | None:
    """The ids above a project, each holding the next: up to the domain."""
    nested: dict[str, Any] | None = {project.domain: None}
    for one in reversed(line):
        nested = {one.uid: nested}
    return nested


def _below(state: WorldState, project: str) -> dict[str, Any] | None:
    children = state.where(Project, "parent", project)
    return {child.uid: _below(state, child.uid) for child in children} or None
