"""The VMs of a world as lines of an inventory: classes for what several have in common, addresses only where order does not give them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from ipaddress import IPv4Address, IPv4Network
from typing import NamedTuple

import msgspec

from emulators.world import identity
from emulators.world.inventory.spec import DiskSpec, ImageSpec, NicSpec, Powered, VmClass, VmSpec, format_size
from emulators.world.ipam import Addresses
from emulators.world.model import Datastore, Disk, Hypervisor, Image, Network, Port, Power, Project, ResourcePool, UcsDomain, Vm, World
from emulators.world.state import WorldState

SEVERAL = 2
"""So many VMs alike make a class."""


class ExportedVms(NamedTuple):
    """The VMs' lines and classes, the hosts (uids) whose management address must be written down, and the VMs' names by uid."""

    vms: list[VmSpec]
    classes: dict[str, VmClass]
    fixed_hosts: set[str]
    names: dict[str, str]


def export_vms(state: WorldState) -> ExportedVms:
    """Every VM that has a host."""
    vms = _named_apart(vm for vm in state.all(Vm) if vm.host)
    shapes = {vm.uid: _shape(state, vm) for vm in vms}
    counts = Counter(shapes.values())
    names = {shape: shape.name for shape, count in counts.items() if count >= SEVERAL}
    classes = {name: shape.vm_class() for shape, name in names.items()}
    written = _written_networks(state, vms)
    fixed = {host.uid for host in state.all(Hypervisor) if _network_of(state, host.management_ip) in written}
    seed = worlds[0].seed if (worlds := state.all(World)) else 0
    lines = [_vm(state, vm, shapes[vm.uid], names, written, seed) for vm in vms]
    return ExportedVms(lines, classes, fixed, {vm.uid: vm.name for vm in vms})


def _named_apart(vms: Iterable[Vm]) -> list[Vm]:
    """The VMs, those whose name another has (in another folder or project) with a number after it."""
    taken: set[str] = set()
    found: list[Vm] = []
    for vm in vms:
        name = identity.first_free(lambda turn, name=vm.name: f"{name}~{turn + 1}" if turn else name, taken)  # type: ignore[misc]
        taken.add(name)
        found.append(vm if name == vm.name else msgspec.structs.replace(vm, name=name))
    return found


class _Shape(NamedTuple):
    """What a class says of a VM."""

    cpus: int
    cores_per_socket: int
    memory: str
    disks: tuple[str, ...] | None
    image: str
    guest_id: str

    @property
    def name(self) -> str:
        """A name that tells shapes apart."""
        parts = [f"{self.cpus}cpu", f"{self.cores_per_socket}core" if self.cores_per_socket > 1 else "", self.memory]
        return "-".join(part for part in (*parts, *(self.disks or ()), self.image, self.guest_id) if part)

    def vm_class(self) -> VmClass:
        """The class of that name."""
        return VmClass(
            cpus=self.cpus,
            cores_per_socket=self.cores_per_socket,
            memory=self.memory,
            disks=list(self.disks or ()),
            image=self.image,
            guest_id=self.guest_id,
        )


def _shape(state: WorldState, vm: Vm) -> _Shape:
    image = state.maybe(Image, vm.image)
    usual = image.guest_id if image else ImageSpec(name="", ref="").guest_id
    disks = _disks(state, vm)
    plain = all(disk.thin and disk.datastore == vm.datastore for disk in disks)
    return _Shape(
        vm.cpus,
        vm.cores_per_socket,
        format_size(vm.memory_bytes),
        tuple(format_size(disk.capacity_bytes) for disk in disks) if plain else None,
        image.name if image else "",
        "" if vm.guest_id == usual else vm.guest_id,
    )


def _disks(state: WorldState, vm: Vm) -> list[Disk]:
    return sorted(state.where(Disk, "vm", vm.uid), key=lambda disk: (disk.controller, disk.unit))


def _vm(state: WorldState, vm: Vm, shape: _Shape, classes: dict[_Shape, str], written: set[str], seed: int) -> VmSpec:
    spec = VmSpec(
        name=vm.name,
        host=state.get(Hypervisor, vm.host).name,
        pool=_pool(state, vm),
        datastore=_name(state, Datastore, vm.datastore),
        networks=[_nic(state, vm, place, port, written, seed) for place, port in enumerate(_ports(state, vm))],
        power=_POWER[vm.power],
        template=vm.template,
        project=_name(state, Project, vm.project),
        annotation=vm.annotation,
        tags=list(vm.tags),
    )
    if shape in classes:
        own: dict[str, object] = {"cls": classes[shape]}
    else:
        own = {field: getattr(shape, field) for field in ("cpus", "cores_per_socket", "memory", "image", "guest_id")}
    if shape not in classes or shape.disks is None:
        own["disks"] = [_disk(state, vm, disk) for disk in _disks(state, vm)]
    return msgspec.structs.replace(spec, **own)


_POWER: dict[Power, Powered] = {Power.ON: "on", Power.OFF: "off", Power.SUSPENDED: "suspended"}


def _name(state: WorldState, cls: type[Datastore | Project], uid: str) -> str:
    entity = state.maybe(cls, uid) if uid else None
    return entity.name if entity else ""


def _pool(state: WorldState, vm: Vm) -> str:
    pool = state.maybe(ResourcePool, vm.pool)
    return pool.name if pool and state.maybe(ResourcePool, pool.parent) else ""


def _disk(state: WorldState, vm: Vm, disk: Disk) -> str | DiskSpec:
    size = format_size(disk.capacity_bytes)
    store = "" if disk.datastore == vm.datastore else _name(state, Datastore, disk.datastore)
    return size if disk.thin and not store else DiskSpec(size=size, thin=disk.thin, datastore=store)


# -- networks ------------------------------------------------------------------------------------------------------------------


def _ports(state: WorldState, vm: Vm) -> list[Port]:
    return sorted(state.where(Port, "vm", vm.uid), key=lambda port: port.key)


def _nic(state: WorldState, vm: Vm, place: int, port: Port, written: set[str], seed: int) -> str | NicSpec:
    network = state.get(Network, port.network)
    ip = port.ip if network.uid in written else ""
    mac = "" if port.mac == identity.vm_mac(vm.owner, seed, vm.name, place) else port.mac
    adapter = NicSpec(network="").adapter
    return NicSpec(network=network.name, ip=ip, mac=mac, adapter=port.adapter) if ip or mac or port.adapter != adapter else network.name


def _written_networks(state: WorldState, vms: list[Vm]) -> set[str]:
    """The networks (uids) whose addresses are not those that ``realise`` would give out in order."""
    others = [domain.address for domain in state.all(UcsDomain)]
    addresses = {one.uid: Addresses(one.cidr, one.gateway, others) for one in state.all(Network) if one.cidr}
    written: set[str] = set()
    for uid, ip in _in_order(state, vms):
        if uid in addresses and uid not in written and addresses[uid].take() != ip:
            written.add(uid)
    return written


def _in_order(state: WorldState, vms: list[Vm]) -> Iterator[tuple[str, str]]:
    """Network and address of every host, then of every port, in the order in which they are given out."""
    for host in state.all(Hypervisor):
        yield _network_of(state, host.management_ip), host.management_ip
    for vm in vms:
        for port in _ports(state, vm):
            yield port.network, port.ip


def _network_of(state: WorldState, ip: str) -> str:
    """The network that an address is of; empty when there is none."""
    if not ip:
        return ""
    address = IPv4Address(ip)
    return next((one.uid for one in state.all(Network) if one.cidr and address in IPv4Network(one.cidr)), "")
