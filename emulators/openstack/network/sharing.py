"""Who may see and use what others own: RBAC policies, and the `shared` and `router:external` that they come to."""

from __future__ import annotations

from typing import Final

from emulators.openstack.network import changes
from emulators.openstack.network.caller import Caller
from emulators.openstack.network.records import (
    NeutronAddressGroup,
    NeutronAddressScope,
    NeutronNetwork,
    NeutronQosPolicy,
    NeutronRbacPolicy,
    NeutronSecurityGroup,
    NeutronSubnet,
    NeutronSubnetPool,
    Resource,
)
from emulators.world.decide import Decision
from emulators.world.state import WorldState

SHARED: Final = "access_as_shared"
EXTERNAL: Final = "access_as_external"
ALL: Final = "*"
OBJECTS: Final[dict[str, type[Resource]]] = {
    "network": NeutronNetwork,
    "qos_policy": NeutronQosPolicy,
    "security_group": NeutronSecurityGroup,
    "address_scope": NeutronAddressScope,
    "address_group": NeutronAddressGroup,
    "subnetpool": NeutronSubnetPool,
}
"""What policies can be about."""
Sharable = NeutronNetwork | NeutronQosPolicy | NeutronSecurityGroup | NeutronAddressScope | NeutronAddressGroup | NeutronSubnetPool


def policies(state: WorldState, uid: str, action: str = "") -> list[NeutronRbacPolicy]:
    """The policies about a resource."""
    return [one for one in state.where(NeutronRbacPolicy, "object", uid) if not action or one.action == action]


def shared_with(state: WorldState, resource: Sharable, caller: Caller) -> bool:
    """Whether the resource is shared with the caller's project, by itself or with all."""
    if resource.shared:
        return True
    return any(one.target == caller.project for one in policies(state, resource.uid, SHARED)) if caller.project else False


def visible(state: WorldState, resource: Sharable, caller: Caller) -> bool:
    """Whether the caller may see a resource of a kind that can be shared."""
    if caller.admin or resource.project == caller.project or resource.shared:
        return True
    return _visible_external(state, resource, caller) if isinstance(resource, NeutronNetwork) else shared_with(state, resource, caller)


def _visible_external(state: WorldState, network: NeutronNetwork, caller: Caller) -> bool:
    """Policies of either action let a project see a network."""
    return any(one.target in {ALL, caller.project} for one in policies(state, network.uid))


def subnet_visible(state: WorldState, subnet: NeutronSubnet, caller: Caller) -> bool:
    """Whether the caller may see a subnet: their own, or one of a network that they see."""
    if caller.admin or subnet.project == caller.project:
        return True
    network = state.maybe(NeutronNetwork, subnet.network)
    return network is not None and visible(state, network, caller)


def allow(decision: Decision, kind: str, resource: Resource, action: str, target: str = ALL) -> NeutronRbacPolicy:
    """Have a policy."""
    return changes.create(
        decision, NeutronRbacPolicy, name="", project=resource.project, object_type=kind, object=resource.uid, action=action, target=target
    )


def set_for_all(decision: Decision, kind: str, resource: Resource, action: str, on: bool) -> None:
    """Have, or not have, the policy that lets all projects use a resource."""
    present = [one for one in policies(decision.state, resource.uid, action) if one.target == ALL]
    if on and not present:
        allow(decision, kind, resource, action)
    for one in present if not on else ():
        changes.delete(decision, one)


def drop(decision: Decision, uid: str) -> None:
    """A resource goes, and the policies about it."""
    for one in policies(decision.state, uid):
        changes.delete(decision, one)
