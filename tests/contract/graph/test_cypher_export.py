"""The Cypher script makes the same graph in a real Neo4j, twice in a row, whatever the texts in it are."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from cmdb.export import Selection, Wanted, written
from cmdb.export.cypher import CypherWriter
from cmdb.stores.embedded import EmbeddedStore
from cmdb.stores.port import Batch
from tests.graph_database import GraphDatabase
from tests.unit.cmdb.export.graph import CIS, RELATIONS, ci

pytestmark = pytest.mark.slow
TEXTS = ["\\u0027", "\\\\u0027", "\\\x85", "a\\", "'", "\\'", "\x00\x7f\u2029", "`", "{}", "\U0001f600", "// ;", "\\u", "1e+300"]


async def test_the_script_makes_the_graph(neo4j: GraphDatabase, tmp_path: Path) -> None:
    from neo4j import AsyncGraphDatabase

    more = [ci(f"text-{number}", annotation=text) for number, text in enumerate(TEXTS)]
    store = EmbeddedStore(tmp_path / "cmdb.db")
    await store.open()
    await store.apply(Batch(upserts=[*CIS, *more], related=RELATIONS))
    async with store.snapshot() as snapshot:
        selection = await Selection.of(snapshot, Wanted())
        script = b"".join([piece async for piece in written(CypherWriter(1), selection)]).decode()
    await store.close()
    async with AsyncGraphDatabase.driver(neo4j.url) as driver, driver.session() as session:
        await (await session.run("MATCH (n:CI) DETACH DELETE n")).consume()
        await (await session.run("DROP CONSTRAINT dcsim_ci_uid IF EXISTS")).consume()
        for _ in range(2):
            for statement in script.splitlines()[1:]:
                await (await session.run(statement.removesuffix(";"))).consume()
        nodes = {row["n"]["uid"]: row["n"] async for row in await session.run("MATCH (n:CI) RETURN n")}
        found = [row.values() async for row in await session.run("MATCH (a)-[r]->(b) RETURN a.uid, type(r), b.uid, properties(r)")]
        await (await session.run("MATCH (n:CI) DETACH DELETE n")).consume()
        await (await session.run("DROP CONSTRAINT dcsim_ci_uid IF EXISTS")).consume()
    assert [nodes[f"text-{number}"]["annotation"] for number in range(len(TEXTS))] == TEXTS
    assert set(nodes) == {one.uid for one in [*CIS, *more]}
    assert nodes["vm-1"].labels == {"CI", "Compute", "VirtualMachine"}
    for one in CIS:
        said: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in nodes[one.uid].items()}
        assert {name: said[name] for name in one.attributes} == one.attributes
        assert (said["name"], said["tags"], said["created"].to_native()) == (one.name, one.tags, one.created)
        assert isinstance(one.created, datetime)
    assert sorted(row[:3] for row in found) == sorted(list(one.key) for one in RELATIONS)
