"""Things by their ids, and the words for those that there are not, or that there are already."""

from __future__ import annotations

from typing import Any, Final, TypeVar

from emulators.openstack.faults import Fault
from emulators.openstack.identity.access_model import AccessRule, ApplicationCredential, Consumer, StoredCredential, Trust
from emulators.openstack.identity.catalog_model import CatalogEndpoint, CatalogService, EndpointGroup, Policy
from emulators.openstack.identity.model import Domain, Group, Role, User
from emulators.world.model import Project
from emulators.world.model.base import Entity
from emulators.world.state import WorldState

E = TypeVar("E", bound=Entity)
N = TypeVar("N", User, Group, Project, Role)
NOUNS: Final[dict[type[Entity], str]] = {
    Domain: "domain",
    Project: "project",
    User: "user",
    Group: "group",
    Role: "role",
    CatalogService: "service",
    CatalogEndpoint: "endpoint",
    ApplicationCredential: "Application Credential",
    AccessRule: "Access Rule",
    StoredCredential: "credential",
    Consumer: "consumer",
    Trust: "trust",
    Policy: "policy",
    EndpointGroup: "Endpoint Group",
}
"""What Keystone calls them in its refusals."""


def not_found(noun: str, uid: str) -> Fault:
    """Fault 404 in Keystone's words."""
    return Fault(404, f"Could not find {noun}: {uid}.")


def require(state: WorldState, cls: type[E], uid: str) -> E:
    """The thing of that class and id; raises Fault 404."""
    found = state.maybe(cls, uid)
    if found is None:
        raise not_found(NOUNS[cls], uid)
    return found


def conflict(noun: str, details: str) -> Fault:
    """Fault 409 in Keystone's words."""
    return Fault(409, f"Conflict occurred attempting to store {noun} - {details}.")


def require_free(state: WorldState, cls: type[N], name: str, domain: str, *, but: str = "") -> None:
    """Raise Fault 409 when another thing of the class has the name in the domain."""
    taken = (one for one in state.where(cls, "name", name) if one.domain == domain and one.uid != but)
    if any(taken):
        raise conflict(
            NOUNS[cls], f"Duplicate entry found with name {name} at domain ID {domain}" if domain else f"Duplicate entry: {name}"
        )


def require_same_id(body: dict[str, Any], uid: str) -> None:
    """Raise Fault 400 when a change names another id than the path."""
    if body.get("id", uid) != uid:
        raise Fault(400, "Cannot change ID")


def require_same_domain(body: dict[str, Any], domain: str) -> None:
    """Raise Fault 400 when a change would move a thing to another domain."""
    if body.get("domain_id", domain) != domain:
        raise Fault(400, "Cannot change Domain ID")
