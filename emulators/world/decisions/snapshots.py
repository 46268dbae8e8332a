"""Snapshots of VMs: hardware as data, files by the machine backend; no memory (a machine cannot be frozen to disk)."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from dcsim.errors import InvalidArgument, NotFound
from emulators.world import ipam
from emulators.world.commands import Command, Effect, Operation, begins, decides, finishes
from emulators.world.decide import Decision
from emulators.world.decisions import hardware as hw
from emulators.world.decisions.operations import require_free
from emulators.world.decisions.power import guest_of
from emulators.world.events import declare
from emulators.world.model import Disk, Guest, Network, Port, Power, Snapshot, Vm

SNAPSHOT_CREATED = declare("dcsim.compute.snapshot.created", "A snapshot was taken")
SNAPSHOT_RENAMED = declare("dcsim.compute.snapshot.renamed", "A snapshot was renamed or described anew")
SNAPSHOT_REMOVED = declare("dcsim.compute.snapshot.removed", "A snapshot was removed")
SNAPSHOT_REPARENTED = declare("dcsim.compute.snapshot.reparented", "A snapshot's parent was removed; it hangs on its grandparent")
VM_REVERTED = declare("dcsim.compute.vm.reverted", "A VM went back to a snapshot")
VM_SNAPSHOT_CHANGED = declare("dcsim.compute.vm.snapshot_changed", "Another snapshot became a VM's current one")
KEPT_ACROSS_REVERT = frozenset(
    {
        "uid",
        "number",
        "version",
        "created",
        "name",
        "folder",
        "host",
        "pool",
        "power",
        "guest",
        "machine",
        "current_snapshot",
        "template",
        "tags",
        "change",
        "site",
    }
)


class SavedHardware(msgspec.Struct, frozen=True):
    """A VM with its disks and ports, as a snapshot keeps them."""

    vm: Vm
    disks: tuple[Disk, ...]
    ports: tuple[Port, ...]


_pack = msgspec.msgpack.Encoder().encode
_unpack = msgspec.msgpack.Decoder(SavedHardware).decode


def saved_hardware(snapshot: Snapshot) -> SavedHardware:
    """What a snapshot keeps."""
    return _unpack(snapshot.hardware)


class CreateSnapshot(Operation, frozen=True, kw_only=True, tag="snapshot.create"):
    """Keep a VM's state."""

    LABEL: ClassVar[str] = "Create virtual machine snapshot"
    SECONDS: ClassVar[float] = 4.0
    vm: str
    name: str
    description: str = ""
    memory: bool = False
    quiesce: bool = False
    snapshot: str = ""


class RevertSnapshot(Operation, frozen=True, kw_only=True, tag="snapshot.revert"):
    """Bring a VM back to a snapshot; with ``stay_off`` it is not powered on even if the snapshot was taken running."""

    LABEL: ClassVar[str] = "Revert snapshot"
    SECONDS: ClassVar[float] = 4.0
    vm: str
    snapshot: str
    stay_off: bool = False


class RemoveSnapshots(Operation, frozen=True, kw_only=True, tag="snapshot.remove"):
    """Remove snapshots of one VM; the VM itself does not change."""

    LABEL: ClassVar[str] = "Remove snapshot"
    SECONDS: ClassVar[float] = 4.0
    vm: str
    snapshots: tuple[str, ...]


class RenameSnapshot(Command, frozen=True, kw_only=True, tag="snapshot.rename"):
    """Give a snapshot another name or description; None leaves it."""

    snapshot: str
    name: str | None = None
    description: str | None = None


@begins(CreateSnapshot)
def begin_create(decision: Decision, operation: CreateSnapshot) -> CreateSnapshot:
    """A snapshot needs a name."""
    decision.get(Vm, operation.vm)
    if not operation.name.strip():
        raise InvalidArgument("A snapshot needs a name.", subject=operation.vm, field="name")
    return msgspec.structs.replace(operation, snapshot=decision.new_uid("snapshot"))


@finishes(CreateSnapshot)
def finish_create(decision: Decision, operation: CreateSnapshot, effect: Effect) -> str:
    """The snapshot hangs under the one that was current, and is current itself."""
    vm = decision.get(Vm, operation.vm)
    disks, ports = decision.state.where(Disk, "vm", vm.uid), decision.state.where(Port, "vm", vm.uid)
    ordinals = [snapshot.ordinal for snapshot in decision.state.where(Snapshot, "vm", vm.uid)]
    memory = operation.memory and vm.power is Power.ON
    decision.create(
        SNAPSHOT_CREATED,
        Snapshot,
        uid=operation.snapshot,
        name=operation.name,
        site=vm.site,
        vm=vm.uid,
        parent=vm.current_snapshot,
        description=operation.description,
        ordinal=max(ordinals, default=0) + 1,
        power=vm.power if memory else Power.OFF,
        memory=memory,
        quiesced=operation.quiesce and not memory,
        machine_ref=effect.ref,
        hardware=_pack(SavedHardware(msgspec.structs.replace(vm, guest=Guest()), tuple(disks), tuple(ports))),
    )
    decision.update(VM_SNAPSHOT_CHANGED, vm, current_snapshot=operation.snapshot)
    return operation.snapshot


