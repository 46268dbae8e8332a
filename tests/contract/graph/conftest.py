"""The graph stores that the contract holds for, each empty for every test: the embedded one in a file, and a real Neo4j."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from cmdb.stores.embedded import EmbeddedStore
from cmdb.stores.neo4j import Neo4jStore, Server
from cmdb.stores.port import GraphStore
from tests.graph_database import GraphDatabase

Make = Callable[[], GraphStore]


@pytest.fixture(params=["embedded", pytest.param("neo4j", marks=pytest.mark.slow)])
def reopened(request: pytest.FixtureRequest, tmp_path: Path) -> Make:
    """Return what makes the store, unopened, over what an earlier one left."""
    if request.param == "embedded":
        return lambda: EmbeddedStore(tmp_path / "cmdb.db")
    server: GraphDatabase = request.getfixturevalue("neo4j")
    return lambda: Neo4jStore(Server(server.url))


@pytest.fixture
async def store(reopened: Make) -> AsyncIterator[GraphStore]:
    """Yield an open, empty store."""
    opened = reopened()
    await opened.open()
    if opened.kind != "embedded":
        await opened.clear()  # what the last test left
    yield opened
    await opened.close()
