"""UCS domains, their fabric interconnects with ports, and the service profiles that give servers their identity."""

from __future__ import annotations

from graph.backends.entities import EntityByKey
from graph.backends.keyed import EntityOf, Within
from graph.execution.fields import column, graph_type, joined
from graph.execution.relay import Connection, Node
from graph.schema.entity import Entity, entity_types, server_types, shows
from graph.schema.filters import entities
from graph.schema.refs import BladeRef, ChassisRef, HostRef, RackRef, RackServerRef, ServerRef


@shows("fi_port")
@graph_type
class FabricPort(Entity):
    """An Ethernet port of a fabric interconnect."""

    dn: str = column(description="Its distinguished name in its UCS domain.")
    slot: int = column()
    port: int = column()
    role: str = column()
    up: bool = column(description="There is a link.")
    enabled: bool = column(description="Operators want it to carry traffic.")
    fabric_interconnect: FabricInterconnect | None = joined(EntityByKey("fabric_interconnect", "fabric_interconnect"))
    peer: Node | None = joined(
        EntityOf("peer", entity_types, kind_column="peer_kind"),
        description="The I/O module, rack server or upstream switch at its other end.",
    )


@shows("fabric_interconnect")
@graph_type
class FabricInterconnect(Entity):
    """Fabric interconnect A or B of a domain."""

    dn: str = column(description="Its distinguished name in its UCS domain.")
    leg: str = column()
    serial: str = column()
    model: str = column()
    operable: bool = column()
    domain: UcsDomain | None = joined(EntityByKey("ucs_domain", "domain"))
    rack: RackRef | None = joined(EntityByKey("rack", "rack"))
    ports: Connection[FabricPort] | None = entities("fi_port", "fabric_interconnect")


@shows("ucs_domain")
@graph_type
class UcsDomain(Entity):
    """One UCS Manager: a pair of fabric interconnects and the chassis behind them."""

    address: str = column()
    fabric_interconnects: Connection[FabricInterconnect] | None = entities("fabric_interconnect", "domain")
    chassis: Connection[ChassisRef] | None = entities("chassis", "domain")
    rack_servers: Connection[RackServerRef] | None = entities("rack_server", "domain")
    service_profiles: Connection[ServiceProfile] | None = entities("service_profile", "domain")


@graph_type
class Vnic:
    """A virtual Ethernet interface of a service profile."""

    name: str = column()
    mac: str = column()
    leg: str = column()
    order: int = column()
    vlans: list[int] = column(description="The VLAN ids trunked to it; none means all of the domain's.")
    failover: bool = column(description="It goes over the other fabric while its own does not work.")


@graph_type
class Vhba:
    """A virtual Fibre Channel interface of a service profile."""

    name: str = column()
    wwpn: str = column()
    leg: str = column()
    order: int = column()


@shows("service_profile")
@graph_type
class ServiceProfile(Entity):
    """The identity that a server takes when associated: UUID, MACs, WWNs and name."""

    dn: str = column("profile_dn", description="Its distinguished name in its UCS domain.")
    uuid: str = column()
    wwnn: str = column()
    vnics: list[Vnic] | None = joined(Within("vnics"))
    vhbas: list[Vhba] | None = joined(Within("vhbas"))
    domain: UcsDomain | None = joined(EntityByKey("ucs_domain", "domain"))
    blade: BladeRef | None = joined(EntityByKey("blade", "blade"))
    rack_server: RackServerRef | None = joined(EntityByKey("rack_server", "blade"))
    server: ServerRef | None = joined(EntityOf("blade", server_types), description="The blade or rack server that has it.")
    host: HostRef | None = joined(EntityByKey("hypervisor", "host"), description="The hypervisor on its boot LUN.")


@graph_type
class FabricQuery:
    """Reading UCS domains."""

    ucs_domains: Connection[UcsDomain] | None = entities("ucs_domain")
    fabric_interconnects: Connection[FabricInterconnect] | None = entities("fabric_interconnect")
    fabric_ports: Connection[FabricPort] | None = entities("fi_port")
    service_profiles: Connection[ServiceProfile] | None = entities("service_profile")
