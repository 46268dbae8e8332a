"""Blades and rack servers: what takes a service profile and runs a host."""

from __future__ import annotations

from graph.backends.entities import EntityByKey
from graph.backends.keyed import EntityBy, Within
from graph.execution.fields import column, graph_interface, graph_type, joined
from graph.execution.relay import Connection
from graph.execution.scalars import BigInt
from graph.schema.entity import Entity, shows
from graph.schema.enums import ServerPower
from graph.schema.filters import entities
from graph.schema.refs import ChassisRef, FabricPortRef, FanRef, HostRef, PowerSupplyRef, RackRef, ServiceProfileRef, UcsDomainRef


@graph_type
class MemoryModule:
    """A DIMM."""

    slot: int = column()
    capacity_bytes: BigInt = column()
    serial: str = column()
    operable: bool = column()


@graph_type
class LocalDisk:
    """A disk in the server itself."""

    slot: int = column()
    capacity_bytes: BigInt = column()
    serial: str = column()
    model: str = column()
    operable: bool = column()


@graph_type
class AdapterPort:
    """A physical port of the mezzanine adapter, with its burned-in address."""

    slot: int = column()
    leg: str = column()
    mac: str = column()
    model: str = column()


@graph_interface
class Server(Entity):
    """A blade or a rack server.  Serial number and slot belong to the hardware; UUID, MACs and name come from its service profile."""

    dn: str = column(description="Its distinguished name in its UCS domain.")
    serial: str = column()
    asset_tag: str = column()
    model: str = column()
    vendor: str = column()
    original_uuid: str = column(description="The UUID that it was made with.")
    uuid: str = column("system_uuid", description="The UUID in its firmware: its profile's while associated.")
    cpu_model: str = column("cpu.model")
    sockets: int = column("cpu.sockets")
    cores_per_socket: int = column("cpu.cores_per_socket")
    cpu_mhz: int = column("cpu.mhz", description="The nominal clock of one core.")
    memory_bytes: BigInt = column()
    power: ServerPower = column()
    operable: bool = column()
    present: bool = column()
    discovered: bool = column()
    commissioned: bool = column()
    dimms: list[MemoryModule] | None = joined(Within("dimms"))
    disks: list[LocalDisk] | None = joined(Within("disks"))
    adapters: list[AdapterPort] | None = joined(Within("adapters"))
    profile: ServiceProfileRef | None = joined(EntityByKey("service_profile", "profile"))
    host: HostRef | None = joined(EntityBy("hypervisor", "blade"), description="The hypervisor that runs on it.")


@shows("blade")
@graph_type
class Blade(Server):
    """A server in a slot of a chassis, which gives it power and its paths to the fabrics."""

    slot: int = column()
    chassis: ChassisRef | None = joined(EntityByKey("chassis", "chassis"))


@shows("rack_server")
@graph_type
class RackServer(Server):
    """A server in a rack of its own height, its power supplies and fans its own, cabled straight to the fabric interconnects."""

    unit: int = column(description="Its number in the domain.")
    domain: UcsDomainRef | None = joined(EntityByKey("ucs_domain", "domain"))
    rack: RackRef | None = joined(EntityByKey("rack", "rack"))
    power_supplies: Connection[PowerSupplyRef] | None = entities("power_supply", "chassis")
    fans: Connection[FanRef] | None = entities("fan", "chassis")
    links: Connection[FabricPortRef] | None = entities("fi_port", "peer", description="The fabrics' ports at its other end.")


@graph_type
class ServerQuery:
    """Reading servers."""

    blades: Connection[Blade] | None = entities("blade")
    rack_servers: Connection[RackServer] | None = entities("rack_server")
