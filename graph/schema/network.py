"""Segments, distributed switches, and the ports of VMs."""

from __future__ import annotations

from graph.backends.entities import EntityByKey
from graph.backends.keyed import EntityBy
from graph.execution.fields import column, graph_type, joined
from graph.execution.relay import Connection
from graph.schema.entity import Entity, shows
from graph.schema.enums import ControlPlane, NetworkType
from graph.schema.filters import entities
from graph.schema.refs import HostRef, OpenStackNetworkRef, OpenStackPortRef, ProjectRef, VirtualMachineRef


@shows("distributed_switch")
@graph_type
class DistributedSwitch(Entity):
    """A switch that spans hosts."""

    moid: str = column(description="vCenter's managed object id.")
    uuid: str = column()
    release: str = column()
    uplinks: list[str] = column()
    hosts: Connection[HostRef] | None = entities("hypervisor", "distributed_switches")
    networks: Connection[Network] | None = entities("network", "switch", description="Its port groups.")


@shows("network")
@graph_type
class Network(Entity):
    """A segment that VMs' ports attach to: a port group of vSphere, or what is behind a network of Neutron."""

    owner: ControlPlane = column()
    type: NetworkType = column()
    moid: str = column(description="vCenter's managed object id; empty where vCenter does not show it.")
    vlan: int = column()
    cidr: str = column()
    gateway: str = column()
    mtu: int = column()
    partitioned: bool = column(description="A fault keeps its two fabrics apart.")
    switch: DistributedSwitch | None = joined(EntityByKey("distributed_switch", "switch"))
    project: ProjectRef | None = joined(EntityByKey("project", "project"))
    openstack_network: OpenStackNetworkRef | None = joined(EntityBy("neutron_network", "segment"), description="It as Neutron sees it.")
    hosts: Connection[HostRef] | None = entities("hypervisor", "networks")
    ports: Connection[Port] | None = entities("port", "network")
    vms: Connection[VirtualMachineRef] | None = entities("vm", "networks")


@shows("port")
@graph_type
class Port(Entity):
    """A virtual NIC on a network."""

    mac: str = column()
    ip: str = column()
    key: int = column(description="Its device key in the VM.")
    adapter: str = column(description="The emulated card: vmxnet3, e1000...")
    connected: bool = column(description="What operators want.")
    vm: VirtualMachineRef | None = joined(EntityByKey("vm", "vm"))
    network: Network | None = joined(EntityByKey("network", "network"))
    isolated: HostRef | None = joined(EntityByKey("hypervisor", "isolated"), description="The host whose vNICs do not carry its VLAN.")
    openstack_port: OpenStackPortRef | None = joined(EntityBy("neutron_port", "plug"), description="It as Neutron sees it.")


@graph_type
class NetworkQuery:
    """Reading networks."""

    networks: Connection[Network] | None = entities("network")
    distributed_switches: Connection[DistributedSwitch] | None = entities("distributed_switch")
    ports: Connection[Port] | None = entities("port")
