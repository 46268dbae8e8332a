"""What each operation does to machines: one small coroutine an operation.  All can be repeated, for a restart may do so."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import msgspec
import structlog
from msgspec import UNSET

from dcsim.errors import ImageNotFound, MachineNotFound
from emulators.conductor import specs
from emulators.machines.images.names import DEBIAN, TINY
from emulators.machines.port import Machines, MachineSpec, MachineState, Observed
from emulators.world.commands import Effect, Operation
from emulators.world.decisions import power, snapshots, vms
from emulators.world.decisions.hardware import VmSettings
from emulators.world.engine import World
from emulators.world.model import Disk, Network, Power, Snapshot, Vm
from emulators.world.state import WorldState

O = TypeVar("O", bound=Operation)  # noqa: E741 - the usual letter for it
log = structlog.get_logger(__name__)
EffectFunction = Callable[["Hands", Any], Awaitable[Effect]]
EFFECTS: dict[type[Operation], EffectFunction] = {}
SHUTDOWN_GRACE_SECONDS = 10.0


def effect(cls: type[O]) -> Callable[[Callable[[Hands, O], Awaitable[Effect]]], Callable[[Hands, O], Awaitable[Effect]]]:
    """Register what an operation does to machines."""

    def register(function: Callable[[Hands, O], Awaitable[Effect]]) -> Callable[[Hands, O], Awaitable[Effect]]:
        EFFECTS[cls] = function
        return function

    return register


class Hands:
    """The backend with what every effect needs around it: networks, volumes and machines made when they are first needed."""

    def __init__(self, world: World, machines: Machines) -> None:
        self.world = world
        self.machines = machines
        self._ready: set[str] = set()
        self._known: set[str] = set()
        self._synced: dict[str, int] = {}

    @property
    def state(self) -> WorldState:
        """The world's state."""
        return self.world.state

    def vm(self, uid: str) -> Vm:
        """The VM as it is now."""
        return self.state.get(Vm, uid)

    def spec(self, vm: Vm) -> MachineSpec:
        """The VM's machine as it should be now."""
        return specs.machine_spec(self.state, vm, self.world.world_id)

    async def surroundings(self, spec: MachineSpec) -> None:
        """Make the networks and volumes that a machine needs."""
        for nic in spec.nics:
            await self._ensure(nic.network)
        for disk in spec.disks:
            await self._ensure(disk.volume)

    async def _ensure(self, uid: str) -> None:
        if uid in self._ready:
            return
        entity = self.state.find(uid)
        if isinstance(entity, Network) and entity.cidr:
            await self.machines.ensure_network(specs.network_spec(entity, self.world.world_id))
        elif isinstance(entity, Disk):
            await self.machines.ensure_volume(specs.volume_spec(entity, self.world.world_id))
        self._ready.add(uid)

    async def known(self, vm: Vm) -> bool:
        """Make sure that the backend knows the VM's machine after a restart; False when it has none."""
        if not vm.machine:
            return False
        if vm.uid not in self._known:
            observed = await self.adopt(vm)
            return observed.state is not MachineState.ABSENT
        return True

    async def adopt(self, vm: Vm) -> Observed:
        """Take over the machine that the VM should have; answers what really is."""
        spec = self.spec(vm)
        await self.surroundings(spec)
        observed = await self.machines.adopt(spec, specs.STATE_OF[vm.power])
        if observed.state is not MachineState.ABSENT:
            self._known.add(vm.uid)
        return observed

    def knows(self, uid: str) -> None:
        """Note that the backend has a machine, with hardware still to be looked at."""
        self._known.add(uid)
        self._synced.pop(uid, None)

    def forget(self, *uids: str) -> None:
        """Note that networks, volumes or machines may be gone."""
        self._known.difference_update(uids)
        for uid in uids:
            self._synced.pop(uid, None)
        self._ready.difference_update(uids)

    def forget_all(self) -> None:
        """The backend was away: look again at everything."""
        self._known.clear()
        self._synced.clear()
        self._ready.clear()

    async def create(self, vm: Vm) -> None:
        """Make the VM's machine, or bring the one it has in line with its hardware."""
        if await self.known(vm):
            await self.sync(vm)
            return
        await self._make(self.spec(vm))
        self._known.add(vm.uid)
        self._synced[vm.uid] = vm.change

    async def _make(self, spec: MachineSpec) -> None:
        """Create a machine; while the Debian guest is not built, the tiny one stands in."""
        await self.surroundings(spec)
        try:
            await self.machines.create(spec)
        except ImageNotFound:
            if spec.image != DEBIAN:
                raise
            log.info("the tiny guest stands in until `dcsim images build debian`", vm=spec.name)
            await self.machines.create(msgspec.structs.replace(spec, image=TINY))

    async def sync(self, vm: Vm) -> None:
        """Plug cards in and out, and mount the data disks it should have, when its hardware changed since it was last looked at."""
        if self._synced.get(vm.uid) == vm.change or not await self.known(vm):
            return
        spec = self.spec(vm)
        observed = await self.machines.inspect(vm.uid)
        await self.surroundings(spec)
        mounted = observed.labels.get(specs.DISKS_LABEL, "") == spec.labels[specs.DISKS_LABEL]
        if not mounted and vm.power is Power.OFF:
            await self._rebuild(vm, spec)
        else:
            await self._replug(vm, spec, observed)
        self._synced[vm.uid] = vm.change

    async def _rebuild(self, vm: Vm, spec: MachineSpec) -> None:
        """A container's mounts are fixed when it is made: keep its files and make it again."""
        ref = await self.machines.snapshot(vm.uid, f"rebuild-{vm.uid}-{vm.change}")
        await self.machines.revert(ref, spec)
        await self.machines.delete_snapshot(ref)

    async def _replug(self, vm: Vm, spec: MachineSpec, observed: Observed) -> None:
        wanted = {nic.mac: nic for nic in spec.nics}
        present = {nic.mac: nic for nic in observed.nics}
        for mac, nic in present.items():
            if mac not in wanted or wanted[mac].network != nic.network:
                await self.machines.disconnect(vm.uid, nic.network)
        for mac, card in wanted.items():
            if mac not in present or present[mac].network != card.network:
                await self.machines.connect(vm.uid, card)

    async def start(self, vm: Vm) -> Effect:
        """Run the VM's machine, made first if need be."""
        await self.create(vm)
        try:
            observed = await self.machines.start(vm.uid)
        except MachineNotFound:  # removed behind our back: make it again
            self.forget(vm.uid)
            await self._make(self.spec(vm))
            observed = await self.machines.start(vm.uid)
        return specs.effect_of(observed, vm)


