"""QoS policies and their rules.  Bandwidth is not limited for real: policies are kept, shown and referred to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from emulators.openstack.asks import ask
from emulators.openstack.call import Call
from emulators.openstack.credentials import admin
from emulators.openstack.faults import Fault
from emulators.openstack.network import changes, sharing
from emulators.openstack.network.attributes import PROJECT, Attribute, member_of, read, shared
from emulators.openstack.network.caller import Caller, caller_of
from emulators.openstack.network.collections import Collection, Given, Row, standard_view
from emulators.openstack.network.faults import conflict, malformed, not_found
from emulators.openstack.network.operations import serve
from emulators.openstack.network.records import NeutronFloatingIp, NeutronNetwork, NeutronPort, NeutronQosPolicy, NeutronQosRule
from emulators.openstack.network.service import NETWORK
from emulators.openstack.network.values import boolean, identifier, label, non_negative, one_of
from emulators.world.decide import Decision
from emulators.world.state import WorldState

_DSCP: Final = (0, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30, 32, 34, 36, 38, 40, 44, 46, 48, 56)
_WAYS: Final = one_of("egress", "ingress")
RULES: Final[dict[str, Mapping[str, Attribute]]] = {
    "bandwidth_limit": {
        "max_kbps": Attribute("max_kbps", non_negative, "PUV"),
        "max_burst_kbps": Attribute("max_burst_kbps", non_negative, "PUV", 0),
        "direction": Attribute("direction", _WAYS, "PUV", "egress"),
    },
    "dscp_marking": {"dscp_mark": Attribute("dscp_mark", one_of(*_DSCP), "PUV")},
    "minimum_bandwidth": {
        "min_kbps": Attribute("min_kbps", non_negative, "PUV"),
        "direction": Attribute("direction", _WAYS, "PUV", "egress"),
    },
}
"""The attributes of each type of rule."""


def view(state: WorldState, policy: NeutronQosPolicy, caller: Caller) -> Row:
    """A policy as it is shown, with its rules."""
    return {
        "id": policy.uid,
        "name": policy.name,
        **standard_view(policy),
        "shared": sharing.shared_with(state, policy, caller),
        "is_default": policy.is_default,
        "rules": [
            {**rule_view(rule), "type": rule.type, "qos_policy_id": policy.uid}
            for rule in state.where(NeutronQosRule, "policy", policy.uid)
        ],
    }


def rule_view(rule: NeutronQosRule) -> Row:
    """A rule as it is shown by itself."""
    return {"id": rule.uid, **rule.settings}


def create(decision: Decision, _: Caller, given: Given) -> NeutronQosPolicy:
    """Make a policy."""
    _require_one_default(decision.state, given["project_id"], given["is_default"])
    fields = {name: given[name] for name in ("name", "description", "shared", "is_default")}
    policy = changes.create(decision, NeutronQosPolicy, project=given["project_id"], **fields)
    sharing.set_for_all(decision, "qos_policy", policy, sharing.SHARED, policy.shared)
    return policy


def _require_one_default(state: WorldState, project: str, wanted: bool, but: str = "") -> None:
    if wanted and any(one.is_default and one.uid != but for one in state.where(NeutronQosPolicy, "project", project)):
        raise conflict("QoSPolicyDefaultAlreadyExists", f"A default QoS policy exists for project {project}.")


def update(decision: Decision, _: Caller, policy: NeutronQosPolicy, given: Given) -> None:
    """Change a policy."""
    _require_one_default(decision.state, policy.project, given.get("is_default", False), policy.uid)
    policy = changes.change(decision, policy, **given)
    sharing.set_for_all(decision, "qos_policy", policy, sharing.SHARED, policy.shared)


def delete(decision: Decision, _: Caller, policy: NeutronQosPolicy) -> None:
    """Delete a policy that nothing refers to."""
    users: list[tuple[str, NeutronPort | NeutronFloatingIp | NeutronNetwork]] = [
        *(("port", one) for one in decision.state.where(NeutronPort, "qos_policy", policy.uid)),
        *(("floatingip", one) for one in decision.state.where(NeutronFloatingIp, "qos_policy", policy.uid)),
        *(("network", one) for one in decision.state.all(NeutronNetwork) if one.qos_policy == policy.uid),
    ]
    for kind, user in users:
        raise conflict("QosPolicyInUse", f"QoS Policy {policy.uid} is used by {kind} {user.uid}.")
    for rule in decision.state.where(NeutronQosRule, "policy", policy.uid):
        changes.delete(decision, rule)
    sharing.drop(decision, policy.uid)
    changes.delete(decision, policy)


def _missing(uid: str) -> Fault:
    return not_found("QosPolicy", f"QoS policy {uid} could not be found.")


POLICIES: Final = serve(
    Collection(
        member="policy",
        name="policies",
        path="/qos/policies",
        record=NeutronQosPolicy,
        attributes=(
            Attribute("id", identifier, "VFS"),
            Attribute("name", label, "PUVFS", ""),
            *PROJECT,
            shared("PUVF"),
            Attribute("is_default", boolean, "PUVF", False),
            Attribute("rules"),
        ),
        view=view,
        create=create,
        update=update,
        delete=delete,
        visible=sharing.visible,
        missing=_missing,
        admin_makes=True,
        indexes={"name": "name"},
    )
)


# -- rules ---------------------------------------------------------------------------------------------------------------------


@NETWORK.get("/qos/rule-types")
async def list_rule_types(_: Call) -> Row:
    """The types of rules."""
    return {"rule_types": [{"type": name} for name in RULES]}


@NETWORK.get("/qos/rule-types/{type}", rule=admin)
async def show_rule_type(call: Call) -> Row:
    """A type of rules, and who knows it."""
    _type(call.path["type"])
    return {"rule_type": {"type": call.path["type"], "drivers": []}}


def _type(name: str) -> str:
    """The type of rules that a path names (``bandwidth_limit_rules``); raises Fault 404."""
    found = name.removesuffix("_rules")
    if found not in RULES:
        raise Fault(404, "The resource could not be found.", type="HTTPNotFound")
    return found


def _policy(call: Call) -> NeutronQosPolicy:
    return POLICIES.find(call.state, call.path["id"], caller_of(call.credentials))


def _rule(call: Call) -> NeutronQosRule:
    policy, kind = _policy(call), _type(call.path["rules"])
    rule = call.state.maybe(NeutronQosRule, call.path["rule"])
    if rule is None or (rule.policy, rule.type) != (policy.uid, kind):
        raise not_found("QosRule", f"QoS rule {call.path['rule']} for policy {policy.uid} could not be found.")
    return rule


@NETWORK.get("/qos/policies/{id}/{rules}")
async def list_rules(call: Call) -> Row:
    """A policy's rules of one type."""
    policy, kind = _policy(call), _type(call.path["rules"])
    rules = call.state.where(NeutronQosRule, "policy", policy.uid)
    return {call.path["rules"]: [rule_view(rule) for rule in rules if rule.type == kind]}


