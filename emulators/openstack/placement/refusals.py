"""What several of Placement's operations refuse, in its words and with its codes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from emulators.openstack.faults import Fault
from emulators.openstack.placement.records import CustomClass, CustomTrait
from emulators.openstack.placement.standard import CLASSES, traits
from emulators.world.state import WorldState

CONCURRENT_UPDATE: Final = "placement.concurrent_update"
INVENTORY_IN_USE: Final = "placement.inventory.inuse"
DUPLICATE_NAME: Final = "placement.duplicate_name"
PROVIDER_IN_USE: Final = "placement.resource_provider.inuse"
HAS_CHILDREN: Final = "placement.resource_provider.cannot_delete_parent"
PROVIDER_NOT_FOUND: Final = "placement.resource_provider.not_found"
BAD_QUERY: Final = "placement.query.bad_value"
MISSING_QUERY: Final = "placement.query.missing_value"
DUPLICATE_QUERY: Final = "placement.query.duplicate_key"


def generation_conflict() -> Fault:
    """Somebody else was faster."""
    return Fault(409, "resource provider generation conflict", type=CONCURRENT_UPDATE)


def unknown_classes(state: WorldState, names: Iterable[str]) -> list[str]:
    """The names that no resource class has."""
    return [name for name in names if name not in CLASSES and not state.where(CustomClass, "name", name)]


def unknown_traits(state: WorldState, names: Iterable[str]) -> list[str]:
    """The names that no trait has."""
    standard = frozenset(traits())
    return [name for name in names if name not in standard and not state.where(CustomTrait, "name", name)]
