"""What the scheduler needs of server groups."""

from __future__ import annotations

from typing import NamedTuple

from emulators.openstack.compute.server_groups import ServerGroup
from emulators.world.state import WorldState


class GroupPolicy(NamedTuple):
    """``apart``: anti-affinity, at most ``most`` servers a host; ``soft``: it is a wish."""

    apart: bool
    soft: bool
    most: int


def policy_of(state: WorldState, uid: str) -> GroupPolicy | None:
    """The policy of a server group; None for one that is no more."""
    group = state.maybe(ServerGroup, uid)
    if group is None:
        return None
    return GroupPolicy("anti" in group.policy, group.policy.startswith("soft"), group.rules.get("max_server_per_host", 1))
