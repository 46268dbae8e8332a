"""`GraphStore` on Neo4j 5."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Iterable, Sequence
from typing import Any, Final

import msgspec

from cmdb.model.graph import Ci, Cursor, GraphHash, HistoryRow, Relation, Tombstone, Value, content_of_ci, content_of_relation
from cmdb.stores.neo4j import reading, schema
from cmdb.stores.neo4j.codec import decode_ci
from cmdb.stores.neo4j.connection import Connection, Server
from cmdb.stores.neo4j.selecting import Selection, sorted_by
from cmdb.stores.neo4j.writer import Writer
from cmdb.stores.paging import encode_position
from cmdb.stores.port import Applied, Batch, Direction, GraphStore, HistoryQuery, Page, Query, Step
from cmdb.stores.words import words_of
from dcsim.errors import StoreUnavailable

CHECK_SECONDS: Final = 2.0
CLEAR_AT_ONCE: Final = 2_000
_BUMP: Final = "MATCH (m:CmdbMeta {id: 'meta'}) SET m.revision = m.revision + 1"


class Neo4jStore(GraphStore):
    """The store in one database of a server."""

    kind = "neo4j"
    at_once = 5_000

    def __init__(self, server: Server) -> None:
        self._connection = Connection(server)
        self._writer = Writer(self._connection)

    async def open(self) -> None:
        """Connect, and make constraints and indexes."""
        await self._connection.open()
        await schema.prepare(self._connection)

    async def close(self) -> None:
        """Let what waits be written, and disconnect."""
        await self._writer.close()
        await self._connection.close()

    async def check(self) -> None:
        """Ask the server for something."""
        try:
            async with asyncio.timeout(CHECK_SECONDS):
                await self.revision()
        except TimeoutError as error:
            raise StoreUnavailable(f"Neo4j did not answer within {CHECK_SECONDS:g} s.") from error

    async def schema_version(self) -> int:
        """The database's."""
        return await schema.version(self._connection)

    async def revision(self) -> int:
        """How many transactions there have been."""
        rows = await self._connection.read("MATCH (m:CmdbMeta {id: 'meta'}) RETURN m.revision")
        if not rows:  # connected, but `schema.prepare` is not through yet
            raise StoreUnavailable("Neo4j's database is being prepared.")
        return int(rows[0][0])

    async def clear(self) -> None:
        """Delete what is ours, a portion at a time: interrupted, it leaves a part, and is to be repeated."""
        await self._writer.close()
        for label in ("CI", *schema.BOOKKEEPING):
            portion = f"CALL (n) {{ DETACH DELETE n }} IN TRANSACTIONS OF {CLEAR_AT_ONCE} ROWS"
            await self._connection.command(f"MATCH (n:{label}) {portion}")
        await self._connection.command(_BUMP)

    async def apply(self, batch: Batch) -> Applied:
        """Write in the writer's turn."""
        return await self._writer.write(batch)

    async def nodes(self, uids: Iterable[str]) -> dict[str, Ci]:
        """By uid."""
        return await reading.nodes(self._connection, uids)

    async def bound(self, source: str, keys: Iterable[str]) -> dict[str, str]:
        """By the keys of a source."""
        return await reading.bound(self._connection, source, keys)

    async def find(self, cls: str, attribute: str, value: Value) -> list[Ci]:
        """By an indexed attribute."""
        return await reading.find(self._connection, cls, attribute, value)

    async def page(self, query: Query) -> Page:
        """By a query."""
        selection = Selection(query)
        if query.text and not words_of(query.text):
            return Page(())
        bodies = await self._connection.gather(selection.statement(), **selection.parameters)
        items = tuple(decode_ci(body) for body in bodies[: query.limit])
        more = len(bodies) > query.limit
        return Page(items, encode_position(query, sorted_by(selection.order, items[-1]), items[-1].uid) if more else "")

    async def count(self, query: Query) -> int:
        """By a query."""
        selection = Selection(msgspec.structs.replace(query, cursor=""))
        if query.text and not words_of(query.text):
            return 0
        ((found,),) = await self._connection.read(selection.counting(), **selection.parameters)
        return int(found)

    async def search(self, text: str, *, cls: str = "CI", limit: int = 20) -> list[Ci]:
        """By words."""
        return await reading.search(self._connection, text, cls, limit)

    async def counts(self) -> dict[str, int]:
        """Of CIs by class."""
        return dict(await self._connection.read("MATCH (n:CI) RETURN n.cls AS cls, count(*) ORDER BY cls"))

    async def scan(self, *, cls: str = "CI", source: str = "") -> AsyncIterator[Sequence[Ci]]:
        """All CIs, a chunk at a time."""
        after = ""
        while chunk := await reading.chunk_of_nodes(self._connection, cls, source, after):
            yield chunk
            after = chunk[-1].uid

    async def relations_of(self, uids: Iterable[str], direction: Direction = "out", types: Iterable[str] | None = None) -> list[Relation]:
        """One step from these."""
        return await reading.relations_of(self._connection, list(uids), direction, types)

    async def step(self, uids: Iterable[str], direction: Direction, types: Iterable[str], known: Collection[str] = ()) -> Step:
        """One step from these, with what is there."""
        wanted = list(uids)
        relations = await self.relations_of(wanted, direction, types)
        beyond = {end for one in relations for end in (one.source, one.target)}.difference(known, wanted)
        return Step(relations, await reading.facts(self._connection, beyond))

    async def scan_relations(self) -> AsyncIterator[Sequence[Relation]]:
        """All relations, those of some CIs at a time."""
        after, chunk = await reading.chunk_of_relations(self._connection, "")
        while after:
            if chunk:
                yield chunk
            after, chunk = await reading.chunk_of_relations(self._connection, after)

    async def relation_counts(self) -> dict[str, int]:
        """Of relations by type."""
        return dict(await self._connection.read("MATCH (:CI)-[r]->(:CI) RETURN type(r) AS type, count(*) ORDER BY type"))

    async def history(self, query: HistoryQuery) -> list[HistoryRow]:
        """Rows of the past."""
        return await reading.history(self._connection, query)

    async def tombstones(self, source: str, keys: Iterable[str]) -> dict[str, Tombstone]:
        """Of what a source says to be gone."""
        return await reading.tombstones(self._connection, source, keys)

    async def processed(self, ids: Iterable[str]) -> set[str]:
        """Which events are in."""
        found = await self._connection.gather("UNWIND $ids AS id MATCH (p:CmdbProcessed {id: id}) RETURN collect(p.id)", ids=list(ids))
        return set(found)

    async def cursor(self, name: str) -> Cursor | None:
        """How far a source has been read."""
        rows = await self._connection.read("MATCH (c:CmdbCursor {name: $name}) RETURN c.epoch, c.sequence", name=name)
        return Cursor(*rows[0]) if rows else None

    async def records(self, space: str, keys: Iterable[str] | None = None) -> dict[str, Any]:
        """What parts of the CMDB keep."""
        return await reading.records(self._connection, space, keys)

    async def digest(self) -> str:
        """Of what is in the database."""
        graph = GraphHash()
        async for cis in self.scan():
            for ci in cis:
                graph.add(content_of_ci(ci))
        async for relations in self.scan_relations():
            for relation in relations:
                graph.add(content_of_relation(relation))
        return graph.hexdigest()
