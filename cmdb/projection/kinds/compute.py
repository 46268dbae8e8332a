"""Clusters, hypervisors, resource pools and virtual machines, as their control planes see them."""

from __future__ import annotations

import msgspec

from cmdb.model.classes.compute import Cluster, Hypervisor, ResourcePool, VirtualMachine
from cmdb.model.classes.hardware import Blade
from cmdb.projection.declare import ENGINE, OPENSTACK, VSPHERE, Link, Observation, Shape, Statement, Statements, View, projects, seen
from cmdb.projection.kinds.facility import site_of, state_of
from cmdb.projection.kinds.hardware import ServerShape, identity_of

MIB, GIB = 1 << 20, 1 << 30
UNLIMITED = -1


class Ha(msgspec.Struct, frozen=True):
    """High availability of a cluster."""

    enabled: bool = True
    admission_control: bool = True
    failures_to_tolerate: int = 1
    restart_priority: str = "medium"


class Drs(msgspec.Struct, frozen=True):
    """Scheduling of a cluster."""

    enabled: bool = True
    automation: str = "fullyAutomated"


class ClusterShape(Shape, frozen=True, kw_only=True):
    """A cluster."""

    owner: str = "vsphere"
    ha: Ha = Ha()
    drs: Drs = Drs()


class HypervisorShape(Shape, frozen=True, kw_only=True):
    """A host."""

    blade: str
    cluster: str = ""
    flavor: str = "esxi"
    connection: str = "connected"
    running: bool = True
    maintenance: bool = False
    management_ip: str = ""
    release: str = "8.0.3"
    build: str = "24022510"
    number: int = 0

    @property
    def source(self) -> str:
        """The control plane that manages it."""
        return VSPHERE if self.flavor == "esxi" else OPENSTACK


class Allocation(msgspec.Struct, frozen=True):
    """Reservation and limit: MHz or MiB."""

    reservation: int = 0
    limit: int = UNLIMITED
    expandable: bool = False


class PoolShape(Shape, frozen=True, kw_only=True):
    """A resource pool."""

    parent: str
    cpu: Allocation = Allocation(expandable=True)
    memory: Allocation = Allocation(expandable=True)


class Guest(msgspec.Struct, frozen=True):
    """What a guest says of itself."""

    hostname: str = ""
    addresses: dict[str, tuple[str, ...]] = msgspec.field(default_factory=dict)


class VmShape(Shape, frozen=True, kw_only=True):
    """A VM of vSphere, or what stands behind a server of OpenStack."""

    owner: str = "vsphere"
    project: str = ""
    host: str = ""
    pool: str = ""
    datastore: str = ""
    uuid: str
    instance_uuid: str
    guest_id: str = "otherLinux64Guest"
    cpus: int = 1
    memory_bytes: int = 1 << 30
    cpu: Allocation = Allocation()
    memory: Allocation = Allocation()
    annotation: str = ""
    image: str = ""
    template: bool = False
    power: str = "off"
    restart_priority: str = ""
    machine: str = ""
    number: int = 0
    guest: Guest = Guest()

    @property
    def source(self) -> str:
        """Who tells of it: of a server, Nova does, and the engine adds what is behind."""
        return VSPHERE if self.owner == "vsphere" else ENGINE

    @property
    def memory_reserved(self) -> int:
        """Bytes that admission control promises to it while it is on: its reservation and what the hypervisor needs to run it."""
        overhead = int((14.4 + 4.0 * self.cpus) * MIB + self.memory_bytes * 7.58 / 1024)
        return min(self.memory.reservation * MIB, self.memory_bytes) + overhead


class PortMac(Shape, frozen=True, kw_only=True):
    """A virtual NIC, as far as its VM is known by it."""

    vm: str = ""
    mac: str = ""


@projects("cluster", ClusterShape)
def cluster(it: ClusterShape, view: View) -> Statements:
    """Hosts that share work.  Nova restarts nothing by itself."""
    yield seen(
        it.owner,
        it,
        Cluster(
            site=site_of(it, view), owner=it.owner, ha_enabled=it.ha.enabled and it.owner == VSPHERE,
            admission_control=it.ha.admission_control, failures_to_tolerate=it.ha.failures_to_tolerate,
            restart_priority=it.ha.restart_priority, drs_enabled=it.drs.enabled, drs_automation=it.drs.automation,
        ),
    )  # fmt: skip
    yield Link(ENGINE, it.uid, "LOCATED_IN", it.site)


@projects("hypervisor", HypervisorShape)
def hypervisor(it: HypervisorShape, view: View) -> Statements:
    """A host, and what its control plane sees of the server below it."""
    server = view.look(ServerShape, it.blade)
    yield _host(it, server, view)
    if server:
        yield _hardware(it, server, view)
    yield Link(it.source, it.uid, "RUNS_ON", it.blade)
    yield Link(it.source, it.uid, "MEMBER_OF", it.cluster)


