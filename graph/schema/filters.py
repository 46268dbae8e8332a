"""By what lists of each kind can be filtered and sorted; `entities` makes the fields that are such lists."""

from __future__ import annotations

from typing import Any, Final

from graph.backends.entities import EntityList
from graph.schema.enums import ConnectionState, ControlPlane, HypervisorFlavor, NetworkType, Power, ServerPower, TaskState
from graph.schema.inputs import FlagFilter, NumberFilter, TextFilter, TextsFilter, TimeFilter, enum_filter, filter_input, order_enum, paged

LISTS: Final[dict[str, tuple[Any, Any]]] = {}
"""The filter and the order of each kind's lists."""
PowerFilter = enum_filter(Power)
ControlPlaneFilter = enum_filter(ControlPlane)
TEXT, NUMBER, FLAG = TextFilter, NumberFilter, FlagFilter


def entities(kind: str, by: str = "", *, key: str = "uid", description: str | None = None) -> Any:
    """A field that is a connection of entities of a kind: those whose column *by* is (or has) the parent's *key*, or all."""
    filters, orders = LISTS[kind]
    return paged(EntityList(kind, by, key=key), filters=filters, orders=orders, description=description)


def _lists(kind: str, of: str, orders: str = "", **columns: Any) -> None:
    """Filters and orders beside those that all entities have: each column is a filter's field, *orders* says by which to sort."""
    own = filter_input(of, uid=TextFilter, name=TextFilter, tags=TextsFilter, created=TimeFilter, **columns)
    LISTS[kind] = own, order_enum(of, "name", "created", *orders.split())


_lists("site", "Site", location=TEXT)
_lists("rack", "Rack", "units", units=NUMBER)
_lists("power_feed", "PowerFeed", "leg", leg=TEXT, energised=FLAG)
_lists("upstream_switch", "UpstreamSwitch", "leg", leg=TEXT, operable=FLAG, model=TEXT)

_lists("ucs_domain", "UcsDomain", address=TEXT)
_lists("fabric_interconnect", "FabricInterconnect", "leg", leg=TEXT, serial=TEXT, dn=TEXT, operable=FLAG)
_lists("fi_port", "FabricPort", "slot port", role=TEXT, slot=NUMBER, port=NUMBER, dn=TEXT, up=FLAG, enabled=FLAG)
_lists("chassis", "Chassis", "slot serial", slot=NUMBER, serial=TEXT, model=TEXT, dn=TEXT, present=FLAG, commissioned=FLAG)
_lists("io_module", "IoModule", "leg", leg=TEXT, serial=TEXT, dn=TEXT, operable=FLAG)
_lists("power_supply", "PowerSupply", "slot", slot=NUMBER, serial=TEXT, dn=TEXT, operable=FLAG)
_lists("fan", "Fan", "slot", slot=NUMBER, dn=TEXT, operable=FLAG)
_server: Final[dict[str, Any]] = {
    "serial": TEXT,
    "asset_tag": TEXT,
    "model": TEXT,
    "dn": TEXT,
    "power": enum_filter(ServerPower),
    "operable": FLAG,
    "present": FLAG,
    "commissioned": FLAG,
    "memory_bytes": NUMBER,
}
_lists("blade", "Blade", "slot serial memory_bytes", slot=NUMBER, **_server)
_lists("rack_server", "RackServer", "unit serial memory_bytes", unit=NUMBER, **_server)
_lists("service_profile", "ServiceProfile", "profile_dn", uuid=TEXT, dn=(TEXT, "profile_dn"))

