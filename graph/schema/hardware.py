"""Chassis and what is in them beside the blades: I/O modules, power supplies and fans."""

from __future__ import annotations

from graph.backends.entities import EntityByKey
from graph.execution.fields import column, graph_type, joined
from graph.execution.relay import Connection
from graph.schema.entity import Entity, shows
from graph.schema.filters import entities
from graph.schema.refs import BladeRef, ChassisRef, FabricPortRef, PowerFeedRef, RackRef, RackServerRef, UcsDomainRef

DN = "Its distinguished name in its UCS domain; empty while it is out of service."
ENCLOSURE = "The chassis that it is in, or None for a rack server's."


@shows("io_module")
@graph_type
class IoModule(Entity):
    """A chassis' fabric extender towards fabric A or B."""

    dn: str = column(description=DN)
    leg: str = column()
    serial: str = column()
    model: str = column()
    operable: bool = column()
    chassis: ChassisRef | None = joined(EntityByKey("chassis", "chassis"))
    links: Connection[FabricPortRef] | None = entities("fi_port", "peer", description="The fabric's ports at its other end.")


@shows("power_supply")
@graph_type
class PowerSupply(Entity):
    """A power supply of a chassis or a rack server, on one of the site's feeds."""

    dn: str = column(description=DN)
    slot: int = column()
    serial: str = column()
    model: str = column()
    operable: bool = column()
    chassis: ChassisRef | None = joined(EntityByKey("chassis", "chassis"), description=ENCLOSURE)
    rack_server: RackServerRef | None = joined(EntityByKey("rack_server", "chassis"))
    feed: PowerFeedRef | None = joined(EntityByKey("power_feed", "feed"))


@shows("fan")
@graph_type
class Fan(Entity):
    """A fan module of a chassis or a rack server."""

    dn: str = column(description=DN)
    slot: int = column()
    operable: bool = column()
    chassis: ChassisRef | None = joined(EntityByKey("chassis", "chassis"), description=ENCLOSURE)
    rack_server: RackServerRef | None = joined(EntityByKey("rack_server", "chassis"))


@shows("chassis")
@graph_type
class Chassis(Entity):
    """A blade chassis."""

    dn: str = column(description=DN)
    slot: int = column(description="Its number in the domain.")
    serial: str = column()
    model: str = column()
    present: bool = column()
    discovered: bool = column()
    commissioned: bool = column()
    domain: UcsDomainRef | None = joined(EntityByKey("ucs_domain", "domain"))
    rack: RackRef | None = joined(EntityByKey("rack", "rack"))
    blades: Connection[BladeRef] | None = entities("blade", "chassis")
    io_modules: Connection[IoModule] | None = entities("io_module", "chassis")
    power_supplies: Connection[PowerSupply] | None = entities("power_supply", "chassis")
    fans: Connection[Fan] | None = entities("fan", "chassis")


@graph_type
class HardwareQuery:
    """Reading chassis and their parts."""

    chassis: Connection[Chassis] | None = entities("chassis")
    io_modules: Connection[IoModule] | None = entities("io_module")
    power_supplies: Connection[PowerSupply] | None = entities("power_supply")
    fans: Connection[Fan] | None = entities("fan")
