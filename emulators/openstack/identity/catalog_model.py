"""Keystone's records of the catalog: services, where they are reached, and regions."""

from __future__ import annotations

from typing import ClassVar

from emulators.world.decisions.records import Record
from emulators.world.model.base import kind


@kind
class Region(Record, frozen=True, kw_only=True, omit_defaults=True):
    """A region; its ``name`` is its id, which clients choose."""

    KIND: ClassVar[str] = "keystone_region"
    INDEXED: ClassVar[tuple[str, ...]] = ("name", "parent")

    parent: str = ""
    description: str = ""
    extra: str = ""


@kind
class CatalogService(Record, frozen=True, kw_only=True, omit_defaults=True):
    """A service; ``name`` may be empty."""

    KIND: ClassVar[str] = "keystone_service"
    INDEXED: ClassVar[tuple[str, ...]] = ("name", "type")

    type: str
    enabled: bool = True
    extra: str = ""


@kind
class CatalogEndpoint(Record, frozen=True, kw_only=True, omit_defaults=True):
    """Where a service is reached.  ``url`` may begin with `catalog.ORIGIN`: the address that the client used."""

    KIND: ClassVar[str] = "keystone_endpoint"
    INDEXED: ClassVar[tuple[str, ...]] = ("service", "region")

    service: str
    interface: str
    url: str
    region: str = ""
    enabled: bool = True
    extra: str = ""


@kind
class Policy(Record, frozen=True, kw_only=True, omit_defaults=True):
    """A document that a service keeps here (an API that Keystone has deprecated); ``name`` is its MIME type."""

    KIND: ClassVar[str] = "keystone_policy"
    INDEXED: ClassVar[tuple[str, ...]] = ("name",)

    blob: str
    extra: str = ""


@kind
class EndpointGroup(Record, frozen=True, kw_only=True, omit_defaults=True):
    """The endpoints that ``filters`` (JSON text: service_id, region_id, interface, enabled) fit."""

    KIND: ClassVar[str] = "keystone_endpoint_group"
    INDEXED: ClassVar[tuple[str, ...]] = ("name",)

    filters: str
    description: str | None = None


@kind
class EndpointChoice(Record, frozen=True, kw_only=True, omit_defaults=True):
    """That a project's catalog has an endpoint, or those of a group (``chosen``): once it has a choice, it has nothing else."""

    KIND: ClassVar[str] = "keystone_endpoint_choice"
    INDEXED: ClassVar[tuple[str, ...]] = ("project", "chosen")

    project: str
    chosen: str


@kind
class RegisteredLimit(Record, frozen=True, kw_only=True, omit_defaults=True):
    """How much of a resource (``name``) of a service every project may have."""

    KIND: ClassVar[str] = "keystone_registered_limit"
    INDEXED: ClassVar[tuple[str, ...]] = ("name", "service", "region")

    service: str
    region: str = ""
    default: int
    description: str | None = None


@kind
class Limit(Record, frozen=True, kw_only=True, omit_defaults=True):
    """How much of it one project, or one domain, may have instead."""

    KIND: ClassVar[str] = "keystone_limit"
    INDEXED: ClassVar[tuple[str, ...]] = ("name", "registered", "project", "domain")

    registered: str
    project: str = ""
    domain: str = ""
    limit: int
    description: str | None = None
