"""What happens to Keystone's things, as events of the world."""

from __future__ import annotations

from typing import Final, NamedTuple

from dcsim.events import EventType
from emulators.world.events import EntityChanges, declare


class Lifecycle(NamedTuple):
    """The three events of a kind of thing."""

    created: EventType[EntityChanges]
    changed: EventType[EntityChanges]
    deleted: EventType[EntityChanges]


def lifecycle(noun: str, title: str) -> Lifecycle:
    """Declare ``dcsim.identity.<noun>.created``, ``changed`` and ``deleted``."""
    return Lifecycle(
        declare(f"dcsim.identity.{noun}.created", f"{title} was made"),
        declare(f"dcsim.identity.{noun}.changed", f"{title} was changed"),
        declare(f"dcsim.identity.{noun}.deleted", f"{title} was deleted"),
    )


DOMAIN: Final = lifecycle("domain", "A Keystone domain")
PROJECT: Final = lifecycle("project", "An OpenStack project")
USER: Final = lifecycle("user", "An OpenStack user")
PASSWORD: Final = lifecycle("password", "The stored hash of an OpenStack user's password")
GROUP: Final = lifecycle("group", "A group of OpenStack users")
MEMBERSHIP: Final = lifecycle("membership", "A user's membership in a group")
ROLE: Final = lifecycle("role", "A role")
IMPLIED_ROLE: Final = lifecycle("implied_role", "A role's implication of another")
ASSIGNMENT: Final = lifecycle("assignment", "The assignment of a role")
SERVICE: Final = lifecycle("service", "A service of the catalog")
ENDPOINT: Final = lifecycle("endpoint", "An endpoint of the catalog")
REGION: Final = lifecycle("region", "A region")
REVOCATION: Final = lifecycle("revocation", "The revocation of a token")
APPLICATION_CREDENTIAL: Final = lifecycle("application_credential", "An application credential")
ACCESS_RULE: Final = lifecycle("access_rule", "An access rule of application credentials")
CREDENTIAL: Final = lifecycle("credential", "A credential that Keystone keeps")
TRUST: Final = lifecycle("trust", "A trust of one user in another")
POLICY: Final = lifecycle("policy", "A document of a service's policy")
ENDPOINT_GROUP: Final = lifecycle("endpoint_group", "A group of endpoints")
ENDPOINT_CHOICE: Final = lifecycle("endpoint_choice", "A project's choice of endpoints")
REGISTERED_LIMIT: Final = lifecycle("registered_limit", "A limit for every project")
LIMIT: Final = lifecycle("limit", "A project's or domain's own limit")
CONSUMER: Final = lifecycle("consumer", "An OAuth consumer")
