"""The life of a VM: made, cloned, reconfigured, moved, turned into a template and back, destroyed."""

from __future__ import annotations

from typing import ClassVar

import msgspec
from msgspec import UNSET

from dcsim.errors import AlreadyExists, InvalidArgument, InvalidState
from emulators.world.commands import Command, Effect, Operation, begins, decides, finishes
from emulators.world.decide import Decision
from emulators.world.decisions import hardware as hw
from emulators.world.decisions import hosting
from emulators.world.decisions.operations import Handover, require_free, start
from emulators.world.decisions.power import PowerOn, require_power
from emulators.world.events import declare
from emulators.world.model import Datastore, Disk, Guest, Hypervisor, Owner, Port, Power, ResourcePool, Snapshot, Vm

VM_CREATED = declare("dcsim.compute.vm.created", "A VM was made")
VM_CLONED = declare("dcsim.compute.vm.cloned", "A VM was made from another")
VM_RECONFIGURED = declare("dcsim.compute.vm.reconfigured", "A VM's settings or hardware changed")
VM_MOVED = declare("dcsim.compute.vm.moved", "A VM moved to another host, pool, datastore or folder")
VM_MARKED = declare("dcsim.compute.vm.marked", "A VM became a template, or a template a VM")
VM_DELETED = declare("dcsim.compute.vm.deleted", "A VM was destroyed or unregistered")
SNAPSHOT_DROPPED = declare("dcsim.compute.snapshot.dropped", "A snapshot went with its VM")


class CreateVm(Operation, frozen=True, kw_only=True, tag="vm.create"):
    """Make a VM in a folder and a resource pool; it is off."""

    LABEL: ClassVar[str] = "Create virtual machine"
    SUBJECT: ClassVar[str] = "folder"
    LOCKS: ClassVar[bool] = False
    settings: hw.VmSettings
    site: str
    pool: str
    datastore: str
    folder: str = ""
    host: str = ""
    owner: Owner = Owner.VSPHERE
    project: str = ""
    path: str = ""
    disks: tuple[hw.DiskAdd, ...] = ()
    ports: tuple[hw.PortAdd, ...] = ()
    tags: tuple[str, ...] = ()
    vm: str = ""


class CloneVm(Operation, frozen=True, kw_only=True, tag="vm.clone"):
    """Make a VM like ``source``; what is empty is as the source has it.  ``devices`` names the source's disks and ports."""

    LABEL: ClassVar[str] = "Clone virtual machine"
    SUBJECT: ClassVar[str] = "source"
    LOCKS: ClassVar[bool] = False
    SECONDS: ClassVar[float] = 20.0
    CANCELABLE: ClassVar[bool] = True
    source: str
    settings: hw.VmSettings
    folder: str = ""
    pool: str = ""
    host: str = ""
    datastore: str = ""
    template: bool = False
    power_on: bool = False
    devices: hw.DeviceChanges = hw.DeviceChanges()
    vm: str = ""
    disks: tuple[tuple[str, str], ...] = ()


class ReconfigureVm(Operation, frozen=True, kw_only=True, tag="vm.reconfigure"):
    """Change a VM's settings and devices, all or nothing."""

    LABEL: ClassVar[str] = "Reconfigure virtual machine"
    SECONDS: ClassVar[float] = 1.0
    vm: str
    settings: hw.VmSettings = hw.VmSettings()
    devices: hw.DeviceChanges = hw.DeviceChanges()


class MoveVm(Operation, frozen=True, kw_only=True, tag="vm.move"):
    """Migrate or relocate a VM; what is empty stays.  UUID, MACs, addresses and disks stay the same."""

    LABEL: ClassVar[str] = "Migrate virtual machine"
    SECONDS: ClassVar[float] = 10.0
    CANCELABLE: ClassVar[bool] = True
    vm: str
    host: str = ""
    pool: str = ""
    datastore: str = ""
    folder: str = ""


class DestroyVm(Operation, frozen=True, kw_only=True, tag="vm.destroy"):
    """Delete a VM that is off; with ``keep_files`` only take it out of the inventory."""

    LABEL: ClassVar[str] = "Delete virtual machine"
    vm: str
    keep_files: bool = False