@effect(power.PowerOn)
async def power_on(hands: Hands, operation: power.PowerOn) -> Effect:
    """Start the machine, or wake it."""
    vm = hands.vm(operation.vm)
    if vm.power is Power.SUSPENDED and await hands.known(vm):
        await hands.machines.resume(vm.uid)
        return specs.effect_of(await hands.machines.inspect(vm.uid), vm)
    return await hands.start(vm)


@effect(power.PowerOff)
async def power_off(hands: Hands, operation: power.PowerOff) -> Effect:
    """Cut the power."""
    if await hands.known(hands.vm(operation.vm)):
        await hands.machines.kill(operation.vm)
    return Effect()


@effect(power.ShutdownGuest)
async def shutdown_guest(hands: Hands, operation: power.ShutdownGuest) -> Effect:
    """Ask the guest to end."""
    if await hands.known(hands.vm(operation.vm)):
        await hands.machines.stop(operation.vm, SHUTDOWN_GRACE_SECONDS)
    return Effect()


@effect(power.Suspend)
async def suspend(hands: Hands, operation: power.Suspend) -> Effect:
    """Freeze the machine."""
    if await hands.known(hands.vm(operation.vm)):
        await hands.machines.pause(operation.vm)
    return Effect()


@effect(power.Reset)
async def reset(hands: Hands, operation: power.Reset) -> Effect:
    """Cut the power and start again."""
    vm = hands.vm(operation.vm)
    if await hands.known(vm):
        return specs.effect_of(await hands.machines.reset(vm.uid), vm)
    return await hands.start(vm)


@effect(power.RebootGuest)
async def reboot_guest(hands: Hands, operation: power.RebootGuest) -> Effect:
    """Ask the guest to end, and start it again."""
    vm = hands.vm(operation.vm)
    if await hands.known(vm):
        await hands.machines.stop(vm.uid, SHUTDOWN_GRACE_SECONDS)
    return await hands.start(vm)


