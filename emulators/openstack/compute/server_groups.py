"""Server groups: which servers are to be together on a host, and which apart."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from emulators.openstack.asks import ask
from emulators.openstack.compute import quotas
from emulators.openstack.compute.servers.records import NovaServer
from emulators.openstack.faults import Fault
from emulators.world.decide import Decision
from emulators.world.decisions.records import Record
from emulators.world.events import declare
from emulators.world.model.base import kind
from emulators.world.state import WorldState

GROUP_CREATED = declare("dcsim.compute.server_group.created", "A server group was made")
GROUP_DELETED = declare("dcsim.compute.server_group.deleted", "A server group was deleted")


@kind
class ServerGroup(Record, frozen=True, kw_only=True, omit_defaults=True):
    """A server group; ``policy`` is affinity, anti-affinity, soft-affinity or soft-anti-affinity.

    ``rules`` may hold ``max_server_per_host`` of an anti-affinity group.
    """

    KIND: ClassVar[str] = "nova_server_group"
    INDEXED: ClassVar[tuple[str, ...]] = ("project",)

    project: str
    user: str
    policy: str
    rules: dict[str, int] = msgspec.field(default_factory=dict)


def group_named(state: WorldState, uid: str) -> ServerGroup:
    """The group of an id; raises Fault 404."""
    group = state.maybe(ServerGroup, uid)
    if group is None:
        raise Fault(404, f"Instance group {uid} could not be found.")
    return group


def members(state: WorldState, group: ServerGroup) -> list[NovaServer]:
    """The servers in a group."""
    return state.where(NovaServer, "group", group.uid)


def count_groups(state: WorldState, project: str) -> int:
    """How many a project has."""
    return state.count(ServerGroup, "project", project)


@ask
def create_group(decision: Decision, *, project: str, user: str, name: str, policy: str, rules: dict[str, int]) -> ServerGroup:
    """A new group; raises Fault 403 over quota."""
    quotas.require_count(decision.state, project, "server_groups", used=count_groups(decision.state, project))
    fields = {"name": name, "project": project, "user": user, "policy": policy, "rules": rules}
    return decision.create(GROUP_CREATED, ServerGroup, uid=decision.new_uuid(), **fields)


@ask
def delete_group(decision: Decision, *, uid: str) -> None:
    """The group is gone; its servers stay where they are."""
    decision.delete(GROUP_DELETED, group_named(decision.state, uid))