class MarkTemplate(Command, frozen=True, kw_only=True, tag="vm.mark_template"):
    """Turn a VM that is off into a template."""

    vm: str


class MarkVm(Command, frozen=True, kw_only=True, tag="vm.mark_vm"):
    """Turn a template into a VM of a pool, on ``host`` when named."""

    vm: str
    pool: str
    host: str = ""


def require_name(decision: Decision, name: str, folder: str, site: str, but: str = "") -> None:
    """Raise AlreadyExists when another VM of the folder has the name."""
    for other in decision.state.where(Vm, "name", name):
        if other.folder == folder and other.site == site and other.uid != but:
            raise AlreadyExists(f"The name '{name}' already exists.", subject=other.uid, field="name")


@begins(CreateVm)
def begin_create(decision: Decision, operation: CreateVm) -> CreateVm:
    """Check what can be checked, and give the VM its uid."""
    hw.check_settings(None, operation.settings)
    if operation.settings.name is UNSET:
        raise InvalidArgument("A VM needs a name.", field="name")
    require_name(decision, operation.settings.name, operation.folder, operation.site)
    pool = decision.get(ResourcePool, operation.pool)
    host = hosting.host_for_vm(decision.state, pool, operation.host)
    thick = sum(disk.capacity_bytes for disk in operation.disks if not disk.thin)
    hw.require_space(decision, decision.get(Datastore, operation.datastore), thick)
    return msgspec.structs.replace(operation, vm=decision.new_uid("vm"), host=host.uid)


@finishes(CreateVm, effect=False)
def finish_create(decision: Decision, operation: CreateVm, _: Effect) -> str:
    """The VM exists, with its disks and ports."""
    given = operation.settings.given()
    require_name(decision, given["name"], operation.folder, operation.site)
    datastore = decision.get(Datastore, operation.datastore)
    given["extra_config"] = hw.merged({}, given.get("extra_config", {}))
    given.setdefault("uuid", decision.new_uuid())
    given.setdefault("instance_uuid", decision.new_uuid())
    vm = decision.create(
        VM_CREATED,
        Vm,
        uid=operation.vm,
        site=operation.site,
        owner=operation.owner,
        project=operation.project,
        folder=operation.folder,
        pool=operation.pool,
        host=operation.host,
        datastore=datastore.uid,
        path=operation.path or free_vm_path(decision, datastore, given["name"]),
        modified=decision.now,
        tags=operation.tags,
        **given,
    )
    for disk in operation.disks:
        hw.add_disk(decision, vm, disk)
    for port in operation.ports:
        hw.add_port(decision, vm, port)
    return vm.uid


def free_vm_path(decision: Decision, datastore: Datastore, name: str) -> str:
    """The datastore path of a new VM's configuration file; a taken folder gets a number, as vCenter gives it."""
    taken = {vm.path for vm in decision.state.where(Vm, "datastore", datastore.uid)}
    count, folder = 0, name
    while f"[{datastore.name}] {folder}/{name}.vmx" in taken:
        count += 1
        folder = f"{name}_{count}"
    return f"[{datastore.name}] {folder}/{name}.vmx"


@begins(CloneVm)
def begin_clone(decision: Decision, operation: CloneVm) -> CloneVm:
    """Resolve where the clone goes."""
    source = decision.get(Vm, operation.source)
    hw.check_settings(None, operation.settings)
    name = source.name if operation.settings.name is UNSET else operation.settings.name
    folder = operation.folder or source.folder
    require_name(decision, name, folder, source.site)
    pool = decision.get(ResourcePool, operation.pool or source.pool)
    host = hosting.host_for_vm(decision.state, pool, operation.host)
    datastore = decision.get(Datastore, operation.datastore or source.datastore)
    thick = sum(disk.capacity_bytes for disk in decision.state.where(Disk, "vm", source.uid) if not disk.thin)
    hw.require_space(decision, datastore, thick)
    return msgspec.structs.replace(
        operation,
        vm=decision.new_uid("vm"),
        settings=msgspec.structs.replace(operation.settings, name=name),
        folder=folder,
        pool=pool.uid,
        host=host.uid,
        datastore=datastore.uid,
        disks=tuple((disk.uid, decision.new_uid("disk")) for disk in decision.state.where(Disk, "vm", source.uid)),
    )