_lists(
    "hypervisor",
    "Host",
    "vm_count",
    flavor=enum_filter(HypervisorFlavor),
    connection=enum_filter(ConnectionState),
    running=FLAG,
    maintenance=FLAG,
    moid=TEXT,
    release=TEXT,
)
_lists("cluster", "Cluster", "host_count", owner=ControlPlaneFilter, moid=TEXT)
_lists("resource_pool", "ResourcePool", moid=TEXT)
_lists(
    "vm",
    "VirtualMachine",
    "cpus memory_bytes power",
    power=PowerFilter,
    owner=ControlPlaneFilter,
    cpus=NUMBER,
    memory_bytes=NUMBER,
    template=FLAG,
    hostname=(TEXT, "guest.hostname"),
    addresses=TextsFilter,
    moid=TEXT,
    uuid=TEXT,
    instance_uuid=TEXT,
    machine=TEXT,
)
_lists("snapshot", "Snapshot", "ordinal", memory=FLAG, moid=TEXT)
_lists("network", "Network", "vlan", type=enum_filter(NetworkType), owner=ControlPlaneFilter, vlan=NUMBER, cidr=TEXT, moid=TEXT)
_lists("distributed_switch", "DistributedSwitch", moid=TEXT, uuid=TEXT)
_lists("port", "Port", "ip mac", mac=TEXT, ip=TEXT, adapter=TEXT, connected=FLAG)
_lists(
    "datastore", "Datastore", "capacity_bytes used_bytes", type=TEXT, capacity_bytes=NUMBER, accessible=FLAG, maintenance=FLAG, moid=TEXT
)
_lists("disk", "Disk", "capacity_bytes", path=TEXT, uuid=TEXT, capacity_bytes=NUMBER, thin=FLAG)
_lists("lun", "Lun", "capacity_bytes", naa=TEXT, capacity_bytes=NUMBER, operable=FLAG)
_lists("storage_array", "StorageArray", vendor=TEXT, model=TEXT, serial=TEXT, operable=FLAG)
_lists("image", "Image", "size_bytes", os=TEXT, ref=TEXT)
_lists("vsphere_datacenter", "Datacenter", moid=TEXT)
_lists("vsphere_folder", "Folder", holds=TEXT, moid=TEXT)

_lists("project", "Project", enabled=FLAG)
_lists("team", "Team", email=TEXT)
_lists("business_service", "BusinessService", "criticality", criticality=NUMBER, owner=TEXT)
_lists("application", "Application")
_lists("fault", "Fault", "code severity", code=TEXT, severity=TEXT, injected=FLAG, subject=TEXT, subject_kind=TEXT)
_lists(
    "task",
    "Task",
    "completed progress",
    operation=TEXT,
    subject=TEXT,
    subject_kind=TEXT,
    state=enum_filter(TaskState),
    principal=(TEXT, "actor.principal"),
)

_lists("nova_server", "OpenStackServer", "vm_state", vm_state=TEXT, task_state=TEXT, zone=TEXT, key_name=TEXT, flavor=(TEXT, "flavor.name"))
_lists("nova_flavor", "Flavor", "vcpus ram disk", vcpus=NUMBER, ram_mib=(NUMBER, "ram"), disk_gib=(NUMBER, "disk"), public=FLAG)
_lists("glance_image", "OpenStackImage", "size", status=TEXT, visibility=TEXT, disk_format=TEXT)
_lists("cinder_volume", "Volume", "size", status=TEXT, size_gib=(NUMBER, "size"), type=TEXT, bootable=FLAG)
_lists("cinder_snapshot", "VolumeSnapshot", "size", status=TEXT)
_lists("neutron_network", "OpenStackNetwork", shared=FLAG, external=FLAG, network_type=TEXT)
_lists("neutron_subnet", "Subnet", "cidr", cidr=TEXT, ip_version=NUMBER)
_lists("neutron_port", "OpenStackPort", "mac", mac=TEXT, device=TEXT, device_owner=TEXT)
_lists("neutron_router", "Router", admin_state_up=FLAG)
_lists("neutron_floatingip", "FloatingIp", "address", address=TEXT, fixed_ip=TEXT)
_lists("neutron_security_group", "SecurityGroup", stateful=FLAG, shared=FLAG)
_lists("neutron_security_group_rule", "SecurityGroupRule", direction=TEXT, protocol=TEXT, ethertype=TEXT)
