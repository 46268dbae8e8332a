"""Events of simulated machines: each follower has its own queue, and the latest are kept for those who ask ``since``."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from datetime import datetime

from emulators.machines.port import MachineEvent

KEPT = 4096


class Feed:
    """Fan-out of machine events; publishing costs nothing when nobody follows."""

    def __init__(self) -> None:
        self._recent: deque[tuple[datetime, MachineEvent]] = deque(maxlen=KEPT)
        self._followers: set[asyncio.Queue[MachineEvent]] = set()

    def publish(self, event: MachineEvent, wall: datetime) -> None:
        """Tell every follower; ``wall`` is when, by the wall's time."""
        self._recent.append((wall, event))
        for follower in self._followers:
            follower.put_nowait(event)

    async def follow(self, since: datetime | None) -> AsyncIterator[MachineEvent]:
        """Recent events from ``since`` on, then what comes."""
        queue: asyncio.Queue[MachineEvent] = asyncio.Queue()
        for wall, event in self._recent:
            if since is not None and wall >= since:
                queue.put_nowait(event)
        self._followers.add(queue)
        try:
            while True:
                yield await queue.get()
        finally:
            self._followers.discard(queue)