@finishes(CloneVm)
def finish_clone(decision: Decision, operation: CloneVm, effect: Effect) -> str | Handover:
    """The clone exists, with disks and ports of its own; it is powered on next when that was asked."""
    source, given = decision.get(Vm, operation.source), operation.settings.given()
    require_name(decision, given["name"], operation.folder, source.site)
    datastore = decision.get(Datastore, operation.datastore)
    vm = _copy(decision, operation, source, datastore, effect)
    for old, new in operation.disks:
        _copy_disk(decision, vm, decision.get(Disk, old), new)
    copies = dict(operation.disks)
    for port in decision.state.where(Port, "vm", source.uid):
        wanted = hw.PortAdd(network=port.network, adapter=port.adapter, start_connected=port.start_connected)
        copies[port.uid] = hw.add_port(decision, vm, wanted).uid
    hw.change_devices(decision, vm, operation.devices.of_copy(copies))
    if operation.power_on:
        return Handover(start(decision, PowerOn(vm=vm.uid)), vm.uid)
    return vm.uid


def _copy_disk(decision: Decision, vm: Vm, disk: Disk, uid: str) -> None:
    wanted = hw.DiskAdd(
        uid=uid, capacity_bytes=disk.capacity_bytes, thin=disk.thin, mode=disk.mode, controller=disk.controller, unit=disk.unit
    )
    made = hw.add_disk(decision, vm, wanted)
    decision.update(hw.DISK_CHANGED, made, used_bytes=disk.used_bytes)


def _copy(decision: Decision, operation: CloneVm, source: Vm, datastore: Datastore, effect: Effect) -> Vm:
    given = operation.settings.given()
    given["extra_config"] = hw.merged(source.extra_config, given.get("extra_config", {}))
    given.setdefault("uuid", decision.new_uuid())
    given.setdefault("instance_uuid", decision.new_uuid())
    identity = {"uid", "number", "version", "created", "guest", "power", "current_snapshot", "machine", "change", "kind"}
    fields = {name: getattr(source, name) for name in source.__struct_fields__ if name not in identity}
    return decision.create(
        VM_CLONED,
        Vm,
        **{
            **fields,
            **given,
            "uid": operation.vm,
            "folder": operation.folder,
            "pool": "" if operation.template else operation.pool,
            "host": operation.host,
            "datastore": datastore.uid,
            "path": free_vm_path(decision, datastore, given["name"]),
            "template": operation.template,
            "modified": decision.now,
            "machine": effect.machine,
        },
    )


@begins(ReconfigureVm)
def begin_reconfigure(decision: Decision, operation: ReconfigureVm) -> None:
    """Try it all, and take it back: what would be refused at the end is refused now."""
    hw.check_settings(decision.get(Vm, operation.vm), operation.settings)
    decision.rehearse(lambda: _reconfigure(decision, operation))


@finishes(ReconfigureVm)
def finish_reconfigure(decision: Decision, operation: ReconfigureVm, _: Effect) -> None:
    """The changes hold."""
    _reconfigure(decision, operation)


def _reconfigure(decision: Decision, operation: ReconfigureVm) -> None:
    vm = decision.get(Vm, operation.vm)
    given = operation.settings.given()
    if given.get("name", vm.name) != vm.name:
        require_name(decision, given["name"], vm.folder, vm.site, but=vm.uid)
    if "extra_config" in given:
        given["extra_config"] = hw.merged(vm.extra_config, given["extra_config"])
    hw.change_devices(decision, vm, operation.devices)
    decision.update(VM_RECONFIGURED, vm, **given, modified=decision.now, change=vm.change + 1)


