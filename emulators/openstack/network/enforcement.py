"""Security groups hold on servers in containers: whenever rules, ports or addresses change, or a machine starts, its filter is set anew.

Simulated machines send no packets.  Where the backend cannot filter (`Machines.filter`), the log says so once.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

import structlog

from emulators.machines.port import CardFilter
from emulators.openstack.cloud import Cloud
from emulators.openstack.network.filtering import cards_of
from emulators.openstack.network.records import (
    NeutronAddressGroup,
    NeutronFloatingIp,
    NeutronPort,
    NeutronSecurityGroupRule,
)
from emulators.openstack.network.upkeep import Upkeep, looked_at, runs
from emulators.world.events import Change, Deleted, Updated
from emulators.world.model import Entity, Port, Vm
from emulators.world.state import WorldState

log = structlog.get_logger(__name__)


class Enforcement(Upkeep):
    """Keeps the filters of one cloud's containers."""

    what: ClassVar[str] = "security groups"

    def __init__(self, cloud: Cloud) -> None:
        super().__init__(cloud)
        self._told = False

    def concerned(self, change: Change) -> Iterable[str]:
        """The VMs whose filter a change may concern."""
        return concerned(self.cloud.state, change)

    async def apply(self, uid: str) -> None:
        """Set a VM's filter."""
        hands = self.cloud.conductor.hands
        async with hands.turns.of(uid):
            vm = self.cloud.state.maybe(Vm, uid)
            if vm is None or not runs(vm):
                return
            cards: tuple[CardFilter, ...] = cards_of(self.cloud.state, vm)
            if not await hands.machines.filter(uid, cards) and not self._told:
                self._told = True
                log.warning("security groups are not enforced", reason="the engine's containers can't be filtered from here")


def concerned(state: WorldState, change: Change) -> Iterable[str]:
    """The VMs whose filter a change may concern."""
    entity = change.new if isinstance(change, Updated) else change.entity
    if isinstance(entity, Vm):
        if looked_at(entity, change):
            yield entity.uid
        return
    for port in _ports(state, change, entity):
        card = state.maybe(Port, port.plug) if port.plug else None
        if card is not None:
            yield card.vm


def _ports(state: WorldState, change: Change, entity: Entity) -> Iterable[NeutronPort]:
    """The ports that a change may concern: those of the groups whose rules name what changed."""
    match entity:
        case NeutronSecurityGroupRule(group=group):
            yield from state.where(NeutronPort, "security_groups", group)
        case NeutronFloatingIp(port=port) if port and (found := state.maybe(NeutronPort, port)) is not None:
            yield found
        case NeutronAddressGroup(uid=uid):
            for rule in state.where(NeutronSecurityGroupRule, "remote_address_group", uid):
                yield from state.where(NeutronPort, "security_groups", rule.group)
        case NeutronPort():
            yield from _of_port(state, change, entity)


def _of_port(state: WorldState, change: Change, entity: NeutronPort) -> Iterable[NeutronPort]:
    if not isinstance(change, Deleted):
        yield entity
    groups = set(entity.security_groups)
    if isinstance(change, Updated) and isinstance(change.old, NeutronPort):
        groups |= set(change.old.security_groups)
    for group in groups:
        for rule in state.where(NeutronSecurityGroupRule, "remote_group", group):
            yield from state.where(NeutronPort, "security_groups", rule.group)
