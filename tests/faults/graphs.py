"""The graphs that faults are tried on, each by a name that another process finds it by: a file, or a Neo4j's URL."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from cmdb.stores.embedded import EmbeddedStore
from cmdb.stores.neo4j import Neo4jStore, Server
from cmdb.stores.port import GraphStore


class Graph(NamedTuple):
    """A graph that a projector writes: where it is, and how long a process takes until it has begun with it."""

    place: str
    start_seconds: float = 0.35

    async def opened(self) -> GraphStore:
        """Its store, open."""
        store = store_at(self.place)
        await store.open()
        return store


def store_at(place: str) -> GraphStore:
    """The store at a path or URL, unopened."""
    return Neo4jStore(Server(place)) if "://" in place else EmbeddedStore(Path(place))