@begins(MoveVm)
def begin_move(decision: Decision, operation: MoveVm) -> MoveVm:
    """The target must be able to run it."""
    vm = decision.get(Vm, operation.vm)
    pool, host = _target(decision, vm, operation)
    if operation.datastore and operation.datastore != vm.datastore:
        size = sum(disk.used_bytes if disk.thin else disk.capacity_bytes for disk in decision.state.where(Disk, "vm", vm.uid))
        hw.require_space(decision, decision.get(Datastore, operation.datastore), size)
    if operation.folder and operation.folder != vm.folder:
        require_name(decision, vm.name, operation.folder, vm.site)
    return msgspec.structs.replace(operation, host=host, pool=pool)


def _target(decision: Decision, vm: Vm, operation: MoveVm) -> tuple[str, str]:
    """The pool and the host that the VM comes to; a template is in no pool."""
    if vm.template and not operation.pool:
        return "", decision.get(Hypervisor, operation.host or vm.host).uid
    pool = decision.get(ResourcePool, operation.pool or vm.pool)
    return pool.uid, hosting.host_for_move(decision.state, vm, pool, operation.host).uid


@finishes(MoveVm, effect=False)
def finish_move(decision: Decision, operation: MoveVm, _: Effect) -> None:
    """The VM is there."""
    vm = decision.get(Vm, operation.vm)
    datastore = decision.get(Datastore, operation.datastore or vm.datastore)
    path = vm.path
    if datastore.uid != vm.datastore:
        path = free_vm_path(decision, datastore, vm.name)
        folder = path.rpartition("/")[0]
        for disk in decision.state.where(Disk, "vm", vm.uid):
            decision.update(hw.DISK_CHANGED, disk, datastore=datastore.uid, path=f"{folder}/{disk.path.rpartition('/')[2]}")
    decision.update(
        VM_MOVED,
        vm,
        host=operation.host,
        pool=operation.pool,
        datastore=datastore.uid,
        path=path,
        folder=operation.folder or vm.folder,
        detail={"from": getattr(decision.state.find(vm.host), "name", ""), "to": decision.get(Hypervisor, operation.host).name},
    )


@begins(DestroyVm)
def begin_destroy(decision: Decision, operation: DestroyVm) -> None:
    """A VM that runs cannot be destroyed."""
    require_power(decision.get(Vm, operation.vm), Power.OFF, Power.SUSPENDED, doing="delete")


@finishes(DestroyVm)
def finish_destroy(decision: Decision, operation: DestroyVm, _: Effect) -> None:
    """The VM is gone, and unless its files are kept, its disks too."""
    vm = decision.get(Vm, operation.vm)
    for snapshot in reversed(decision.state.where(Snapshot, "vm", vm.uid)):
        decision.delete(SNAPSHOT_DROPPED, snapshot)
    for port in decision.state.where(Port, "vm", vm.uid):
        decision.delete(hw.PORT_DELETED, port)
    for disk in decision.state.where(Disk, "vm", vm.uid):
        hw.remove_disk(decision, vm, hw.DiskRemove(disk=disk.uid, destroy=not operation.keep_files))
    decision.delete(VM_DELETED, vm, detail={"reason": "unregistered" if operation.keep_files else "destroyed"})


@decides(MarkTemplate)
def mark_template(decision: Decision, command: MarkTemplate) -> None:
    """A template has no resource pool and cannot be powered on."""
    vm = decision.get(Vm, command.vm)
    require_free(decision, vm.uid, vm.name)
    require_power(vm, Power.OFF, doing="mark as template")
    decision.update(VM_MARKED, vm, template=True, pool="")


@decides(MarkVm)
def mark_vm(decision: Decision, command: MarkVm) -> None:
    """A VM again, in a pool."""
    vm, pool = decision.get(Vm, command.vm), decision.get(ResourcePool, command.pool)
    if not vm.template:
        raise InvalidState(f"{vm.name} is not a template.", subject=vm.uid, existing="vm", requested="template")
    host = hosting.host_for_vm(decision.state, pool, command.host or vm.host)
    decision.update(VM_MARKED, vm, template=False, pool=pool.uid, host=host.uid, guest=Guest())
