"""A running datacenter's graph, looked at from outside: a copy of its file at this moment, or its Neo4j."""

from __future__ import annotations

import asyncio
import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from cmdb.model import Ci, HistoryRow
from cmdb.stores.embedded import EmbeddedStore
from cmdb.stores.neo4j import Neo4jStore, Server
from cmdb.stores.opening import FILE
from cmdb.stores.port import GraphStore, HistoryQuery
from tests.clients.harness import Datacenter, wait_until

Seen = tuple[Ci | None, list[HistoryRow]]


def seen(datacenter: Datacenter, cls: str, name: str) -> Seen:
    """The CI of a class (or below) and name, and all history of CIs that have, or were made with, that name."""
    if url := datacenter.settings.get("DCSIM_CMDB__NEO4J_URL"):
        return asyncio.run(_look(Neo4jStore(Server(url)), cls, name))
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / FILE
        with closing(sqlite3.connect(datacenter.data_dir / FILE)) as source, closing(sqlite3.connect(copy)) as target:
            source.backup(target)
        return asyncio.run(_look(EmbeddedStore(copy), cls, name))


async def _look(store: GraphStore, cls: str, name: str) -> Seen:
    await store.open()
    try:
        found = await store.find(cls, "name", name)
        rows = await store.history(HistoryQuery(limit=100_000))
    finally:
        await store.close()
    uids = {ci.uid for ci in found} | {row.uid for row in rows if row.after.get("name") == name}
    return (found[0] if found else None), [row for row in rows if row.uid in uids]


def row_of(datacenter: Datacenter, cls: str, name: str, wanted: Callable[[HistoryRow], bool]) -> HistoryRow:
    """The first row of history about that CI that is wanted, as soon as there is one."""
    return wait_until(lambda: next((row for row in seen(datacenter, cls, name)[1] if wanted(row)), None), f"history of {name}", 60)  # type: ignore[return-value]
