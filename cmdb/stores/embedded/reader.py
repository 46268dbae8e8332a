"""Reading the file beside the writer: a few threads, a connection each, every call one consistent view."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final, TypeVar

from cmdb.stores.embedded.file import connect, explained
from dcsim.errors import StoreUnavailable

THREADS: Final = 2
T = TypeVar("T")


class Reader:
    """Runs functions of a connection."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._local = threading.local()
        self._opened: list[sqlite3.Connection] = []
        self._pool: ThreadPoolExecutor | None = None

    def open(self) -> None:
        """Be ready; threads and connections come with the first calls."""
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="cmdb-reader")

    async def close(self) -> None:
        """Let calls in flight end, then close the connections."""
        if self._pool is not None:
            pool, self._pool = self._pool, None
            await asyncio.to_thread(pool.shutdown)
            for db in self._opened:
                db.close()
            self._opened.clear()

    async def read(self, question: Callable[[sqlite3.Connection], T]) -> T:
        """What *question* answers.  Raises StoreUnavailable or StoreCorrupt."""
        if self._pool is None:
            raise StoreUnavailable(f"The CMDB's store {self._path} is not open.")
        return await asyncio.get_running_loop().run_in_executor(self._pool, self._ask, question)

    def _ask(self, question: Callable[[sqlite3.Connection], T]) -> T:
        with explained(self._path):
            db: sqlite3.Connection | None = getattr(self._local, "db", None)
            if db is None:
                db = self._local.db = connect(self._path)
                self._opened.append(db)
            db.execute("BEGIN")
            try:
                return question(db)
            finally:
                db.execute("COMMIT")
