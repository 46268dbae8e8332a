"""Long work on the event loop, in slices: other clients get their turn after every few milliseconds."""

from __future__ import annotations

import asyncio
import time
from typing import Final

SLICE: Final = 0.004
"""Seconds of work after which the loop gets its turn."""


class Pace:
    """The slices of one piece of work: ``if pace.due(): await pace.rest()`` after each small part."""

    __slots__ = ("_until",)

    def __init__(self) -> None:
        self._until = time.perf_counter() + SLICE

    def due(self) -> bool:
        """Has this slice taken long enough?"""
        return time.perf_counter() > self._until

    async def rest(self) -> None:
        """Let the loop do other things, and start the next slice.  The world may have changed afterwards."""
        await asyncio.sleep(0)
        self._until = time.perf_counter() + SLICE
