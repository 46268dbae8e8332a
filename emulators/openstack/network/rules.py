"""Rules of security groups."""

from __future__ import annotations

from typing import Any, Final

from emulators.openstack.faults import Fault
from emulators.openstack.network import changes, rule_views, sharing
from emulators.openstack.network.attributes import PROJECT, Attribute
from emulators.openstack.network.caller import Caller
from emulators.openstack.network.collections import Collection, Given, owned
from emulators.openstack.network.faults import conflict, invalid_input, not_found
from emulators.openstack.network.operations import serve
from emulators.openstack.network.protocols import PORTS, SIX_ONLY, number, protocol
from emulators.openstack.network.quotas import require
from emulators.openstack.network.records import NeutronAddressGroup, NeutronSecurityGroup, NeutronSecurityGroupRule
from emulators.openstack.network.security_groups import missing
from emulators.openstack.network.values import Unfit, anything, boolean, identifier, one_of, optional, parse_address, parse_prefix, text
from emulators.world.decide import Decision
from emulators.world.state import WorldState

MAX_PORT: Final = 65535
ICMP, ICMP6 = 1, 58


def create(decision: Decision, caller: Caller, given: Given) -> NeutronSecurityGroupRule:
    """Add a rule to a group."""
    fields = _fields(given)
    group = _group(decision.state, caller, given["security_group_id"])
    if fields["remote_group"]:
        _group(decision.state, caller, fields["remote_group"])
    if fields["remote_address_group"]:
        _require_address_group(decision.state, caller, fields["remote_address_group"])
    if not owned(group, caller):
        raise missing(group.uid)
    project = group.project if caller.admin and given["project_id"] == caller.project else given["project_id"]
    require(decision, project, "security_group_rule")
    _require_new(decision.state, group.uid, fields)
    rule = changes.create(
        decision,
        NeutronSecurityGroupRule,
        name="",
        description=given["description"],
        project=project,
        group=group.uid,
        **fields,
    )
    changes.touch(decision, group)
    return rule


def _group(state: WorldState, caller: Caller, uid: str) -> NeutronSecurityGroup:
    found = state.maybe(NeutronSecurityGroup, uid)
    if found is None or not sharing.visible(state, found, caller):
        raise missing(uid)
    return found


def _require_address_group(state: WorldState, caller: Caller, uid: str) -> None:
    found = state.maybe(NeutronAddressGroup, uid)
    if found is None or not sharing.visible(state, found, caller):
        raise not_found("AddressGroup", f"Address group {uid} could not be found.")


def _fields(given: Given) -> dict[str, Any]:
    """A rule's fields, checked; raises Fault 400."""
    remotes = [given[name] for name in ("remote_ip_prefix", "remote_group_id", "remote_address_group_id") if given[name]]
    if len(remotes) > 1:
        raise invalid_input(
            "Only one of remote_ip_prefix or remote_group_id or remote_address_group_id may be provided",
            "SecurityGroupMultipleRemoteEntites",
        )
    name = _canonical(given["protocol"] or "", given["ethertype"])
    low, high = given["port_range_min"], given["port_range_max"]
    if (low, high) == (1, MAX_PORT):
        low = high = None
    _check_ports(name, low, high)
    if name and name in SIX_ONLY and given["ethertype"] == "IPv4":
        raise invalid_input(f"Invalid ethertype IPv4 for protocol {name}", "SecurityGroupEthertypeConflictWithProtocol")
    if given["remote_ip_prefix"] and f"IPv{parse_prefix(given['remote_ip_prefix']).version}" != given["ethertype"]:
        raise invalid_input(
            f"Conflicting value ethertype {given['ethertype']} for CIDR {given['remote_ip_prefix']}", "SecurityGroupRuleParameterConflict"
        )
    return {
        "direction": given["direction"],
        "ethertype": given["ethertype"],
        "protocol": name,
        "port_min": low,
        "port_max": high,
        "remote_prefix": given["remote_ip_prefix"] or "",
        "remote_group": given["remote_group_id"] or "",
        "remote_address_group": given["remote_address_group_id"] or "",
    }


def _canonical(name: str, ethertype: str) -> str:
    """ICMP of IPv6 by its own name or number, whatever it was called."""
    if ethertype == "IPv6" and name in {"icmp", "icmpv6"}:
        return "ipv6-icmp"
    return str(ICMP6) if ethertype == "IPv6" and name == str(ICMP) else name


def _check_ports(name: str, low: int | None, high: int | None) -> None:
    if low is None and high is None:
        return
    if not name:
        raise invalid_input("Must also specify protocol if port range is given", "SecurityGroupProtocolRequiredWithPorts")
    if number(name) in {ICMP, ICMP6}:
        _check_icmp(low, high)
    elif number(name) not in PORTS:
        supported = ", ".join(one.upper() for one in ("tcp", "udp", "udplite", "sctp", "dccp"))
        raise invalid_input(
            f"Ports cannot be specified for protocol {number(name)}. Ports are only supported for {supported}",
            "SecurityGroupInvalidProtocolForPort",
        )
    elif 0 in {low, high}:
        raise invalid_input("Invalid value for port 0", "SecurityGroupInvalidPortValue")
    elif low is None or high is None or low > high:
        raise invalid_input("For TCP/UDP protocols, port_range_min must be <= port_range_max", "SecurityGroupInvalidPortRange")


