"""Users' passwords as the state has them."""

from __future__ import annotations

from emulators.openstack.identity.model import Password
from emulators.openstack.times import micro_zulu
from emulators.world.state import WorldState


def password_of(state: WorldState, user: str) -> Password | None:
    """The password in force, or None for somebody who has none."""
    found = state.where(Password, "name", user)
    return found[-1] if found else None


def expiry_of(state: WorldState, user: str) -> str | None:
    """When a user's password expires, as clients see it."""
    found = password_of(state, user)
    return micro_zulu(found.expires) if found is not None and found.expires is not None else None
