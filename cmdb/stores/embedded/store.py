"""`GraphStore` on one SQLite file: what is durable there, relations in memory as well, for walking."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from cmdb.model.declare import concrete_classes
from cmdb.model.graph import Ci, Cursor, HistoryRow, Relation, Tombstone, Value
from cmdb.stores.embedded import reading
from cmdb.stores.embedded.adjacency import Adjacency
from cmdb.stores.embedded.frozen import FrozenFile
from cmdb.stores.embedded.reader import Reader
from cmdb.stores.embedded.selecting import count_of, select_page
from cmdb.stores.embedded.writer import Writer
from cmdb.stores.port import Applied, Batch, Direction, GraphStore, HistoryQuery, Page, Query
from cmdb.stores.snapshot import Snapshot


class EmbeddedStore(GraphStore):
    """The store in the file *path*, which one process at a time writes."""

    kind = "embedded"

    def __init__(self, path: Path) -> None:
        self._path = path
        self._relations = Adjacency()
        self._reader = Reader(path)
        self._writer = Writer(path, self._on_applied)

    async def open(self) -> None:
        """Open the file, and read its relations into memory."""
        await self._writer.open()
        self._reader.open()
        for relation in await self._reader.read(reading.all_relations):
            self._relations.put(relation)

    async def close(self) -> None:
        """Write what waits, and close the file."""
        await self._writer.close()
        await self._reader.close()
        self._relations.clear()

    async def check(self) -> None:
        """Ask the file for something."""
        await self.revision()

    async def schema_version(self) -> int:
        """The file's."""
        return await self._reader.read(partial(reading.number_of, key="schema"))

    async def revision(self) -> int:
        """How many transactions there have been."""
        return await self._reader.read(partial(reading.number_of, key="revision"))

    async def clear(self) -> None:
        """Empty every table."""
        await self._writer.clear()

    async def apply(self, batch: Batch) -> Applied:
        """Write in the writer's turn."""
        return await self._writer.write(batch)

    def _on_applied(self, batch: Batch | None) -> None:
        if batch is None:
            self._relations.clear()
            return
        for uid in batch.removals:
            self._relations.drop_node(uid)
        for key in batch.unrelated:
            self._relations.drop(key)
        for relation in batch.related:
            self._relations.put(relation)

    async def nodes(self, uids: Iterable[str]) -> dict[str, Ci]:
        """By uid."""
        return await self._reader.read(partial(reading.nodes, uids=list(uids)))

    async def bound(self, source: str, keys: Iterable[str]) -> dict[str, str]:
        """By the keys of a source."""
        return await self._reader.read(partial(reading.bound, source=source, keys=list(keys)))

    async def find(self, cls: str, attribute: str, value: Value) -> list[Ci]:
        """By an indexed attribute."""
        return await self._reader.read(partial(reading.find, cls=cls, attribute=attribute, value=value))

    async def page(self, query: Query) -> Page:
        """By a query."""
        return await self._reader.read(partial(select_page, query=query))

    async def count(self, query: Query) -> int:
        """By a query."""
        return await self._reader.read(partial(count_of, query=query))

    async def search(self, text: str, *, cls: str = "CI", limit: int = 20) -> list[Ci]:
        """By words."""
        return await self._reader.read(partial(reading.search, text=text, cls=cls, limit=limit))

    async def counts(self) -> dict[str, int]:
        """Of CIs by class."""
        return await self._reader.read(partial(reading.counts, column="cls", table="ci"))

    async def scan(self, *, cls: str = "CI", source: str = "") -> AsyncIterator[Sequence[Ci]]:
        """All CIs, a chunk at a time."""
        classes, after = concrete_classes(cls), ""
        while chunk := await self._reader.read(partial(reading.chunk_of_nodes, classes=classes, source=source, after=after)):
            yield chunk
            after = chunk[-1].uid

    async def relations_of(self, uids: Iterable[str], direction: Direction = "out", types: Iterable[str] | None = None) -> list[Relation]:
        """From memory."""
        return self._relations.at(uids, direction, None if types is None else frozenset(types))

    async def scan_relations(self) -> AsyncIterator[Sequence[Relation]]:
        """All relations, a chunk at a time."""
        after = ("", "", "")
        while chunk := await self._reader.read(partial(reading.chunk_of_relations, after=after)):
            yield chunk
            after = chunk[-1].key

    def snapshot(self) -> Snapshot:
        """The file as it is when the context begins."""
        return FrozenFile(self, self._path)

    async def relation_counts(self) -> dict[str, int]:
        """Of relations by type."""
        return await self._reader.read(partial(reading.counts, column="type", table="relation"))

    async def history(self, query: HistoryQuery) -> list[HistoryRow]:
        """Rows of the past."""
        return await self._reader.read(partial(reading.history, query=query))

    async def tombstones(self, source: str, keys: Iterable[str]) -> dict[str, Tombstone]:
        """Of what a source says to be gone."""
        return await self._reader.read(partial(reading.tombstones, source=source, keys=list(keys)))

    async def processed(self, ids: Iterable[str]) -> set[str]:
        """Which events are in."""
        return await self._reader.read(partial(reading.processed, ids=list(ids)))

    async def cursor(self, name: str) -> Cursor | None:
        """How far a source has been read."""
        return await self._reader.read(partial(reading.cursor, name=name))

    async def records(self, space: str, keys: Iterable[str] | None = None) -> dict[str, Any]:
        """What parts of the CMDB keep."""
        return await self._reader.read(partial(reading.records, space=space, keys=None if keys is None else list(keys)))

    async def digest(self) -> str:
        """Of the file."""
        return await self._reader.read(reading.digest)
