"""Who asks: what a token says, and the rules that operations are declared with.

Roles follow the defaults of every service since 2023 (secure RBAC, phase 1): ``admin`` may do everything in the deployment,
``member`` what changes a project's own resources, ``reader`` what only reads them.  ``admin`` implies ``manager``, that ``member``, and
that ``reader``.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

import msgspec

from emulators.openstack.access import Access


class Credentials(msgspec.Struct, frozen=True, kw_only=True):
    """A valid token's content.  At most one of ``project``, ``domain`` and ``system`` is set: the token's scope; none: unscoped.

    ``roles`` are names, implied ones included.  Ids are Keystone's (32 hexadecimal digits).  ``access_rules``: a request must fit one
    of them; None: any may be made.
    """

    token: str
    user: str
    user_name: str
    user_domain: str
    project: str = ""
    project_name: str = ""
    project_domain: str = ""
    domain: str = ""
    system: bool = False
    roles: frozenset[str] = frozenset()
    methods: tuple[str, ...] = ("password",)
    audit_ids: tuple[str, ...] = ()
    issued: datetime
    expires: datetime
    application_credential: str = ""
    trust: str = ""
    access_rules: tuple[Access, ...] | None = None

    @property
    def admin(self) -> bool:
        """Whether the deployment's administrator asks."""
        return "admin" in self.roles


class Authenticator(Protocol):
    """What the other services need of Keystone."""

    def authenticate(self, token: str) -> Credentials | None:
        """What a token says; None for one that is unknown, expired or revoked."""
        ...


Rule = Callable[[Credentials], bool]
"""Whether somebody may use an operation at all; whose resources they may use it on is the operation's own matter."""


def anyone(_: Credentials) -> bool:
    """Whoever has a valid token, scoped or not."""
    return True


def admin(credentials: Credentials) -> bool:
    """Administrators."""
    return credentials.admin


def member(credentials: Credentials) -> bool:
    """Members of a project, and administrators."""
    return credentials.admin or (bool(credentials.project) and "member" in credentials.roles)


def reader(credentials: Credentials) -> bool:
    """Readers of a project, and administrators.  A role of the deployment's own lets its holder read, too, as with older policies."""
    return credentials.admin or bool(credentials.project and credentials.roles)
