"""/v3/projects."""

from __future__ import annotations

from typing import Any, Final

from emulators.openstack.call import Call
from emulators.openstack.credentials import anyone
from emulators.openstack.identity import domains, project_changes
from emulators.openstack.identity.finding import require, require_same_id
from emulators.openstack.identity.lists import candidates, is_true, listed
from emulators.openstack.identity.model import DEFAULT_DOMAIN, Domain
from emulators.openstack.identity.policy import allow
from emulators.openstack.identity.project_tree import tree_of
from emulators.openstack.identity.project_view import FILTERS, domain_as_project, project_view
from emulators.openstack.identity.schemas import NULLABLE_ID, OPTIONS, SHORT_NAME, SWITCH, TAGS, TEXT, created, switched
from emulators.openstack.identity.service import IDENTITY
from emulators.openstack.identity.tag_filters import tagged
from emulators.world.model import Project
from emulators.world.state import WorldState

PROPERTIES: Final = {
    "name": SHORT_NAME,
    "description": TEXT,
    "domain_id": NULLABLE_ID,
    "parent_id": NULLABLE_ID,
    "enabled": SWITCH,
    "is_domain": SWITCH,
    "tags": TAGS,
    "options": OPTIONS,
}


_PLACE: Final = frozenset({"domain_id", "parent_id", "is_domain"})
"""What cannot change: whatever else is said of it is refused with words of its own."""
_CHANGE: Final = {
    "type": "object",
    "properties": {
        "project": {
            "type": "object",
            "properties": {name: schema for name, schema in PROPERTIES.items() if name not in _PLACE},
            "additionalProperties": True,
        }
    },
    "additionalProperties": False,
}
_QUERY: Final = {
    "type": "object",
    "properties": {"enabled": {"type": "array", "items": {"enum": [one for one in SWITCH["enum"] if isinstance(one, str)]}}},
}


@IDENTITY.get("/projects", rule=anyone, query=_QUERY)
async def list_projects(call: Call) -> dict[str, Any]:
    """The projects that the query asks for; a domain's readers see those of their domain."""
    allow(call, reads=call.credentials.domain)
    if "is_domain" in call.query and is_true(call.first("is_domain")):
        views = (domain_as_project(call, one) for one in call.state.all(Domain))
    else:
        own = call.credentials.domain
        found = candidates(call, Project, {"name": "name", "domain_id": "domain"})
        views = (project_view(call, one) for one in found if not own or one.domain == own)
    return listed(call, "projects", (view for view in views if tagged(call, view["tags"])), FILTERS)


@IDENTITY.post("/projects", rule=anyone, status=201, body=created("project", PROPERTIES, "name"))
async def create_project(call: Call) -> dict[str, Any]:
    """A new project in its domain, under its parent."""
    given = call.body["project"]
    domain = domain_for(call, given)
    allow(call, manages=domain)
    if switched({"enabled": given.get("is_domain")}, False):
        made = await call.ask(project_changes.create_acting_as_domain, given=given)
        return {"project": domain_as_project(call, made)}
    project = await call.ask(project_changes.create, given=given, domain=domain)
    return {"project": project_view(call, project)}


def domain_for(call: Call, given: dict[str, Any]) -> str:
    """The domain of a new thing: the one that is named, its parent's, the caller's, or the default one."""
    parent = call.state.maybe(Project, given.get("parent_id") or "")
    caller = call.credentials
    return given.get("domain_id") or (parent.domain if parent is not None else "") or caller.domain or DEFAULT_DOMAIN


def _allowed(call: Call, *, reads: bool = False) -> str:
    """The project's id, once the caller may do this to it."""
    uid = call.path["project_id"]
    domain = domain_of(call.state, uid)
    allow(call, reads=domain if reads else None, manages=domain, project=uid if reads else None)
    return uid


def domain_of(state: WorldState, project: str) -> str:
    """A project's domain; empty when there is no such project."""
    found = state.maybe(Project, project)
    return found.domain if found is not None else ""


@IDENTITY.get("/projects/{project_id}", rule=anyone)
async def get_project(call: Call) -> dict[str, Any]:
    """A project, with its parents or what is under it when the query asks for them."""
    uid = _allowed(call, reads=True)
    domain = call.state.maybe(Domain, uid)
    if domain is not None:
        return {"project": domain_as_project(call, domain)}
    project = require(call.state, Project, uid)
    return {"project": project_view(call, project) | tree_of(call, project)}


@IDENTITY.patch("/projects/{project_id}", rule=anyone, body=_CHANGE)
async def update_project(call: Call) -> dict[str, Any]:
    """The project with its changes."""
    uid, given = _allowed(call), call.body.get("project", {})
    require_same_id(given, uid)
    if call.state.maybe(Domain, uid) is not None:
        allow(call)
        return {"project": domain_as_project(call, await call.ask(project_changes.update_acting_as_domain, uid=uid, given=given))}
    return {"project": project_view(call, await call.ask(project_changes.update, uid=uid, given=given))}


@IDENTITY.delete("/projects/{project_id}", rule=anyone)
async def delete_project(call: Call) -> None:
    """The project is gone."""
    uid = _allowed(call)
    if call.state.maybe(Domain, uid) is not None:
        allow(call)
        await call.ask(domains.delete, uid=uid)
    else:
        await call.ask(project_changes.delete, uid=uid)
