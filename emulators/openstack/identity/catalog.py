"""The catalog: where each service is, for whoever asks."""

from __future__ import annotations

from typing import Any, Final

from emulators.openstack.call import Call
from emulators.openstack.identity.catalog_model import CatalogEndpoint, CatalogService
from emulators.world.state import WorldState

ORIGIN: Final = "$(origin)s"
"""Scheme, host and port that the client used: this cloud's own services are wherever it found Keystone."""
_PROJECT: Final = ("$(project_id)s", "$(tenant_id)s", "%(project_id)s", "%(tenant_id)s")
_USER: Final = ("$(user_id)s", "%(user_id)s")


def catalog(call: Call, project: str, user: str) -> list[dict[str, Any]]:
    """Every enabled service with its enabled endpoints; those that need a project are left out without one."""
    return [_service(call, service, project, user) for service in call.state.all(CatalogService) if service.enabled]


def _service(call: Call, service: CatalogService, project: str, user: str) -> dict[str, Any]:
    endpoints = [one for one in endpoints_of(call.state, service.uid) if one.enabled]
    shown = [(one, filled(one.url, call.origin, project, user)) for one in endpoints]
    return {
        "id": service.uid,
        "type": service.type,
        "name": service.name,
        "endpoints": [
            {"id": one.uid, "interface": one.interface, "region": one.region, "region_id": one.region, "url": url}
            for one, url in shown
            if url
        ],
    }


def endpoints_of(state: WorldState, service: str) -> list[CatalogEndpoint]:
    """A service's endpoints."""
    return state.where(CatalogEndpoint, "service", service)


def filled(url: str, origin: str, project: str, user: str) -> str:
    """An endpoint's URL with what stands for the address, project and user filled in; empty when there is no such project."""
    url = url.replace(ORIGIN, origin)
    for word in _PROJECT:
        if word in url:
            if not project:
                return ""
            url = url.replace(word, project)
    for word in _USER:
        url = url.replace(word, user)
    return url
