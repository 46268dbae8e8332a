"""RBAC policies."""

from __future__ import annotations

from typing import Any, Final

from emulators.openstack.faults import Fault
from emulators.openstack.network import changes
from emulators.openstack.network.attributes import PROJECT, Attribute
from emulators.openstack.network.caller import Caller
from emulators.openstack.network.collections import Collection, Given, Row, owned
from emulators.openstack.network.faults import bad_request, conflict, forbidden, invalid_input, not_found
from emulators.openstack.network.networks import segment_type
from emulators.openstack.network.operations import serve
from emulators.openstack.network.quotas import require
from emulators.openstack.network.records import NeutronNetwork, NeutronPort, NeutronRbacPolicy, NeutronSubnet, Resource
from emulators.openstack.network.sharing import ALL, EXTERNAL, OBJECTS, SHARED, policies
from emulators.openstack.network.values import Unfit, identifier, one_of, text
from emulators.world.decide import Decision
from emulators.world.decisions.networks import change_segment
from emulators.world.state import WorldState


def view(_: WorldState, policy: NeutronRbacPolicy, __: Caller) -> Row:
    """A policy as it is shown."""
    return {
        "id": policy.uid,
        "object_type": policy.object_type,
        "object_id": policy.object,
        "action": policy.action,
        "target_tenant": policy.target,
        "tenant_id": policy.project,
        "project_id": policy.project,
    }


def create(decision: Decision, caller: Caller, given: Given) -> NeutronRbacPolicy:
    """Let a project, or all, use a resource of the caller's."""
    kind, action = given["object_type"], given["action"]
    target = given.get("target_tenant") or ""
    if not target:
        raise bad_request("rbac_policy", "Required attribute 'target_tenant' not specified")
    if kind not in OBJECTS:
        raise invalid_input(f"'{kind}' is not in {sorted(OBJECTS)}")
    if action != SHARED and not (kind == "network" and action == EXTERNAL):
        raise invalid_input(f"'{action}' is not a valid action for {kind}")
    resource = decision.state.maybe(OBJECTS[kind], given["object_id"])
    if resource is None or not owned(resource, caller):
        raise not_found("Object", f"Object {given['object_id']} not found.") if resource is None else forbidden("create_rbac_policy")
    if not caller.admin and (target == ALL or action == EXTERNAL):
        raise forbidden("create_rbac_policy and rule:create_rbac_policy:target_tenant")
    require(decision, given["project_id"], "rbac_policy")
    if any(one.target == target for one in policies(decision.state, resource.uid, action)):
        raise conflict("DuplicateRbacPolicy", "An RBAC policy already exists with those values.")
    policy = changes.create(
        decision,
        NeutronRbacPolicy,
        name="",
        project=given["project_id"],
        object_type=kind,
        object=resource.uid,
        action=action,
        target=target,
    )
    _settle(decision, resource)
    return policy


def _settle(decision: Decision, resource: Resource) -> None:
    """`shared` and `router:external` are what the policies say."""
    held = policies(decision.state, resource.uid)
    fields: dict[str, Any] = {"shared": any(one.action == SHARED and one.target == ALL for one in held)}
    if isinstance(resource, NeutronNetwork):
        fields["external"] = any(one.action == EXTERNAL for one in held)
    changes.change(decision, resource, **fields)
    if isinstance(resource, NeutronNetwork):
        change_segment(decision, resource.segment, type=segment_type(external=fields["external"]))


def update(decision: Decision, caller: Caller, policy: NeutronRbacPolicy, given: Given) -> None:
    """Let another project use the resource instead."""
    target = given.get("target_tenant") or policy.target
    if not caller.admin and target == ALL:
        raise forbidden("update_rbac_policy and rule:update_rbac_policy:target_tenant")
    if target != policy.target:
        _require_unused(decision.state, policy)
    changes.change(decision, policy, target=target)
    _after(decision, policy)


def delete(decision: Decision, _: Caller, policy: NeutronRbacPolicy) -> None:
    """Let nobody use the resource by this policy any more."""
    _require_unused(decision.state, policy)
    changes.delete(decision, policy)
    _after(decision, policy)


def _after(decision: Decision, policy: NeutronRbacPolicy) -> None:
    resource = decision.state.maybe(OBJECTS[policy.object_type], policy.object)
    if resource is not None:
        _settle(decision, resource)


def _require_unused(state: WorldState, policy: NeutronRbacPolicy) -> None:
    """Refuse while others have ports or subnets on a network by the policy alone; raises Fault 409."""
    network = state.maybe(NeutronNetwork, policy.object)
    if network is None:
        return
    kept = {one.target for one in policies(state, network.uid, policy.action) if one.uid != policy.uid}
    if policy.action == EXTERNAL:
        gateways = [port for port in state.where(NeutronPort, "network", network.uid) if port.device_owner == "network:router_gateway"]
        if gateways and not kept:
            raise _in_use(policy, f"Network {network.uid} has router gateways")
        return
    used = (*state.where(NeutronPort, "network", network.uid), *state.where(NeutronSubnet, "network", network.uid))
    for one in used:
        concerned = policy.target in {ALL, one.project}
        if one.project not in {"", network.project} and concerned and not kept & {ALL, one.project}:
            raise _in_use(policy, f"Unable to reconfigure sharing settings for network {network.uid}. Multiple projects are using it")


def _in_use(policy: NeutronRbacPolicy, details: str) -> Fault:
    return conflict(
        "RbacPolicyInUse",
        f"RBAC policy on object {policy.object} cannot be removed because other objects depend on it.\nDetails: {details}",
    )


def _target(value: Any) -> str:
    """A project's id, or ``*``."""
    if value != "*":
        try:
            identifier(value)
        except Unfit as error:
            raise Unfit(f"'{value}' is not a valid target project ID; expected a UUID or '*'") from error
    return str(value)


def _missing(uid: str) -> Fault:
    return not_found("RbacPolicy", f"RBAC policy of type rbac_policy with ID {uid} not found")


def _visible(_: WorldState, policy: NeutronRbacPolicy, caller: Caller) -> bool:
    return owned(policy, caller) or policy.target == caller.project


RBAC_POLICIES: Final = serve(
    Collection(
        member="rbac_policy",
        name="rbac_policies",
        path="/rbac-policies",
        record=NeutronRbacPolicy,
        attributes=(
            Attribute("id", identifier, "VFS"),
            Attribute("object_type", one_of(*OBJECTS), "PVFS"),
            Attribute("object_id", identifier, "PVFS"),
            Attribute("target_tenant", _target, "PUVFS", None),
            Attribute("action", text(255), "PVFS"),
            *PROJECT,
        ),
        view=view,
        create=create,
        update=update,
        delete=delete,
        visible=_visible,
        missing=_missing,
        standard=False,
        tagged=False,
        indexes={"object_id": "object", "project_id": "project", "tenant_id": "project"},
    )
)
