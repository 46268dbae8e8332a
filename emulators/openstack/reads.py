"""Who has been told something: what is only there for a moment can stay until somebody has had the chance to see it.

await cloud.reads.next(project, 1.0)        # in the work whose state must not be missed
cloud.reads.answered(project)               # in the layer, after every GET
"""

from __future__ import annotations

import asyncio

from dcsim.clock import Clock


class Reads:
    """The projects in which somebody's next GET is waited for."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._waiting: dict[str, set[asyncio.Future[None]]] = {}

    def answered(self, project: str) -> None:
        """Somebody who works in the project has an answer to a GET."""
        for read in self._waiting.pop(project, ()):
            if not read.done():
                read.set_result(None)

    async def next(self, project: str, seconds: float) -> None:
        """Return once somebody in the project has an answer to a GET, or after so many simulated seconds without one."""
        read: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(project, set()).add(read)
        pause = asyncio.create_task(self._clock.sleep(seconds))
        try:
            await asyncio.wait({read, pause}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            pause.cancel()
            await asyncio.gather(pause, return_exceptions=True)
            self._forget(project, read)

    def _forget(self, project: str, read: asyncio.Future[None]) -> None:
        waiting = self._waiting.get(project)
        if waiting is not None:
            waiting.discard(read)
            if not waiting:
                del self._waiting[project]
