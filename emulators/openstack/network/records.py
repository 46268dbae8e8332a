"""Neutron's resources as records of the world's journal.

``version`` counts an entity's changes; ``revision`` is Neutron's own count, which what belongs to a resource bumps too (a rule its
group's, an interface its router's).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

import msgspec

from emulators.world.decisions.records import Record
from emulators.world.model import kind


class FixedIp(msgspec.Struct, frozen=True):
    """An address of a port in a subnet."""

    subnet: str
    ip: str


class Pool(msgspec.Struct, frozen=True):
    """Addresses from ``start`` to ``end``, both included."""

    start: str
    end: str


class Route(msgspec.Struct, frozen=True):
    """A way to a network."""

    destination: str
    nexthop: str


class Pair(msgspec.Struct, frozen=True):
    """Another address that a port may send from; ``ip`` is an address or a network."""

    ip: str
    mac: str


class Resource(Record, frozen=True, kw_only=True, omit_defaults=True):
    """What every resource of Neutron has."""

    project: str = ""
    description: str = ""
    revision: int = 0
    updated: datetime | None = None


@kind
class NeutronNetwork(Resource, frozen=True, kw_only=True, omit_defaults=True):
    """A network.  ``segment`` is the world's network behind it; ``shared`` and ``external`` say what its RBAC policies come to for all."""

    KIND: ClassVar[str] = "neutron_network"
    INDEXED: ClassVar[tuple[str, ...]] = ("name", "project", "segment")

    segment: str
    admin_state_up: bool = True
    shared: bool = False
    external: bool = False
    is_default: bool = False
    mtu: int = 1450
    port_security_enabled: bool = True
    dns_domain: str = ""
    availability_zone_hints: tuple[str, ...] = ()
    qos_policy: str = ""
    network_type: str = "vxlan"
    physical_network: str = ""
    segmentation_id: int = 0
    vlan_transparent: bool | None = None


@kind
class NeutronSubnet(Resource, frozen=True, kw_only=True, omit_defaults=True):
    """A subnet; an empty ``gateway`` means that it has none."""

    KIND: ClassVar[str] = "neutron_subnet"
    INDEXED: ClassVar[tuple[str, ...]] = ("name", "project", "network", "subnetpool", "segment")

    network: str
    ip_version: int
    cidr: str
    gateway: str = ""
    pools: tuple[Pool, ...] = ()
    dns_nameservers: tuple[str, ...] = ()
    host_routes: tuple[Route, ...] = ()
    enable_dhcp: bool = True
    ipv6_ra_mode: str = ""
    ipv6_address_mode: str = ""
    subnetpool: str = ""
    service_types: tuple[str, ...] = ()
    segment: str = ""
    dns_publish_fixed_ip: bool = False


@kind
class NeutronPort(Resource, frozen=True, kw_only=True, omit_defaults=True):
    """A port.  ``subnets`` and ``taken`` (``subnet/address``) are its ``fixed_ips`` again, to be looked up by; ``plug`` is the world's
    port while it is plugged into a server's VM; ``made_by_nova`` ports go with their server.
    """

    KIND: ClassVar[str] = "neutron_port"
    INDEXED: ClassVar[tuple[str, ...]] = (
        "name",
        "project",
        "network",
        "mac",
        "device",
        "device_owner",
        "subnets",
        "taken",
        "security_groups",
        "qos_policy",
    )

    network: str
    mac: str
    fixed_ips: tuple[FixedIp, ...] = ()
    subnets: tuple[str, ...] = ()
    taken: tuple[str, ...] = ()
    admin_state_up: bool = True
    device: str = ""
    device_owner: str = ""
    security_groups: tuple[str, ...] = ()
    port_security_enabled: bool = True
    pairs: tuple[Pair, ...] = ()
    extra_dhcp_opts: tuple[dict[str, Any], ...] = ()
    dns_name: str = ""
    dns_domain: str = ""
    vnic_type: str = "normal"
    profile: dict[str, Any] = msgspec.field(default_factory=dict)
    host: str = ""
    qos_policy: str = ""
    propagate_uplink_status: bool = True
    plug: str = ""
    made_by_nova: bool = False
    data_plane_status: str = ""


@kind
class NeutronRouter(Resource, frozen=True, kw_only=True, omit_defaults=True):
    """A router; ``gateway_port`` is its port on the external network, if it has one."""

    KIND: ClassVar[str] = "neutron_router"
    INDEXED: ClassVar[tuple[str, ...]] = ("name", "project", "gateway_port")

    admin_state_up: bool = True
    gateway_port: str = ""
    enable_snat: bool = True
    routes: tuple[Route, ...] = ()
    availability_zone_hints: tuple[str, ...] = ()


@kind
class NeutronFloatingIp(Resource, frozen=True, kw_only=True, omit_defaults=True):
    """A floating IP; ``own_port`` holds its address on the external network, ``port`` is whom it leads to.

    ``plug`` is the world's port that brings the address into the VM of that port's server.
    """

    KIND: ClassVar[str] = "neutron_floatingip"
    INDEXED: ClassVar[tuple[str, ...]] = ("project", "network", "port", "router", "address", "own_port", "qos_policy")

    network: str
    address: str
    own_port: str
    port: str = ""
    fixed_ip: str = ""
    router: str = ""
    dns_name: str = ""
    dns_domain: str = ""
    qos_policy: str = ""
    plug: str = ""


