"""Hypervisors, clusters, resource pools, virtual machines and what they are made from."""

from __future__ import annotations

from cmdb.model.declare import Flag, Integer, Item, Text, Texts, ci_class


@ci_class(table="cmdb_ci_computer", icon="compute", family="compute", identifiers=(("uuid",), ("name", "site")), abstract=True)
class Compute(Item, frozen=True, kw_only=True):
    """What computes, or says where.  ``owner`` is the control plane that manages it: vsphere or openstack."""

    uuid: Text = None
    owner: Text = None


@ci_class(
    table="cmdb_ci_hypervisor",
    icon="hypervisor",
    identifiers=(("serial",), ("uuid",), ("macs",), ("name", "site")),
    indexed=("connection",),
)
class Hypervisor(Compute, frozen=True, kw_only=True):
    """An ESXi or KVM host.  What vSphere, Nova and UCS see of it is one CI: the serial and UUID are the server's.

    ``cpu_mhz`` and ``memory_bytes`` are what it has for VMs, the reserved ones what admission control has promised, the given ones what its
    VMs that are on were configured with; ``memory_installed_bytes``, ``cores`` and ``threads`` are the server's, ``number`` its place in
    the order of creation.
    """

    serial: Text = None
    macs: Texts = None
    flavor: Text = None
    release: Text = None
    build: Text = None
    management_ip: Text = None
    connection: Text = None
    running: Flag = None
    maintenance: Flag = None
    cpu_mhz: Integer = None
    memory_bytes: Integer = None
    cpu_reserved_mhz: Integer = None
    memory_reserved_bytes: Integer = None
    memory_installed_bytes: Integer = None
    memory_given_bytes: Integer = None
    cpus_given: Integer = None
    cores: Integer = None
    threads: Integer = None
    number: Integer = None


@ci_class(table="cmdb_ci_cluster", icon="cluster", identifiers=(("name", "site"),))
class Cluster(Compute, frozen=True, kw_only=True):
    """Hypervisors that share work."""

    ha_enabled: Flag = None
    admission_control: Flag = None
    failures_to_tolerate: Integer = None
    restart_priority: Text = None
    drs_enabled: Flag = None
    drs_automation: Text = None


@ci_class(table="cmdb_ci_resource_pool", icon="pool", identifiers=(("name", "parent"),))
class ResourcePool(Compute, frozen=True, kw_only=True):
    """A share of a cluster's or host's CPU (MHz) and memory (MiB); ``parent`` is the key of what it is a share of.

    The reserved figures are what its own VMs that are on are promised; one that is expandable takes from its parent what it lacks.
    """

    parent: Text = None
    cpu_reservation_mhz: Integer = None
    cpu_limit_mhz: Integer = None
    memory_reservation_mib: Integer = None
    memory_limit_mib: Integer = None
    cpu_expandable: Flag = None
    memory_expandable: Flag = None
    cpu_reserved_mhz: Integer = None
    memory_reserved_bytes: Integer = None


@ci_class(
    table="cmdb_ci_vm_instance",
    icon="vm",
    identifiers=(("instance_uuid",), ("uuid",), ("macs",), ("name", "site")),
    indexed=("power", "owner", "project"),
)
class VirtualMachine(Compute, frozen=True, kw_only=True):
    """A virtual machine of vSphere or a server of OpenStack.  The reserved figures are what admission control counts while it is on,
    ``number`` is its place in the order of creation."""

    instance_uuid: Text = None
    macs: Texts = None
    addresses: Texts = None
    hostname: Text = None
    project: Text = None
    power: Text = None
    cpus: Integer = None
    memory_bytes: Integer = None
    cpu_reserved_mhz: Integer = None
    memory_reserved_bytes: Integer = None
    guest_id: Text = None
    template: Flag = None
    restart_priority: Text = None
    annotation: Text = None
    machine: Text = None
    number: Integer = None


@ci_class(table="cmdb_ci_os_template", icon="image", identifiers=(("name", "project"),))
class Image(Compute, frozen=True, kw_only=True):
    """A guest image or template that VMs are made from."""

    ref: Text = None
    os: Text = None
    guest_id: Text = None
    size_bytes: Integer = None
    project: Text = None


@ci_class(table="cmdb_ci_os_flavor", icon="flavor", identifiers=(("name", "project"),))
class Flavor(Compute, frozen=True, kw_only=True):
    """A size that OpenStack servers are made in."""

    cpus: Integer = None
    memory_bytes: Integer = None
    disk_bytes: Integer = None
    project: Text = None
