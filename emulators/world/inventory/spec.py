"""The inventory document: what stands in the datacenter, as a person writes it.  Names refer to things; ids are never written.

Unknown keys are refused.  Sizes are text with a binary unit (``4GiB``, ``512MiB``).  Everything left out has the default below;
docs and SPEC-012 show whole examples.
"""

from __future__ import annotations

import re
from typing import Literal

import msgspec

from dcsim.errors import InvalidArgument

UNITS = {"TiB": 1 << 40, "GiB": 1 << 30, "MiB": 1 << 20, "KiB": 1 << 10, "B": 1}
Flavor = Literal["esxi", "kvm"]
Powered = Literal["on", "off", "suspended"]
Shares = Literal["low", "normal", "high"]
Leg = Literal["A", "B"]
_SIZE = re.compile(r"(\d+)\s*([KMGT]iB|B)", re.ASCII)


def parse_size(text: str) -> int:
    """Bytes of ``4GiB``; raises InvalidArgument for anything else."""
    match = _SIZE.fullmatch(text)
    if match is None:
        raise InvalidArgument(f"{text!r} is not a size such as 4GiB, 512MiB or 2TiB.")
    return int(match[1]) * UNITS[match[2]]


def format_size(size: int) -> str:
    """The shortest exact way to write a number of bytes."""
    unit, factor = next((unit, factor) for unit, factor in UNITS.items() if size % factor == 0 and (size or unit == "B"))
    return f"{size // factor}{unit}"


