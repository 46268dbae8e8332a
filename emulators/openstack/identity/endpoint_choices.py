"""/v3/OS-EP-FILTER: which endpoints, or groups of them, projects' catalogs have; a project without a choice has them all."""

from __future__ import annotations

from typing import Any, Final

from emulators.openstack.asks import ask
from emulators.openstack.call import Call
from emulators.openstack.credentials import anyone
from emulators.openstack.faults import Fault
from emulators.openstack.identity import events
from emulators.openstack.identity.catalog import chosen_by
from emulators.openstack.identity.catalog_model import CatalogEndpoint, EndpointChoice, EndpointGroup
from emulators.openstack.identity.endpoint_groups import group_view
from emulators.openstack.identity.endpoints import endpoint_view
from emulators.openstack.identity.finding import require
from emulators.openstack.identity.lists import listed
from emulators.openstack.identity.policy import allow
from emulators.openstack.identity.project_view import project_view
from emulators.openstack.identity.service import IDENTITY
from emulators.world.decide import Decision
from emulators.world.model import Project
from emulators.world.state import WorldState

_ENDPOINT: Final = "/OS-EP-FILTER/projects/{project_id}/endpoints/{endpoint_id}"
_GROUP: Final = "/OS-EP-FILTER/endpoint_groups/{endpoint_group_id}/projects/{project_id}"


def _pair(call: Call) -> tuple[str, str]:
    """The project and what it may choose; raises Fault 404 unless both are there."""
    project = require(call.state, Project, call.path["project_id"]).uid
    if "endpoint_id" in call.path:
        return project, require(call.state, CatalogEndpoint, call.path["endpoint_id"]).uid
    return project, require(call.state, EndpointGroup, call.path["endpoint_group_id"]).uid


def _choice(state: WorldState, project: str, chosen: str) -> EndpointChoice:
    """Raises Fault 404 when the project has not chosen that."""
    found = next((one for one in state.where(EndpointChoice, "project", project) if one.chosen == chosen), None)
    if found is None:
        raise Fault(404, f"Endpoint {chosen} not found in project {project}")
    return found


@IDENTITY.get(_ENDPOINT, rule=anyone, status=204)
async def check_endpoint_in_project(call: Call) -> None:
    """204 when the project has chosen the endpoint."""
    allow(call, reads="")
    _choice(call.state, *_pair(call))


@IDENTITY.get(_GROUP, rule=anyone)
async def get_endpoint_group_in_project(call: Call) -> dict[str, Any]:
    """That the project has chosen the group."""
    allow(call, reads="")
    project, group = _pair(call)
    _choice(call.state, project, group)
    return {"project_endpoint_group": {"endpoint_group_id": group, "project_id": project}}


async def add_endpoint_to_project(call: Call) -> None:
    """The project has chosen it."""
    allow(call)
    project, chosen = _pair(call)
    await call.ask(choose, project=project, chosen=chosen)


async def remove_endpoint_from_project(call: Call) -> None:
    """The project has chosen it no more."""
    allow(call)
    project, chosen = _pair(call)
    await call.ask(forget, project=project, chosen=chosen)


for _path in (_ENDPOINT, _GROUP):
    IDENTITY.put(_path, rule=anyone, status=204)(add_endpoint_to_project)
    IDENTITY.delete(_path, rule=anyone)(remove_endpoint_from_project)


@ask
def choose(decision: Decision, *, project: str, chosen: str) -> None:
    """The project's catalog has it; raises Fault 409 when it did before."""
    if any(one.chosen == chosen for one in decision.state.where(EndpointChoice, "project", project)):
        raise Fault(409, "Conflict occurred attempting to store project_endpoint - Duplicate entry.")
    decision.create(events.ENDPOINT_CHOICE.created, EndpointChoice, name=f"{chosen} for {project}", project=project, chosen=chosen)


@ask
def forget(decision: Decision, *, project: str, chosen: str) -> None:
    """The project's catalog does not have it because of that; raises Fault 404 when it never did."""
    decision.delete(events.ENDPOINT_CHOICE.deleted, _choice(decision.state, project, chosen))


@IDENTITY.get("/OS-EP-FILTER/projects/{project_id}/endpoints", rule=anyone)
async def list_endpoints_for_project(call: Call) -> dict[str, Any]:
    """The endpoints that the project has chosen, itself or by groups."""
    allow(call, reads="")
    chosen = chosen_by(call.state, require(call.state, Project, call.path["project_id"]).uid) or ()
    found = [one for one in call.state.all(CatalogEndpoint) if one.uid in chosen]
    return listed(call, "endpoints", (endpoint_view(call, one) for one in found))


@IDENTITY.get("/OS-EP-FILTER/projects/{project_id}/endpoint_groups", rule=anyone)
async def list_endpoint_groups_for_project(call: Call) -> dict[str, Any]:
    """The groups that the project has chosen."""
    allow(call, reads="")
    project = require(call.state, Project, call.path["project_id"])
    groups = (call.state.maybe(EndpointGroup, one.chosen) for one in call.state.where(EndpointChoice, "project", project.uid))
    return listed(call, "endpoint_groups", (group_view(call, one) for one in groups if one is not None))


def _projects(call: Call, chosen: str) -> dict[str, Any]:
    found = [call.state.get(Project, one.project) for one in call.state.where(EndpointChoice, "chosen", chosen)]
    return listed(call, "projects", (project_view(call, one) for one in found))


@IDENTITY.get("/OS-EP-FILTER/endpoints/{endpoint_id}/projects", rule=anyone)
async def list_projects_for_endpoint(call: Call) -> dict[str, Any]:
    """The projects that have chosen the endpoint."""
    allow(call, reads="")
    return _projects(call, require(call.state, CatalogEndpoint, call.path["endpoint_id"]).uid)


@IDENTITY.get("/OS-EP-FILTER/endpoint_groups/{endpoint_group_id}/projects", rule=anyone)
async def list_projects_associated_with_endpoint_group(call: Call) -> dict[str, Any]:
    """The projects that have chosen the group."""
    allow(call, reads="")
    return _projects(call, require(call.state, EndpointGroup, call.path["endpoint_group_id"]).uid)
