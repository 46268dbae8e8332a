"""The graph in Neo4j 5: for people's own Cypher and the Browser, and for graphs beyond one process.

Every CI is a node with the labels of its class and all classes above it (``:CI:Compute:VirtualMachine``), its attributes as properties;
every relation is a relationship of its type.  What only the CMDB needs has names that begin with ``_`` and labels that begin with
``Cmdb``.  The graph is a projection: what is changed by hand in Cypher is overwritten.
"""

from cmdb.stores.neo4j.connection import Server
from cmdb.stores.neo4j.store import Neo4jStore

__all__ = ["Neo4jStore", "Server"]
