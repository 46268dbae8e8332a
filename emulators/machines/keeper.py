"""Keeps the private Docker engine running: when somebody ends it, it starts again, with its data and at its old address."""

from __future__ import annotations

import asyncio

import structlog

from dcsim.errors import MachineError
from emulators.machines.engine import PrivateEngine, read_pid

log = structlog.get_logger(__name__)
LOOK_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 30.0


class EngineKeeper:
    """A worker.  What the end of an engine did to machines is for those who follow its events."""

    name = "keeper of the Docker engine"

    def __init__(self, private: PrivateEngine) -> None:
        self._private = private

    async def run(self) -> None:
        """Look whether it runs and start it when it does not, until cancelled; after a start that fails it waits longer each time."""
        pause = LOOK_SECONDS
        while True:
            await asyncio.sleep(pause)
            pause = LOOK_SECONDS if await self._running() else min(pause * 2, LONGEST_PAUSE_SECONDS)

    async def _running(self) -> bool:
        """Whether it runs now, maybe because it was started."""
        if read_pid(self._private.pidfile) is not None:
            return True
        log.error("the private Docker engine has ended; it is started again")
        try:
            await self._private.start()
        except MachineError as error:
            log.error("the private Docker engine does not start", reason=error.message)  # noqa: TRY400 - the sentence says it all
            return False
        return True
