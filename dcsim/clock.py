"""The injected clock: simulated time that can be paused, stepped and sped up.

Everything that dc-sim shows to a client as a time, and every duration of a task, a boot or an FSM stage, comes from here; only
deadlines on outside calls use the wall's clock.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol

from dcsim.errors import InvalidArgument

MIN_SPEED, MAX_SPEED = 1.0, 1000.0


class Clock(Protocol):
    """What code that needs the time asks for."""

    def now(self) -> datetime:
        """Simulated time, aware, UTC."""
        ...

    def wall(self) -> datetime:
        """The wall's time, aware, UTC."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Return after so many simulated seconds."""
        ...


class SimulatedClock:
    """Simulated time as a linear function of a monotonic one, with waiters that follow changes of its speed."""

    def __init__(self, *, start: datetime | None = None, speed: float = 1.0, paused: bool = False) -> None:
        self._base = start or datetime.now(UTC)
        self._mark = time.monotonic()
        self._speed = speed
        self._paused = paused
        self._waiters: list[tuple[datetime, int, asyncio.Future[None]]] = []
        self._order = itertools.count()
        self._timer: asyncio.TimerHandle | None = None

    @property
    def speed(self) -> float:
        """Simulated seconds per wall second while not paused."""
        return self._speed

    @property
    def paused(self) -> bool:
        """Whether simulated time stands still."""
        return self._paused

    def now(self) -> datetime:
        """Simulated time, aware, UTC."""
        if self._paused:
            return self._base
        return self._base + timedelta(seconds=(time.monotonic() - self._mark) * self._speed)

    def wall(self) -> datetime:
        """The wall's time, aware, UTC."""
        return datetime.now(UTC)

    async def sleep(self, seconds: float) -> None:
        """Return after ``seconds`` of simulated time; at once for zero or less."""
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiters, (self.now() + timedelta(seconds=seconds), next(self._order), future))
        self._arm()
        await future

    def pause(self) -> None:
        """Stop simulated time."""
        self._change(lambda: setattr(self, "_paused", True))

    def resume(self) -> None:
        """Let simulated time run again."""
        self._change(lambda: setattr(self, "_paused", False))

    def set_speed(self, speed: float) -> None:
        """Run at ``speed`` simulated seconds per wall second (1 to 1000)."""
        if not MIN_SPEED <= speed <= MAX_SPEED:
            raise InvalidArgument(f"Clock speed must be between {MIN_SPEED:g} and {MAX_SPEED:g}, not {speed:g}.", field="speed")
        self._change(lambda: setattr(self, "_speed", speed))

    def step(self, seconds: float) -> None:
        """Move simulated time forward by ``seconds``, waking whoever sleeps in between."""
        if seconds < 0:
            raise InvalidArgument("Simulated time only moves forward.", field="seconds")
        self._change(lambda: setattr(self, "_base", self._base + timedelta(seconds=seconds)))

    def set(self, start: datetime, *, speed: float, paused: bool) -> None:
        """Take over a saved clock."""
        self._base, self._mark, self._speed, self._paused = start, time.monotonic(), speed, paused
        self._arm()

    def _change(self, change: Callable[[], None]) -> None:
        self._base, self._mark = self.now(), time.monotonic()
        change()
        self._arm()

    def _arm(self) -> None:
        """Set one loop timer for the earliest waiter; a paused clock needs none."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._wake()
        if self._waiters and not self._paused:
            delay = (self._waiters[0][0] - self.now()).total_seconds() / self._speed
            self._timer = asyncio.get_running_loop().call_later(max(delay, 0), self._arm)

    def _wake(self) -> None:
        now = self.now()
        while self._waiters and (self._waiters[0][0] <= now or self._waiters[0][2].done()):
            future = heapq.heappop(self._waiters)[2]
            if not future.done():
                future.set_result(None)