@NETWORK.get("/qos/policies/{id}/{rules}/{rule}")
async def show_rule(call: Call) -> Row:
    """One rule."""
    rule = _rule(call)
    return {f"{rule.type}_rule": rule_view(rule)}


@NETWORK.post("/qos/policies/{id}/{rules}", rule=admin, status=201)
async def create_rule(call: Call) -> Row:
    """Add a rule to a policy."""
    policy, kind = _policy(call), _type(call.path["rules"])
    settings = _settings(kind, member_of(call.body, f"{kind}_rule"), whole=True)
    uid = await call.ask(add_rule, policy=policy.uid, kind=kind, settings=settings)
    return {f"{kind}_rule": rule_view(call.state.get(NeutronQosRule, uid))}


@NETWORK.put("/qos/policies/{id}/{rules}/{rule}", rule=admin)
async def update_rule(call: Call) -> Row:
    """Change a rule."""
    rule = _rule(call)
    settings = _settings(rule.type, member_of(call.body, f"{rule.type}_rule"), whole=False)
    await call.ask(set_rule, uid=rule.uid, settings=settings)
    return {f"{rule.type}_rule": rule_view(call.state.get(NeutronQosRule, rule.uid))}


@NETWORK.delete("/qos/policies/{id}/{rules}/{rule}", rule=admin)
async def delete_rule(call: Call) -> None:
    """Take a rule away."""
    await call.ask(drop_rule, uid=_rule(call).uid)


def _settings(kind: str, given: dict[str, Any], *, whole: bool) -> dict[str, Any]:
    """A rule's settings as they were given, with defaults when it is made; raises Fault 400."""
    attributes = RULES[kind]
    unknown = sorted(set(given) - set(attributes) - {"tenant_id", "project_id"})
    if unknown:
        raise malformed(f"Unrecognized attribute(s) '{', '.join(unknown)}'")
    found = {name: read(attributes[name], value) for name, value in given.items() if name in attributes}
    for name, attribute in attributes.items() if whole else ():
        if name not in found and not isinstance(attribute.default, int | str):
            raise malformed(f"Failed to parse request. Required attribute '{name}' not specified")
        found.setdefault(name, attribute.default)
    return found


@ask
def add_rule(decision: Decision, *, policy: str, kind: str, settings: dict[str, Any]) -> str:
    """Add a rule; there is one of each type and direction."""
    held = decision.get(NeutronQosPolicy, policy)
    for other in decision.state.where(NeutronQosRule, "policy", policy):
        if other.type == kind and other.settings.get("direction") == settings.get("direction"):
            raise conflict("QoSRulesConflict", f"Rule {kind} conflicts with rule {other.uid} which already exists in QoS Policy {policy}.")
    rule = changes.create(decision, NeutronQosRule, name="", project=held.project, policy=policy, type=kind, settings=settings)
    changes.touch(decision, held)
    return rule.uid


@ask
def set_rule(decision: Decision, *, uid: str, settings: dict[str, Any]) -> None:
    """Change a rule's settings."""
    rule = decision.get(NeutronQosRule, uid)
    changes.change(decision, rule, settings={**rule.settings, **settings})


@ask
def drop_rule(decision: Decision, *, uid: str) -> None:
    """Take a rule away."""
    changes.delete(decision, decision.get(NeutronQosRule, uid))
