"""UCS hardware: fabric interconnects, chassis, blades, rack servers, and the service profiles that give servers their identity."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

import msgspec

from emulators.world.model.base import Entity, kind


class BladePower(StrEnum):
    """Power of a blade as its CIMC sees it."""

    ON = "on"
    OFF = "off"


@kind
class UcsDomain(Entity, frozen=True, kw_only=True, omit_defaults=True):
    """One UCS Manager: a pair of fabric interconnects and the chassis behind them."""

    KIND: ClassVar[str] = "ucs_domain"
    INDEXED: ClassVar[tuple[str, ...]] = ("site",)

    address: str = ""


@kind
class FabricInterconnect(Entity, frozen=True, kw_only=True, omit_defaults=True):
    """Fabric interconnect A or B of a domain."""

    KIND: ClassVar[str] = "fabric_interconnect"
    INDEXED: ClassVar[tuple[str, ...]] = ("domain",)

    domain: str
    rack: str = ""
    leg: str = "A"
    serial: str = ""
    model: str = "UCS-FI-6454"
    operable: bool = True


@kind
class FiPort(Entity, frozen=True, kw_only=True, omit_defaults=True):
    """An Ethernet port of a fabric interconnect; ``peer`` is the I/O module, rack server or upstream switch at its other end.

    ``up``: there is a link; ``enabled``: operators want it to carry traffic.
    """

    KIND: ClassVar[str] = "fi_port"
    INDEXED: ClassVar[tuple[str, ...]] = ("fabric_interconnect", "peer")

    fabric_interconnect: str
    slot: int = 1
    port: int
    role: str = "server"
    up: bool = True
    enabled: bool = True
    peer: str = ""

    @property
    def works(self) -> bool:
        """Whether it carries traffic, as far as it is up to the port."""
        return self.up and self.enabled


@kind
class Chassis(Entity, frozen=True, kw_only=True, omit_defaults=True):
    """A blade chassis; ``slot`` is its number in the domain (``sys/chassis-N``).

    A new one is ``discovered`` after a while; one that is not ``commissioned`` was taken out of service with all that is in it.
    """

    KIND: ClassVar[str] = "chassis"
    INDEXED: ClassVar[tuple[str, ...]] = ("domain", "rack")

    domain: str
    rack: str = ""
    slot: int
    serial: str = ""
    model: str = "UCSB-5108-AC2"
    present: bool = True
    discovered: bool = True
    commissioned: bool = True


@kind
class IoModule(Entity, frozen=True, kw_only=True, omit_defaults=True):
    """A chassis' fabric extender towards fabric A or B."""

    KIND: ClassVar[str] = "io_module"
    INDEXED: ClassVar[tuple[str, ...]] = ("chassis",)

    chassis: str
    leg: str = "A"
    serial: str = ""
    model: str = "UCS-IOM-2208XP"
    operable: bool = True


@kind
class PowerSupply(Entity, frozen=True, kw_only=True, omit_defaults=True):
    """A power supply of a chassis or (``chassis`` is its uid then) a rack server, on one of the site's feeds."""

    KIND: ClassVar[str] = "power_supply"
    INDEXED: ClassVar[tuple[str, ...]] = ("chassis", "feed")

    chassis: str
    feed: str = ""
    slot: int = 1
    serial: str = ""
    model: str = "UCSB-PSU-2500ACDV"
    operable: bool = True


@kind
class Fan(Entity, frozen=True, kw_only=True, omit_defaults=True):
    """A fan module of a chassis or (``chassis`` is its uid then) a rack server."""

    KIND: ClassVar[str] = "fan"
    INDEXED: ClassVar[tuple[str, ...]] = ("chassis",)

    chassis: str
    slot: int = 1
    operable: bool = True


class CpuSpec(msgspec.Struct, frozen=True, omit_defaults=True):
    """The processors of a server; ``mhz`` is the nominal clock of one core."""

    model: str = "Intel(R) Xeon(R) Gold 6248R CPU @ 3.00GHz"
    vendor: str = "intel"
    sockets: int = 2
    cores_per_socket: int = 12
    threads_per_core: int = 2
    mhz: int = 3000

    @property
    def cores(self) -> int:
        """Physical cores in all."""
        return self.sockets * self.cores_per_socket

    @property
    def threads(self) -> int:
        """Hardware threads in all."""
        return self.cores * self.threads_per_core