class Spec(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A part of the document."""


# -- facility and hardware ----------------------------------------------------------------------------------------------------


class SiteSpec(Spec, frozen=True, kw_only=True):
    """A building; ``power_feeds`` and ``upstream_switches`` name legs A and B."""

    name: str
    location: str = ""
    time_zone: str = "UTC"
    power_feeds: dict[Leg, str] = {}
    upstream_switches: dict[Leg, str] = {}
    racks: list[str] = []


class BladeClass(Spec, frozen=True, kw_only=True):
    """A kind of blade or rack server: model, processors, memory (in ``dimms`` equal modules) and local disks (sizes)."""

    model: str = "UCSB-B200-M5"
    cpu: str = "Intel(R) Xeon(R) Gold 6248R CPU @ 3.00GHz"
    sockets: int = 2
    cores_per_socket: int = 24
    threads_per_core: int = 2
    mhz: int = 3000
    memory: str = "512GiB"
    dimms: int = 16
    disks: list[str] = []


class ChassisSpec(Spec, frozen=True, kw_only=True):
    """A chassis, by its number in the domain; ``blades`` maps slots to blade classes."""

    slot: int
    rack: str = ""
    blades: dict[int, str] = {}


class UcsDomainSpec(Spec, frozen=True, kw_only=True):
    """A pair of fabric interconnects (named after the domain, ``-A`` and ``-B``), the chassis behind them, and the rack servers.

    ``rack_servers`` maps their numbers to classes of ``hardware``, as chassis do with their blades.
    """

    name: str
    site: str
    address: str = ""
    rack: str = ""
    model: str = "UCS-FI-6454"
    chassis: list[ChassisSpec] = []
    rack_servers: dict[int, str] = {}


# -- storage and network ------------------------------------------------------------------------------------------------------


class ArraySpec(Spec, frozen=True, kw_only=True):
    """A storage array; ``luns`` maps names to sizes."""

    name: str
    site: str
    vendor: str = "NETAPP"
    model: str = "AFF-A400"
    luns: dict[str, str] = {}


class DatastoreSpec(Spec, frozen=True, kw_only=True):
    """A datastore on ``luns`` (its capacity is theirs unless given), seen by the hosts of ``clusters`` and by ``hosts``."""

    name: str
    site: str
    type: Literal["VMFS", "NFS", "NFS41", "vsan"] = "VMFS"
    luns: list[str] = []
    capacity: str = ""
    clusters: list[str] = []
    hosts: list[str] = []


class SwitchSpec(Spec, frozen=True, kw_only=True):
    """A distributed switch over the hosts of ``clusters`` and ``hosts``."""

    name: str
    site: str
    clusters: list[str] = []
    hosts: list[str] = []


class NetworkSpec(Spec, frozen=True, kw_only=True):
    """A segment: a port group of ``switch``, or without one a standard port group on ``clusters`` and ``hosts``.

    ``gateway`` is the first address of ``cidr`` unless given.
    """

    name: str
    site: str
    cidr: str = ""
    vlan: int = 0
    gateway: str = ""
    mtu: int = 1500
    switch: str = ""
    clusters: list[str] = []
    hosts: list[str] = []


# -- hosts --------------------------------------------------------------------------------------------------------------------


class HaSpec(Spec, frozen=True, kw_only=True):
    """High availability of a cluster."""

    enabled: bool = True
    admission_control: bool = True
    failures_to_tolerate: int = 1
    restart_priority: Literal["lowest", "low", "medium", "high", "highest"] = "medium"


class DrsSpec(Spec, frozen=True, kw_only=True):
    """Distributed resource scheduling of a cluster."""

    enabled: bool = True
    automation: Literal["manual", "partiallyAutomated", "fullyAutomated"] = "fullyAutomated"
    vmotion_rate: int = 3


class ClusterSpec(Spec, frozen=True, kw_only=True):
    """A cluster of ESXi hosts (vSphere) or of KVM hosts (OpenStack); ``hosts`` maps host names to blades (``domain/chassis/slot``)
    or rack servers (``domain/rack-N``).

    With ``associated: false`` its hosts are installed, but their blades have no service profile: a host comes up when one is associated.
    """

    name: str
    site: str
    flavor: Flavor = "esxi"
    management: str = ""
    ha: HaSpec = HaSpec()
    drs: DrsSpec = DrsSpec()
    hosts: dict[str, str] = {}
    associated: bool = True


class HostSpec(Spec, frozen=True, kw_only=True):
    """A host that stands alone, or what is special about one of a cluster's; ``associated`` as for clusters."""

    name: str
    blade: str = ""
    flavor: Flavor = "esxi"
    management: str = ""
    ip: str = ""
    maintenance: bool = False
    associated: bool = True


class PoolSpec(Spec, frozen=True, kw_only=True):
    """A resource pool under ``parent`` (a pool's name), or under the root pool of its cluster or stand-alone host.

    MHz and sizes; an empty limit is none.
    """

    name: str
    cluster: str = ""
    host: str = ""
    parent: str = ""
    cpu_reservation_mhz: int = 0
    cpu_limit_mhz: int = -1
    cpu_shares: Shares | int = "normal"
    memory_reservation: str = "0B"
    memory_limit: str = ""
    memory_shares: Shares | int = "normal"
    expandable: bool = True


# -- virtual machines ---------------------------------------------------------------------------------------------------------


class ImageSpec(Spec, frozen=True, kw_only=True):
    """A guest image; ``ref`` is its name in the machine backend."""

    name: str
    ref: str
    os: str = "linux"
    guest_id: str = "otherLinux64Guest"
    size: str = "0B"


class VmClass(Spec, frozen=True, kw_only=True):
    """What many VMs have in common."""

    cpus: int = 1
    cores_per_socket: int = 1
    memory: str = "1GiB"
    disks: list[str] = []
    image: str = ""
    guest_id: str = ""


class NicSpec(Spec, frozen=True, kw_only=True):
    """A virtual NIC whose address or MAC is not left to the order of the document."""

    network: str
    ip: str = ""
    mac: str = ""
    adapter: str = "vmxnet3"


class DiskSpec(Spec, frozen=True, kw_only=True):
    """A virtual disk that is not simply a thin one beside the VM's configuration file."""

    size: str
    thin: bool = True
    datastore: str = ""


class VmSpec(Spec, frozen=True, kw_only=True):
    """A virtual machine: its class, where it is, and what differs from the class.

    ``host`` may be left out (the least loaded host of the cluster takes it); ``pool`` left out is the root pool.
    """

    name: str
    cls: str = msgspec.field(default="", name="class")
    cluster: str = ""
    host: str = ""
    pool: str = ""
    datastore: str = ""
    networks: list[str | NicSpec] = []
    cpus: int = 0
    cores_per_socket: int = 0
    memory: str = ""
    disks: list[str | DiskSpec] | None = None
    image: str = ""
    guest_id: str = ""
    power: Powered = "on"
    template: bool = False
    project: str = ""
    annotation: str = ""
    tags: list[str] = []


# -- tenancy ------------------------------------------------------------------------------------------------------------------


class TeamSpec(Spec, frozen=True, kw_only=True):
    """People who answer for applications."""

    name: str
    email: str = ""


class BusinessServiceSpec(Spec, frozen=True, kw_only=True):
    """What the business sells or runs on; criticality 1 (vital) to 4."""

    name: str
    criticality: int = 3
    owner: str = ""


class ApplicationSpec(Spec, frozen=True, kw_only=True):
    """Software in tiers of VMs, any ``needed[tier]`` of which keep the tier up (default: one)."""

    name: str
    services: list[str] = []
    team: str = ""
    tiers: dict[str, list[str]] = {}
    needed: dict[str, int] = {}


class ProjectSpec(Spec, frozen=True, kw_only=True):
    """An OpenStack project."""

    name: str
    description: str = ""
    enabled: bool = True


class Inventory(Spec, frozen=True, kw_only=True):
    """The whole document."""

    version: Literal[1] = 1
    sites: list[SiteSpec] = []
    hardware: dict[str, BladeClass] = {}
    ucs_domains: list[UcsDomainSpec] = []
    arrays: list[ArraySpec] = []
    clusters: list[ClusterSpec] = []
    hosts: list[HostSpec] = []
    datastores: list[DatastoreSpec] = []
    switches: list[SwitchSpec] = []
    networks: list[NetworkSpec] = []
    pools: list[PoolSpec] = []
    images: list[ImageSpec] = []
    vm_classes: dict[str, VmClass] = {}
    projects: list[ProjectSpec] = []
    vms: list[VmSpec] = []
    teams: list[TeamSpec] = []
    business_services: list[BusinessServiceSpec] = []
    applications: list[ApplicationSpec] = []


def encode_inventory(inventory: Inventory) -> bytes:
    """The compact form that travels in a command (msgpack)."""
    return msgspec.msgpack.encode(inventory)


def decode_inventory(data: bytes) -> Inventory:
    """Read the compact form; raises InvalidArgument naming what is wrong."""
    try:
        return msgspec.msgpack.decode(data, type=Inventory)
    except msgspec.DecodeError as error:  # a ValidationError is one
        raise InvalidArgument(f"Not an inventory: {error}", field="inventory") from error
