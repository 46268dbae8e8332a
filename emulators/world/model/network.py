"""Networks (segments), distributed switches and ports."""

from __future__ import annotations

from typing import ClassVar

from emulators.world.model.base import Entity, kind
from emulators.world.model.compute import Owner


@kind
class DistributedSwitch(Entity, frozen=True, kw_only=True, omit_defaults=True):
    """A switch that spans the hosts it lists."""

    KIND: ClassVar[str] = "distributed_switch"
    INDEXED: ClassVar[tuple[str, ...]] = ("site", "name", "hosts", "folder")

    folder: str = ""
    uuid: str = ""
    hosts: tuple[str, ...] = ()
    release: str = "8.0.0"
    uplinks: tuple[str, ...] = ("Uplink 1", "Uplink 2")


@kind
class Network(Entity, frozen=True, kw_only=True, omit_defaults=True):
    """A segment that VMs' ports attach to; it is a Docker network when Docker backs one of its ports.

    ``type`` is ``standard`` (a port group of each host's own switch), ``distributed`` (a port group of ``switch``), ``uplink``
    (the distributed switch's own) ``tenant`` (Neutron's) or ``external`` (Neutron's to the outside).
    """

    KIND: ClassVar[str] = "network"
    INDEXED: ClassVar[tuple[str, ...]] = ("site", "name", "switch", "hosts", "project", "folder")

    owner: Owner = Owner.VSPHERE
    type: str = "standard"
    folder: str = ""
    switch: str = ""
    hosts: tuple[str, ...] = ()
    project: str = ""
    vlan: int = 0
    cidr: str = ""
    gateway: str = ""
    mtu: int = 1500
    partitioned: bool = False


@kind
class Port(Entity, frozen=True, kw_only=True, omit_defaults=True):
    """A virtual NIC on a network; ``key`` is its device key in the VM, ``adapter`` the emulated card (``vmxnet3``, ``e1000`` ...).

    ``connected`` is what operators want; ``isolated`` is the host whose vNICs do not carry the network's VLAN, empty when they do.
    """

    KIND: ClassVar[str] = "port"
    INDEXED: ClassVar[tuple[str, ...]] = ("vm", "network", "mac", "project", "isolated")

    vm: str = ""
    network: str
    project: str = ""
    mac: str
    ip: str = ""
    key: int = 4000
    unit: int = 7
    adapter: str = "vmxnet3"
    mac_type: str = "assigned"
    connected: bool = True
    start_connected: bool = True
    isolated: str = ""