class Dimm(msgspec.Struct, frozen=True, omit_defaults=True):
    """A memory module."""

    slot: int
    capacity_bytes: int
    serial: str = ""
    operable: bool = True


class LocalDisk(msgspec.Struct, frozen=True, omit_defaults=True):
    """A disk in the server itself."""

    slot: int
    capacity_bytes: int
    serial: str = ""
    model: str = "UCS-SD480GM3X-EP"
    operable: bool = True


class AdapterPort(msgspec.Struct, frozen=True, omit_defaults=True):
    """A physical port of the mezzanine adapter; ``mac`` is its burned-in address."""

    slot: int
    leg: str
    mac: str
    model: str = "UCSB-MLOM-40G-04"


class Server(Entity, frozen=True, kw_only=True, omit_defaults=True):
    """A machine that takes a service profile and runs a host.  ``original_uuid`` and ``serial`` stay with the hardware; the rest of its
    identity is its profile's.

    One that is not ``present`` has been taken out and is still known; a new one takes no profile before it is ``discovered``; one that
    is not ``commissioned`` was taken out of service, and its UCS domain knows no more than that it is connected.
    """

    serial: str
    original_uuid: str
    asset_tag: str = ""
    model: str = ""
    vendor: str = "Cisco Systems Inc"
    cpu: CpuSpec = CpuSpec()
    memory_bytes: int = 0
    dimms: tuple[Dimm, ...] = ()
    disks: tuple[LocalDisk, ...] = ()
    adapters: tuple[AdapterPort, ...] = ()
    power: BladePower = BladePower.ON
    operable: bool = True
    present: bool = True
    discovered: bool = True
    commissioned: bool = True
    profile: str = ""


@kind
class Blade(Server, frozen=True, kw_only=True, omit_defaults=True):
    """A server in a slot of a chassis, which gives it power and its paths to the fabrics."""

    KIND: ClassVar[str] = "blade"
    INDEXED: ClassVar[tuple[str, ...]] = ("chassis", "profile")

    chassis: str
    slot: int
    model: str = "UCSB-B200-M5"


@kind
class RackServer(Server, frozen=True, kw_only=True, omit_defaults=True):
    """A server in a rack of its own height, its power supplies and fans its own, cabled straight to the fabric interconnects.

    ``unit`` is its number in the domain (``sys/rack-unit-N``).
    """

    KIND: ClassVar[str] = "rack_server"
    INDEXED: ClassVar[tuple[str, ...]] = ("domain", "rack", "profile")

    domain: str
    rack: str = ""
    unit: int
    model: str = "UCSC-C220-M5SX"


class Vnic(msgspec.Struct, frozen=True, omit_defaults=True):
    """A virtual Ethernet interface of a service profile; ``vlans`` are the VLAN ids trunked to it, none meaning all of the domain's.

    With ``failover``, it goes over the other fabric while ``leg`` does not work.
    """

    name: str
    mac: str
    leg: str = "A"
    order: int = 1
    vlans: tuple[int, ...] = ()
    failover: bool = False


class Vhba(msgspec.Struct, frozen=True, omit_defaults=True):
    """A virtual Fibre Channel interface of a service profile."""

    name: str
    wwpn: str
    leg: str = "A"
    order: int = 1


@kind
class ServiceProfile(Entity, frozen=True, kw_only=True, omit_defaults=True):
    """The identity that a server takes when associated: UUID, MACs, WWNs and name.

    ``dn`` is its distinguished name in its UCS domain (``identity.profile_dn`` reads it); ``host`` is the hypervisor on its boot LUN, which
    goes where the profile goes, empty when it boots from the blade's own disks.
    """

    KIND: ClassVar[str] = "service_profile"
    INDEXED: ClassVar[tuple[str, ...]] = ("domain", "blade", "dn")

    domain: str
    dn: str = ""
    blade: str = ""
    host: str = ""
    uuid: str
    vnics: tuple[Vnic, ...] = ()
    vhbas: tuple[Vhba, ...] = ()
    wwnn: str = ""
