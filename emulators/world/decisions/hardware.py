"""The virtual hardware of a VM: its settings, disks and ports, as commands name them and as they become entities."""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec
from msgspec import UNSET, UnsetType

from dcsim.errors import InsufficientResources, InvalidArgument, InvalidState, NotFound
from emulators.world import capacity, ipam
from emulators.world.decide import Decision
from emulators.world.events import declare
from emulators.world.model import Allocation, Cdrom, Controller, Datastore, Disk, Network, Port, Power, Vm

DISK_CREATED = declare("dcsim.storage.disk.created", "A virtual disk was made")
DISK_CHANGED = declare("dcsim.storage.disk.changed", "A virtual disk was extended, moved or re-attached")
DISK_DELETED = declare("dcsim.storage.disk.deleted", "A virtual disk was deleted")
PORT_CREATED = declare("dcsim.network.port.created", "A virtual NIC was added")
PORT_CHANGED = declare("dcsim.network.port.changed", "A virtual NIC was changed")
PORT_DELETED = declare("dcsim.network.port.deleted", "A virtual NIC was removed")

FIRST_DISK_KEY, FIRST_PORT_KEY, FIRST_PORT_UNIT = 2000, 4000, 7
RESERVED_UNIT = 7  # a SCSI controller's own
MIN_MEMORY, MAX_MEMORY, MAX_CPUS = 4 << 20, 24 << 40, 768
T = TypeVar("T", Disk, Port)


