"""The graph in one SQLite file: what ``dcsim up`` uses when no Neo4j is given."""

from cmdb.stores.embedded.store import EmbeddedStore

__all__ = ["EmbeddedStore"]
