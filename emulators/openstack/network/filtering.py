"""Security groups as packet filters: what the rules of a port's groups let through at its addresses (pure)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from ipaddress import IPv4Network

from emulators.machines.port import CardFilter, PacketRule
from emulators.openstack.network.protocols import number
from emulators.openstack.network.records import (
    NeutronAddressGroup,
    NeutronFloatingIp,
    NeutronPort,
    NeutronSecurityGroupRule,
)
from emulators.openstack.network.values import parse_prefix
from emulators.world.model import Vm
from emulators.world.state import WorldState


def cards_of(state: WorldState, vm: Vm) -> tuple[CardFilter, ...]:
    """The filters of a server's ports; ports without port security pass everything."""
    ports = state.where(NeutronPort, "device", vm.instance_uuid)
    return tuple(_card(state, port) for port in ports if port.plug and port.port_security_enabled)


def _card(state: WorldState, port: NeutronPort) -> CardFilter:
    own = tuple(one.ip for one in port.fixed_ips if "." in one.ip)
    floating = tuple(one.address for one in state.where(NeutronFloatingIp, "port", port.uid))
    rules = [rule for group in port.security_groups for rule in state.where(NeutronSecurityGroupRule, "group", group)]
    return CardFilter(addresses=own + floating, rules=tuple(_rules(state, rules)))


def _rules(state: WorldState, rules: Iterable[NeutronSecurityGroupRule]) -> Iterator[PacketRule]:
    for rule in rules:
        if rule.ethertype == "IPv4":
            yield PacketRule(
                inbound=rule.direction == "ingress",
                protocol=number(rule.protocol),
                low=-1 if rule.port_min is None else rule.port_min,
                high=-1 if rule.port_max is None else rule.port_max,
                remotes=_remotes(state, rule),
            )


def _remotes(state: WorldState, rule: NeutronSecurityGroupRule) -> tuple[str, ...] | None:
    """The networks at the other end; None: any."""
    if rule.remote_prefix:
        return _ipv4([rule.remote_prefix])
    if rule.remote_group:
        members = state.where(NeutronPort, "security_groups", rule.remote_group)
        return _ipv4([f"{one.ip}/32" for port in members for one in port.fixed_ips if "." in one.ip])
    if rule.remote_address_group:
        group = state.maybe(NeutronAddressGroup, rule.remote_address_group)
        return _ipv4(group.addresses if group is not None else ())
    return None


def _ipv4(prefixes: Iterable[str]) -> tuple[str, ...]:
    return tuple(str(found) for one in prefixes if isinstance(found := parse_prefix(one), IPv4Network))
