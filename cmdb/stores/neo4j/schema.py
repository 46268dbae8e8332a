"""Constraints, indexes and the schema version: made at start where they are missing."""

from __future__ import annotations

from typing import Final

from cmdb.model.declare import CLASSES
from cmdb.stores.neo4j.connection import Connection, Transaction
from cmdb.stores.port import SCHEMA_VERSION
from dcsim.errors import StoreCorrupt

UNIQUE: Final = (
    ("CI", "uid"),
    ("CmdbClaim", "id"),
    ("CmdbCursor", "name"),
    ("CmdbHistory", "number"),
    ("CmdbMeta", "id"),
    ("CmdbProcessed", "id"),
    ("CmdbRecord", "id"),
    ("CmdbTombstone", "id"),
)
INDEXED: Final = (
    ("CI", "name"),
    ("CI", "cls"),
    ("CI", "changed"),
    ("CI", "_folded"),
    ("CmdbElement", "id"),
    ("CmdbHistory", "uid"),
    ("CmdbHistory", "at"),
    ("CmdbProcessed", "revision"),
)
WORDS: Final = "cmdb_words"
"""The full text index; its words are made by `cmdb.stores.words`, so the analyzer only has to cut at blanks."""
BOOKKEEPING: Final = tuple(sorted({label for label, _ in (*UNIQUE, *INDEXED)} - {"CI", "CmdbMeta"}))
"""The labels of what is kept beside the graph."""
_META: Final = """
MERGE (m:CmdbMeta {id: 'meta'}) ON CREATE SET m.schema = $schema, m.revision = 0, m.history = 0 RETURN m.schema
"""


def statements() -> dict[str, str]:
    """Name → the statement that makes it."""
    made = {f"cmdb_{label}_{key}".lower(): f"FOR (n:{label}) REQUIRE n.{key} IS UNIQUE" for label, key in UNIQUE}
    constraints = {name: f"CREATE CONSTRAINT {name} IF NOT EXISTS {rest}" for name, rest in made.items()}
    attributes = sorted({one.name for declared in CLASSES.values() for one in declared.attributes.values() if one.indexed})
    pairs = (*INDEXED, *(("CI", name) for name in attributes))
    indexes = {f"cmdb_{label}_{key}".lower(): (label, key) for label, key in pairs}
    ranges = {name: f"CREATE INDEX {name} IF NOT EXISTS FOR (n:{label}) ON (n.{key})" for name, (label, key) in indexes.items()}
    words = (
        f"CREATE FULLTEXT INDEX {WORDS} IF NOT EXISTS FOR (n:CI) ON EACH [n._words] "
        "OPTIONS {indexConfig: {`fulltext.analyzer`: 'whitespace'}}"
    )
    return {**constraints, **ranges, WORDS: words}


async def prepare(connection: Connection) -> None:
    """Make what is missing, and wait until it can be used.  Raises StoreCorrupt for another schema version."""
    wanted = statements()
    there = {name for (name,) in await connection.command("SHOW INDEXES YIELD name")}
    missing = [statement for name, statement in wanted.items() if name not in there]

    async def make(transaction: Transaction) -> None:
        for statement in missing:
            await transaction.run(statement)

    if missing:
        await connection.write(make)
        await connection.command("CALL db.awaitIndexes(50)")
    found = await version(connection)
    if found != SCHEMA_VERSION:
        raise StoreCorrupt(
            f"The graph in Neo4j has schema version {found}, this dc-sim reads {SCHEMA_VERSION}. "
            "Give it another database (cmdb.neo4j_database), or empty this one: it is filled anew from the engine."
        )


async def version(connection: Connection) -> int:
    """The version of what is there; an empty database becomes one of ours."""

    async def make(transaction: Transaction) -> int:
        ((found,),) = await transaction.run(_META, schema=SCHEMA_VERSION)
        return int(found)

    return await connection.write(make)
