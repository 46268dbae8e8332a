"""``storage``, ``layout`` and ``layoutEx``: the VM's files and the space they take."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from pyVmomi import vim

from dcsim.ids import digest
from emulators.vsphere.properties.table import prop
from emulators.vsphere.views.constructors import KIB, MIB
from emulators.vsphere.views.virtual_machine.config import swap_name
from emulators.vsphere.views.virtual_machine.machine import Machine, disk_files, file_stem, home, machine, saved_machine
from emulators.world.capacity import disk_space, swap_bytes
from emulators.world.model import Datastore, Disk, Power, Snapshot, Vm

if TYPE_CHECKING:
    from emulators.vsphere.properties.view import View
    from emulators.world.state import WorldState

_VMX_BYTES, _NVRAM_BYTES, _DESCRIPTOR_BYTES = 3_300, 8_684, 520
_LOG_BYTES: Final = 260_000
_DELTA_BYTES: Final = 16 * MIB


class Space(NamedTuple):
    """What a VM takes of one datastore, in bytes."""

    committed: int
    uncommitted: int


def space_by_datastore(machine: Machine) -> dict[str, Space]:
    """The VM's share of each datastore, by its uid: disks, and the swap file of a VM that runs.

    It counts as ``capacity.datastore_space`` does, so that the VMs of a datastore add up to what is used of it.
    """
    found: dict[str, Space] = {}
    if machine.vm.datastore:
        found[machine.vm.datastore] = Space(swap_bytes(machine.vm), 0)
    for disk in machine.disks:
        before = found.get(disk.datastore, Space(0, 0))
        used = disk_space(disk)
        found[disk.datastore] = Space(before.committed + used, before.uncommitted + disk.capacity_bytes - used)
    return found


@prop(vim.VirtualMachine, "storage")
def storage(view: View, vm: Vm) -> vim.vm.StorageInfo:
    """Space by datastore."""
    usage = [
        vim.vm.StorageInfo.UsageOnDatastore(
            datastore=view.ref(uid), committed=space.committed, uncommitted=space.uncommitted, unshared=space.committed
        )
        for uid, space in space_by_datastore(machine(view.state, vm)).items()
        if view.maybe_ref(uid) is not None
    ]
    return vim.vm.StorageInfo(perDatastoreUsage=usage, timestamp=vm.modified or vm.created)


# -- files --------------------------------------------------------------------------------------------------------------------


class _Files:
    """Collects files under running keys, the VM's configuration first."""

    def __init__(self, folder: str, *, accessible: bool) -> None:
        self._folder = folder
        self._accessible = accessible
        self.found: list[Any] = []

    def add(self, name: str, kind: str, size: int) -> int:
        """The key of a new file; ``name`` is its path, or its name in the VM's folder."""
        path = name if name.startswith("[") else f"{self._folder}{name}"
        key = len(self.found)
        self.found.append(
            vim.vm.FileLayoutEx.FileInfo(key=key, name=path, type=kind, size=size, uniqueSize=size, accessible=self._accessible)
        )
        return key


@prop(vim.VirtualMachine, "layoutEx")
def layout_ex(view: View, vm: Vm) -> vim.vm.FileLayoutEx:
    """Every file of the VM with its size."""
    whole = machine(view.state, vm)
    store = view.state.maybe(Datastore, vm.datastore)
    files = _Files(home(vm), accessible=store.accessible if store is not None else False)
    _add_own_files(files, vm)
    extents: dict[str, list[int]] = {}
    disks = [_disk_layout(files, extents, whole, disk) for disk in whole.disks]
    snapshots = [_snapshot_layout(view, files, extents, whole, one) for one in view.state.where(Snapshot, "vm", vm.uid)]
    return vim.vm.FileLayoutEx(file=files.found, disk=disks, snapshot=snapshots, timestamp=vm.modified or vm.created)