def _host(it: HypervisorShape, server: ServerShape | None, view: View) -> Statement:
    on = [vm for vm in view.where("vm", VmShape, "host", it.uid) if vm.power == "on"]
    item = Hypervisor(
        site=site_of(it, view), owner=it.source, flavor=it.flavor, release=it.release, build=it.build, management_ip=it.management_ip,
        connection=it.connection, running=it.running, maintenance=it.maintenance,
        cpu_reserved_mhz=sum(vm.cpu.reservation for vm in on), memory_reserved_bytes=sum(vm.memory_reserved for vm in on),
        cpus_given=sum(vm.cpus for vm in on), memory_given_bytes=sum(vm.memory_bytes for vm in on), number=it.number,
        operational_state=state_of(it.running and it.connection != "not_responding"),
    )  # fmt: skip
    if server:
        uuid, macs = identity_of(server, view)
        mhz, memory = server.cpu.cores * server.cpu.mhz, server.working_memory
        item = msgspec.structs.replace(
            item, serial=server.serial, uuid=uuid, macs=macs, cpu_mhz=mhz - mhz * 3 // 100,
            memory_bytes=max(memory - memory // 64 - 2 * GIB, 0), memory_installed_bytes=memory, cores=server.cpu.cores,
            threads=server.cpu.cores * server.cpu.threads_per_core,
        )  # fmt: skip
    return seen(it.source, it, item)


def _hardware(it: HypervisorShape, server: ServerShape, view: View) -> Observation:
    """The server as its host's control plane reports it: which one it is, its serial number and UUID must tell."""
    uuid, macs = identity_of(server, view)
    item = Blade(
        serial=server.serial, uuid=uuid, macs=macs, model=server.model, vendor=server.vendor, cpu_model=server.cpu.model,
        sockets=server.cpu.sockets, cores=server.cpu.cores, memory_bytes=server.working_memory,
    )  # fmt: skip
    found = seen(it.source, it, item, cls="Server", key=f"{it.uid}/hardware", name="")
    return msgspec.structs.replace(found, anchor=None, tags=())


@projects("resource_pool", PoolShape)
def resource_pool(it: PoolShape, view: View) -> Statements:
    """A share of a cluster or host."""
    on = [vm for vm in view.where("vm", VmShape, "pool", it.uid) if vm.power == "on"]
    yield seen(
        VSPHERE,
        it,
        ResourcePool(
            site=site_of(it, view), owner=VSPHERE, parent=it.parent, cpu_reservation_mhz=it.cpu.reservation, cpu_limit_mhz=it.cpu.limit,
            memory_reservation_mib=it.memory.reservation, memory_limit_mib=it.memory.limit,
            cpu_expandable=it.cpu.expandable, memory_expandable=it.memory.expandable,
            cpu_reserved_mhz=sum(vm.cpu.reservation for vm in on), memory_reserved_bytes=sum(vm.memory_reserved for vm in on),
        ),
    )  # fmt: skip
    yield Link(VSPHERE, it.uid, "PART_OF", it.parent)


@projects("vm", VmShape, indexed=("host", "pool"))
def vm(it: VmShape, view: View) -> Statements:
    """A virtual machine, wherever it runs."""
    macs = tuple(sorted(port.mac for port in view.where("port", PortMac, "vm", it.uid)))
    addresses = tuple(sorted({address for found in it.guest.addresses.values() for address in found}))
    item = VirtualMachine(
        site=site_of(it, view), uuid=it.uuid, instance_uuid=it.instance_uuid, owner=it.owner, project=it.project, macs=macs,
        addresses=addresses, hostname=it.guest.hostname, power=it.power, cpus=it.cpus, memory_bytes=it.memory_bytes,
        cpu_reserved_mhz=it.cpu.reservation, memory_reserved_bytes=it.memory_reserved, guest_id=it.guest_id, template=it.template,
        restart_priority=it.restart_priority, annotation=it.annotation, machine=it.machine,
        number=it.number,
    )  # fmt: skip
    anchor = (OPENSTACK, it.instance_uuid) if it.owner == "openstack" else None
    yield seen(it.source, it, item, anchor=anchor)
    host = view.look(HypervisorShape, it.host) if it.host else None
    targets = (("RUNS_ON", it.host), ("STORED_ON", it.datastore), ("MADE_FROM", it.image), ("OWNED_BY", it.project), ("MEMBER_OF", it.pool))
    for verb, target in targets:
        yield Link(it.source, it.uid, verb, target)
    if host:
        yield Link(it.source, it.uid, "MEMBER_OF", host.cluster)
