"""Who uses the datacenter, and what for."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from emulators.world.model.base import Entity, kind


@kind
class Project(Entity, frozen=True, kw_only=True, omit_defaults=True):
    """An OpenStack project; its uid has 32 hexadecimal digits, as Keystone's have.

    ``domain`` and ``parent`` are uids, of a Keystone domain and of the project above it (empty: it stands at the top of its domain).
    ``options`` are Keystone's resource options, ``extra`` what clients keep with it, as JSON text each; ``generation`` counts how often
    it was disabled, which ends every token for it.
    """

    KIND: ClassVar[str] = "project"
    INDEXED: ClassVar[tuple[str, ...]] = ("name", "domain", "parent")

    description: str = ""
    enabled: bool = True
    domain: str = "default"
    parent: str = ""
    options: str = ""
    extra: str = ""
    generation: int = 0


@kind
class Team(Entity, frozen=True, kw_only=True, omit_defaults=True):
    """People who answer for an application."""

    KIND: ClassVar[str] = "team"
    INDEXED: ClassVar[tuple[str, ...]] = ("name",)

    email: str = ""


@kind
class BusinessService(Entity, frozen=True, kw_only=True, omit_defaults=True):
    """What the business sells or runs on; criticality 1 (vital) to 4."""

    KIND: ClassVar[str] = "business_service"
    INDEXED: ClassVar[tuple[str, ...]] = ("name",)

    criticality: int = 3
    owner: str = ""


@kind
class Application(Entity, frozen=True, kw_only=True, omit_defaults=True):
    """Software in tiers: ``tiers`` maps a tier's name to its VMs, any ``needed[tier]`` of which keep it up (default: one)."""

    KIND: ClassVar[str] = "application"
    INDEXED: ClassVar[tuple[str, ...]] = ("name", "services")

    services: tuple[str, ...] = ()
    team: str = ""
    tiers: dict[str, tuple[str, ...]] = msgspec.field(default_factory=dict)
    needed: dict[str, int] = msgspec.field(default_factory=dict)
