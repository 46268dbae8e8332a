"""Sites, racks, and what is shared between machines: power feeds and upstream switches."""

from __future__ import annotations

from graph.execution.fields import column, graph_type
from graph.execution.relay import Connection
from graph.schema.entity import Entity, shows
from graph.schema.filters import entities
from graph.schema.refs import ChassisRef, ClusterRef, FabricPortRef, HostRef, PowerSupplyRef, RackServerRef, StorageArrayRef, UcsDomainRef


@shows("rack")
@graph_type
class Rack(Entity):
    """A cabinet of so many height units."""

    units: int = column()
    chassis: Connection[ChassisRef] | None = entities("chassis", "rack")
    rack_servers: Connection[RackServerRef] | None = entities("rack_server", "rack")


@shows("power_feed")
@graph_type
class PowerFeed(Entity):
    """One of the two supplies (leg A or B) of a site; what hangs on it loses power with it."""

    leg: str = column()
    energised: bool = column()
    power_supplies: Connection[PowerSupplyRef] | None = entities("power_supply", "feed")


@shows("upstream_switch")
@graph_type
class UpstreamSwitch(Entity):
    """One of the pair of switches that the fabric interconnects' uplinks go to."""

    leg: str = column()
    operable: bool = column()
    model: str = column()
    links: Connection[FabricPortRef] | None = entities("fi_port", "peer", description="The fabrics' ports that lead to it.")


@shows("site")
@graph_type
class Site(Entity):
    """A building; one vSphere datacenter and one or more UCS domains stand in it."""

    location: str = column()
    time_zone: str = column()
    racks: Connection[Rack] | None = entities("rack", "site")
    power_feeds: Connection[PowerFeed] | None = entities("power_feed", "site")
    upstream_switches: Connection[UpstreamSwitch] | None = entities("upstream_switch", "site")
    ucs_domains: Connection[UcsDomainRef] | None = entities("ucs_domain", "site")
    clusters: Connection[ClusterRef] | None = entities("cluster", "site")
    hosts: Connection[HostRef] | None = entities("hypervisor", "site")
    storage_arrays: Connection[StorageArrayRef] | None = entities("storage_array", "site")


@graph_type
class FacilityQuery:
    """Reading what stands in the building."""

    sites: Connection[Site] | None = entities("site")
    racks: Connection[Rack] | None = entities("rack")
    power_feeds: Connection[PowerFeed] | None = entities("power_feed")
    upstream_switches: Connection[UpstreamSwitch] | None = entities("upstream_switch")