@begins(RevertSnapshot)
def begin_revert(decision: Decision, operation: RevertSnapshot) -> None:
    """The snapshot must be this VM's."""
    _own(decision, operation.vm, operation.snapshot)


@finishes(RevertSnapshot)
def finish_revert(decision: Decision, operation: RevertSnapshot, effect: Effect) -> None:
    """Hardware, disks and ports are as they were."""
    vm, snapshot = decision.get(Vm, operation.vm), decision.get(Snapshot, operation.snapshot)
    saved = saved_hardware(snapshot)
    _restore_devices(decision, vm, saved)
    power = Power.ON if snapshot.power is Power.ON and not operation.stay_off else Power.OFF
    fields = {name: getattr(saved.vm, name) for name in vm.__struct_fields__ if name not in KEPT_ACROSS_REVERT}
    guest = guest_of(decision, vm, effect) if power is Power.ON else Guest()
    decision.update(
        VM_REVERTED,
        vm,
        **{**fields, "power": power, "guest": guest, "current_snapshot": snapshot.uid, "modified": decision.now, "change": vm.change + 1},
    )


def _restore_devices(decision: Decision, vm: Vm, saved: SavedHardware) -> None:
    kept_disks, kept_ports = {disk.uid for disk in saved.disks}, {port.uid for port in saved.ports}
    for disk in decision.state.where(Disk, "vm", vm.uid):
        if disk.uid not in kept_disks:
            decision.delete(hw.DISK_DELETED, disk)
    for port in decision.state.where(Port, "vm", vm.uid):
        if port.uid not in kept_ports:
            decision.delete(hw.PORT_DELETED, port)
    for saved_disk in saved.disks:
        _put_back(decision, saved_disk)
    for saved_port in saved.ports:
        _put_back(decision, saved_port)


def _put_back(decision: Decision, old: Disk | Port) -> None:
    created, changed = (hw.DISK_CREATED, hw.DISK_CHANGED) if isinstance(old, Disk) else (hw.PORT_CREATED, hw.PORT_CHANGED)
    names = [name for name in old.__struct_fields__ if name not in {"uid", "version", "created", "number"}]
    fields = {name: getattr(old, name) for name in names}
    if isinstance(old, Port):
        fields["ip"] = _address_again(decision, old)
    present = decision.state.maybe(type(old), old.uid)
    if present is None:
        decision.create(created, type(old), uid=old.uid, number=old.number, **fields)
    else:
        decision.update(changed, present, **fields)


def _address_again(decision: Decision, port: Port) -> str:
    """The port's address of then, or another when somebody has it by now."""
    network = decision.state.maybe(Network, port.network)
    others = decision.state.where(Port, "network", port.network)
    if network is None or not any(other.ip == port.ip and other.uid != port.uid for other in others if other.ip):
        return port.ip
    return ipam.free_address(decision.state, network)


@begins(RemoveSnapshots)
def begin_remove(decision: Decision, operation: RemoveSnapshots) -> None:
    """All must be this VM's."""
    for uid in operation.snapshots:
        _own(decision, operation.vm, uid)
    if len(set(operation.snapshots)) < len(operation.snapshots):
        raise InvalidArgument("A snapshot is named twice.", subject=operation.vm, field="snapshots")


@finishes(RemoveSnapshots)
def finish_remove(decision: Decision, operation: RemoveSnapshots, _: Effect) -> None:
    """Children hang on the removed one's parent; the current snapshot becomes the nearest that is left."""
    for uid in operation.snapshots:
        snapshot = decision.get(Snapshot, uid)
        for child in decision.state.where(Snapshot, "parent", uid):
            decision.update(SNAPSHOT_REPARENTED, child, parent=snapshot.parent)
        vm = decision.get(Vm, operation.vm)
        if vm.current_snapshot == uid:
            decision.update(VM_SNAPSHOT_CHANGED, vm, current_snapshot=snapshot.parent)
        decision.delete(SNAPSHOT_REMOVED, snapshot)


@decides(RenameSnapshot)
def rename(decision: Decision, command: RenameSnapshot) -> None:
    """Rename or describe."""
    snapshot = decision.get(Snapshot, command.snapshot)
    require_free(decision, snapshot.vm, decision.get(Vm, snapshot.vm).name)
    name = snapshot.name if command.name is None else command.name
    if not name.strip():
        raise InvalidArgument("A snapshot needs a name.", subject=snapshot.uid, field="name")
    description = snapshot.description if command.description is None else command.description
    decision.update(SNAPSHOT_RENAMED, snapshot, name=name, description=description)


def subtree(decision: Decision, uid: str) -> tuple[str, ...]:
    """A snapshot and all below it, parents first."""
    children = decision.state.where(Snapshot, "parent", uid)
    return (uid, *(below for child in children for below in subtree(decision, child.uid)))


def _own(decision: Decision, vm: str, uid: str) -> Snapshot:
    snapshot = decision.get(Snapshot, uid)
    if snapshot.vm != vm:
        raise NotFound(f"The snapshot {snapshot.name} is not one of {decision.get(Vm, vm).name}.", subject=uid)
    return snapshot
