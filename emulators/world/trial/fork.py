"""A fork that nobody conducts: its clock jumps from one thing that is due to the next, and what its machines are asked for succeeds."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import msgspec
import structlog

from dcsim.clock import SimulatedClock
from dcsim.errors import DcsimError, OperationalError
from dcsim.events import Actor
from emulators.world.commands import Command, Effect
from emulators.world.decisions.hosts import VM_LOST, VM_NOT_RESTARTED
from emulators.world.decisions.operations import CompleteTask
from emulators.world.decisions.timers import FireTimer
from emulators.world.decisions.worlds import ForkWorld
from emulators.world.engine import Committed, World
from emulators.world.model import Task, TaskState, Timer
from emulators.world.state import WorldState

log = structlog.get_logger(__name__)
SYSTEM: Final = Actor(principal="system", operation="trial")
MADE: Final = Effect(machine="simulated")
WALL_SECONDS: Final = 120.0
"""How long a fork may take to come to rest."""


class Fork:
    """A copy of a journal as a world of its own, which lives as long as this object; its time stands still but in ``rest``.

    Durations are realistic, whatever the world's are: they cost nothing here, and what fails at one moment has failed together.
    """

    def __init__(self, journal: Path) -> None:
        self.world = World.open(journal, SimulatedClock(paused=True), synchronous="off")
        self.sequence = self.world.sequence
        self.world.clock.pause()
        self.do(ForkWorld(name="trial", timing="realistic"))
        self._given_up: set[str] = set()
        self.lost: set[str] = set()
        """VMs that went down with their hosts, whatever became of them."""
        self.refused: dict[str, str] = {}
        """VM → why high availability could not restart it."""
        self.world.watch(self._watch)

    @property
    def state(self) -> WorldState:
        """The fork's state."""
        return self.world.state

    def do(self, command: Command) -> None:
        """Execute a command; raises what refuses it."""
        self.world.execute_now(command, SYSTEM)

    def rest(self, seconds: float) -> float:
        """Let so many simulated seconds pass, and everything happen that is due in them; answers how many had passed at the last of it.

        Raises OperationalError when that takes too long.
        """
        deadline = time.monotonic() + WALL_SECONDS
        began = self.world.clock.now()
        end = began + timedelta(seconds=seconds)
        while self._finish_tasks() or self._fire(end):
            if time.monotonic() > deadline:
                raise OperationalError(f"The fork did not come to rest in {WALL_SECONDS:.0f} s; try it on a smaller world.")
        return (self.world.clock.now() - began).total_seconds()

    def close(self) -> None:
        """Let go of the copy."""
        self.world.close()

    def _watch(self, committed: Committed) -> None:
        for record in committed.records:
            event = record.event
            if event.type == VM_LOST.name:
                self.lost.add(event.subject)
            elif event.type == VM_NOT_RESTARTED.name:
                self.refused[event.subject] = event.detail.get("reason", "")

    def _finish_tasks(self) -> bool:
        """Let every operation under way have its effect; answers whether there was one."""
        running = self.state.where(Task, "state", TaskState.RUNNING)
        waiting = [task.uid for task in running if not task.awaits and task.uid not in self._given_up]
        for uid in waiting:
            self._try(CompleteTask(task=uid, effect=MADE), uid)
        return bool(waiting)

    def _fire(self, end: datetime) -> bool:
        """Go to the moment at which the next timers are due, and fire them; answers whether there were any."""
        timers = [timer for timer in self.state.all(Timer) if timer.uid not in self._given_up and timer.due <= end]
        if not timers:
            return False
        first = min(timer.due for timer in timers)
        self.world.clock.step(max((first - self.world.clock.now()).total_seconds(), 0.0))
        for timer in sorted(timers, key=lambda one: (one.due, one.number)):
            if timer.due <= first:
                self._try(FireTimer(timer=timer.uid), timer.uid)
        return True

    def _try(self, command: Command, uid: str) -> None:
        """Execute it; what cannot be, because it is refused or a vendor's own business, is left alone from then on."""
        try:
            self.do(command)
        except (DcsimError, msgspec.DecodeError, KeyError) as error:
            self._given_up.add(uid)
            log.debug("trial goes on without", what=type(command).__name__, subject=uid, reason=str(error))
