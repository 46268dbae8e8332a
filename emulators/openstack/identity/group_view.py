"""A group as clients see it."""

from __future__ import annotations

from typing import Any

from emulators.openstack.call import Call
from emulators.openstack.identity.extras import decoded
from emulators.openstack.identity.lists import shown
from emulators.openstack.identity.model import Group


def group_view(call: Call, group: Group) -> dict[str, Any]:
    """``{"id": ..., "name": ..., ...}``."""
    own = {"id": group.uid, "name": group.name, "domain_id": group.domain, "description": group.description}
    return shown(call, "groups", decoded(group.extra) | own)
