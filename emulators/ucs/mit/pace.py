"""Long work on the event loop in short turns."""

from __future__ import annotations

import asyncio
import time
from typing import Final

TURN_SECONDS: Final = 0.004
_LOOK_EVERY: Final = 16


class Pace:
    """Call ``step`` after every small piece of work: now and then it lets others run."""

    def __init__(self) -> None:
        self._since = time.perf_counter()
        self._steps = 0

    async def step(self) -> None:
        """Yield to the loop when this turn has lasted long enough."""
        self._steps += 1
        if self._steps % _LOOK_EVERY == 0 and time.perf_counter() - self._since > TURN_SECONDS:
            await asyncio.sleep(0)
            self._since = time.perf_counter()
