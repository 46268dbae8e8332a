"""Routers hold between servers in containers: whenever routers, their interfaces, forwardings or machines change, so do the machines'.

A router is made while one of its networks has a server that runs in a container.  Simulated machines send no packets.  Where the backend
cannot join networks (`Machines.ensure_router`), the log says so once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from typing import Any, ClassVar

import structlog

from dcsim.errors import DcsimError
from emulators.openstack.cloud import Cloud
from emulators.openstack.network.gateways import GATEWAY, INTERFACE
from emulators.openstack.network.records import (
    NeutronFloatingIp,
    NeutronPort,
    NeutronPortForwarding,
    NeutronRouter,
    NeutronSubnet,
)
from emulators.openstack.network.routing import networks_of, roads_of, router_spec, routers_on, vms_on
from emulators.openstack.network.upkeep import Upkeep, contained, looked_at, runs
from emulators.world.events import Change, Deleted, Updated
from emulators.world.model import Entity, Port, Vm
from emulators.world.state import WorldState

log = structlog.get_logger(__name__)


class Joining(Upkeep):
    """Keeps the routers between one cloud's containers, and the roads of these."""

    what: ClassVar[str] = "routers"

    def __init__(self, cloud: Cloud) -> None:
        super().__init__(cloud)
        self._made: set[str] = set()
        self._led: dict[str, Any] = {}
        self._starting: asyncio.Task[None] | None = None
        self._told = False

    def take_up(self) -> None:
        """After a restart, once machines are known: make routers for those that still run, and remove what is left of others."""
        self._starting = asyncio.get_running_loop().create_task(self._take_up(), name="routers of before")

    async def close(self) -> None:
        """Remove all routers; machines do not outlive dc-sim's end either."""
        if self._starting is not None:
            self._starting.cancel()
            with suppress(asyncio.CancelledError):
                await self._starting
        await super().close()
        await self._retain(frozenset())

    def concerned(self, change: Change) -> Iterable[str]:
        """The routers, and the VMs, that a change may concern."""
        entity = change.new if isinstance(change, Updated) else change.entity
        return concerned(self.cloud.state, change, entity)

    async def apply(self, uid: str) -> None:
        """Make a router or let it go; give a VM its roads."""
        vm = self.cloud.state.maybe(Vm, uid)
        await (self._apply_router(uid) if vm is None else self._apply_vm(uid))

    async def _apply_router(self, uid: str) -> None:
        state, hands = self.cloud.state, self.cloud.conductor.hands
        router = state.maybe(NeutronRouter, uid)
        if router is None or not router.admin_state_up or not _needed(state, uid):
            if uid in self._made:
                self._made.discard(uid)
                await hands.machines.retain_routers(frozenset(self._made))
            return
        spec = router_spec(state, router, self.cloud.world.world_id)
        for card in spec.cards:
            await hands.ensure_network(card.network)
        self._made.add(uid)
        if not await hands.machines.ensure_router(spec) and not self._told:
            self._told = True
            log.warning("routers do not join networks", reason="the engine's networks can't be joined from here")

    async def _apply_vm(self, uid: str) -> None:
        hands = self.cloud.conductor.hands
        async with hands.turns.of(uid):
            vm = self.cloud.state.maybe(Vm, uid)
            if vm is None or not runs(vm):
                self._led.pop(uid, None)
                return
            roads = tuple(road for road in roads_of(self.cloud.state, vm) if road.mac in vm.guest.addresses)
            wanted = (vm.guest.started, sorted(vm.guest.addresses.items()), roads)
            if wanted != self._led.get(uid) and (roads or uid in self._led):
                await hands.machines.set_roads(uid, roads)
                self._led[uid] = wanted

    async def _take_up(self) -> None:
        await self.cloud.conductor.observer.reconciled.wait()
        self.mark(one.uid for one in self.cloud.state.all(NeutronRouter))
        self.mark(vm.uid for vm in self.cloud.state.all(Vm) if contained(vm))
        await self.idle()
        await self._retain(frozenset(self._made))

    async def _retain(self, uids: frozenset[str]) -> None:
        try:
            await self.cloud.conductor.hands.machines.retain_routers(uids)
        except DcsimError as error:
            log.warning("routers of before are left", reason=error.message)


def _needed(state: WorldState, router: str) -> bool:
    return any(runs(vm) for network in networks_of(state, router) for vm in vms_on(state, network))


def concerned(state: WorldState, change: Change, entity: Entity) -> Iterable[str]:
    """The routers and VMs that a change of an entity may concern."""
    match entity:
        case Vm() if looked_at(entity, change):
            for port in state.where(NeutronPort, "device", entity.instance_uuid):
                yield from routers_on(state, port.network)
            yield entity.uid
        case NeutronRouter(uid=uid):
            yield from _all_of(state, uid)
        case NeutronPort(device_owner=owner) if owner in {INTERFACE, GATEWAY} or _was_of_router(change):
            yield from _of_interface(state, change, entity)
        case NeutronPort(plug=plug) if (vm := _vm_of(state, plug)) is not None and contained(vm):
            yield from routers_on(state, entity.network)
            yield vm.uid
        case NeutronSubnet(network=network):
            yield from (uid for router in routers_on(state, network) for uid in _all_of(state, router))
            yield from (vm.uid for vm in vms_on(state, network) if contained(vm))
        case NeutronPortForwarding(floatingip=uid) if (floating := state.maybe(NeutronFloatingIp, uid)) is not None:
            yield floating.router
        case NeutronFloatingIp(router=router) if router and isinstance(change, Deleted):
            yield router


def _vm_of(state: WorldState, plug: str) -> Vm | None:
    """The VM that a world's port is a card of."""
    card = state.maybe(Port, plug) if plug else None
    return state.maybe(Vm, card.vm) if card is not None else None


def _was_of_router(change: Change) -> bool:
    return isinstance(change, Updated) and isinstance(change.old, NeutronPort) and change.old.device_owner in {INTERFACE, GATEWAY}


def _of_interface(state: WorldState, change: Change, port: NeutronPort) -> Iterable[str]:
    routers = {port.device}
    if isinstance(change, Updated) and isinstance(change.old, NeutronPort):
        routers.add(change.old.device)
    for router in routers:
        yield from _all_of(state, router)
    yield from (vm.uid for vm in vms_on(state, port.network) if contained(vm))


def _all_of(state: WorldState, router: str) -> Iterable[str]:
    """A router, and the VMs that may go through it."""
    yield router
    for network in networks_of(state, router):
        yield from (vm.uid for vm in vms_on(state, network) if contained(vm))
