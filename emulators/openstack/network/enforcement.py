"""Security groups hold on servers in containers: whenever rules, ports or addresses change, or a machine starts, its filter is set anew.

Simulated machines send no packets.  Where the backend cannot filter (`Machines.filter`), the log says so once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Final

import structlog

from dcsim.errors import DcsimError, MachineNotFound
from emulators.machines.port import CardFilter
from emulators.openstack.cloud import Cloud
from emulators.openstack.network.filtering import cards_of
from emulators.openstack.network.records import (
    NeutronAddressGroup,
    NeutronFloatingIp,
    NeutronPort,
    NeutronSecurityGroupRule,
)
from emulators.world.engine import Committed
from emulators.world.events import Change, Created, Deleted, Updated
from emulators.world.model import Entity, Owner, Port, Power, Vm
from emulators.world.state import WorldState

log = structlog.get_logger(__name__)
_CONCERNING: Final = frozenset({"power", "guest", "machine", "change"})
"""Fields of a VM after whose change its machine is looked at."""


class Enforcement:
    """Keeps the filters of one cloud's containers."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._dirty: dict[str, None] = {}
        self._working: asyncio.Task[None] | None = None
        self._told = False
        cloud.world.watch(self._on_commit)

    def _on_commit(self, committed: Committed) -> None:
        before = len(self._dirty)
        for record in committed.records:
            for change in record.event.changes:
                self._dirty |= dict.fromkeys(concerned(self._cloud.state, change))
        if len(self._dirty) > before and (self._working is None or self._working.done()):
            self._working = asyncio.get_running_loop().create_task(self._work(), name="security groups")

    async def _work(self) -> None:
        while self._dirty:
            uid = next(iter(self._dirty))
            del self._dirty[uid]
            try:
                await self._apply(uid)
            except MachineNotFound:
                continue  # it goes: nobody reaches it any more
            except DcsimError as error:
                log.warning("security groups could not be enforced", vm=uid, reason=error.message)

    async def _apply(self, uid: str) -> None:
        hands = self._cloud.conductor.hands
        async with hands.turns.of(uid):
            vm = self._cloud.state.maybe(Vm, uid)
            if vm is None or not _contained(vm) or vm.power is not Power.ON:
                return
            cards: tuple[CardFilter, ...] = cards_of(self._cloud.state, vm)
            if not await hands.machines.filter(uid, cards) and not self._told:
                self._told = True
                log.warning("security groups are not enforced", reason="the engine's containers can't be filtered from here")


def _contained(vm: Vm) -> bool:
    return vm.owner is Owner.OPENSTACK and vm.machine not in {"", "simulated"}


def concerned(state: WorldState, change: Change) -> Iterable[str]:
    """The VMs whose filter a change may concern."""
    entity = change.new if isinstance(change, Updated) else change.entity
    if isinstance(entity, Vm):
        if _contained(entity) and (isinstance(change, Created) or (isinstance(change, Updated) and _CONCERNING & set(change.fields))):
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