def _add_own_files(files: _Files, vm: Vm) -> None:
    stem = file_stem(vm)
    files.add(f"{stem}.vmx", "config", _VMX_BYTES)
    files.add(f"{stem}.nvram", "nvram", _NVRAM_BYTES)
    files.add(f"{stem}.vmsd", "snapshotList", 0)
    files.add("vmware.log", "log", _LOG_BYTES)
    if vm.power is Power.ON:
        files.add(swap_name(vm), "swap", swap_bytes(vm))
    if vm.power is Power.SUSPENDED:
        files.add(suspend_name(vm), "suspend", 64 * KIB)
        files.add(f"{suspend_name(vm)[:-5]}.vmem", "suspendMemory", vm.memory_bytes)


def suspend_name(vm: Vm) -> str:
    """The name of the file in which a suspended VM's state is."""
    return f"{file_stem(vm)}-{digest('suspend', vm.uuid).hex()[:8]}.vmss"


def _disk_layout(files: _Files, extents: dict[str, list[int]], whole: Machine, disk: Disk) -> Any:
    """A disk's chain of files; a file that several snapshots share is listed once."""
    units = [
        vim.vm.FileLayoutEx.DiskUnit(fileKey=_add_extent(files, extents, path, disk_space(disk) if place == 0 else _DELTA_BYTES))
        for place, path in enumerate(disk_files(whole, disk))
    ]
    return vim.vm.FileLayoutEx.DiskLayout(key=disk.key, chain=units)


def _add_extent(files: _Files, extents: dict[str, list[int]], path: str, size: int) -> list[int]:
    if path not in extents:
        stem = path.removesuffix(".vmdk")
        delta = stem[-7:-6] == "-" and stem[-6:].isdigit()
        extent = f"{stem}-{'sesparse' if delta else 'flat'}.vmdk"
        extents[path] = [files.add(path, "diskDescriptor", _DESCRIPTOR_BYTES), files.add(extent, "diskExtent", size)]
    return extents[path]


def _snapshot_layout(view: View, files: _Files, extents: dict[str, list[int]], whole: Machine, snapshot: Snapshot) -> Any:
    stem = f"{file_stem(whole.vm)}-Snapshot{snapshot.ordinal}"
    saved = saved_machine(view.state, snapshot)
    return vim.vm.FileLayoutEx.SnapshotLayout(
        key=view.ref(snapshot),
        dataKey=files.add(f"{stem}.vmsn", "snapshotData", 32 * KIB),
        memoryKey=files.add(f"{stem}.vmem", "snapshotMemory", saved.vm.memory_bytes) if snapshot.memory else -1,
        disk=[_disk_layout(files, extents, saved, disk) for disk in saved.disks],
    )


@prop(vim.VirtualMachine, "layout")
def layout(view: View, vm: Vm) -> vim.vm.FileLayout:
    """The VM's files as vSphere 3 listed them."""
    whole, stem = machine(view.state, vm), file_stem(vm)
    info = vim.vm.FileLayout(
        configFile=[f"{stem}.nvram", f"{stem}.vmsd"],
        logFile=["vmware.log"],
        disk=[vim.vm.FileLayout.DiskLayout(key=disk.key, diskFile=disk_files(whole, disk)) for disk in whole.disks],
        snapshot=[
            vim.vm.FileLayout.SnapshotLayout(key=view.ref(one), snapshotFile=_snapshot_files(view.state, whole, one))
            for one in view.state.where(Snapshot, "vm", vm.uid)
        ],
    )
    if vm.power is Power.ON:
        info.swapFile = f"{home(vm)}{swap_name(vm)}"
    return info


def _snapshot_files(state: WorldState, whole: Machine, snapshot: Snapshot) -> list[str]:
    saved = saved_machine(state, snapshot)
    return [
        f"{file_stem(whole.vm)}-Snapshot{snapshot.ordinal}.vmsn",
        *(path for disk in saved.disks for path in disk_files(saved, disk)[-1:]),
    ]
