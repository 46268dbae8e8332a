"""Quotas: how many of each resource a project may have, by default and by its own limits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from emulators.openstack.network import changes
from emulators.openstack.network.faults import conflict
from emulators.openstack.network.records import (
    NeutronAddressGroup,
    NeutronFloatingIp,
    NeutronNetwork,
    NeutronPort,
    NeutronQuota,
    NeutronRbacPolicy,
    NeutronRouter,
    NeutronSecurityGroup,
    NeutronSecurityGroupRule,
    NeutronSubnet,
    NeutronSubnetPool,
    NeutronTrunk,
    Resource,
)
from emulators.world.decide import Decision
from emulators.world.state import WorldState

DEFAULTS: Final = {
    "network": 100,
    "subnet": 100,
    "subnetpool": -1,
    "port": 500,
    "router": 10,
    "floatingip": 50,
    "security_group": 10,
    "security_group_rule": 100,
    "rbac_policy": 10,
    "trunk": -1,
    "address_group": -1,
}
"""Neutron's own defaults."""
RECORDS: Final[dict[str, type[Resource]]] = {
    "network": NeutronNetwork,
    "subnet": NeutronSubnet,
    "subnetpool": NeutronSubnetPool,
    "port": NeutronPort,
    "router": NeutronRouter,
    "floatingip": NeutronFloatingIp,
    "security_group": NeutronSecurityGroup,
    "security_group_rule": NeutronSecurityGroupRule,
    "rbac_policy": NeutronRbacPolicy,
    "trunk": NeutronTrunk,
    "address_group": NeutronAddressGroup,
}
Count = Callable[[WorldState, str], int]


def uid_of(project: str) -> str:
    """The uid of a project's own limits."""
    return f"neutron-quota-{project}"


def limits(state: WorldState, project: str) -> dict[str, int]:
    """A project's limits; -1 means none."""
    own = state.maybe(NeutronQuota, uid_of(project))
    return {**DEFAULTS, **(own.limits if own else {})}


def used(state: WorldState, project: str, resource: str) -> int:
    """How many a project has."""
    return state.count(RECORDS[resource], "project", project)


def require(decision: Decision, project: str, resource: str, more: int = 1) -> None:
    """Refuse more than the project may have; raises Fault 409."""
    limit = limits(decision.state, project)[resource]
    if project and limit >= 0 and used(decision.state, project, resource) + more > limit:
        raise conflict("OverQuota", f"Quota exceeded for resources: ['{resource}'].")


def set_limits(decision: Decision, project: str, wanted: dict[str, int]) -> None:
    """Give a project limits of its own; those not named stay."""
    own = decision.state.maybe(NeutronQuota, uid_of(project))
    if own is None:
        changes.create(decision, NeutronQuota, uid=uid_of(project), name=project, project=project, limits=wanted)
    else:
        changes.change(decision, own, limits={**own.limits, **wanted})


def reset(decision: Decision, project: str) -> bool:
    """Take a project's own limits away; False when it has none."""
    own = decision.state.maybe(NeutronQuota, uid_of(project))
    if own is not None:
        changes.delete(decision, own)
    return own is not None
