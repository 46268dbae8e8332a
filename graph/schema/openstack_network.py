"""Networks, subnets, ports, routers, floating IPs and security groups, as Neutron has them."""

from __future__ import annotations

from graph.backends.entities import EntityByKey
from graph.backends.keyed import Listed, Within
from graph.execution.fields import column, graph_type, joined
from graph.execution.relay import Connection
from graph.schema.entity import Entity, shows
from graph.schema.filters import entities
from graph.schema.inputs import paged
from graph.schema.refs import NetworkRef, OpenStackServerRef, PortRef, ProjectRef


@shows("neutron_network")
@graph_type
class OpenStackNetwork(Entity):
    """A network; its uid is its id in Neutron."""

    description: str = column()
    admin_state_up: bool = column()
    shared: bool = column()
    external: bool = column()
    mtu: int = column()
    network_type: str = column()
    segmentation_id: int = column()
    segment: NetworkRef | None = joined(EntityByKey("network", "segment"), description="The segment behind it.")
    project: ProjectRef | None = joined(EntityByKey("project", "project"))
    subnets: Connection[Subnet] | None = entities("neutron_subnet", "network")
    ports: Connection[OpenStackPort] | None = entities("neutron_port", "network")
    floating_ips: Connection[FloatingIp] | None = entities("neutron_floatingip", "network")


@shows("neutron_subnet")
@graph_type
class Subnet(Entity):
    """A subnet; its uid is its id in Neutron."""

    cidr: str = column()
    ip_version: int = column()
    gateway: str = column(description="Empty: it has none.")
    enable_dhcp: bool = column()
    dns_nameservers: list[str] = column()
    network: OpenStackNetwork | None = joined(EntityByKey("neutron_network", "network"))
    project: ProjectRef | None = joined(EntityByKey("project", "project"))
    ports: Connection[OpenStackPort] | None = entities("neutron_port", "subnets")


@graph_type
class FixedIp:
    """An address of a port in a subnet."""

    ip: str = column()
    subnet: Subnet | None = joined(EntityByKey("neutron_subnet", "subnet"))


@shows("neutron_port")
@graph_type
class OpenStackPort(Entity):
    """A port; its uid is its id in Neutron."""

    mac: str = column()
    admin_state_up: bool = column()
    device: str = column(description="The id of what it belongs to: a server, a router...")
    device_owner: str = column()
    vnic_type: str = column()
    fixed_ips: list[FixedIp] | None = joined(Within("fixed_ips"))
    network: OpenStackNetwork | None = joined(EntityByKey("neutron_network", "network"))
    project: ProjectRef | None = joined(EntityByKey("project", "project"))
    server: OpenStackServerRef | None = joined(EntityByKey("nova_server", "device"))
    router: Router | None = joined(EntityByKey("neutron_router", "device"))
    plug: PortRef | None = joined(EntityByKey("port", "plug"), description="The virtual NIC behind it, while it is in a server's VM.")
    floating_ips: Connection[FloatingIp] | None = entities("neutron_floatingip", "port")
    security_groups: Connection[SecurityGroup] | None = paged(Listed("neutron_security_group", "security_groups"))


@shows("neutron_router")
@graph_type
class Router(Entity):
    """A router; its uid is its id in Neutron."""

    description: str = column()
    admin_state_up: bool = column()
    enable_snat: bool = column()
    gateway_port: OpenStackPort | None = joined(EntityByKey("neutron_port", "gateway_port"), description="On the external network.")
    project: ProjectRef | None = joined(EntityByKey("project", "project"))
    interfaces: Connection[OpenStackPort] | None = entities("neutron_port", "device")


@shows("neutron_floatingip")
@graph_type
class FloatingIp(Entity):
    """A floating IP; its uid is its id in Neutron."""

    address: str = column()
    fixed_ip: str = column(description="The address that it leads to, or empty.")
    description: str = column()
    network: OpenStackNetwork | None = joined(EntityByKey("neutron_network", "network"))
    port: OpenStackPort | None = joined(EntityByKey("neutron_port", "port"))
    router: Router | None = joined(EntityByKey("neutron_router", "router"))
    project: ProjectRef | None = joined(EntityByKey("project", "project"))


@shows("neutron_security_group")
@graph_type
class SecurityGroup(Entity):
    """A security group; its uid is its id in Neutron."""

    description: str = column()
    stateful: bool = column()
    shared: bool = column()
    project: ProjectRef | None = joined(EntityByKey("project", "project"))
    rules: Connection[SecurityGroupRule] | None = entities("neutron_security_group_rule", "group")
    ports: Connection[OpenStackPort] | None = entities("neutron_port", "security_groups")


@shows("neutron_security_group_rule")
@graph_type
class SecurityGroupRule(Entity):
    """What a group lets through; what is empty or null means any."""

    direction: str = column()
    ethertype: str = column()
    protocol: str = column()
    port_min: int | None = column()
    port_max: int | None = column()
    remote_prefix: str = column()
    group: SecurityGroup | None = joined(EntityByKey("neutron_security_group", "group"))
    remote_group: SecurityGroup | None = joined(EntityByKey("neutron_security_group", "remote_group"))


@graph_type
class OpenStackNetworkQuery:
    """Reading what Neutron has."""

    openstack_networks: Connection[OpenStackNetwork] | None = entities("neutron_network")
    subnets: Connection[Subnet] | None = entities("neutron_subnet")
    openstack_ports: Connection[OpenStackPort] | None = entities("neutron_port")
    routers: Connection[Router] | None = entities("neutron_router")
    floating_ips: Connection[FloatingIp] | None = entities("neutron_floatingip")
    security_groups: Connection[SecurityGroup] | None = entities("neutron_security_group")
