"""A domain as clients see it."""

from __future__ import annotations

from typing import Any

from emulators.openstack.call import Call
from emulators.openstack.identity.extras import decoded
from emulators.openstack.identity.lists import shown
from emulators.openstack.identity.model import Domain


def domain_view(call: Call, domain: Domain) -> dict[str, Any]:
    """``{"id": ..., "name": ..., ...}``."""
    view = decoded(domain.extra) | {
        "id": domain.uid,
        "name": domain.name,
        "description": domain.description,
        "enabled": domain.enabled,
        "options": decoded(domain.options),
        "tags": list(domain.tags),
    }
    return shown(call, "domains", view)
