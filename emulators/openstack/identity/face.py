"""What the other services may ask of Keystone."""

from __future__ import annotations

from collections.abc import Iterable

from emulators.openstack.cloud import Cloud
from emulators.openstack.identity.authenticator import issue
from emulators.openstack.identity.model import DEFAULT_DOMAIN, User
from emulators.openstack.identity.standing import Scope, standing
from emulators.world.model import Project
from emulators.world.state import WorldState


def project(state: WorldState, uid: str) -> Project | None:
    """The project of that id, or None."""
    return state.maybe(Project, uid)


def project_named(state: WorldState, name: str, domain: str = DEFAULT_DOMAIN) -> Project | None:
    """The project of that name in a domain, or None."""
    return in_domain(state.where(Project, "name", name), domain)


def in_domain(projects: Iterable[Project], domain: str) -> Project | None:
    """The first project of a domain, or None."""
    return next((one for one in projects if one.domain == domain), None)


def user_named(state: WorldState, name: str, domain: str = DEFAULT_DOMAIN) -> User | None:
    """The user of that name in a domain, or None."""
    return next((one for one in state.where(User, "name", name) if one.domain == domain), None)


def user_name(state: WorldState, uid: str) -> str:
    """A user's name; empty for one that is no more."""
    found = state.maybe(User, uid)
    return found.name if found is not None else ""


def role_names(state: WorldState, user: str, project_id: str) -> frozenset[str]:
    """The roles, implied ones too, that a user has in a project; none when either is disabled or no more."""
    found = standing(state, user, Scope("project", project_id))
    return frozenset(role.name for role in found.roles) if found is not None else frozenset()


def mint(cloud: Cloud, user: str, project_id: str) -> str:
    """A token for a user in a project, for what the cloud does itself in their name."""
    return issue(cloud, user, Scope("project", project_id), ("password",)).token
