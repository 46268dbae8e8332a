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
