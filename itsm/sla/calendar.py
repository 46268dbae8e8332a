"""Working hours, and arithmetic with them.

Hours are open whenever a clock on the wall of their time zone shows them: on the night when clocks go back an hour that is shown twice
is open twice, and one that is skipped is not open at all.  All instants are UTC, so that nothing is ever added to a wall's clock.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from dcsim.errors import InvalidArgument

Minutes = tuple[int, int]
"""From, inclusive, and to, exclusive, in minutes after midnight; 0 to 1440 is a whole day."""
DAY: Final = timedelta(days=1)
WHOLE_DAY: Final[Minutes] = (0, 24 * 60)
PROBES: Final = 24
"""How often within a day it is looked whether the offset has changed."""
HORIZON_DAYS: Final = 3660
"""How far ahead a calendar is followed."""
Span = tuple[datetime, datetime]


class Calendar(msgspec.Struct, frozen=True, kw_only=True):
    """Hours by weekday (Monday first) on the walls of a time zone, closed on holidays, which are dates there."""

    zone: str = "UTC"
    hours: tuple[tuple[Minutes, ...], ...] = ((WHOLE_DAY,),) * 7
    holidays: frozenset[date] = frozenset()

    def elapsed(self, start: datetime, end: datetime) -> timedelta:
        """How much open time lies between two instants; nothing when *end* comes first."""
        return sum((until - since for since, until in self.open(start, end)), timedelta())

    def after(self, start: datetime, duration: timedelta) -> datetime:
        """When so much open time will have passed since *start*.  Raises InvalidArgument when it is not within ten years."""
        left = duration
        for since, until in self.open(start, start + timedelta(days=HORIZON_DAYS)):
            if until - since >= left:
                return since + left
            left -= until - since
        raise InvalidArgument(f"The calendar is not open for {duration} within ten years of {start:%Y-%m-%d}.")

    def open(self, start: datetime, end: datetime) -> Iterator[Span]:
        """The open spans between two instants, in order."""
        day = datetime(start.year, start.month, start.day, tzinfo=UTC)
        while any(self.hours) and day < end:
            for since, until in _open(self, day):
                if until > start and since < end:
                    yield max(since, start), min(until, end)
            day += DAY


@lru_cache(maxsize=20_000)
def _open(calendar: Calendar, day: datetime) -> tuple[Span, ...]:
    """The open spans of a day of UTC, in order."""
    zone = ZoneInfo(calendar.zone)
    return tuple(span for start, end, offset in _steady(zone, day) for span in _of_steady(calendar, start, end, offset))


def _steady(zone: ZoneInfo, day: datetime) -> Iterator[tuple[datetime, datetime, timedelta]]:
    """The day of UTC, cut where the zone's offset changes."""
    start, end = day, day + DAY
    probe = start
    while probe < end:
        following = min(probe + DAY / PROBES, end)
        if _offset(zone, following) != _offset(zone, start):
            change = _change(zone, probe, following)
            yield start, change, _offset(zone, start)
            start = change
        probe = following
    if start < end:
        yield start, end, _offset(zone, start)


def _change(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """The second at which the offset becomes another one, between two instants where it differs."""
    seconds, old = [0, int((after - before).total_seconds())], _offset(zone, before)
    while seconds[1] - seconds[0] > 1:
        middle = sum(seconds) // 2
        seconds[_offset(zone, before + timedelta(seconds=middle)) != old] = middle
    return before + timedelta(seconds=seconds[1])


def _offset(zone: ZoneInfo, instant: datetime) -> timedelta:
    return instant.astimezone(zone).utcoffset() or timedelta()


def _of_steady(calendar: Calendar, start: datetime, end: datetime, offset: timedelta) -> Iterator[Span]:
    """The open spans while the offset stays the same."""
    wall, last = (start + offset).date(), (end + offset).date()
    while wall <= last:
        midnight = datetime(wall.year, wall.month, wall.day, tzinfo=UTC) - offset
        for opens, closes in calendar.hours[wall.weekday()] if wall not in calendar.holidays else ():
            since, until = max(midnight + timedelta(minutes=opens), start), min(midnight + timedelta(minutes=closes), end)
            if since < until:
                yield since, until
        wall += DAY
