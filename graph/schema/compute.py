"""Virtual machines with their snapshots, and the hosts that they run on."""

from __future__ import annotations

from graph.backends.entities import EntityByKey
from graph.backends.keyed import EntityBy, EntityOf
from graph.execution.fields import column, graph_type, joined
from graph.execution.relay import Connection
from graph.execution.scalars import BigInt, DateTime
from graph.schema.entity import Entity, server_types, shows
from graph.schema.enums import ConnectionState, ControlPlane, HypervisorFlavor, Power
from graph.schema.filters import entities
from graph.schema.refs import (
    ApplicationRef,
    BladeRef,
    ClusterRef,
    DatastoreRef,
    DiskRef,
    DistributedSwitchRef,
    FolderRef,
    NetworkRef,
    OpenStackServerRef,
    PortRef,
    ProjectRef,
    RackServerRef,
    ResourcePoolRef,
    ServerRef,
    TaskRef,
)


@shows("snapshot")
@graph_type
class Snapshot(Entity):
    """A VM's saved state."""

    moid: str = column(description="vCenter's managed object id; empty where vCenter does not show it.")
    description: str = column()
    ordinal: int = column(description="Its number among the VM's, by which clients know it.")
    power: Power = column(description="The VM's when it was taken.")
    memory: bool = column(description="Whether it holds the memory, too.")
    quiesced: bool = column()
    vm: VirtualMachine | None = joined(EntityByKey("vm", "vm"))
    parent: Snapshot | None = joined(EntityByKey("snapshot", "parent"))
    children: Connection[Snapshot] | None = entities("snapshot", "parent")


@shows("vm")
@graph_type
class VirtualMachine(Entity):
    """A virtual machine of vSphere or a server of OpenStack."""

    owner: ControlPlane = column()
    power: Power = column()
    cpus: int = column()
    cores_per_socket: int = column()
    memory_bytes: BigInt = column()
    template: bool = column()
    guest_id: str = column(description="vSphere's word for the guest's operating system.")
    firmware: str = column()
    annotation: str = column()
    path: str = column(description="Where its files are: `[datastore] folder/name.vmx`.")
    machine: str = column(description="What has made its machine (`docker`, `simulated`...), empty while nothing has.")
    moid: str = column(description="vCenter's managed object id; empty where vCenter does not show it.")
    uuid: str = column(description="The UUID in its firmware (SMBIOS).")
    instance_uuid: str = column(description="The UUID that its control plane gave it: the id of an OpenStack server.")
    hostname: str = column("guest.hostname", description="As its machine last reported it.")
    addresses: list[str] = column(description="Its IP addresses, as its machine last reported them.")
    tools_running: bool = column("guest.tools_running")
    started: DateTime | None = column("guest.started")
    restart_priority: str = column()
    modified: DateTime | None = column()
    host: Host | None = joined(EntityByKey("hypervisor", "host"))
    pool: ResourcePoolRef | None = joined(EntityByKey("resource_pool", "in_pool"))
    datastore: DatastoreRef | None = joined(EntityByKey("datastore", "datastore"), description="Where its configuration lies.")
    folder: FolderRef | None = joined(EntityByKey("vsphere_folder", "folder"), description="None: its datacenter's own folder.")
    project: ProjectRef | None = joined(EntityByKey("project", "project"))
    openstack_server: OpenStackServerRef | None = joined(EntityBy("nova_server", "vm"), description="It as Nova sees it.")
    disks: Connection[DiskRef] | None = entities("disk", "vm")
    ports: Connection[PortRef] | None = entities("port", "vm")
    networks: Connection[NetworkRef] | None = entities("network", "vms")
    snapshots: Connection[Snapshot] | None = entities("snapshot", "vm")
    current_snapshot: Snapshot | None = joined(EntityByKey("snapshot", "current_snapshot"))
    applications: Connection[ApplicationRef] | None = entities("application", "vms")
    tasks: Connection[TaskRef] | None = entities("task", "subject")


@shows("hypervisor")
@graph_type
class Host(Entity):
    """A hypervisor: an ESXi host, or a Nova compute host."""

    flavor: HypervisorFlavor = column()
    connection: ConnectionState = column()
    running: bool = column()
    maintenance: bool = column()
    why_down: str = column(description="Why it cannot run, as a sentence; empty when nothing stands in its way.")
    moid: str = column(description="vCenter's managed object id; empty where vCenter does not show it.")
    uuid: str = column("system_uuid", description="The UUID in its server's firmware.")
    serial: str = column("server_serial", description="Its server's serial number.")
    dn: str = column("server_dn", description="The distinguished name of its server in UCS.")
    management_ip: str = column()
    release: str = column()
    build: str = column()
    booted: DateTime | None = column()
    vm_count: int = column()
    blade: BladeRef | None = joined(EntityByKey("blade", "blade"))
    rack_server: RackServerRef | None = joined(EntityByKey("rack_server", "blade"))
    server: ServerRef | None = joined(EntityOf("blade", server_types), description="The blade or rack server that it runs on.")
    cluster: ClusterRef | None = joined(EntityByKey("cluster", "cluster"))
    vms: Connection[VirtualMachine] | None = entities("vm", "host")
    openstack_servers: Connection[OpenStackServerRef] | None = entities("nova_server", "host")
    datastores: Connection[DatastoreRef] | None = entities("datastore", "hosts")
    networks: Connection[NetworkRef] | None = entities("network", "hosts")
    distributed_switches: Connection[DistributedSwitchRef] | None = entities("distributed_switch", "hosts")
    tasks: Connection[TaskRef] | None = entities("task", "subject")


@graph_type
class ComputeQuery:
    """Reading compute."""

    vms: Connection[VirtualMachine] | None = entities("vm")
    hosts: Connection[Host] | None = entities("hypervisor")
    snapshots: Connection[Snapshot] | None = entities("snapshot")