class VmSettings(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Fields of a VM to set; what is UNSET stays.  ``extra_config`` is merged: an empty value removes its key."""

    name: str | UnsetType = UNSET
    guest_id: str | UnsetType = UNSET
    cpus: int | UnsetType = UNSET
    cores_per_socket: int | UnsetType = UNSET
    memory_bytes: int | UnsetType = UNSET
    cpu: Allocation | UnsetType = UNSET
    memory: Allocation | UnsetType = UNSET
    cpu_hot_add: bool | UnsetType = UNSET
    memory_hot_add: bool | UnsetType = UNSET
    hardware_version: int | UnsetType = UNSET
    firmware: str | UnsetType = UNSET
    annotation: str | UnsetType = UNSET
    uuid: str | UnsetType = UNSET
    instance_uuid: str | UnsetType = UNSET
    controllers: tuple[Controller, ...] | UnsetType = UNSET
    cdroms: tuple[Cdrom, ...] | UnsetType = UNSET
    image: str | UnsetType = UNSET
    restart_priority: str | UnsetType = UNSET
    extra_config: dict[str, str] | UnsetType = UNSET

    def given(self) -> dict[str, Any]:
        """The fields that are set, by name."""
        fields = {name: getattr(self, name) for name in self.__struct_fields__}
        return {name: value for name, value in fields.items() if value is not UNSET}


class DiskAdd(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A disk to make, or (``disk``) an existing one to attach.  Zero key and negative unit mean: choose."""

    capacity_bytes: int = 0
    datastore: str = ""
    path: str = ""
    thin: bool = True
    mode: str = "persistent"
    key: int = 0
    controller: int = 1000
    unit: int = -1
    disk: str = ""
    uid: str = ""


class DiskSet(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A disk to change: it can only grow."""

    disk: str
    capacity_bytes: int | UnsetType = UNSET
    mode: str | UnsetType = UNSET


class DiskRemove(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A disk to detach, and with ``destroy`` to delete."""

    disk: str
    destroy: bool = False


class PortAdd(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A NIC to add; an empty MAC or IP means: choose."""

    network: str
    mac: str = ""
    ip: str = ""
    key: int = 0
    adapter: str = "vmxnet3"
    connected: bool = True
    start_connected: bool = True


class PortSet(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A NIC to change; on another network it gets another address."""

    port: str
    network: str | UnsetType = UNSET
    mac: str | UnsetType = UNSET
    ip: str | UnsetType = UNSET
    connected: bool | UnsetType = UNSET
    start_connected: bool | UnsetType = UNSET


class DeviceChanges(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Disks and NICs to remove, change and add, in this order."""

    remove_disks: tuple[DiskRemove, ...] = ()
    set_disks: tuple[DiskSet, ...] = ()
    add_disks: tuple[DiskAdd, ...] = ()
    remove_ports: tuple[str, ...] = ()
    set_ports: tuple[PortSet, ...] = ()
    add_ports: tuple[PortAdd, ...] = ()

    def of_copy(self, copies: dict[str, str]) -> DeviceChanges:
        """The same changes to the copies of what they name; ``copies`` maps the uids of disks and ports to those of their copies."""
        return msgspec.structs.replace(
            self,
            remove_disks=tuple(msgspec.structs.replace(one, disk=copies.get(one.disk, one.disk)) for one in self.remove_disks),
            set_disks=tuple(msgspec.structs.replace(one, disk=copies.get(one.disk, one.disk)) for one in self.set_disks),
            remove_ports=tuple(copies.get(uid, uid) for uid in self.remove_ports),
            set_ports=tuple(msgspec.structs.replace(one, port=copies.get(one.port, one.port)) for one in self.set_ports),
        )


def change_devices(decision: Decision, vm: Vm, changes: DeviceChanges) -> None:
    """Make all the changes, or raise what refuses one of them."""
    for removed in changes.remove_disks:
        remove_disk(decision, vm, removed)
    for changed in changes.set_disks:
        set_disk(decision, vm, changed)
    for added in changes.add_disks:
        add_disk(decision, vm, added)
    for gone in changes.remove_ports:
        remove_port(decision, vm, gone)
    for edited in changes.set_ports:
        set_port(decision, vm, edited)
    for fresh in changes.add_ports:
        add_port(decision, vm, fresh)


def check_settings(vm: Vm | None, settings: VmSettings) -> None:
    """Raise InvalidArgument or InvalidState for settings that no VM, or not this one as it runs, can have."""
    given = settings.given()
    cpus, cores = given.get("cpus", vm.cpus if vm else 1), given.get("cores_per_socket", vm.cores_per_socket if vm else 1)
    if not 1 <= cpus <= MAX_CPUS:
        raise InvalidArgument(f"A VM has 1 to {MAX_CPUS} CPUs, not {cpus}.", field="cpus")
    if cores < 1 or cpus % cores:
        raise InvalidArgument(f"{cpus} CPUs cannot be divided into sockets of {cores} cores.", field="cores_per_socket")
    memory = given.get("memory_bytes", MIN_MEMORY)
    if not MIN_MEMORY <= memory <= MAX_MEMORY or memory % (1 << 20):
        raise InvalidArgument(f"A VM's memory is a whole number of MiB, from 4 MiB to 24 TiB, not {memory} bytes.", field="memory_bytes")
    if "name" in given and not given["name"].strip():
        raise InvalidArgument("A VM needs a name.", field="name")
    if vm is not None and vm.power is not Power.OFF:
        _check_hot(vm, given)


def _check_hot(vm: Vm, given: dict[str, Any]) -> None:
    rules = {"cpus": vm.cpu_hot_add, "memory_bytes": vm.memory_hot_add}
    for field, allowed in rules.items():
        if field in given and given[field] != getattr(vm, field) and not (allowed and given[field] > getattr(vm, field)):
            raise InvalidState(
                f"{vm.name} is powered {vm.power}: its {field} can only grow, and only with hot add.",
                subject=vm.uid,
                field=field,
                existing=vm.power,
                requested=Power.OFF,
            )
    for field in ("firmware", "hardware_version", "guest_id", "cpu_hot_add", "memory_hot_add", "cores_per_socket", "uuid", "image"):
        if field in given and given[field] != getattr(vm, field):
            raise InvalidState(
                f"{vm.name} is powered {vm.power}: its {field} can be changed only while it is off.",
                subject=vm.uid,
                field=field,
                existing=vm.power,
                requested=Power.OFF,
            )


def merged(old: dict[str, str], new: dict[str, str]) -> dict[str, str]:
    """Extra configuration with ``new`` applied; an empty value removes its key."""
    return {key: value for key, value in {**old, **new}.items() if value != ""}


def require_space(decision: Decision, datastore: Datastore, wanted: int) -> None:
    """Raise InsufficientResources when the datastore cannot be written or lacks the bytes."""
    if not datastore.accessible:
        raise InvalidState(f"The datastore {datastore.name} is not accessible.", subject=datastore.uid, field="datastore")
    free = capacity.datastore_space(decision.state, datastore).free
    if wanted > free:
        raise InsufficientResources(
            f"Insufficient disk space on datastore {datastore.name!r}: {wanted >> 20} MiB wanted, {free >> 20} MiB free.",
            subject=datastore.uid,
            resource="disk",
        )


def own(decision: Decision, cls: type[T], vm: Vm, uid: str, field: str) -> T:
    """A disk or port, refused unless it is this VM's."""
    entity = decision.state.find(uid)
    if not isinstance(entity, cls) or entity.vm != vm.uid:
        raise NotFound(f"{vm.name} has no such {field}.", subject=uid, field=field)
    return entity


def add_disk(decision: Decision, vm: Vm, wanted: DiskAdd) -> Disk:
    """Make the disk, or attach the existing one."""
    disks = decision.state.where(Disk, "vm", vm.uid)
    unit = wanted.unit if wanted.unit >= 0 else _free_unit(disks, wanted.controller)
    if any(disk.controller == wanted.controller and disk.unit == unit for disk in disks):
        raise InvalidArgument(f"Unit {unit} of controller {wanted.controller} of {vm.name} is taken.", subject=vm.uid, field="unit")
    key = _free_key([disk.key for disk in disks], FIRST_DISK_KEY + 16 * (wanted.controller % 1000) + unit)
    place: dict[str, Any] = {"key": key, "controller": wanted.controller, "unit": unit, "vm": vm.uid, "mode": wanted.mode}
    if wanted.disk:
        return decision.update(DISK_CHANGED, _detached(decision, wanted.disk), **place)
    if wanted.capacity_bytes <= 0:
        raise InvalidArgument("A disk needs a capacity.", subject=vm.uid, field="capacity_bytes")
    datastore = decision.get(Datastore, wanted.datastore or vm.datastore)
    require_space(decision, datastore, 0 if wanted.thin else wanted.capacity_bytes)
    path = wanted.path or _free_path(decision, datastore, vm, len(disks))
    if decision.state.one(Disk, "path", path) is not None:
        raise InvalidArgument(f"Cannot complete the operation because the file {path} already exists.", subject=vm.uid, field="path")
    return decision.create(
        DISK_CREATED,
        Disk,
        uid=wanted.uid or decision.new_uid("disk"),
        name=path.rpartition("/")[2],
        site=vm.site,
        project=vm.project,
        datastore=datastore.uid,
        path=path,
        uuid=decision.new_uuid(),
        capacity_bytes=wanted.capacity_bytes,
        used_bytes=0,
        thin=wanted.thin,
        **place,
    )


def _detached(decision: Decision, uid: str) -> Disk:
    disk = decision.get(Disk, uid)
    if disk.vm:
        raise InvalidState(f"The disk {disk.path} is attached to another VM.", subject=uid, field="disk", existing="attached")
    return disk


def _free_unit(disks: list[Disk], controller: int) -> int:
    taken = {disk.unit for disk in disks if disk.controller == controller} | {RESERVED_UNIT}
    return next(unit for unit in range(len(taken) + 1) if unit not in taken)


def _free_key(taken: list[int], wanted: int) -> int:
    key = wanted
    while key in taken:
        key += 1
    return key


def _free_path(decision: Decision, datastore: Datastore, vm: Vm, count: int) -> str:
    folder = vm.path.partition("] ")[2].rpartition("/")[0] or vm.name
    while True:
        path = f"[{datastore.name}] {folder}/{vm.name}{f'_{count}' if count else ''}.vmdk"
        if decision.state.one(Disk, "path", path) is None:
            return path
        count += 1


def set_disk(decision: Decision, vm: Vm, wanted: DiskSet) -> Disk:
    """Grow a disk or change its mode."""
    disk = own(decision, Disk, vm, wanted.disk, "disk")
    size = disk.capacity_bytes if wanted.capacity_bytes is UNSET else wanted.capacity_bytes
    if size < disk.capacity_bytes:
        raise InvalidArgument("A disk can only grow.", subject=disk.uid, field="capacity_bytes")
    if not disk.thin:
        require_space(decision, decision.get(Datastore, disk.datastore), size - disk.capacity_bytes)
    mode = disk.mode if wanted.mode is UNSET else wanted.mode
    return decision.update(DISK_CHANGED, disk, capacity_bytes=size, mode=mode)


def remove_disk(decision: Decision, vm: Vm, wanted: DiskRemove) -> None:
    """Detach a disk, and delete it when asked."""
    disk = own(decision, Disk, vm, wanted.disk, "disk")
    if wanted.destroy:
        decision.delete(DISK_DELETED, disk)
    else:
        decision.update(DISK_CHANGED, disk, vm="")


def add_port(decision: Decision, vm: Vm, wanted: PortAdd) -> Port:
    """Make a NIC."""
    network = decision.get(Network, wanted.network)
    ports = decision.state.where(Port, "vm", vm.uid)
    unit = _free_key([port.unit for port in ports], FIRST_PORT_UNIT)
    return decision.create(
        PORT_CREATED,
        Port,
        name=f"{vm.name}-eth{len(ports)}",
        site=vm.site,
        vm=vm.uid,
        network=network.uid,
        project=vm.project,
        mac=wanted.mac.lower() or decision.new_mac(vm.owner),
        mac_type="manual" if wanted.mac else "assigned",
        ip=ipam.free_address(decision.state, network, wanted.ip),
        key=_free_key([port.key for port in ports], FIRST_PORT_KEY + unit - FIRST_PORT_UNIT),
        unit=unit,
        adapter=wanted.adapter,
        connected=wanted.connected,
        start_connected=wanted.start_connected,
    )


def set_port(decision: Decision, vm: Vm, wanted: PortSet) -> Port:
    """Change a NIC."""
    port = own(decision, Port, vm, wanted.port, "port")
    given = {name: value for name in ("network", "mac", "connected", "start_connected") if (value := getattr(wanted, name)) is not UNSET}
    moved, wanted_ip = given.get("network", port.network) != port.network, "" if wanted.ip is UNSET else wanted.ip
    if moved or (wanted_ip and wanted_ip != port.ip):
        given["ip"] = ipam.free_address(decision.state, decision.get(Network, given.get("network", port.network)), wanted_ip)
    return decision.update(PORT_CHANGED, port, **given)


def remove_port(decision: Decision, vm: Vm, uid: str) -> None:
    """Remove a NIC."""
    decision.delete(PORT_DELETED, own(decision, Port, vm, uid, "port"))
