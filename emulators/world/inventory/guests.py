"""Virtual machines of an inventory as entities: each VM, then its disks and ports."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from dcsim.ids import random_for
from emulators.world import identity
from emulators.world.inventory.hosts import HostPlan, Spread
from emulators.world.inventory.making import Making
from emulators.world.inventory.shared import OWNERS
from emulators.world.inventory.spec import DiskSpec, ImageSpec, NicSpec, VmClass, VmSpec, parse_size
from emulators.world.ipam import Addresses
from emulators.world.model import Datastore, Disk, Entity, Hypervisor, Image, Network, Owner, Port, Power, Project, ResourcePool, Site, Vm

DISK_KEY, CONTROLLER_KEY, NIC_KEY = 2000, 1000, 4000
CONTROLLER_UNIT = 7
"""The unit number on a SCSI bus that its controller has."""
MAX_DISKS = 15
NIC_UNIT = 7
BLOCK = 1 << 20
"""A thin disk grows by VMFS blocks of 1 MiB."""


class VmPlan(NamedTuple):
    """A VM with its class and image folded in."""

    spec: VmSpec
    cpus: int
    cores_per_socket: int
    memory_bytes: int
    disks: tuple[DiskSpec, ...]
    nics: tuple[NicSpec, ...]
    image: str
    guest_id: str


def vm_plan(spec: VmSpec, classes: dict[str, VmClass], images: dict[str, ImageSpec]) -> VmPlan:
    """What a VM is, by its own line, its class and its image, in this order."""
    cls = classes[spec.cls] if spec.cls else VmClass()
    image = spec.image or cls.image
    guest_id = spec.guest_id or cls.guest_id or (images[image].guest_id if image else ImageSpec(name="", ref="").guest_id)
    disks = cls.disks if spec.disks is None else spec.disks
    return VmPlan(
        spec=spec,
        cpus=spec.cpus or cls.cpus,
        cores_per_socket=spec.cores_per_socket or cls.cores_per_socket,
        memory_bytes=parse_size(spec.memory or cls.memory),
        disks=tuple(disk if isinstance(disk, DiskSpec) else DiskSpec(size=disk) for disk in disks),
        nics=tuple(nic if isinstance(nic, NicSpec) else NicSpec(network=nic) for nic in spec.networks),
        image=image,
        guest_id=guest_id,
    )


def vm_plans(making: Making) -> list[VmPlan]:
    """All VMs of the document, in its order."""
    images = {image.name: image for image in making.inventory.images}
    return [vm_plan(spec, making.inventory.vm_classes, images) for spec in making.inventory.vms]


def vms(making: Making, hosts: dict[str, HostPlan], addresses: dict[str, Addresses]) -> Iterator[Entity]:
    """Every VM on its host, with disks and ports; ``addresses`` are the networks'."""
    plans = vm_plans(making)
    spread = Spread(making.inventory, hosts)
    for plan in plans:
        if plan.spec.host and plan.spec.power == "on":
            spread.put(plan.spec.host, plan.memory_bytes)
    for plan in plans:
        host = plan.spec.host or spread.choose(plan.spec.cluster)
        if not plan.spec.host and plan.spec.power == "on":
            spread.put(host, plan.memory_bytes)
        yield from _Guest(making, plan, hosts[host]).entities(addresses)


class _Guest:
    """One VM in the making."""

    def __init__(self, making: Making, plan: VmPlan, host: HostPlan) -> None:
        self.making = making
        self.plan = plan
        self.spec = plan.spec
        self.host = host
        self.uid = making.uid(Vm, plan.spec.name)
        self.site = making.uid(Site, host.site)
        self.owner = OWNERS[host.flavor]
        self.project = making.ref(Project, plan.spec.project)

    def entities(self, addresses: dict[str, Addresses]) -> Iterator[Entity]:
        yield self._vm()
        for place, disk in enumerate(self.plan.disks):
            yield self._disk(place, disk)
        for place, nic in enumerate(self.plan.nics):
            yield self._port(place, nic, addresses.get(nic.network))

    def _vm(self) -> Vm:
        making, spec = self.making, self.spec
        return making.make(
            Vm,
            (spec.name,),
            name=spec.name,
            site=self.site,
            tags=tuple(spec.tags),
            owner=self.owner,
            project=self.project,
            host=making.uid(Hypervisor, self.host.name),
            pool=self._pool(),
            datastore=making.ref(Datastore, spec.datastore),
            path=f"[{spec.datastore}] {spec.name}/{spec.name}.vmx" if spec.datastore else "",
            uuid=making.unique(identity.vm_uuid, spec.name),
            instance_uuid=making.unique(identity.instance_uuid, spec.name),
            guest_id=self.plan.guest_id,
            cpus=self.plan.cpus,
            cores_per_socket=self.plan.cores_per_socket,
            memory_bytes=self.plan.memory_bytes,
            annotation=spec.annotation,
            image=making.ref(Image, self.plan.image),
            template=spec.template,
            power=Power(spec.power),
            modified=making.now,
        )

    def _pool(self) -> str:
        if self.owner is not Owner.VSPHERE or self.spec.template:
            return ""
        return self.making.uid(ResourcePool, self.host.cluster or self.host.name, self.spec.pool)

    def _disk(self, place: int, disk: DiskSpec) -> Disk:
        store, name = disk.datastore or self.spec.datastore, self.spec.name
        suffix = f"_{place}" if place else ""
        size = parse_size(disk.size)
        share = random_for(self.making.seed, "used", name, place).uniform(0.1, 0.5)
        return self.making.make(
            Disk,
            (name, place),
            name=f"Hard disk {place + 1}",
            site=self.site,
            vm=self.uid,
            project=self.project,
            datastore=self.making.ref(Datastore, store),
            path=f"[{store}] {name}/{name}{suffix}.vmdk",
            uuid=self.making.unique(identity.disk_uuid, name, place),
            capacity_bytes=size,
            used_bytes=int(size * share) // BLOCK * BLOCK if disk.thin else size,
            thin=disk.thin,
            key=DISK_KEY + place,
            controller=CONTROLLER_KEY,
            unit=place + (place >= CONTROLLER_UNIT),
        )

    def _port(self, place: int, nic: NicSpec, addresses: Addresses | None) -> Port:
        return self.making.make(
            Port,
            (self.spec.name, place),
            name=f"Network adapter {place + 1}",
            site=self.site,
            vm=self.uid,
            network=self.making.uid(Network, nic.network),
            project=self.project,
            mac=nic.mac or self._mac(place),
            mac_type="manual" if nic.mac and not identity.assigned_by_vcenter(nic.mac) else "assigned",
            ip=nic.ip or (addresses.take() if addresses else ""),
            key=NIC_KEY + place,
            unit=NIC_UNIT + place,
            adapter=nic.adapter,
        )

    def _mac(self, place: int) -> str:
        def draw(seed: int, *path: str | int) -> str:
            return identity.vm_mac(self.owner, seed, *path)

        return self.making.unique(draw, self.spec.name, place)
