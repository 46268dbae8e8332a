"""Declaring what the tree shows: ``@anchor`` says where an entity stands, ``@live`` which objects it has there, ``@overlay`` what is
computed on a configuration object.

    @anchor(Blade)
    def blade_place(state, blade):
        chassis = state.get(Chassis, blade.chassis)
        return chassis.domain, blade_dn(chassis, blade)

    @live("processorUnit", Blade)
    def processors(view, blade):
        for socket in range(1, blade.cpu.sockets + 1):
            yield f"{view.dn(blade)}/board/cpu-{socket}", {"id": str(socket), "cores": ...}

Everything that a function reads from ``view.state`` is tracked, so that its objects are made anew when that changes.  An entity's objects
stand at its anchor (or where ``@also_at`` says) or under it, where no other entity's is in between.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from emulators.ucs.records import ConfigMo
from emulators.world.model import Entity
from emulators.world.state import WorldState

if TYPE_CHECKING:
    from emulators.ucs.mit.view import View

E = TypeVar("E", bound=Entity)
Made = Iterable[tuple[str, Mapping[str, str]]]
"""Objects as (dn, properties); what a class has and is not named gets its default."""
Anchor = Callable[[WorldState, Any], "tuple[str, str] | None"]
Project = Callable[["View", Any], Made]
Overlay = Callable[["View", ConfigMo], Mapping[str, str]]


class Live(NamedTuple):
    """A declared projection.  ``group`` is what it is computed for: a kind, or a class of records (``group_of``)."""

    class_id: str
    group: str
    project: Project
    volatile: bool = False
    """It changes by itself as time goes by: statistics."""
    elsewhere: bool = False
    """Its objects stand where ``also_at`` says, and are there when the entity has no DN of its own, too."""


ANCHORS: dict[str, Anchor] = {}
CARRIED: dict[str, Callable[[WorldState, Any], Iterable[Entity]]] = {}
MORE_PLACES: dict[str, list[Callable[[WorldState, Any], str]]] = {}
BY_GROUP: dict[str, list[Live]] = {}
BY_CLASS: dict[str, list[Live]] = {}
OVERLAYS: dict[str, list[Overlay]] = {}
OVERRIDES = "ucs_mo overrides"
"""The group of records that only override: they have no objects of their own."""


def group_of(entity: Entity) -> str:
    """What an entity's projections are declared for."""
    if isinstance(entity, ConfigMo):
        return OVERRIDES if entity.overrides else record_group(entity.class_id)
    return entity.KIND


def record_group(class_id: str) -> str:
    """The group of the records of a class."""
    return f"{ConfigMo.KIND} {class_id}"


def anchor(cls: type[E]) -> Callable[[Callable[[WorldState, E], tuple[str, str] | None]], Anchor]:
    """Register where entities of a class stand: the uid of their domain and their DN, empty when they only have objects elsewhere.

    None: not in UCS.
    """

    def register(function: Anchor) -> Anchor:
        if cls.KIND in ANCHORS:
            raise TypeError(f"{cls.__name__} is anchored twice")
        ANCHORS[cls.KIND] = function
        return function

    return register


def also_at(cls: type[E]) -> Callable[[Callable[[WorldState, E], str]], Callable[[WorldState, E], str]]:
    """Register another DN at which entities of a class have objects, beside their anchor; empty: not this one."""

    def register(function: Callable[[WorldState, E], str]) -> Callable[[WorldState, E], str]:
        MORE_PLACES.setdefault(cls.KIND, []).append(function)
        return function

    return register


def carries(cls: type[E]) -> Callable[[Callable[[WorldState, E], Iterable[Entity]]], Callable[[WorldState, E], Iterable[Entity]]]:
    """Register which entities' places follow from an entity's: they are looked up again when it changes."""

    def register(function: Callable[[WorldState, E], Iterable[Entity]]) -> Callable[[WorldState, E], Iterable[Entity]]:
        CARRIED[cls.KIND] = function
        return function

    return register


def live(
    class_id: str, cls: type[E], *, of: str = "", volatile: bool = False, elsewhere: bool = False
) -> Callable[[Callable[[View, E], Made]], Project]:
    """Register the objects of a class that an entity has; for records (``ConfigMo``), ``of`` is their class."""
    group = record_group(of) if of else cls.KIND

    def register(function: Project) -> Project:
        declared = Live(class_id, group, function, volatile, elsewhere)
        BY_GROUP.setdefault(group, []).append(declared)
        BY_CLASS.setdefault(class_id, []).append(declared)
        return function

    return register


def overlay(class_id: str) -> Callable[[Overlay], Overlay]:
    """Register properties that are computed for the configuration objects of a class, over what their records say."""

    def register(function: Overlay) -> Overlay:
        OVERLAYS.setdefault(class_id, []).append(function)
        return function

    return register


@anchor(ConfigMo)
def _record_place(_state: WorldState, record: ConfigMo) -> tuple[str, str]:
    return record.domain, record.dn


def _own(view: View, record: ConfigMo) -> Made:
    """A record's own object."""
    props = dict(record.props)
    for function in OVERLAYS.get(record.class_id, ()):
        props.update(function(view, record))
    yield record.dn, props


def declared_for(entity: Entity) -> list[Live]:
    """Every projection of an entity; a record's own object comes first."""
    group = group_of(entity)
    found = BY_GROUP.get(group, [])
    if isinstance(entity, ConfigMo) and not entity.overrides:
        return [Live(entity.class_id, group, _own), *found]
    return found


def declared_class(class_id: str) -> list[Live]:
    """Every projection that makes objects of a class, records' own included."""
    return [*BY_CLASS.get(class_id, ()), Live(class_id, record_group(class_id), _own)]
