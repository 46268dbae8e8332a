"""The garbage collector of a server process, kept out of its clients' way.

A full collection looks at every container object there is: a tenth of a second with 10,000 VMs, in which nobody is answered.  Reference
counts free nearly everything; so only young objects are looked at while there is work, and all of them when the process has been idle for
a moment.  Until a full collection has been possible, garbage cycles wait, up to a bound.
"""

from __future__ import annotations

import asyncio
import gc
import time
from typing import Final

YOUNG: Final = 2_000
MIDDLE: Final = 20
NEVER: Final = 1 << 30
"""Collections of the middle generation before a full one; `Collector` decides when that is."""
LOOK_SECONDS: Final = 1.0
IDLE: Final = 0.05
"""Share of one core that an idle process uses at most."""
WORTHWHILE: Final = 5
"""Collections of the middle generation since the last full one that make another worth its while."""
PRESSING: Final = 2_000
"""So many of them don't wait for an idle moment any longer: some 100 million objects have come and not gone at once."""
QUIET_LOOKS: Final = 30
THOROUGH_SECONDS: Final = 600.0
"""After so many idle looks in a row, and at most this often, objects that survived earlier collections are looked at too."""


class Collector:
    """Runs from `start`, when all that stays has been made, until `stop`."""

    def __init__(self, look_seconds: float = LOOK_SECONDS) -> None:
        self._look_seconds = look_seconds
        self._before = gc.get_threshold()
        self._task: asyncio.Task[None] | None = None
        self._spared = False
        self._thorough_at = 0.0

    def start(self) -> None:
        """Spare what is there from being looked at again, and begin; needs a running loop."""
        gc.freeze()
        gc.set_threshold(YOUNG, MIDDLE, NEVER)
        gc.enable()
        self._task = asyncio.create_task(self._run(), name="garbage collector")

    async def stop(self) -> None:
        """Let go.  What is spared stays so: the interpreter's own last collection would take longer than all of the process's end."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            gc.set_threshold(*self._before)

    async def _run(self) -> None:
        quiet = 0
        self._thorough_at = time.monotonic()
        while True:
            begun, cpu = time.monotonic(), time.process_time()
            await asyncio.sleep(self._look_seconds)
            idle = time.process_time() - cpu < IDLE * (time.monotonic() - begun)
            quiet = quiet + 1 if idle else 0
            pending = gc.get_count()[2]
            if (idle and pending >= WORTHWHILE) or pending >= PRESSING:
                self._collect()
            elif self._spared and quiet >= QUIET_LOOKS and time.monotonic() - self._thorough_at >= THOROUGH_SECONDS:
                self._collect_thoroughly()

    def _collect(self) -> None:
        gc.collect()
        gc.freeze()  # what survived is spared, so that the next collection is short
        self._spared = True

    def _collect_thoroughly(self) -> None:
        gc.unfreeze()
        self._collect()
        self._spared = False
        self._thorough_at = time.monotonic()
