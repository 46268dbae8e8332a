"""How rules of security groups are shown."""

from __future__ import annotations

from emulators.openstack.network.caller import Caller
from emulators.openstack.network.collections import Row, standard_view
from emulators.openstack.network.records import NeutronSecurityGroup, NeutronSecurityGroupRule
from emulators.openstack.network.values import parse_prefix
from emulators.world.state import WorldState


def view(state: WorldState, rule: NeutronSecurityGroupRule, _: Caller) -> Row:
    """A rule as it is shown."""
    group = state.maybe(NeutronSecurityGroup, rule.group)
    return {
        "id": rule.uid,
        **standard_view(rule),
        "security_group_id": rule.group,
        "direction": rule.direction,
        "ethertype": rule.ethertype,
        "protocol": rule.protocol or None,
        "port_range_min": rule.port_min,
        "port_range_max": rule.port_max,
        "remote_ip_prefix": rule.remote_prefix or None,
        "remote_group_id": rule.remote_group or None,
        "remote_address_group_id": rule.remote_address_group or None,
        "normalized_cidr": str(parse_prefix(rule.remote_prefix)) if rule.remote_prefix else None,
        "belongs_to_default_sg": group is not None and group.name == "default",
    }
