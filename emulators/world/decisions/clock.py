"""The simulated clock as part of the world: set by command, kept in the journal.

The running clock is the engine's; the conductor applies these records to it and says in ``simulated`` what time it was.
"""

from __future__ import annotations

from datetime import datetime

from dcsim.clock import MAX_SPEED, MIN_SPEED
from dcsim.errors import InvalidArgument
from emulators.world.commands import Command, decides
from emulators.world.decide import Decision
from emulators.world.events import declare
from emulators.world.model import World

CLOCK_SET = declare("dcsim.work.clock.set", "The simulated clock was paused, resumed, sped up or stepped")


class SetClock(Command, frozen=True, kw_only=True, tag="clock.set"):
    """Record the clock: at wall time ``mark`` it shows ``base`` and runs on at ``speed`` unless paused."""

    base: datetime
    mark: datetime
    speed: float = 1.0
    paused: bool = False


@decides(SetClock)
def set_clock(decision: Decision, command: SetClock) -> None:
    """The clock's new setting."""
    if not MIN_SPEED <= command.speed <= MAX_SPEED:
        raise InvalidArgument(f"Clock speed must be between {MIN_SPEED:g} and {MAX_SPEED:g}, not {command.speed:g}.", field="speed")
    for world in decision.state.all(World):
        decision.update(
            CLOCK_SET, world, clock_base=command.base, clock_mark=command.mark, clock_speed=command.speed, clock_paused=command.paused
        )
