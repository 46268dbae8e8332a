"""Chassis, blades, rack servers and service profiles, as UCS Manager sees them."""

from __future__ import annotations

import msgspec

from cmdb.model.classes.hardware import Blade, Chassis, RackServer, ServiceProfile
from cmdb.projection.declare import ENGINE, UCS, Link, Shape, Statement, Statements, View, projects, seen
from cmdb.projection.kinds.fabric import CISCO, EnclosureShape
from cmdb.projection.kinds.facility import site_of, state_of


class ChassisShape(EnclosureShape, frozen=True, kw_only=True):
    """A chassis."""

    rack: str = ""
    serial: str = ""
    model: str = "UCSB-5108-AC2"
    present: bool = True
    discovered: bool = True
    commissioned: bool = True


class Cpu(msgspec.Struct, frozen=True):
    """The processors of a server; ``mhz`` is a core's clock."""

    model: str = "Intel(R) Xeon(R) Gold 6248R CPU @ 3.00GHz"
    sockets: int = 2
    cores_per_socket: int = 12
    threads_per_core: int = 2
    mhz: int = 3000

    @property
    def cores(self) -> int:
        """Physical cores in all."""
        return self.sockets * self.cores_per_socket


class Dimm(msgspec.Struct, frozen=True):
    """A memory module."""

    capacity_bytes: int
    operable: bool = True


class Adapter(msgspec.Struct, frozen=True):
    """A port of the server's own adapter."""

    mac: str


class ServerShape(Shape, frozen=True, kw_only=True):
    """A blade (``chassis``, ``slot``) or rack server (``domain``, ``unit``)."""

    serial: str
    original_uuid: str
    asset_tag: str = ""
    model: str = ""
    vendor: str = CISCO
    cpu: Cpu = Cpu()
    memory_bytes: int = 0
    dimms: tuple[Dimm, ...] = ()
    adapters: tuple[Adapter, ...] = ()
    power: str = "on"
    operable: bool = True
    present: bool = True
    discovered: bool = True
    commissioned: bool = True
    profile: str = ""

    @property
    def working_memory(self) -> int:
        """Bytes that its working modules give; what the server says when they are not listed."""
        return sum(dimm.capacity_bytes for dimm in self.dimms if dimm.operable) if self.dimms else self.memory_bytes


class BladeShape(ServerShape, frozen=True, kw_only=True):
    """A blade."""

    chassis: str
    slot: int
    model: str = "UCSB-B200-M5"


class RackServerShape(ServerShape, frozen=True, kw_only=True):
    """A rack server."""

    domain: str
    rack: str = ""
    unit: int
    model: str = "UCSC-C220-M5SX"


class Vnic(msgspec.Struct, frozen=True):
    """A virtual Ethernet interface of a profile."""

    name: str
    mac: str
    order: int = 1
    vlans: tuple[int, ...] = ()


class Vhba(msgspec.Struct, frozen=True):
    """A virtual Fibre Channel interface of a profile."""

    wwpn: str
    order: int = 1


class ProfileShape(Shape, frozen=True, kw_only=True):
    """A service profile."""

    domain: str
    dn: str = ""
    uuid: str
    vnics: tuple[Vnic, ...] = ()
    vhbas: tuple[Vhba, ...] = ()
    wwnn: str = ""

    @property
    def macs(self) -> tuple[str, ...]:
        """The addresses of its vNICs, in their order."""
        return tuple(vnic.mac for vnic in sorted(self.vnics, key=lambda vnic: vnic.order))


def identity_of(it: ServerShape, view: View) -> tuple[str, tuple[str, ...]]:
    """The UUID and the MACs in a server's firmware: its profile's while it has one, else its own."""
    profile = view.look(ProfileShape, it.profile) if it.profile else None
    return (profile.uuid, profile.macs) if profile else (it.original_uuid, tuple(adapter.mac for adapter in it.adapters))


@projects("chassis", ChassisShape)
def chassis(it: ChassisShape, view: View) -> Statements:
    """A blade chassis."""
    yield seen(
        UCS,
        it,
        Chassis(
            site=site_of(it, view), dn=it.dn, serial=it.serial, model=it.model, vendor=CISCO, present=it.present, slot=it.slot,
            discovered=it.discovered, commissioned=it.commissioned, operable=it.present, operational_state=state_of(it.present),
        ),
    )  # fmt: skip
    yield Link(UCS, it.uid, "MEMBER_OF", it.domain)
    yield Link(ENGINE, it.uid, "LOCATED_IN", it.rack or it.site)


@projects("blade", BladeShape)
def blade(it: BladeShape, view: View) -> Statements:
    """A server in a slot of a chassis."""
    enclosure = view.look(EnclosureShape, it.chassis)
    yield _server(it, view, f"{enclosure.dn}/blade-{it.slot}" if enclosure else None, it.slot, Blade)
    yield Link(UCS, it.uid, "MOUNTED_IN", it.chassis)
    yield Link(UCS, it.uid, "IDENTIFIED_BY", it.profile)
    if enclosure:
        yield Link(UCS, it.uid, "MEMBER_OF", enclosure.domain)


@projects("rack_server", RackServerShape)
def rack_server(it: RackServerShape, view: View) -> Statements:
    """A server that is its own enclosure."""
    yield _server(it, view, f"sys/rack-unit-{it.unit}", it.unit, RackServer)
    yield Link(UCS, it.uid, "IDENTIFIED_BY", it.profile)
    yield Link(UCS, it.uid, "MEMBER_OF", it.domain)
    yield Link(ENGINE, it.uid, "LOCATED_IN", it.rack or it.site)


def _server(it: ServerShape, view: View, dn: str | None, slot: int, cls: type[Blade] | type[RackServer]) -> Statement:
    uuid, macs = identity_of(it, view)
    working = it.operable and it.present and it.power == "on"
    return seen(
        UCS,
        it,
        cls(
            site=site_of(it, view), dn=dn, slot=slot, serial=it.serial, model=it.model, vendor=it.vendor, asset_tag=it.asset_tag,
            uuid=uuid, original_uuid=it.original_uuid, macs=macs, power=it.power, operable=it.operable, present=it.present,
            discovered=it.discovered, commissioned=it.commissioned, cpu_model=it.cpu.model, sockets=it.cpu.sockets, cores=it.cpu.cores,
            threads=it.cpu.cores * it.cpu.threads_per_core, core_mhz=it.cpu.mhz, memory_bytes=it.working_memory,
            operational_state=state_of(working) if not it.operable or not it.present else "operational" if working else "powered off",
        ),
    )  # fmt: skip


@projects("service_profile", ProfileShape)
def service_profile(it: ProfileShape, view: View) -> Statements:
    """The identity that a server takes."""
    vlans = tuple(sorted({str(vlan) for vnic in it.vnics for vlan in vnic.vlans}, key=int))
    wwpns = tuple(vhba.wwpn for vhba in sorted(it.vhbas, key=lambda vhba: vhba.order))
    yield seen(
        UCS,
        it,
        ServiceProfile(
            site=site_of(it, view), dn=it.dn or f"org-root/ls-{it.name}", uuid=it.uuid, macs=it.macs, wwpns=wwpns, wwnn=it.wwnn, vlans=vlans
        ),
    )
    yield Link(UCS, it.uid, "MEMBER_OF", it.domain)
