"""What Placement keeps beside what follows from the hosts and their servers."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Final

import msgspec

from emulators.world.decisions.records import Record
from emulators.world.events import declare
from emulators.world.model.base import kind

PROVIDER_CREATED = declare("dcsim.compute.resource_provider.created", "A resource provider was made")
PROVIDER_CHANGED = declare("dcsim.compute.resource_provider.changed", "A resource provider's inventory, traits or aggregates were changed")
PROVIDER_DELETED = declare("dcsim.compute.resource_provider.deleted", "A resource provider was deleted")
CONSUMER_CHANGED = declare("dcsim.compute.allocation.changed", "A consumer was given resources")
CONSUMER_DELETED = declare("dcsim.compute.allocation.deleted", "A consumer gave its resources back")
CLASS_CREATED = declare("dcsim.compute.resource_class.created", "A resource class was made")
CLASS_CHANGED = declare("dcsim.compute.resource_class.changed", "A resource class was given another name")
CLASS_DELETED = declare("dcsim.compute.resource_class.deleted", "A resource class was deleted")
TRAIT_CREATED = declare("dcsim.compute.trait.created", "A trait was made")
TRAIT_DELETED = declare("dcsim.compute.trait.deleted", "A trait was deleted")
MAX_INT: Final = 0x7FFFFFFF


class Inventory(msgspec.Struct, frozen=True, kw_only=True):
    """How much of a resource class a provider has, in the units that it is given out in."""

    total: int
    reserved: int = 0
    min_unit: int = 1
    max_unit: int = MAX_INT
    step_size: int = 1
    allocation_ratio: float = 1.0

    @property
    def capacity(self) -> int:
        """What can be given out in all."""
        return int((self.total - self.reserved) * self.allocation_ratio)


@kind
class ProviderRecord(Record, frozen=True, kw_only=True, omit_defaults=True):
    """A resource provider that was made by the API (``uid`` is its UUID), or what was said of a host's (``host`` is the hypervisor's uid).

    ``parent`` is the key of another provider (`providers.Provider.key`).  Of a host's, ``inventories`` and ``aggregates`` are in
    addition to what follows from the host, and ``traits`` replace it when ``traits_set``.
    """

    KIND: ClassVar[str] = "placement_provider"
    INDEXED: ClassVar[tuple[str, ...]] = ("host", "parent")

    host: str = ""
    parent: str = ""
    generation: int = 0
    inventories: dict[str, Inventory] = msgspec.field(default_factory=dict)
    traits: tuple[str, ...] = ()
    traits_set: bool = False
    aggregates: tuple[str, ...] = ()
    updated: datetime | None = None


@kind
class Consumer(Record, frozen=True, kw_only=True, omit_defaults=True):
    """What a consumer was given by the API: amounts by resource class by the provider's key; ``name`` is the consumer's UUID."""

    KIND: ClassVar[str] = "placement_consumer"
    INDEXED: ClassVar[tuple[str, ...]] = ("providers", "project")

    project: str
    user: str
    type: str = "unknown"
    generation: int = 1
    given: dict[str, dict[str, int]] = msgspec.field(default_factory=dict)
    providers: tuple[str, ...] = ()
    updated: datetime | None = None


@kind
class CustomClass(Record, frozen=True, kw_only=True, omit_defaults=True):
    """A resource class whose name begins with ``CUSTOM_``."""

    KIND: ClassVar[str] = "placement_resource_class"
    INDEXED: ClassVar[tuple[str, ...]] = ("name",)


@kind
class CustomTrait(Record, frozen=True, kw_only=True, omit_defaults=True):
    """A trait whose name begins with ``CUSTOM_``."""

    KIND: ClassVar[str] = "placement_trait"
    INDEXED: ClassVar[tuple[str, ...]] = ("name",)
