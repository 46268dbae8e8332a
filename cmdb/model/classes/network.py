"""Networks, virtual switches and what Neutron manages."""

from __future__ import annotations

from cmdb.model.declare import Flag, Integer, Item, Text, Texts, ci_class


@ci_class(table="cmdb_ci_network", icon="network", family="network", identifiers=(("uuid",), ("name", "site")), abstract=True)
class NetworkItem(Item, frozen=True, kw_only=True):
    """What carries traffic.  ``owner`` is the control plane that manages it: vsphere or openstack."""

    uuid: Text = None
    owner: Text = None
    project: Text = None


@ci_class(table="cmdb_ci_vcenter_dvs", icon="switch")
class DistributedSwitch(NetworkItem, frozen=True, kw_only=True):
    """A virtual switch that spans hosts."""

    release: Text = None


@ci_class(table="cmdb_ci_vlan", icon="vlan", identifiers=(("number", "site"),))
class Vlan(NetworkItem, frozen=True, kw_only=True):
    """A VLAN of a site."""

    number: Integer = None


@ci_class(table="cmdb_ci_network_segment", icon="network", indexed=("project",))
class Network(NetworkItem, frozen=True, kw_only=True):
    """A segment that VMs attach to; ``type`` is standard or distributed (port groups), uplink or tenant (Neutron's)."""

    type: Text = None
    vlan: Integer = None
    cidr: Text = None
    gateway: Text = None
    mtu: Integer = None
    partitioned: Flag = None


@ci_class(table="cmdb_ci_ip_network", icon="subnet", identifiers=(("uuid",), ("name", "cidr")))
class Subnet(NetworkItem, frozen=True, kw_only=True):
    """A range of addresses on a network."""

    cidr: Text = None
    gateway: Text = None


@ci_class(table="cmdb_ci_network_adapter", icon="port", identifiers=(("uuid",), ("mac",)))
class NetworkPort(NetworkItem, frozen=True, kw_only=True):
    """A virtual NIC on a network."""

    mac: Text = None
    addresses: Texts = None
    adapter: Text = None
    connected: Flag = None


@ci_class(table="cmdb_ci_ip_router", icon="router")
class Router(NetworkItem, frozen=True, kw_only=True):
    """A router between subnets."""

    external_network: Text = None


@ci_class(table="cmdb_ci_ip_address", icon="address", identifiers=(("uuid",), ("address",)))
class FloatingIp(NetworkItem, frozen=True, kw_only=True):
    """An address that can be moved between ports."""

    address: Text = None


@ci_class(table="cmdb_ci_security_group", icon="shield", identifiers=(("uuid",), ("name", "project")))
class SecurityGroup(NetworkItem, frozen=True, kw_only=True):
    """Rules on what traffic reaches a port."""

    rules: Texts = None
