"""GET /v3/auth/...: where somebody with a token may go, and what they find there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from emulators.openstack.call import Call
from emulators.openstack.credentials import anyone
from emulators.openstack.faults import Fault
from emulators.openstack.identity.catalog import catalog
from emulators.openstack.identity.domain_view import domain_view
from emulators.openstack.identity.lists import listed
from emulators.openstack.identity.model import SYSTEM, Assignment, Domain
from emulators.openstack.identity.project_view import FILTERS, project_view
from emulators.openstack.identity.service import IDENTITY
from emulators.openstack.identity.standing import Scope, effective_roles, groups_of, standing
from emulators.world.model import Project
from emulators.world.state import WorldState


@IDENTITY.get("/auth/catalog", rule=anyone)
async def get_auth_catalog(call: Call) -> dict[str, Any]:
    """The catalog of the token's scope."""
    caller = call.credentials
    if not caller.roles:
        raise Fault(403, "You are not authorized to perform the requested action: identity:get_auth_catalog.")
    links = {"self": call.link("/auth/catalog"), "next": None, "previous": None}
    return {"catalog": catalog(call, caller.project, caller.user), "links": links}


@IDENTITY.get("/auth/projects", rule=anyone)
async def get_auth_projects(call: Call) -> dict[str, Any]:
    """The enabled projects that the user has a role in."""
    found = [one for one in projects_of(call.state, call.credentials.user) if one.enabled]
    return listed(call, "projects", (project_view(call, one) for one in found), FILTERS)


@IDENTITY.get("/auth/domains", rule=anyone)
async def get_auth_domains(call: Call) -> dict[str, Any]:
    """The enabled domains that the user has a role on."""
    found = [one for one in domains_of(call.state, call.credentials.user) if one.enabled]
    return listed(call, "domains", (domain_view(call, one) for one in found), ("name", "enabled"))


@IDENTITY.get("/auth/system", rule=anyone)
async def get_auth_system(call: Call) -> dict[str, Any]:
    """Whether the user has a role on the system."""
    held = standing(call.state, call.credentials.user, Scope(SYSTEM))
    links = {"self": call.link("/auth/system"), "next": None, "previous": None}
    return {"system": [{"all": True}] if held is not None else [], "links": links}


def projects_of(state: WorldState, user: str) -> list[Project]:
    """The projects that a user has a role in: assigned to them or to a group of theirs, on it or inherited."""
    found = {project.uid: project for one in _assignments(state, user) for project in reached(state, one)}
    return sorted((one for one in found.values() if effective_roles(state, user, one.uid)), key=lambda one: one.number)


def domains_of(state: WorldState, user: str) -> list[Domain]:
    """The domains that a user has a role on."""
    targets = {one.target for one in _assignments(state, user) if not one.inherited}
    return [domain for domain in state.all(Domain) if domain.uid in targets]


def _assignments(state: WorldState, user: str) -> Iterator[Assignment]:
    for actor in (user, *groups_of(state, user)):
        yield from state.where(Assignment, "actor", actor)


def reached(state: WorldState, assignment: Assignment) -> Iterator[Project]:
    """The projects that an assignment holds in."""
    project = state.maybe(Project, assignment.target)
    if not assignment.inherited:
        if project is not None:
            yield project
    elif project is not None:
        yield from below(state, project.uid)
    else:
        yield from state.where(Project, "domain", assignment.target)


def below(state: WorldState, project: str) -> Iterator[Project]:
    """The projects under a project, nearest first along each branch."""
    for child in state.where(Project, "parent", project):
        yield child
        yield from below(state, child.uid)
