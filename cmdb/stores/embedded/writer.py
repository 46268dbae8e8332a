"""The one thread that writes: batches that wait are committed together, each of them whole or not at all."""

from __future__ import annotations

import asyncio
import queue
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

from cmdb.stores.embedded.file import explained, prepare
from cmdb.stores.embedded.writing import empty, write_batch
from cmdb.stores.port import Applied, Batch
from dcsim.errors import DcsimError, StoreUnavailable

WAITING: Final = 256
"""Batches that wait at most; whoever brings another waits with it."""
TOGETHER: Final = 64
"""Batches in one commit at most."""

Outcome = Applied | BaseException
Done = Callable[[Batch | None], None]


class _Work(NamedTuple):
    batch: Batch | None
    """None: empty every table."""
    done: asyncio.Future[Applied]


class Writer:
    """Writes batches in the order in which they come.  *on_applied* hears of each on the event loop, before its caller does."""

    def __init__(self, path: Path, on_applied: Done) -> None:
        self._path = path
        self._on_applied = on_applied
        self._queue: queue.SimpleQueue[_Work | None] = queue.SimpleQueue()
        self._room = asyncio.Semaphore(WAITING)
        self._thread: threading.Thread | None = None
        self._db: sqlite3.Connection | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    async def open(self) -> None:
        """Open the file and start the thread.  Raises StoreUnavailable or StoreCorrupt."""
        self._loop = asyncio.get_running_loop()
        self._db = await asyncio.to_thread(prepare, self._path)
        self._thread = threading.Thread(target=self._run, name="cmdb-writer", daemon=True)
        self._thread.start()

    async def close(self) -> None:
        """Write what waits, then end."""
        if self._thread is not None and self._db is not None:
            thread, self._thread = self._thread, None
            self._queue.put(None)
            await asyncio.to_thread(thread.join)
            self._db.close()
            self._db = None

    async def write(self, batch: Batch) -> Applied:
        """Write one batch.  Whoever stops waiting for it doesn't take it back."""
        return await self._do(batch)

    async def clear(self) -> None:
        """Empty every table."""
        await self._do(None)

    async def _do(self, batch: Batch | None) -> Applied:
        if self._thread is None or self._loop is None:
            raise StoreUnavailable(f"The CMDB's store {self._path} is not open.")
        async with self._room:
            work = _Work(batch, self._loop.create_future())
            self._queue.put(work)
            return await asyncio.shield(work.done)

    # -- in the thread ----------------------------------------------------------------------------------------------------------

    def _run(self) -> None:
        while (first := self._queue.get()) is not None:
            works, ending = [first], False
            while len(works) < TOGETHER and not self._queue.empty():
                work = self._queue.get()
                if work is None:
                    ending = True
                    break
                works.append(work)
            self._tell(works, self._commit(works))
            if ending:
                return

    def _commit(self, works: list[_Work]) -> list[Outcome]:
        """Write the batches in one transaction; what fails on its own account leaves the others alone."""
        assert self._db is not None  # noqa: S101 - open comes first
        try:
            with explained(self._path):
                self._db.execute("BEGIN IMMEDIATE")
                try:
                    outcomes = [self._attempt(self._db, work.batch) for work in works]
                    self._db.execute("COMMIT")
                except BaseException:
                    if self._db.in_transaction:
                        self._db.execute("ROLLBACK")
                    raise
        except Exception as error:  # noqa: BLE001 - the loop hears of everything, each caller of its own
            return [error] * len(works)
        return outcomes

    def _attempt(self, db: sqlite3.Connection, batch: Batch | None) -> Outcome:
        db.execute("SAVEPOINT batch")
        try:
            outcome: Outcome = empty(db) if batch is None else write_batch(db, batch)
        except (DcsimError, ValueError, TypeError, OverflowError) as error:
            db.execute("ROLLBACK TO batch")
            outcome = error
        db.execute("RELEASE batch")
        return outcome

    def _tell(self, works: list[_Work], outcomes: list[Outcome]) -> None:
        assert self._loop is not None  # noqa: S101 - open comes first
        self._loop.call_soon_threadsafe(self._finish, works, outcomes)

    # -- on the loop ------------------------------------------------------------------------------------------------------------

    def _finish(self, works: list[_Work], outcomes: list[Outcome]) -> None:
        for work, outcome in zip(works, outcomes, strict=True):
            if isinstance(outcome, BaseException):
                if not work.done.cancelled():
                    work.done.set_exception(outcome)
                    work.done.exception()  # seen: whoever brought the batch may have stopped waiting, and then it is nobody's news
                continue
            if not outcome.skipped:
                self._on_applied(work.batch)
            if not work.done.cancelled():
                work.done.set_result(outcome)
