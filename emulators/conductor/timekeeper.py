"""Fires the world's timers when simulated time reaches them."""

from __future__ import annotations

import asyncio

import structlog

from dcsim.errors import DcsimError
from dcsim.events import Actor
from emulators.world.decisions.clock import CLOCK_SET
from emulators.world.decisions.timers import TIMER_SET, FireTimer
from emulators.world.engine import Committed, World
from emulators.world.model import Timer

log = structlog.get_logger(__name__)
RETRY_SECONDS = 5.0


class Timekeeper:
    """Sleeps until the earliest timer is due, again and again."""

    name = "timekeeper"

    def __init__(self, world: World) -> None:
        self._world = world
        self._changed = asyncio.Event()

    def on_commit(self, committed: Committed) -> None:
        """Look again when a timer was set or the clock changed."""
        if any(record.event.type in {TIMER_SET.name, CLOCK_SET.name} for record in committed.records):
            self._changed.set()

    async def run(self) -> None:
        """Fire timers until cancelled."""
        while True:
            self._changed.clear()
            timers = sorted(self._world.state.all(Timer), key=lambda timer: (timer.due, timer.number))
            now = self._world.clock.now()
            due = [timer for timer in timers if timer.due <= now]
            fired = [await self._fire(timer) for timer in due]
            if not all(fired):
                await asyncio.sleep(RETRY_SECONDS)
            elif not due:
                await self._until(timers[0] if timers else None)

    async def _until(self, timer: Timer | None) -> None:
        """Wait for the timer's time or for a change, whichever is first."""
        waits = [asyncio.create_task(self._wait_for_change())]
        if timer is not None:
            seconds = (timer.due - self._world.clock.now()).total_seconds()
            waits.append(asyncio.create_task(self._world.clock.sleep(seconds)))
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()

    async def _wait_for_change(self) -> None:
        await self._changed.wait()

    async def _fire(self, timer: Timer) -> bool:
        """Whether it is done with; a timer that could not fire is tried again."""
        try:
            await self._world.execute(FireTimer(timer=timer.uid), Actor(principal="system", operation=timer.name))
        except DcsimError as error:
            log.warning("timer could not fire", timer=timer.name, reason=error.message)
            return False
        except Exception:
            log.exception("timer failed", timer=timer.name)
            return False
        return True
