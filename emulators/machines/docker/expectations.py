"""Telling our own doing from others': which events of the engine this process caused itself."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from dcsim.errors import MachineError, MachinesUnavailable
from emulators.machines.port import MachineEventKind

LINGER_SECONDS = 10.0
"""How long after a call its event may still arrive; measured lag is about 1 ms."""

UNDER_WAY, CANCELLED = float("inf"), float("-inf")

EventKey = tuple[str, int]
"""A container event's identity: container id and nanosecond time."""


class Expectation:
    """One event that a call is about to cause, or may cause; after the ``last`` one of a call none of its others comes any more."""

    def __init__(self, kind: MachineEventKind, *, last: bool) -> None:
        self.kind = kind
        self.last = last
        self.call: Call | None = None
        self.until = UNDER_WAY


class Call:
    """A call's expectations: open while it is under way, lingering after it succeeds, dropped when it changed nothing."""

    def __init__(self, expectations: list[Expectation]) -> None:
        self._expectations = expectations
        for expectation in expectations:
            expectation.call = self

    def cancel(self) -> None:
        """The call changed nothing: no event will come."""
        self.until(CANCELLED)

    def until(self, moment: float) -> None:
        """Expect nothing after ``moment``."""
        for expectation in self._expectations:
            expectation.until = min(expectation.until, moment)


class Expectations:
    """Events that calls of this process are about to cause; each excuses one event."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._expected: dict[str, list[Expectation]] = {}
        self._claimed: dict[EventKey, float] = {}

    @contextmanager
    def expect(self, machine_id: str, *kinds: MachineEventKind) -> Iterator[Call]:
        """A context around the call that causes events of these kinds, in this order; all but the last may stay away."""
        expectations = [Expectation(kind, last=place == len(kinds)) for place, kind in enumerate(kinds, 1)]
        self._expected.setdefault(machine_id, []).extend(expectations)
        call = Call(expectations)
        try:
            yield call
        except MachineError as error:
            if not isinstance(error, MachinesUnavailable):  # a call that timed out may still happen
                call.cancel()
            raise
        finally:
            call.until(self._now() + LINGER_SECONDS)

    def claim(self, machine_id: str, kind: MachineEventKind, key: EventKey) -> bool:
        """Whether the event is our doing; the same event asked about twice (by two streams) gets the same answer."""
        self._expire(machine_id)
        if key in self._claimed:
            return True
        waiting = self._expected.get(machine_id, [])
        match = next((item for item in waiting if item.kind == kind), None)
        if match is None:
            return False
        waiting.remove(match)
        if match.last and match.call is not None:
            match.call.cancel()
        self._claimed[key] = self._now() + LINGER_SECONDS
        return True

    def _expire(self, machine_id: str) -> None:
        now = self._now()
        waiting = [item for item in self._expected.get(machine_id, []) if item.until > now]
        if waiting:
            self._expected[machine_id] = waiting
        else:
            self._expected.pop(machine_id, None)
        while self._claimed and next(iter(self._claimed.values())) <= now:
            del self._claimed[next(iter(self._claimed))]
