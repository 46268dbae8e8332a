"""Keystone's records: who there is, and who may do what where.  Projects are the world's own (`emulators.world.model.Project`).

``extra`` is what clients keep with a thing beyond what Keystone knows, ``options`` its resource options: JSON text, empty for none.
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Final

from emulators.world.decisions.records import Record
from emulators.world.model.base import kind

DEFAULT_DOMAIN: Final = "default"
SYSTEM: Final = "system"
"""The target of assignments to the deployment as a whole."""


@kind
class Domain(Record, frozen=True, kw_only=True, omit_defaults=True):
    """A domain: the namespace of users, groups and projects.  ``config`` is its configuration (`domain_config`), JSON text too.

    ``generation`` counts how often it was disabled, which ends every token of its users and for what is in it.
    """

    KIND: ClassVar[str] = "keystone_domain"
    INDEXED: ClassVar[tuple[str, ...]] = ("name",)

    description: str = ""
    enabled: bool = True
    options: str = ""
    extra: str = ""
    config: str = ""
    generation: int = 0


@kind
class User(Record, frozen=True, kw_only=True, omit_defaults=True):
    """A user.  ``generation`` counts what makes every token of theirs invalid; tokens carry the one that they were issued in."""

    KIND: ClassVar[str] = "keystone_user"
    INDEXED: ClassVar[tuple[str, ...]] = ("name", "domain", "default_project")

    domain: str
    enabled: bool = True
    default_project: str = ""
    generation: int = 0
    options: str = ""
    extra: str = ""


@kind
class Password(Record, frozen=True, kw_only=True, omit_defaults=True):
    """The argon2id hash of a user's password; ``name`` is the user's id.  The latest is in force."""

    KIND: ClassVar[str] = "keystone_password"
    SECRET: ClassVar[tuple[str, ...]] = ("hash",)
    INDEXED: ClassVar[tuple[str, ...]] = ("name",)

    hash: str
    expires: datetime | None = None


@kind
class Group(Record, frozen=True, kw_only=True, omit_defaults=True):
    """A group of users."""

    KIND: ClassVar[str] = "keystone_group"
    INDEXED: ClassVar[tuple[str, ...]] = ("name", "domain")

    domain: str
    description: str = ""
    extra: str = ""


@kind
class Membership(Record, frozen=True, kw_only=True, omit_defaults=True):
    """That a user is in a group."""

    KIND: ClassVar[str] = "keystone_membership"
    INDEXED: ClassVar[tuple[str, ...]] = ("user", "group")

    user: str
    group: str


@kind
class Role(Record, frozen=True, kw_only=True, omit_defaults=True):
    """A role; with a ``domain`` it is that domain's own and stands in no token, but what it implies does."""

    KIND: ClassVar[str] = "keystone_role"
    INDEXED: ClassVar[tuple[str, ...]] = ("name", "domain")

    domain: str = ""
    description: str | None = None
    options: str = ""
    extra: str = ""


@kind
class ImpliedRole(Record, frozen=True, kw_only=True, omit_defaults=True):
    """That whoever has the ``prior`` role has the ``implied`` one, too."""

    KIND: ClassVar[str] = "keystone_implied_role"
    INDEXED: ClassVar[tuple[str, ...]] = ("prior", "implied")

    prior: str
    implied: str


@kind
class Assignment(Record, frozen=True, kw_only=True, omit_defaults=True):
    """That an actor (a user or a group) has a role on a target: a project, a domain, or `SYSTEM`.

    An ``inherited`` one holds for the projects below the target instead of the target itself.
    """

    KIND: ClassVar[str] = "keystone_assignment"
    INDEXED: ClassVar[tuple[str, ...]] = ("actor", "target", "role")

    role: str
    actor: str
    target: str
    group: bool = False
    inherited: bool = False
