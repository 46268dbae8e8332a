"""A datacenter whose graph is in a real Neo4j, for the tests of a file that ask for one: other files empty the same Neo4j."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from cmdb.stores.neo4j import Neo4jStore, Server
from tests.clients.harness import Datacenter
from tests.graph_database import GraphDatabase

ARGUMENTS = ("--machines", "simulated", "--seed", "7", "--hosts", "4", "--vms", "6")


@pytest.fixture(scope="module")
def on_neo4j(neo4j: GraphDatabase, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Datacenter]:
    """`dcsim up` with cmdb.neo4j_url, in an empty database."""
    asyncio.run(_emptied(neo4j.url))
    running = Datacenter(tmp_path_factory.mktemp("on-neo4j"), *ARGUMENTS, DCSIM_CMDB__NEO4J_URL=neo4j.url)
    try:
        running.start()
        yield running
    finally:
        running.clear_away()


async def _emptied(url: str) -> None:
    store = Neo4jStore(Server(url))
    await store.open()
    await store.clear()
    await store.close()
