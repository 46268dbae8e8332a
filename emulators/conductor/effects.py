"""What each operation does to machines: one small coroutine an operation.  All can be repeated, for a restart may do so."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import msgspec
from msgspec import UNSET

from emulators.conductor import specs
from emulators.conductor.hands import Hands
from emulators.machines.port import MachineState
from emulators.world.commands import Effect, Operation
from emulators.world.decisions import power, snapshots, vms
from emulators.world.decisions.hardware import VmSettings
from emulators.world.model import Disk, Power, Snapshot, Vm

O = TypeVar("O", bound=Operation)  # noqa: E741 - the usual letter for it
EffectFunction = Callable[[Hands, Any], Awaitable[Effect]]
EFFECTS: dict[type[Operation], EffectFunction] = {}
SHUTDOWN_GRACE_SECONDS = 10.0


def effect(cls: type[O]) -> Callable[[Callable[[Hands, O], Awaitable[Effect]]], Callable[[Hands, O], Awaitable[Effect]]]:
    """Register what an operation does to machines."""

    def register(function: Callable[[Hands, O], Awaitable[Effect]]) -> Callable[[Hands, O], Awaitable[Effect]]:
        EFFECTS[cls] = function
        return function

    return register


def copied(operation: Operation) -> str:
    """The uid of the VM whose disks an operation copies, its machine frozen meanwhile if it runs; empty for other operations."""
    match operation:
        case vms.CloneVm(source=uid) | snapshots.CreateSnapshot(vm=uid):
            return uid
    return ""


@effect(power.PowerOn)
async def power_on(hands: Hands, operation: power.PowerOn) -> Effect:
    """Start the machine, or wake it."""
    vm = hands.vm(operation.vm)
    if vm.power is Power.SUSPENDED and await hands.known(vm):
        observed = await hands.machines.inspect(vm.uid)
        if observed.state is MachineState.PAUSED:
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
    """Cut the power and start again; a crash in between leaves only the start."""
    return await hands.reset(hands.vm(operation.vm))


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
    await hands.surroundings(spec)
    observed = await hands.machines.clone(source.uid, spec)
    hands.knows(vm.uid)
    return Effect(machine=observed.backend)


@effect(vms.ReconfigureVm)
async def reconfigure(hands: Hands, operation: vms.ReconfigureVm) -> Effect:
    """Change limits at once; cards and data disks follow when the change holds (``Hands.sync``)."""
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
    await hands.delete(vm.uid)
    for snapshot in hands.state.where(Snapshot, "vm", vm.uid):
        if snapshot.machine_ref:
            await hands.remove_snapshot(snapshot.machine_ref)
    if not operation.keep_files:
        for disk in specs.data_disks(hands.state.where(Disk, "vm", vm.uid)):
            await hands.remove_volume(disk.uid)
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
    exists, saved = await hands.known(vm), snapshots.saved_hardware(snapshot)
    then = msgspec.structs.replace(saved.vm, name=vm.name, machine=vm.machine)
    spec = specs.spec_of(hands.state, then, list(saved.disks), list(saved.ports), hands.world.world_id)
    if snapshot.machine_ref:
        await hands.surroundings(spec)
        await hands.machines.revert(snapshot.machine_ref, spec)
        hands.knows(vm.uid)
    elif exists:
        await hands.delete(vm.uid)
    if snapshot.power is not Power.ON or operation.stay_off:
        return Effect()
    if not snapshot.machine_ref:
        await hands.make(spec)
    return specs.effect_of(await hands.machines.start(vm.uid), vm)


@effect(snapshots.RemoveSnapshots)
async def remove_snapshots(hands: Hands, operation: snapshots.RemoveSnapshots) -> Effect:
    """Forget the files."""
    for uid in operation.snapshots:
        ref = hands.state.get(Snapshot, uid).machine_ref
        if ref:
            await hands.machines.delete_snapshot(ref)
    return Effect()
