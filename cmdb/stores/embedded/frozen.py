"""The file at one instant: a read transaction on a connection, and in a thread, of its own.

While it lasts the write-ahead log grows and cannot be emptied, so whoever holds one must have an end.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Self, TypeVar

from cmdb.model.graph import Relation
from cmdb.stores.embedded import reading
from cmdb.stores.embedded.file import connect, explained
from cmdb.stores.embedded.selecting import select_page
from cmdb.stores.port import Direction, GraphStore, Page, Query
from cmdb.stores.snapshot import Snapshot
from dcsim.errors import StoreUnavailable

T = TypeVar("T")


class FrozenFile(Snapshot):
    """What the file held when the context began."""

    exact = True

    def __init__(self, store: GraphStore, path: Path) -> None:
        super().__init__(store)
        self._path = path
        self._db: sqlite3.Connection | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="cmdb-snapshot")

    async def __aenter__(self) -> Self:
        await self._store.check()
        self.revision = await self._in_thread(self._begin)
        return self

    async def __aexit__(self, *_: object) -> None:
        try:
            await asyncio.shield(self._in_thread(self._end))
        finally:  # the thread ends after what it has been given, also when nobody waits any more
            self._thread.shutdown(wait=False)

    async def page(self, query: Query) -> Page:
        """A page of CIs."""
        return await self._read(partial(select_page, query=query))

    async def relations_of(self, uids: Iterable[str], direction: Direction = "out", types: Iterable[str] | None = None) -> list[Relation]:
        """The relations at these CIs."""
        verbs = None if types is None else list(types)
        return await self._read(partial(reading.relations_at, uids=list(uids), direction=direction, types=verbs))

    def _begin(self) -> int:
        with explained(self._path):
            self._db = connect(self._path)
            self._db.execute("BEGIN")
            return reading.number_of(self._db, "revision")

    def _end(self) -> None:
        if self._db is not None:
            self._db.close()
            self._db = None

    async def _read(self, question: Callable[[sqlite3.Connection], T]) -> T:
        def ask() -> T:
            if self._db is None:
                raise StoreUnavailable(f"The snapshot of {self._path} is over.")
            with explained(self._path):
                return question(self._db)

        return await self._in_thread(ask)

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)