def _check_icmp(low: int | None, high: int | None) -> None:
    for field, attribute, value in (("type", "port_range_min", low), ("code", "port_range_max", high)):
        if value is not None and not 0 <= value <= 255:  # noqa: PLR2004 - an octet
            raise invalid_input(
                f"Invalid value for ICMP {field} ({attribute}) {value}. It must be 0 to 255", "SecurityGroupInvalidIcmpValue"
            )
    if low is None and high is not None:
        raise invalid_input(
            f"ICMP code (port-range-max) {high} is provided but ICMP type (port-range-min) is missing", "SecurityGroupMissingIcmpType"
        )


def _require_new(state: WorldState, group: str, fields: dict[str, Any]) -> None:
    """Refuse what another rule of the group lets through already; raises Fault 409."""
    wanted = {**fields, "protocol": number(fields["protocol"])}
    for rule in state.where(NeutronSecurityGroupRule, "group", group):
        if all((number(rule.protocol) if name == "protocol" else getattr(rule, name)) == value for name, value in wanted.items()):
            raise conflict("SecurityGroupRuleExists", f"Security group rule already exists. Rule id is {rule.uid}.")


def delete(decision: Decision, _: Caller, rule: NeutronSecurityGroupRule) -> None:
    """Take a rule away."""
    changes.delete(decision, rule)
    group = decision.state.maybe(NeutronSecurityGroup, rule.group)
    if group is not None:
        changes.touch(decision, group)


def _port(value: Any) -> int | None:
    if value is None:
        return None
    if isinstance(value, int | str) and not isinstance(value, bool):
        try:
            found = int(value)
        except ValueError:
            found = -1
        if 0 <= found <= MAX_PORT:
            return found
    raise invalid_input(f"Invalid value for port {value}", "SecurityGroupInvalidPortValue")


def _prefix(value: Any) -> str | None:
    """A network, or one address; written as it was given; nothing in it is none."""
    if not value:
        return None
    if not isinstance(value, str):
        raise Fault(400, f"Invalid CIDR {value} given as IP prefix.", type="InvalidCIDR")
    try:
        if "/" not in value:
            address = parse_address(value)
            return f"{address}/{address.max_prefixlen}"
        parse_prefix(value)
    except Unfit as error:
        raise Fault(400, f"Invalid CIDR {value} given as IP prefix.", type="InvalidCIDR") from error
    return value


def _ethertype(value: Any) -> str:
    for one in ("IPv4", "IPv6"):
        if isinstance(value, str) and value.lower() == one.lower():
            return one
    raise invalid_input(
        f"Security group rule for ethertype '{value}' not supported. Allowed values are ['IPv4', 'IPv6']",
        "SecurityGroupRuleInvalidEtherType",
    )


def _missing(uid: str) -> Fault:
    return not_found("SecurityGroupRule", f"Security group rule {uid} does not exist")


def _visible(state: WorldState, rule: NeutronSecurityGroupRule, caller: Caller) -> bool:
    """Whose rule or whose group it is."""
    if owned(rule, caller):
        return True
    group = state.maybe(NeutronSecurityGroup, rule.group)
    return group is not None and sharing.visible(state, group, caller)


SECURITY_GROUP_RULES: Final = serve(
    Collection(
        member="security_group_rule",
        name="security_group_rules",
        path="/security-group-rules",
        record=NeutronSecurityGroupRule,
        attributes=(
            Attribute("id", identifier, "VFS"),
            Attribute("security_group_id", text(36), "PVFS"),
            Attribute("remote_group_id", optional(text(255)), "PVFS", None),
            Attribute("remote_address_group_id", optional(text(255)), "PVFS", None),
            Attribute("direction", one_of("ingress", "egress"), "PVFS"),
            Attribute("protocol", protocol, "PVFS", None),
            Attribute("port_range_min", _port, "PVFS", None),
            Attribute("port_range_max", _port, "PVFS", None),
            Attribute("ethertype", _ethertype, "PVFS", "IPv4"),
            Attribute("remote_ip_prefix", _prefix, "PVFS", None),
            *PROJECT,
            Attribute("normalized_cidr", anything, "VFS"),
            Attribute("belongs_to_default_sg", boolean, "VF"),
        ),
        view=rule_views.view,
        create=create,
        delete=delete,
        visible=_visible,
        missing=_missing,
        indexes={"security_group_id": "group", "project_id": "project", "tenant_id": "project"},
        tagged=True,
    )
)
