"""Servers and flavors, as Nova has them."""

from __future__ import annotations

from graph.backends.entities import EntityByKey
from graph.execution.fields import column, graph_type, joined
from graph.execution.relay import Connection
from graph.execution.scalars import DateTime, Json
from graph.schema.entity import Entity, shows
from graph.schema.filters import entities
from graph.schema.refs import HostRef, OpenStackImageRef, OpenStackPortRef, ProjectRef, VirtualMachineRef, VolumeRef


@shows("nova_flavor")
@graph_type
class Flavor(Entity):
    """A size of servers; its uid is its id in Nova."""

    vcpus: int = column()
    ram_mib: int = column("ram")
    disk_gib: int = column("disk")
    ephemeral_gib: int = column("ephemeral")
    swap_mib: int = column("swap")
    public: bool = column()
    disabled: bool = column()
    description: str | None = column()
    extra_specs: Json = column()
    servers: Connection[OpenStackServer] | None = entities("nova_server", "flavor.id")


@shows("nova_server")
@graph_type
class OpenStackServer(Entity):
    """A server; its uid is its id in Nova."""

    vm_state: str = column(description="Nova's own word: active, stopped, error...")
    task_state: str = column(description="What is being done to it, or empty.")
    power_state: int = column(description="What Nova last saw of its VM: 1 running, 3 paused, 4 shut down...")
    zone: str = column()
    hostname: str = column()
    description: str | None = column()
    key_name: str = column()
    metadata: Json = column()
    locked: str = column(description="Who locked it: empty, owner or admin.")
    config_drive: bool = column()
    access_ipv4: str = column()
    access_ipv6: str = column()
    fault_message: str = column(description="Why it is in ERROR, or empty.")
    flavor_name: str = column("flavor.name")
    launched: DateTime | None = column()
    updated: DateTime = column()
    flavor: Flavor | None = joined(EntityByKey("nova_flavor", "flavor.id"), description="None when it was deleted meanwhile.")
    vm: VirtualMachineRef | None = joined(EntityByKey("vm", "vm"), description="The machine behind it.")
    host: HostRef | None = joined(EntityByKey("hypervisor", "host"))
    project: ProjectRef | None = joined(EntityByKey("project", "project"))
    image: OpenStackImageRef | None = joined(EntityByKey("glance_image", "image"))
    ports: Connection[OpenStackPortRef] | None = entities("neutron_port", "device")
    volumes: Connection[VolumeRef] | None = entities("cinder_volume", "servers")


@graph_type
class OpenStackComputeQuery:
    """Reading what Nova has."""

    openstack_servers: Connection[OpenStackServer] | None = entities("nova_server")
    flavors: Connection[Flavor] | None = entities("nova_flavor")