@effect(vms.CloneVm)
async def clone(hands: Hands, operation: vms.CloneVm) -> Effect:
    """Copy the source's files, when it has a machine at all; a VM that never ran has nothing to copy."""
    source = hands.vm(operation.source)
    if not await hands.known(source):
        return Effect()
    disks = [msgspec.structs.replace(hands.state.get(Disk, old), uid=new) for old, new in operation.disks]
    settings = operation.settings.given()
    settings.pop("extra_config", None)
    vm = msgspec.structs.replace(source, **settings, uid=operation.vm)
    spec = specs.spec_of(hands.state, vm, disks, [], hands.world.world_id)
    for disk in sorted(disks, key=lambda disk: disk.key)[1:]:
        await hands.machines.ensure_volume(specs.volume_spec(disk, hands.world.world_id))
    observed = await hands.machines.clone(source.uid, spec)
    hands.knows(vm.uid)
    return Effect(machine=observed.backend)


@effect(vms.ReconfigureVm)
async def reconfigure(hands: Hands, operation: vms.ReconfigureVm) -> Effect:
    """Change limits at once; cards follow when the change holds, data disks at the next start (``Hands.sync``)."""
    vm = hands.vm(operation.vm)
    if await hands.known(vm):
        await _resize(hands, vm, operation.settings)
    return Effect()


async def _resize(hands: Hands, vm: Vm, settings: VmSettings) -> None:
    cpus = vm.cpus if settings.cpus is UNSET else settings.cpus
    memory = vm.memory_bytes if settings.memory_bytes is UNSET else settings.memory_bytes
    if (cpus, memory) != (vm.cpus, vm.memory_bytes):
        await hands.machines.resize(vm.uid, cpus, memory)


@effect(vms.DestroyVm)
async def destroy(hands: Hands, operation: vms.DestroyVm) -> Effect:
    """Remove the machine, its snapshots and, unless files are kept, its volumes."""
    vm = hands.vm(operation.vm)
    if not vm.machine:
        return Effect()
    await hands.known(vm)
    await hands.machines.delete(vm.uid)
    for snapshot in hands.state.where(Snapshot, "vm", vm.uid):
        if snapshot.machine_ref:
            await hands.machines.delete_snapshot(snapshot.machine_ref)
    if not operation.keep_files:
        for disk in hands.state.where(Disk, "vm", vm.uid)[1:]:
            await hands.machines.remove_volume(disk.uid)
    hands.forget(vm.uid)
    return Effect()


@effect(snapshots.CreateSnapshot)
async def create_snapshot(hands: Hands, operation: snapshots.CreateSnapshot) -> Effect:
    """Keep the machine's files."""
    if not await hands.known(hands.vm(operation.vm)):
        return Effect()
    return Effect(ref=await hands.machines.snapshot(operation.vm, operation.snapshot))


@effect(snapshots.RevertSnapshot)
async def revert_snapshot(hands: Hands, operation: snapshots.RevertSnapshot) -> Effect:
    """Put the files back; a machine that came into being after the snapshot goes."""
    vm, snapshot = hands.vm(operation.vm), hands.state.get(Snapshot, operation.snapshot)
    exists = await hands.known(vm)
    if not snapshot.machine_ref:
        if exists:
            await hands.machines.delete(vm.uid)
            hands.forget(vm.uid)
        return Effect()
    saved = snapshots.saved_hardware(snapshot)
    then = msgspec.structs.replace(saved.vm, name=vm.name, machine=vm.machine)
    spec = specs.spec_of(hands.state, then, list(saved.disks), list(saved.ports), hands.world.world_id)
    await hands.surroundings(spec)
    await hands.machines.revert(snapshot.machine_ref, spec)
    if snapshot.power is Power.ON and not operation.stay_off:
        return specs.effect_of(await hands.machines.start(vm.uid), vm)
    return Effect()


@effect(snapshots.RemoveSnapshots)
async def remove_snapshots(hands: Hands, operation: snapshots.RemoveSnapshots) -> Effect:
    """Forget the files."""
    for uid in operation.snapshots:
        ref = hands.state.get(Snapshot, uid).machine_ref
        if ref:
            await hands.machines.delete_snapshot(ref)
    return Effect()
