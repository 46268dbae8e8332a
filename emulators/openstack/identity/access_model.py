"""Keystone's records of what stands beside passwords: application credentials, their access rules, and revoked tokens."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from emulators.world.decisions.records import Record
from emulators.world.model.base import kind


@kind
class ApplicationCredential(Record, frozen=True, kw_only=True, omit_defaults=True):
    """A secret (``hash``: argon2id) that gives some of a user's roles in a project; ``roles`` and ``access_rules`` are ids."""

    KIND: ClassVar[str] = "keystone_application_credential"
    SECRET: ClassVar[tuple[str, ...]] = ("hash",)
    INDEXED: ClassVar[tuple[str, ...]] = ("user", "project", "access_rules")

    user: str
    project: str
    hash: str
    roles: tuple[str, ...]
    description: str | None = None
    expires: datetime | None = None
    unrestricted: bool = False
    access_rules: tuple[str, ...] = ()
    restricted: bool = False
    """Whether ``access_rules`` hold: an empty list of them allows nothing."""


@kind
class AccessRule(Record, frozen=True, kw_only=True, omit_defaults=True):
    """A method and a path (with ``*``, ``**`` and ``{name}``) of a service that an application credential may be used for."""

    KIND: ClassVar[str] = "keystone_access_rule"
    INDEXED: ClassVar[tuple[str, ...]] = ("user",)

    user: str
    service: str
    method: str
    path: str


@kind
class Revocation(Record, frozen=True, kw_only=True, omit_defaults=True):
    """A revoked token; ``name`` is its audit id.  It is forgotten once the token would have expired anyway."""

    KIND: ClassVar[str] = "keystone_revocation"
    INDEXED: ClassVar[tuple[str, ...]] = ("name",)

    expires: datetime


@kind
class StoredCredential(Record, frozen=True, kw_only=True, omit_defaults=True):
    """A credential of another kind (ec2, totp, cert ...) that Keystone keeps; ``blob`` is encrypted (`sealing`)."""

    KIND: ClassVar[str] = "keystone_credential"
    SECRET: ClassVar[tuple[str, ...]] = ("blob",)
    INDEXED: ClassVar[tuple[str, ...]] = ("user", "project", "type")

    user: str
    type: str
    blob: str
    project: str = ""
    extra: str = ""


@kind
class Trust(Record, frozen=True, kw_only=True, omit_defaults=True):
    """Roles in a project that a user (the trustor) lends another (the trustee); ``uses`` are those that are left, None: any number."""

    KIND: ClassVar[str] = "keystone_trust"
    INDEXED: ClassVar[tuple[str, ...]] = ("trustor", "trustee", "project")

    trustor: str
    trustee: str
    project: str
    roles: tuple[str, ...]
    impersonation: bool
    expires: datetime | None = None
    uses: int | None = None
    redelegation: int = 0


@kind
class Consumer(Record, frozen=True, kw_only=True, omit_defaults=True):
    """An OAuth consumer; ``secret`` is encrypted."""

    KIND: ClassVar[str] = "keystone_consumer"
    SECRET: ClassVar[tuple[str, ...]] = ("secret",)
    INDEXED: ClassVar[tuple[str, ...]] = ("name",)

    secret: str
    description: str | None = None
    extra: str = ""
