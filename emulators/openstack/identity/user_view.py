"""A user as clients see them."""

from __future__ import annotations

from typing import Any, Final

from emulators.openstack.call import Call
from emulators.openstack.identity.extras import decoded
from emulators.openstack.identity.lists import shown
from emulators.openstack.identity.model import User
from emulators.openstack.identity.passwords import expiry_of

FILTERS: Final = ("domain_id", "enabled", "name")


def user_view(call: Call, user: User) -> dict[str, Any]:
    """``{"id": ..., "name": ..., ...}``; ``default_project_id`` only for who has one."""
    view = decoded(user.extra) | {
        "id": user.uid,
        "name": user.name,
        "domain_id": user.domain,
        "enabled": user.enabled,
        "password_expires_at": expiry_of(call.state, user.uid),
        "options": decoded(user.options),
    }
    if user.default_project:
        view["default_project_id"] = user.default_project
    return shown(call, "users", view)
