"""Hypervisors, clusters, resource pools and virtual machines."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import ClassVar

import msgspec

from emulators.world.model.base import Entity, kind


class Power(StrEnum):
    """Power of a VM."""

    ON = "on"
    OFF = "off"
    SUSPENDED = "suspended"


class Owner(StrEnum):
    """Which control plane manages a thing."""

    VSPHERE = "vsphere"
    OPENSTACK = "openstack"


class Connection(StrEnum):
    """How the control plane sees a hypervisor."""

    CONNECTED = "connected"
    DISCONNECTED = "disconnected"
    NOT_RESPONDING = "not_responding"


class Allocation(msgspec.Struct, frozen=True, omit_defaults=True):
    """Reservation, limit (-1: none) and shares; MHz for CPU, MiB for memory.  ``level`` is low, normal, high or custom."""

    reservation: int = 0
    limit: int = -1
    shares: int = 0
    level: str = "normal"
    expandable: bool = False


class HaConfig(msgspec.Struct, frozen=True, omit_defaults=True):
    """High availability of a cluster; admission control keeps room for ``failures_to_tolerate`` hosts."""

    enabled: bool = True
    admission_control: bool = True
    failures_to_tolerate: int = 1
    restart_priority: str = "medium"


class DrsConfig(msgspec.Struct, frozen=True, omit_defaults=True):
    """Distributed resource scheduling of a cluster."""

    enabled: bool = True
    automation: str = "fullyAutomated"
    vmotion_rate: int = 3


@kind
class Cluster(Entity, frozen=True, kw_only=True, omit_defaults=True):
    """Hypervisors that share work."""

    KIND: ClassVar[str] = "cluster"
    INDEXED: ClassVar[tuple[str, ...]] = ("site", "name", "folder")

    owner: Owner = Owner.VSPHERE
    folder: str = ""
    ha: HaConfig = HaConfig()
    drs: DrsConfig = DrsConfig()


@kind
class Hypervisor(Entity, frozen=True, kw_only=True, omit_defaults=True):
    """An ESXi or KVM host on a blade.  Its serial, UUID, MACs and capacity are the blade's and its profile's (``identity.py``)."""

    KIND: ClassVar[str] = "hypervisor"
    INDEXED: ClassVar[tuple[str, ...]] = ("site", "blade", "cluster", "name", "folder")

    blade: str
    cluster: str = ""
    folder: str = ""
    flavor: str = "esxi"
    connection: Connection = Connection.CONNECTED
    running: bool = True
    maintenance: bool = False
    management_ip: str = ""
    release: str = "8.0.3"
    build: str = "24022510"
    booted: datetime | None = None
    crashed: str = ""


@kind
class ResourcePool(Entity, frozen=True, kw_only=True, omit_defaults=True):
    """A share of a cluster's or host's CPU and memory; ``parent`` is a pool, or the cluster or hypervisor whose root pool this is."""

    KIND: ClassVar[str] = "resource_pool"
    INDEXED: ClassVar[tuple[str, ...]] = ("parent", "name")

    parent: str
    cpu: Allocation = Allocation(expandable=True)
    memory: Allocation = Allocation(expandable=True)


class Guest(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is known of the guest, as its machine last reported it; empty when it does not run."""

    hostname: str = ""
    addresses: dict[str, tuple[str, ...]] = msgspec.field(default_factory=dict)
    tools_running: bool = False
    started: datetime | None = None


class Controller(msgspec.Struct, frozen=True, omit_defaults=True):
    """A disk controller that was chosen for the VM; ``type`` is pvscsi, lsilogic, lsilogic-sas, buslogic, ahci or nvme."""

    key: int = 1000
    type: str = "pvscsi"
    bus: int = 0


class Cdrom(msgspec.Struct, frozen=True, omit_defaults=True):
    """A CD-ROM drive; ``image`` is a datastore path, or empty for the client device."""

    key: int = 3000
    image: str = ""
    connected: bool = False
    start_connected: bool = False


@kind
class Vm(Entity, frozen=True, kw_only=True, omit_defaults=True):
    """A virtual machine of vSphere or a server of OpenStack.

    ``uuid`` is the SMBIOS UUID, ``instance_uuid`` the control plane's.  ``machine`` names the backend that has created its machine
    (``docker``, ``simulated``), empty while none has; ``change`` counts changes of its hardware.
    """

    KIND: ClassVar[str] = "vm"
    INDEXED: ClassVar[tuple[str, ...]] = ("site", "name", "host", "pool", "folder", "datastore", "project", "uuid", "instance_uuid")

    owner: Owner = Owner.VSPHERE
    project: str = ""
    folder: str = ""
    host: str = ""
    pool: str = ""
    datastore: str = ""
    path: str = ""
    uuid: str
    instance_uuid: str
    guest_id: str = "otherLinux64Guest"
    cpus: int = 1
    cores_per_socket: int = 1
    memory_bytes: int = 1 << 30
    cpu: Allocation = Allocation()
    memory: Allocation = Allocation()
    cpu_hot_add: bool = False
    memory_hot_add: bool = False
    hardware_version: int = 21
    firmware: str = "bios"
    annotation: str = ""
    extra_config: dict[str, str] = msgspec.field(default_factory=dict)
    controllers: tuple[Controller, ...] = (Controller(),)
    cdroms: tuple[Cdrom, ...] = ()
    image: str = ""
    template: bool = False
    power: Power = Power.OFF
    restart_priority: str = ""
    machine: str = ""
    guest: Guest = Guest()
    current_snapshot: str = ""
    modified: datetime | None = None
    change: int = 1


@kind
class Snapshot(Entity, frozen=True, kw_only=True, omit_defaults=True):
    """A VM's saved state: its hardware as data (``hardware``: msgpack of the VM, its disks and ports) and its files (``machine_ref``)."""

    KIND: ClassVar[str] = "snapshot"
    INDEXED: ClassVar[tuple[str, ...]] = ("vm", "parent")

    vm: str
    parent: str = ""
    description: str = ""
    ordinal: int = 1
    power: Power = Power.OFF
    memory: bool = False
    quiesced: bool = False
    machine_ref: str = ""
    hardware: bytes = b""
