"""What DevStack's Keystone has: the default domain, projects, users, roles, groups, and the catalog of this cloud's services."""

from __future__ import annotations

from typing import Final

from dcsim.security.passwords import hash_now
from emulators.openstack.asks import ask
from emulators.openstack.cloud import REGION, Cloud
from emulators.openstack.identity import events
from emulators.openstack.identity.authenticator import Authenticator
from emulators.openstack.identity.catalog import ORIGIN
from emulators.openstack.identity.catalog_model import CatalogEndpoint, CatalogService, Region
from emulators.openstack.identity.face import project_named
from emulators.openstack.identity.ids import new_id
from emulators.openstack.identity.model import (
    DEFAULT_DOMAIN,
    SYSTEM,
    Assignment,
    Domain,
    Group,
    ImpliedRole,
    Membership,
    Password,
    Role,
    User,
)
from emulators.openstack.identity.service import IDENTITY
from emulators.openstack.services import SERVICES
from emulators.world.decide import Decision
from emulators.world.model import Project

ADMIN_PASSWORD: Final = "openstack-admin"  # noqa: S105 - the secret's name
ROLES: Final = ("admin", "manager", "member", "reader", "service", "anotherrole", "ResellerAdmin")
IMPLIES: Final = (("admin", "manager"), ("manager", "member"), ("member", "reader"))
PROJECTS: Final = {
    "admin": "Bootstrap project for initializing the cloud.",
    "service": "",
    "demo": "",
    "alt_demo": "",
    "invisible_to_admin": "",
}
USERS: Final = ("admin", "demo", "demo_reader", "alt_demo", "alt_demo_member", "alt_demo_reader", "system_member", "system_reader")
SERVICE_USERS: Final = ("nova", "placement", "neutron", "glance", "cinder", "swift")
GROUPS: Final = {"admins": ("admin",), "nonadmins": ("demo", "alt_demo")}
GRANTS: Final = (
    ("user", "admin", "project", "admin", "admin"),
    ("user", "admin", "project", "demo", "admin"),
    ("user", "admin", "project", "alt_demo", "admin"),
    ("user", "admin", "domain", DEFAULT_DOMAIN, "admin"),
    ("user", "admin", SYSTEM, SYSTEM, "admin"),
    ("user", "demo", "project", "demo", "member"),
    ("user", "demo", "project", "demo", "anotherrole"),
    ("user", "demo", "project", "invisible_to_admin", "member"),
    ("user", "demo_reader", "project", "demo", "reader"),
    ("user", "alt_demo", "project", "alt_demo", "member"),
    ("user", "alt_demo", "project", "alt_demo", "anotherrole"),
    ("user", "alt_demo_member", "project", "alt_demo", "member"),
    ("user", "alt_demo_reader", "project", "alt_demo", "reader"),
    ("user", "system_member", SYSTEM, SYSTEM, "member"),
    ("user", "system_reader", SYSTEM, SYSTEM, "reader"),
    ("group", "admins", "project", "admin", "admin"),
    ("group", "nonadmins", "project", "demo", "member"),
    ("group", "nonadmins", "project", "alt_demo", "member"),
    *(("user", name, "project", "service", "service") for name in SERVICE_USERS),
)
CATALOG_PATHS: Final = {"compute": "/v2.1", "block-storage": "/v3", "object-store": "/v1/AUTH_$(project_id)s"}
"""What follows a service's prefix in the catalog, where its declaration does not say so."""
ALIASES: Final = {"block-storage": (("cinderv3", "volumev3"),)}
"""Services that stand in the catalog under an older type, too, for the clients that look for it."""


def seed_identity(cloud: Cloud) -> None:
    """Fill a new world, and let whoever has a token in."""
    cloud.authenticator = cloud.part(Authenticator, cloud)
    if cloud.state.maybe(Domain, DEFAULT_DOMAIN) is None:
        cloud.ask_now(bootstrap, password=hash_now(cloud.context.secrets.password(ADMIN_PASSWORD)))


IDENTITY.seed = seed_identity


@ask
def bootstrap(decision: Decision, *, password: str) -> None:
    """Make all of it; ``password`` is the hash of the people's passwords, the same for all."""
    decision.create(events.DOMAIN.created, Domain, uid=DEFAULT_DOMAIN, name="Default", description="The default domain")
    known = {"domain": {DEFAULT_DOMAIN: DEFAULT_DOMAIN}, SYSTEM: {SYSTEM: SYSTEM}}
    known["project"] = {name: _project(decision, name, description).uid for name, description in PROJECTS.items()}
    known["user"] = _users(decision, password)
    known["group"] = _groups(decision, known["user"])
    roles = _roles(decision)
    for actor_kind, actor, kind, target, role in GRANTS:
        decision.create(
            events.ASSIGNMENT.created,
            Assignment,
            name=f"{role} on {target} for {actor}",
            role=roles[role],
            actor=known[actor_kind][actor],
            target=known[kind][target],
            group=actor_kind == "group",
        )
    _catalog(decision)


def _roles(decision: Decision) -> dict[str, str]:
    roles = {name: decision.create(events.ROLE.created, Role, uid=new_id(decision), name=name).uid for name in ROLES}
    for prior, implied in IMPLIES:
        decision.create(
            events.IMPLIED_ROLE.created, ImpliedRole, name=f"{prior} implies {implied}", prior=roles[prior], implied=roles[implied]
        )
    return roles


def _project(decision: Decision, name: str, description: str) -> Project:
    """The project of that name: the inventory's, if it has one."""
    found = project_named(decision.state, name)
    return found or decision.create(events.PROJECT.created, Project, uid=new_id(decision), name=name, description=description)


def _users(decision: Decision, password: str) -> dict[str, str]:
    users = {}
    for name in (*USERS, *SERVICE_USERS):
        user = decision.create(events.USER.created, User, uid=new_id(decision), name=name, domain=DEFAULT_DOMAIN)
        users[name] = user.uid
        if name in USERS:
            decision.create(events.PASSWORD.created, Password, name=user.uid, hash=password)
    return users


def _groups(decision: Decision, users: dict[str, str]) -> dict[str, str]:
    groups = {}
    for name, members in GROUPS.items():
        group = decision.create(events.GROUP.created, Group, uid=new_id(decision), name=name, domain=DEFAULT_DOMAIN)
        groups[name] = group.uid
        for member in members:
            decision.create(events.MEMBERSHIP.created, Membership, name=f"{member} in {name}", user=users[member], group=group.uid)
    return groups


def _catalog(decision: Decision) -> None:
    decision.create(events.REGION.created, Region, name=REGION)
    for service in SERVICES:
        url = f"{ORIGIN}{service.prefix}{service.catalog_path or CATALOG_PATHS.get(service.type, '')}"
        for name, kind in ((service.name, service.type), *ALIASES.get(service.type, ())):
            listed = decision.create(events.SERVICE.created, CatalogService, uid=new_id(decision), name=name, type=kind)
            decision.create(
                events.ENDPOINT.created,
                CatalogEndpoint,
                uid=new_id(decision),
                name=f"{name} public",
                service=listed.uid,
                interface="public",
                url=url,
                region=REGION,
            )
