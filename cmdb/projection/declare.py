"""What a source says of one entity, and how a kind of entity is declared to say it.

A declaration is a function from an entity to observations and links, registered for its kind::

    @projects("rack", RackShape)
    def rack(it: RackShape, _: View) -> Statements:
        yield seen("engine", it, Rack(units=it.units))

The shape is a struct with the fields of the engine's entity that the declaration reads, with the same defaults: the bus leaves a
default out.  Declarations are pure: all that they read beside the entity itself goes through the view, which remembers it, so that a
change there has the entity looked at again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final, Protocol, TypeAlias, TypeVar

import msgspec

from cmdb.model import Value, attributes_of
from cmdb.model.declare import Item

ENGINE, UCS, VSPHERE, OPENSTACK = "engine", "ucs", "vsphere", "openstack"
PROJECTED: Final = (ENGINE, UCS, VSPHERE, OPENSTACK)
"""The sources whose claims come from the engine's journal; everybody else's (``person``, ``import`` ...) are left alone."""


class Shape(msgspec.Struct, frozen=True, kw_only=True):
    """What every entity has, of what declarations read.  ``site`` is a uid."""

    uid: str
    name: str = ""
    site: str = ""
    tags: tuple[str, ...] = ()


class Observation(msgspec.Struct, frozen=True, kw_only=True):
    """What ``source`` says of a thing that it knows under ``key``.

    ``anchor`` (a source and its key) is what the thing is called whoever sees it first: observations with the same anchor are of one
    CI.  Without an anchor, the observation only adds to a CI that its attributes identify (`cmdb.identification`).  ``cls`` may be
    abstract then.  ``also`` are further keys under which links may name the thing.
    """

    source: str
    key: str
    anchor: tuple[str, str] | None
    cls: str
    name: str
    attributes: dict[str, Value]
    tags: tuple[str, ...] = ()
    also: tuple[str, ...] = ()


class Link(msgspec.Struct, frozen=True):
    """A relation that ``by`` states; ``source`` and ``target`` are keys, and it exists while both name CIs."""

    by: str
    source: str
    type: str
    target: str
    properties: dict[str, Value] = msgspec.field(default_factory=dict)


Statement: TypeAlias = Observation | Link
Statements: TypeAlias = Iterator[Statement]
S = TypeVar("S", bound=Shape)


class View(Protocol):
    """What a declaration can see of the other entities."""

    def look(self, shape: type[S], uid: str) -> S | None:
        """The entity of that uid, if it is there: its kind must have what the shape asks for."""
        ...

    def where(self, kind: str, shape: type[S], field: str, value: str) -> list[S]:
        """Entities of a kind whose indexed field (see `projects`) is *value*, by uid."""
        ...


class Projection(msgspec.Struct, frozen=True):
    """A declared kind: its shape, what it states, and by which fields others look it up."""

    kind: str
    shape: type[Shape]
    states: Callable[[Any, View], Statements]
    indexed: tuple[str, ...] = ()

    @property
    def fields(self) -> frozenset[str]:
        """The fields that are kept of an entity."""
        return frozenset(self.shape.__struct_fields__)


PROJECTIONS: Final[dict[str, Projection]] = {}
Declared = TypeVar("Declared", bound=Callable[..., Statements])


def projects(kind: str, shape: type[Shape], *, indexed: tuple[str, ...] = ()) -> Callable[[Declared], Declared]:
    """Register the decorated function for a kind; others may look entities up by the fields *indexed*.  TypeError when declared twice."""

    def declare(states: Declared) -> Declared:
        if kind in PROJECTIONS or not set(indexed) <= set(shape.__struct_fields__):
            raise TypeError(f"{kind} is projected twice, or indexed by what its shape does not have")
        PROJECTIONS[kind] = Projection(kind, shape, states, indexed)
        return states

    return declare


def seen(
    source: str,
    it: Shape,
    item: Item,
    *,
    cls: str = "",
    key: str = "",
    anchor: tuple[str, str] | None = None,
    name: str | None = None,
    also: tuple[str, ...] = (),
) -> Observation:
    """The observation of an entity as a CI of the item's class; its key is the entity's uid, and its anchor that key, unless given."""
    own = key or it.uid
    return Observation(
        source=source,
        key=own,
        anchor=anchor or (source, own),
        cls=cls or type(item).__name__,
        name=it.name if name is None else name,
        attributes={attribute: value for attribute, value in attributes_of(item).items() if value not in ("", ())},
        tags=tuple(sorted(set(it.tags))),
        also=also,
    )
