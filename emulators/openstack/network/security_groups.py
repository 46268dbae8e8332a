"""Security groups; each project gets its ``default`` one when it first needs it."""

from __future__ import annotations

from typing import Final

from emulators.openstack.faults import Fault
from emulators.openstack.network import changes, rule_views, sharing
from emulators.openstack.network.attributes import PROJECT, Attribute
from emulators.openstack.network.caller import Caller
from emulators.openstack.network.collections import Collection, Given, Row, standard_view
from emulators.openstack.network.faults import conflict, not_found
from emulators.openstack.network.operations import serve
from emulators.openstack.network.quotas import require
from emulators.openstack.network.records import NeutronPort, NeutronSecurityGroup, NeutronSecurityGroupRule
from emulators.openstack.network.values import boolean, identifier, text
from emulators.world.decide import Decision
from emulators.world.state import WorldState

DEFAULT: Final = "default"
ETHERTYPES: Final = ("IPv4", "IPv6")


def view(state: WorldState, group: NeutronSecurityGroup, caller: Caller) -> Row:
    """A group as it is shown, with its rules."""
    rules = state.where(NeutronSecurityGroupRule, "group", group.uid)
    return {
        "id": group.uid,
        "name": group.name,
        **standard_view(group),
        "stateful": group.stateful,
        "shared": sharing.shared_with(state, group, caller),
        "security_group_rules": [rule_views.view(state, rule, caller) for rule in rules],
    }


def create(decision: Decision, _: Caller, given: Given) -> NeutronSecurityGroup:
    """Make a group that lets out everything and in nothing."""
    project = given["project_id"]
    _require_other_name(given["name"])
    default_group(decision, project)
    require(decision, project, "security_group")
    return _make(decision, project, given["name"], given["description"], stateful=given["stateful"])


def _require_other_name(name: str) -> None:
    if name.lower() == DEFAULT:
        raise conflict("SecurityGroupDefaultAlreadyExists", "Default security group already exists.")


def _make(decision: Decision, project: str, name: str, description: str, *, stateful: bool = True) -> NeutronSecurityGroup:
    group = changes.create(decision, NeutronSecurityGroup, name=name, description=description, project=project, stateful=stateful)
    for ethertype in ETHERTYPES:
        changes.create(
            decision, NeutronSecurityGroupRule, name="", project=project, group=group.uid, direction="egress", ethertype=ethertype
        )
    return group


def default_of(state: WorldState, project: str) -> NeutronSecurityGroup | None:
    """A project's default group, if it has it yet."""
    return next((one for one in state.where(NeutronSecurityGroup, "project", project) if one.name == DEFAULT), None)


def default_group(decision: Decision, project: str) -> NeutronSecurityGroup:
    """A project's default group: its members reach one another."""
    found = default_of(decision.state, project)
    if found is not None:
        return found
    group = _make(decision, project, DEFAULT, "Default security group")
    for ethertype in ETHERTYPES:
        changes.create(
            decision,
            NeutronSecurityGroupRule,
            name="",
            project=project,
            group=group.uid,
            direction="ingress",
            ethertype=ethertype,
            remote_group=group.uid,
        )
    return group


def update(decision: Decision, _: Caller, group: NeutronSecurityGroup, given: Given) -> None:
    """Rename or describe a group."""
    if group.name != DEFAULT:
        _require_other_name(given.get("name", group.name))
    elif given.get("name", DEFAULT) != DEFAULT:
        raise conflict("SecurityGroupCannotUpdateDefault", "Updating default security group not allowed.")
    if given.get("stateful", group.stateful) != group.stateful and decision.state.count(NeutronPort, "security_groups", group.uid):
        raise conflict("SecurityGroupInUse", f"Security Group {group.uid} in use.")
    changes.change(decision, group, **given)


def delete(decision: Decision, caller: Caller, group: NeutronSecurityGroup) -> None:
    """Delete a group that no port and no other group's rule names."""
    if group.name == DEFAULT and not caller.admin:
        raise conflict("SecurityGroupCannotRemoveDefault", "Insufficient rights for removing default security group.")
    if decision.state.count(NeutronPort, "security_groups", group.uid):
        raise conflict("SecurityGroupInUse", f"Security Group {group.uid} in use.")
    for field in ("remote_group", "group"):
        for rule in decision.state.where(NeutronSecurityGroupRule, field, group.uid):
            changes.delete(decision, rule)
    sharing.drop(decision, group.uid)
    changes.delete(decision, group)


def check_groups(state: WorldState, caller: Caller, uids: tuple[str, ...], project: str) -> tuple[str, ...]:
    """The groups of a port, each there and for its project to use; raises Fault 400, 404 or 409."""
    found = []
    for uid in dict.fromkeys(uids):
        group = state.maybe(NeutronSecurityGroup, uid)
        if group is None or not (sharing.visible(state, group, caller) or group.project == project):
            raise missing(uid)
        found.append(group)
    if len({group.stateful for group in found}) > 1:
        raise conflict(
            "SecurityGroupConflict",
            "Error Cannot apply both stateful and stateless security groups on the same port at the same time while attempting "
            "the operation.",
        )
    return tuple(group.uid for group in found)


def missing(uid: str) -> Fault:
    """The refusal for a group that is not there."""
    return not_found("SecurityGroup", f"Security group {uid} does not exist")


def _unprepared(state: WorldState, caller: Caller) -> bool:
    return bool(caller.project) and default_of(state, caller.project) is None


SECURITY_GROUPS: Final = serve(
    Collection(
        member="security_group",
        name="security_groups",
        path="/security-groups",
        record=NeutronSecurityGroup,
        attributes=(
            Attribute("id", identifier, "VFS"),
            Attribute("name", text(255), "PUVFS", ""),
            *PROJECT,
            Attribute("stateful", boolean, "PUVF", True),
            Attribute("shared", boolean, "VF"),
            Attribute("security_group_rules"),
        ),
        view=view,
        create=create,
        update=update,
        delete=delete,
        visible=sharing.visible,
        missing=missing,
        unprepared=_unprepared,
        prepares=default_group,
        indexes={"project_id": "project", "tenant_id": "project", "name": "name"},
    )
)
