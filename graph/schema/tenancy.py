"""Who uses the datacenter, and what for: projects, teams, applications and business services."""

from __future__ import annotations

from graph.backends.entities import EntityByKey
from graph.backends.keyed import Listed, Within
from graph.execution.fields import column, graph_type, joined
from graph.execution.relay import Connection
from graph.schema.entity import Entity, shows
from graph.schema.filters import entities
from graph.schema.inputs import paged
from graph.schema.refs import (
    FloatingIpRef,
    ImageRef,
    NetworkRef,
    OpenStackServerRef,
    RouterRef,
    SecurityGroupRef,
    VirtualMachineRef,
    VolumeRef,
)


@shows("project")
@graph_type
class Project(Entity):
    """An OpenStack project; its uid is its id in Keystone."""

    description: str = column()
    enabled: bool = column()
    domain: str = column(description="The id of its Keystone domain.")
    parent: Project | None = joined(EntityByKey("project", "parent"))
    children: Connection[Project] | None = entities("project", "parent")
    vms: Connection[VirtualMachineRef] | None = entities("vm", "project")
    openstack_servers: Connection[OpenStackServerRef] | None = entities("nova_server", "project")
    volumes: Connection[VolumeRef] | None = entities("cinder_volume", "project")
    networks: Connection[NetworkRef] | None = entities("network", "project")
    routers: Connection[RouterRef] | None = entities("neutron_router", "project")
    floating_ips: Connection[FloatingIpRef] | None = entities("neutron_floatingip", "project")
    security_groups: Connection[SecurityGroupRef] | None = entities("neutron_security_group", "project")
    images: Connection[ImageRef] | None = entities("image", "project")


@shows("team")
@graph_type
class Team(Entity):
    """People who answer for an application."""

    email: str = column()
    applications: Connection[Application] | None = entities("application", "team")


@shows("business_service")
@graph_type
class BusinessService(Entity):
    """What the business sells or runs on."""

    criticality: int = column(description="1 (vital) to 4.")
    owner: str = column()
    applications: Connection[Application] | None = entities("application", "services")


@graph_type
class ApplicationTier:
    """A tier of an application: some of its VMs, any `needed` of which keep it up."""

    name: str = column()
    needed: int = column()
    vms: Connection[VirtualMachineRef] | None = paged(Listed("vm", "vms"))


@shows("application")
@graph_type
class Application(Entity):
    """Software in tiers."""

    tiers: list[ApplicationTier] | None = joined(Within("tier_list"))
    vms: Connection[VirtualMachineRef] | None = paged(Listed("vm", "vms"), description="Those of all tiers.")
    team: Team | None = joined(EntityByKey("team", "team"))
    services: Connection[BusinessService] | None = paged(Listed("business_service", "services"))


@graph_type
class TenancyQuery:
    """Reading who uses what."""

    projects: Connection[Project] | None = entities("project")
    teams: Connection[Team] | None = entities("team")
    business_services: Connection[BusinessService] | None = entities("business_service")
    applications: Connection[Application] | None = entities("application")
