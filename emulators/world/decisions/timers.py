"""Timers: commands that the engine executes when simulated time reaches them.  They are journaled, so a restart forgets none."""

from __future__ import annotations

from datetime import timedelta

from emulators.world.commands import Command, decides, decode_command, encode_command
from emulators.world.decide import Decision, run
from emulators.world.events import declare
from emulators.world.model import Timer, World
from emulators.world.timing import TIMING_FACTOR

TIMER_SET = declare("dcsim.work.timer.set", "Something will happen at a time")
TIMER_FIRED = declare("dcsim.work.timer.fired", "A timer reached its time")
TIMER_CANCELLED = declare("dcsim.work.timer.cancelled", "What a timer waited for is moot")


class FireTimer(Command, frozen=True, kw_only=True, tag="timer.fire"):
    """Execute what a timer holds."""

    timer: str


def later(decision: Decision, subject: str, real_seconds: float, command: Command) -> None:
    """Execute ``command`` after so long by the world's timing profile: at once when it is instant."""
    seconds = _scaled(decision, real_seconds)
    if seconds:
        _set(decision, subject, seconds, command)
    else:
        run(decision, command)


def afterwards(decision: Decision, subject: str, real_seconds: float, command: Command) -> None:
    """The same for what is an act of its own: when timing is instant, it comes after all that this transaction is about.

    If the transaction is long by then, it comes as soon as the timekeeper has its turn, in one of its own.
    """
    seconds = _scaled(decision, real_seconds)
    if seconds:
        _set(decision, subject, seconds, command)
    else:
        decision.afterwards(lambda: _now_or_soon(decision, subject, command))


def soon(decision: Decision, subject: str, command: Command, real_seconds: float = 0.0) -> None:
    """Execute ``command`` after so long in a transaction of its own, whatever the timing: as soon as the timekeeper has its turn."""
    _set(decision, subject, _scaled(decision, real_seconds), command)


def _scaled(decision: Decision, real_seconds: float) -> float:
    worlds = decision.state.all(World)
    return real_seconds * (TIMING_FACTOR[worlds[0].timing] if worlds else 0.0)


def _now_or_soon(decision: Decision, subject: str, command: Command) -> None:
    if decision.is_long:
        soon(decision, subject, command)
        return
    with decision.savepoint():
        run(decision, command)


def _set(decision: Decision, subject: str, seconds: float, command: Command) -> None:
    name = str(type(command).__struct_config__.tag)
    due = decision.now + timedelta(seconds=seconds)
    decision.create(TIMER_SET, Timer, name=name, subject=subject, due=due, request=encode_command(command), cause=decision.cause)


def cancel(decision: Decision, subject: str) -> None:
    """Forget all timers about a subject."""
    for timer in decision.state.where(Timer, "subject", subject):
        decision.delete(TIMER_CANCELLED, timer)


@decides(FireTimer)
def fire(decision: Decision, command: FireTimer) -> None:
    """The timer is gone, and what it held is done, with the cause that it was set for."""
    timer = decision.state.maybe(Timer, command.timer)
    if timer is None:
        return
    decision.delete(TIMER_FIRED, timer)
    decision.because(timer.cause)
    with decision.savepoint():
        run(decision, decode_command(timer.request))
