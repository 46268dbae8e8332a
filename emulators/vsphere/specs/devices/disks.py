"""Virtual disks: made, attached, grown, detached, deleted."""

from __future__ import annotations

from typing import Any, Final

from msgspec import UNSET
from pyVmomi import vim

from emulators.vsphere.soap.faults import VimFault
from emulators.vsphere.specs import paths
from emulators.vsphere.specs.devices.controllers import controller_key, unit_number
from emulators.vsphere.specs.devices.plan import ADD, REMOVE, Change, Plan
from emulators.world.decisions.hardware import DiskAdd, DiskRemove, DiskSet
from emulators.world.model import Datastore, Disk

KIB: Final = 1024
CREATE, DESTROY = "create", "destroy"
MODES: Final = frozenset({"persistent", "nonpersistent", "undoable", "independent_persistent", "independent_nonpersistent", "append"})


def change(plan: Plan, spec: Change) -> None:
    """Add, edit or remove a disk."""
    if spec.operation == ADD:
        _add(plan, spec)
        return
    disk = plan.disks.get(spec.device.key)
    if disk is None:
        raise spec.invalid("device.key")
    if spec.operation == REMOVE:
        del plan.disks[disk.key]
        plan.units.discard((disk.controller, disk.unit))
        plan.remove_disks.append(DiskRemove(disk=disk.uid, destroy=spec.file_operation == DESTROY))
    else:
        _edit(plan, spec, disk)


def _add(plan: Plan, spec: Change) -> None:
    backing = spec.device.backing
    if not isinstance(backing, vim.vm.device.VirtualDevice.FileBackingInfo):
        raise spec.bad_backing()
    controller = controller_key(plan, spec)
    place: dict[str, Any] = {
        "controller": controller,
        "unit": unit_number(plan, spec, controller),
        "mode": _mode(spec, getattr(backing, "diskMode", None)),
    }
    if spec.file_operation == CREATE:
        plan.add_disks.append(DiskAdd(**place, **_new_file(plan, spec, backing)))
    elif spec.file_operation:
        raise spec.bad_operation()
    else:
        plan.add_disks.append(DiskAdd(**place, disk=_existing(plan, spec, backing.fileName).uid))


def _new_file(plan: Plan, spec: Change, backing: Any) -> dict[str, Any]:
    size = _capacity(spec.device)
    if size <= 0:
        raise spec.invalid("device.capacityInKB")
    given: dict[str, Any] = {"capacity_bytes": size, "thin": bool(getattr(backing, "thinProvisioned", False))}
    datastore = plan.call.maybe(backing.datastore, Datastore)
    if backing.fileName and backing.fileName.strip():
        named = paths.parse(plan.call.world.state, backing.fileName, plan.site)
        datastore = datastore or named.datastore
        if named.path.endswith(".vmdk"):
            given["path"] = str(named)
    return given | {"datastore": datastore.uid if datastore is not None else ""}


def _capacity(device: Any) -> int:
    """Bytes; ``capacityInBytes`` wins over the older ``capacityInKB``."""
    return int(device.capacityInBytes or 0) or int(device.capacityInKB or 0) * KIB


def _existing(plan: Plan, spec: Change, name: str) -> Disk:
    if not name or not name.strip():
        raise spec.invalid("device.backing.fileName")
    path = str(paths.parse(plan.call.world.state, name, plan.site))
    disk = plan.call.world.state.one(Disk, "path", path)
    if disk is None:
        raise VimFault(vim.fault.FileNotFound(file=path), f"File {path} was not found")
    return disk


def _edit(plan: Plan, spec: Change, disk: Disk) -> None:
    if spec.file_operation:
        raise spec.bad_operation()
    size = _wanted_size(spec.device, disk)
    if size < disk.capacity_bytes or (size > disk.capacity_bytes and _has_snapshots(plan)):
        raise spec.bad_operation()
    mode = getattr(spec.device.backing, "diskMode", None)
    plan.set_disks.append(
        DiskSet(
            disk=disk.uid,
            capacity_bytes=size if size != disk.capacity_bytes else UNSET,
            mode=_mode(spec, mode) if mode else UNSET,
        )
    )


def _wanted_size(device: Any, disk: Disk) -> int:
    """The new size: of the two fields, the one that differs from what the disk has."""
    kilobytes = device.capacityInKB
    if device.capacityInBytes and device.capacityInBytes != disk.capacity_bytes:
        return int(device.capacityInBytes)
    if kilobytes and kilobytes != disk.capacity_bytes // KIB:
        return int(kilobytes) * KIB
    return disk.capacity_bytes


def _has_snapshots(plan: Plan) -> bool:
    return plan.vm is not None and bool(plan.vm.current_snapshot)


def _mode(spec: Change, mode: str | None) -> str:
    if mode and mode not in MODES:
        raise spec.invalid("device.backing.diskMode")
    return str(mode or "persistent")
