"""A VM with its disks, NICs and place among its snapshots: what most of its properties are made from."""

from __future__ import annotations

from typing import NamedTuple

from emulators.world.decisions.snapshots import saved_hardware
from emulators.world.model import Disk, Port, Snapshot, Vm
from emulators.world.state import WorldState


class Machine(NamedTuple):
    """A VM as it is, or as a snapshot keeps it; ``chain`` are the snapshots that its disks build on, the oldest first."""

    vm: Vm
    disks: tuple[Disk, ...]
    ports: tuple[Port, ...]
    chain: tuple[Snapshot, ...] = ()


def machine(state: WorldState, vm: Vm) -> Machine:
    """The VM as it is now."""
    disks = sorted(state.where(Disk, "vm", vm.uid), key=lambda disk: disk.key)
    ports = sorted(state.where(Port, "vm", vm.uid), key=lambda port: port.key)
    return Machine(vm, tuple(disks), tuple(ports), chain_of(state, vm.current_snapshot))


def saved_machine(state: WorldState, snapshot: Snapshot) -> Machine:
    """The VM as a snapshot keeps it, on the disks that were there before the snapshot was taken."""
    saved = saved_hardware(snapshot)
    return Machine(saved.vm, saved.disks, saved.ports, chain_of(state, snapshot.parent))


def chain_of(state: WorldState, uid: str) -> tuple[Snapshot, ...]:
    """A snapshot and those that it builds on, the oldest first; none for an empty uid."""
    found: list[Snapshot] = []
    snapshot = state.maybe(Snapshot, uid) if uid else None
    while snapshot is not None:
        found.append(snapshot)
        snapshot = state.maybe(Snapshot, snapshot.parent) if snapshot.parent else None
    return tuple(reversed(found))


def disk_files(machine: Machine, disk: Disk) -> list[str]:
    """The datastore paths of a disk's descriptors: the base, then a delta for each snapshot below; independent disks have no deltas."""
    if disk.mode.startswith("independent"):
        return [disk.path]
    stem = disk.path.removesuffix(".vmdk")
    return [disk.path, *(f"{stem}-{snapshot.ordinal:06d}.vmdk" for snapshot in machine.chain)]


def home(vm: Vm) -> str:
    """The datastore path of the VM's folder, with its trailing slash: ``[store] name/``."""
    return f"{vm.path.rpartition('/')[0]}/" if "/" in vm.path else vm.path


def file_stem(vm: Vm) -> str:
    """What the names of the VM's own files begin with."""
    return vm.path.rpartition("/")[2].removesuffix(".vmx") or vm.name