@kind
class NeutronPortForwarding(Resource, frozen=True, kw_only=True, omit_defaults=True):
    """A port (or a range) of a floating IP that leads to one of a port's address."""

    KIND: ClassVar[str] = "neutron_portforwarding"
    INDEXED: ClassVar[tuple[str, ...]] = ("floatingip", "port")

    floatingip: str
    port: str
    internal_ip: str
    internal_range: str
    external_range: str
    protocol: str


@kind
class NeutronSecurityGroup(Resource, frozen=True, kw_only=True, omit_defaults=True):
    """A security group."""

    KIND: ClassVar[str] = "neutron_security_group"
    INDEXED: ClassVar[tuple[str, ...]] = ("name", "project")

    stateful: bool = True
    shared: bool = False


@kind
class NeutronSecurityGroupRule(Resource, frozen=True, kw_only=True, omit_defaults=True):
    """What a group lets through; empty or None means any."""

    KIND: ClassVar[str] = "neutron_security_group_rule"
    INDEXED: ClassVar[tuple[str, ...]] = ("project", "group", "remote_group", "remote_address_group")

    group: str
    direction: str
    ethertype: str = "IPv4"
    protocol: str = ""
    port_min: int | None = None
    port_max: int | None = None
    remote_prefix: str = ""
    remote_group: str = ""
    remote_address_group: str = ""


@kind
class NeutronAddressGroup(Resource, frozen=True, kw_only=True, omit_defaults=True):
    """Networks that rules name together."""

    KIND: ClassVar[str] = "neutron_address_group"
    INDEXED: ClassVar[tuple[str, ...]] = ("name", "project")

    addresses: tuple[str, ...] = ()
    shared: bool = False


@kind
class NeutronSubnetPool(Resource, frozen=True, kw_only=True, omit_defaults=True):
    """Prefixes that subnets are cut from."""

    KIND: ClassVar[str] = "neutron_subnetpool"
    INDEXED: ClassVar[tuple[str, ...]] = ("name", "project", "address_scope")

    prefixes: tuple[str, ...]
    ip_version: int
    default_prefixlen: int
    min_prefixlen: int
    max_prefixlen: int
    default_quota: int | None = None
    address_scope: str = ""
    is_default: bool = False
    shared: bool = False


@kind
class NeutronAddressScope(Resource, frozen=True, kw_only=True, omit_defaults=True):
    """Subnet pools whose prefixes must not overlap."""

    KIND: ClassVar[str] = "neutron_address_scope"
    INDEXED: ClassVar[tuple[str, ...]] = ("name", "project")

    ip_version: int
    shared: bool = False


@kind
class NeutronRbacPolicy(Resource, frozen=True, kw_only=True, omit_defaults=True):
    """Who else may use a resource: ``target`` is a project, or ``*`` for all."""

    KIND: ClassVar[str] = "neutron_rbac_policy"
    INDEXED: ClassVar[tuple[str, ...]] = ("project", "object", "target")

    object_type: str
    object: str
    action: str
    target: str


@kind
class NeutronQuota(Resource, frozen=True, kw_only=True, omit_defaults=True):
    """A project's own limits, by resource; -1 means none.  Its uid is ``neutron-quota-PROJECT``."""

    KIND: ClassVar[str] = "neutron_quota"
    INDEXED: ClassVar[tuple[str, ...]] = ("project",)

    limits: dict[str, int] = msgspec.field(default_factory=dict)


@kind
class NeutronTrunk(Resource, frozen=True, kw_only=True, omit_defaults=True):
    """A port that carries others, each with a VLAN of its own."""

    KIND: ClassVar[str] = "neutron_trunk"
    INDEXED: ClassVar[tuple[str, ...]] = ("name", "project", "port", "children")

    port: str
    admin_state_up: bool = True
    children: tuple[str, ...] = ()
    sub_ports: tuple[dict[str, Any], ...] = ()


@kind
class NeutronSegment(Resource, frozen=True, kw_only=True, omit_defaults=True):
    """A further segment of a network; the first one is the network's own."""

    KIND: ClassVar[str] = "neutron_segment"
    INDEXED: ClassVar[tuple[str, ...]] = ("name", "network")

    network: str
    network_type: str
    physical_network: str = ""
    segmentation_id: int = 0


@kind
class NeutronQosPolicy(Resource, frozen=True, kw_only=True, omit_defaults=True):
    """Rules about quality of service."""

    KIND: ClassVar[str] = "neutron_qos_policy"
    INDEXED: ClassVar[tuple[str, ...]] = ("name", "project")

    shared: bool = False
    is_default: bool = False


@kind
class NeutronQosRule(Resource, frozen=True, kw_only=True, omit_defaults=True):
    """One rule of a policy; ``type`` is ``bandwidth_limit``, ``dscp_marking``, ``minimum_bandwidth`` ..."""

    KIND: ClassVar[str] = "neutron_qos_rule"
    INDEXED: ClassVar[tuple[str, ...]] = ("policy",)

    policy: str
    type: str
    settings: dict[str, Any] = msgspec.field(default_factory=dict)


@kind
class NeutronAgentSetting(Resource, frozen=True, kw_only=True, omit_defaults=True):
    """What an administrator has set on an agent, which itself follows from the world's hosts.  Its uid is ``neutron-agent-ID``."""

    KIND: ClassVar[str] = "neutron_agent_setting"

    admin_state_up: bool = True
    gone: bool = False
