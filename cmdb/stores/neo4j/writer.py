"""The one task that writes: what waits is written together where it can be, and one by one where something is refused."""

from __future__ import annotations

import asyncio
from collections import deque
from functools import partial
from typing import Final, NamedTuple

from cmdb.stores.neo4j.connection import Connection
from cmdb.stores.neo4j.together import as_one, cut
from cmdb.stores.neo4j.writing import write_batch
from cmdb.stores.port import Applied, Batch
from dcsim.errors import DcsimError, StoreUnavailable

WAITING: Final = 256
"""Batches that wait at most; whoever brings another waits with it."""
TOGETHER: Final = 64
"""Batches in one transaction at most."""


class _Work(NamedTuple):
    batch: Batch
    done: asyncio.Future[Applied]


class Writer:
    """Writes batches in the order in which they come."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._waiting: deque[_Work] = deque()
        self._room = asyncio.Semaphore(WAITING)
        self._task: asyncio.Task[None] | None = None

    async def write(self, batch: Batch) -> Applied:
        """Write one batch.  Whoever stops waiting for it doesn't take it back."""
        async with self._room:
            work = _Work(batch, asyncio.get_running_loop().create_future())
            self._waiting.append(work)
            if self._task is None or self._task.done():
                self._task = asyncio.create_task(self._run(), name="cmdb-writer")
            return await asyncio.shield(work.done)

    async def close(self) -> None:
        """Let what waits be written."""
        if self._task is not None:
            await asyncio.wait({self._task})

    async def _run(self) -> None:
        while self._waiting:
            size = cut([work.batch for work in list(self._waiting)[:TOGETHER]])
            works = [self._waiting.popleft() for _ in range(size)]
            for work, outcome in zip(works, await self._outcomes([work.batch for work in works]), strict=True):
                if work.done.cancelled():
                    continue
                if isinstance(outcome, BaseException):
                    work.done.set_exception(outcome)
                    work.done.exception()  # seen: whoever brought the batch may have stopped waiting, and then it is nobody's news
                else:
                    work.done.set_result(outcome)

    async def _outcomes(self, batches: list[Batch]) -> list[Applied | BaseException]:
        """What becomes of each."""
        if len(batches) > 1:
            try:
                applied = await self._connection.write(partial(write_batch, batch=as_one(batches)))
            except StoreUnavailable as error:
                return [error] * len(batches)
            except (DcsimError, ValueError, TypeError, OverflowError):
                pass  # one of them is refused, and one by one shows which
            else:
                if not applied.skipped:
                    return [applied] * len(batches)
        return [await self._outcome(batch) for batch in batches]

    async def _outcome(self, batch: Batch) -> Applied | BaseException:
        try:
            return await self._connection.write(partial(write_batch, batch=batch))
        except Exception as error:  # noqa: BLE001 - whoever brought the batch hears of it
            return error
