"""What every thing of the world has in common, and which kind of the engine's each type shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, TypeVar

from graph.backends.cmdb import CiOfEntity
from graph.backends.entities import EntityByKey
from graph.execution.fields import Columns, column, columns_of, graph_interface, joined, requires
from graph.execution.relay import Connection, Node
from graph.execution.scalars import DateTime
from graph.schema.filters import entities
from graph.schema.refs import CiRef, FaultRef, SiteRef

T = TypeVar("T", bound=type)
TYPES: dict[str, Any] = {}
"""The types of the schema by the engine's kind that they show."""


@graph_interface
class Entity(Node):
    """A thing of the simulated world, or a vendor's record about it."""

    uid: str = column(description="Its name for ever, in events and in the engine's REST API.")
    name: str = column()
    version: int = column(description="Counts its changes; mutations take it as `expectedVersion`.")
    created: DateTime = column()
    tags: list[str] = column()
    site: SiteRef | None = joined(EntityByKey("site", "site"))
    ci: CiRef | None = requires("cmdb:read")(joined(CiOfEntity(), description="What the CMDB has about it."))
    faults: Connection[FaultRef] | None = entities("fault", "subject", description="What is wrong with it.")


def shows(kind: str) -> Callable[[T], T]:
    """Says of a type which kind of entity it shows; the innermost ``graph_type`` has made it a type already."""

    def register(cls: T) -> T:
        TYPES[kind] = cls
        return cls

    return register


@lru_cache(maxsize=1)
def entity_types() -> Mapping[str, tuple[str, Columns]]:
    """By kind, the name of the type that shows it and every column of that; to be asked when all modules are there."""
    return {kind: (cls.__strawberry_definition__.name, columns_of(cls)) for kind, cls in TYPES.items()}


def kinds_by_type() -> Mapping[str, str]:
    """The kinds by the names of the types that show them."""
    return {name: kind for kind, (name, _) in entity_types().items()}


def server_types() -> Mapping[str, tuple[str, Columns]]:
    """Those of `entity_types` that implement Server."""
    return {kind: entity_types()[kind] for kind in ("blade", "rack_server")}
