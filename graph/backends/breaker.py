"""A circuit breaker: a service that keeps failing is left alone for a while, and its callers hear so at once."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

FAILURES: Final = 5
"""Failures in a row that open the circuit."""
OPEN_SECONDS: Final = 1.0
"""How long nobody calls; then one call tries, and each failure doubles the time."""
MOST_SECONDS: Final = 15.0


class Breaker:
    """The circuit to one service."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._failures = 0
        self._until = 0.0
        self._seconds = OPEN_SECONDS
        self._trying = False

    def refuses(self) -> float:
        """Seconds until a call is worth while; 0 lets this one through (one alone, while the circuit is open)."""
        if self._failures < FAILURES:
            return 0.0
        left = self._until - self._now()
        if left > 0:
            return left
        if self._trying:
            return OPEN_SECONDS
        self._trying = True
        return 0.0

    def succeeded(self) -> None:
        """The service answered, whatever it said."""
        self._failures, self._seconds, self._trying = 0, OPEN_SECONDS, False

    def failed(self) -> None:
        """No answer."""
        self._failures += 1
        self._trying = False
        if self._failures >= FAILURES:
            self._until = self._now() + self._seconds
            self._seconds = min(self._seconds * 2, MOST_SECONDS)

    def abandoned(self) -> None:
        """The caller went away before it was known."""
        self._trying = False
