"""Projects, teams, applications and business services."""

from __future__ import annotations

import msgspec

from cmdb.model.classes.services import Application, BusinessService
from cmdb.model.classes.tenancy import Project, Team
from cmdb.projection.declare import ENGINE, OPENSTACK, Link, Shape, Statements, View, projects, seen


class ProjectShape(Shape, frozen=True, kw_only=True):
    """A project of OpenStack."""

    description: str = ""
    enabled: bool = True
    domain: str = "default"


class TeamShape(Shape, frozen=True, kw_only=True):
    """A team."""

    email: str = ""


class ServiceShape(Shape, frozen=True, kw_only=True):
    """A business service."""

    criticality: int = 3
    owner: str = ""


class ApplicationShape(Shape, frozen=True, kw_only=True):
    """An application: ``tiers`` maps a tier's name to its VMs, ``needed`` to how many of them it needs (default: one)."""

    services: tuple[str, ...] = ()
    team: str = ""
    tiers: dict[str, tuple[str, ...]] = msgspec.field(default_factory=dict)
    needed: dict[str, int] = msgspec.field(default_factory=dict)


@projects("project", ProjectShape)
def project(it: ProjectShape, _: View) -> Statements:
    """A tenant."""
    yield seen(OPENSTACK, it, Project(uuid=it.uid, domain=it.domain, enabled=it.enabled, description=it.description))


@projects("team", TeamShape)
def team(it: TeamShape, _: View) -> Statements:
    """People."""
    yield seen(ENGINE, it, Team(email=it.email))


@projects("business_service", ServiceShape)
def business_service(it: ServiceShape, _: View) -> Statements:
    """What the business sells or runs on."""
    yield seen(ENGINE, it, BusinessService(criticality=it.criticality, owner=it.owner))


@projects("application", ApplicationShape)
def application(it: ApplicationShape, view: View) -> Statements:
    """Software in tiers of VMs; it is as critical as the most critical service that stands on it."""
    services = [found for found in (view.look(ServiceShape, uid) for uid in it.services) if found]
    criticality = min((found.criticality for found in services), default=None)
    yield seen(ENGINE, it, Application(criticality=criticality, tiers=tuple(sorted(it.tiers))))
    yield Link(ENGINE, it.uid, "OWNED_BY", it.team)
    for service in it.services:
        yield Link(ENGINE, service, "DEPENDS_ON", it.uid)
    for tier, machines in sorted(it.tiers.items()):
        for machine in machines:
            yield Link(ENGINE, it.uid, "NEEDS", machine, {"tier": tier, "needed": it.needed.get(tier, 1)})
