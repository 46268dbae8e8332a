"""A project as clients see it."""

from __future__ import annotations

from typing import Any, Final

from emulators.openstack.call import Call
from emulators.openstack.identity.extras import decoded
from emulators.openstack.identity.lists import shown
from emulators.openstack.identity.model import Domain
from emulators.world.model import Project

FILTERS: Final = ("domain_id", "enabled", "name", "parent_id")


def project_view(call: Call, project: Project) -> dict[str, Any]:
    """``{"id": ..., "domain_id": ..., ...}``; what stands at the top of its domain has that for its parent."""
    view = decoded(project.extra) | {
        "id": project.uid,
        "name": project.name,
        "domain_id": project.domain,
        "description": project.description,
        "enabled": project.enabled,
        "parent_id": project.parent or project.domain,
        "is_domain": False,
        "tags": list(project.tags),
        "options": decoded(project.options),
    }
    return shown(call, "projects", view)


def domain_as_project(call: Call, domain: Domain) -> dict[str, Any]:
    """A domain as the project that acts as it."""
    view = decoded(domain.extra) | {
        "id": domain.uid,
        "name": domain.name,
        "domain_id": None,
        "description": domain.description,
        "enabled": domain.enabled,
        "parent_id": None,
        "is_domain": True,
        "tags": list(domain.tags),
        "options": decoded(domain.options),
    }
    return shown(call, "projects", view)
