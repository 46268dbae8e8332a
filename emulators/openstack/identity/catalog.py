"""The catalog: where each service is, for whoever asks."""

from __future__ import annotations

from typing import Any, Final

from emulators.openstack.call import Call
from emulators.openstack.identity.catalog_model import CatalogEndpoint, CatalogService, EndpointChoice, EndpointGroup
from emulators.openstack.identity.extras import decoded
from emulators.world.state import WorldState

ORIGIN: Final = "$(origin)s"
"""Scheme, host and port that the client used: this cloud's own services are wherever it found Keystone."""
_PROJECT: Final = ("$(project_id)s", "$(tenant_id)s", "%(project_id)s", "%(tenant_id)s")
_USER: Final = ("$(user_id)s", "%(user_id)s")


def catalog(call: Call, project: str, user: str) -> list[dict[str, Any]]:
    """Every enabled service with its enabled endpoints; those that need a project are left out without one."""
    chosen = chosen_by(call.state, project) if project else None
    found = [_service(call, service, project, user, chosen) for service in call.state.all(CatalogService) if service.enabled]
    return found if chosen is None else [one for one in found if one["endpoints"]]


def chosen_by(state: WorldState, project: str) -> frozenset[str] | None:
    """The ids of the endpoints that a project's catalog is limited to; None: it is not."""
    choices = state.where(EndpointChoice, "project", project)
    if not choices:
        return None
    found = set()
    for choice in choices:
        group = state.maybe(EndpointGroup, choice.chosen)
        found.update([choice.chosen] if group is None else [one.uid for one in grouped(state, group)])
    return frozenset(found)


def grouped(state: WorldState, group: EndpointGroup) -> list[CatalogEndpoint]:
    """The endpoints that a group's filters fit."""
    wanted = decoded(group.filters)
    fields = {"service_id": "service", "region_id": "region", "interface": "interface", "enabled": "enabled"}
    return [one for one in state.all(CatalogEndpoint) if all(getattr(one, fields[name]) == value for name, value in wanted.items())]


def _service(call: Call, service: CatalogService, project: str, user: str, chosen: frozenset[str] | None) -> dict[str, Any]:
    endpoints = [one for one in endpoints_of(call.state, service.uid) if one.enabled and (chosen is None or one.uid in chosen)]
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
