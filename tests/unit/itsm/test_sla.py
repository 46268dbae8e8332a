"""Open time and stopwatches agree with an oracle that looks at a wall's clock minute by minute."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from dcsim.errors import InvalidArgument
from itsm.sla.calendar import Calendar
from itsm.sla.stopwatch import Stopwatch
from tests.conftest import IN_CI

CASES = 10_000 if IN_CI else 400
MINUTE = timedelta(minutes=1)
OFFICE = ((9 * 60, 17 * 60),)
ZONES = (
    "UTC",
    "Europe/Amsterdam",
    "America/New_York",
    "Australia/Lord_Howe",
    "Asia/Kolkata",
    "Africa/Casablanca",
    "Pacific/Apia",
    "America/St_Johns",
)
CHANGES = (
    datetime(2026, 3, 29, 1, tzinfo=UTC),
    datetime(2026, 10, 25, 1, tzinfo=UTC),
    datetime(2026, 3, 8, 7, tzinfo=UTC),
    datetime(2026, 11, 1, 6, tzinfo=UTC),
    datetime(2026, 4, 4, 15, tzinfo=UTC),
    datetime(2026, 10, 3, 15, 30, tzinfo=UTC),
    datetime(2026, 2, 15, 2, tzinfo=UTC),
    datetime(2011, 12, 30, 10, tzinfo=UTC),
)
"""When clocks change somewhere; the last is Samoa's skipped day."""


def is_open(calendar: Calendar, zone: ZoneInfo, minute: datetime) -> bool:
    """What a person sees who looks at the wall's clock at the beginning of that minute."""
    wall = minute.astimezone(zone)
    shown = wall.hour * 60 + wall.minute
    return wall.date() not in calendar.holidays and any(opens <= shown < closes for opens, closes in calendar.hours[wall.weekday()])


def drawn_calendar(draw: random.Random, around: date) -> Calendar:
    def hours() -> tuple[tuple[int, int], ...]:
        marks = sorted(draw.sample(range(24 * 60 + 1), 2 * draw.randint(0, 2)))
        return tuple(zip(marks[::2], marks[1::2], strict=True))

    week = tuple(hours() for _ in range(7)) if draw.random() < 0.9 else (((0, 24 * 60),),) * 7
    holidays = frozenset(around + timedelta(days=draw.randint(-2, 3)) for _ in range(draw.randint(0, 2)))
    return Calendar(zone=draw.choice(ZONES), hours=week, holidays=holidays)


@pytest.mark.timeout(600)
def test_calendars_pauses_and_changes_of_clocks_agree_with_the_oracle() -> None:
    draw = random.Random(8)
    for case in range(CASES):
        start = draw.choice(CHANGES) + timedelta(minutes=draw.randint(-2000, 500))
        calendar = drawn_calendar(draw, start.date())
        zone = ZoneInfo(calendar.zone)
        turns = sorted(draw.sample(range(1, 2500), draw.randint(0, 4)))
        watch = Stopwatch(duration=timedelta(minutes=draw.randint(1, 1500)), since=start)
        used, runs, breached = 0, True, None
        for minute in range(2500):
            now = start + minute * MINUTE
            if minute in turns:
                watch = watch.paused(calendar, now) if runs else watch.resumed(calendar, now)
                runs = not runs
            if breached is None and used * MINUTE >= watch.duration:
                breached = now
            used += runs and is_open(calendar, zone, now)
        end = start + 2500 * MINUTE
        assert watch.at(calendar, end).used == used * MINUTE, (case, calendar, start, turns)
        if breached is None and used * MINUTE >= watch.duration:
            breached = end
        if not turns and breached is not None:
            assert watch.due(calendar) == breached, (case, calendar, start)


def test_an_hour_that_is_shown_twice_counts_twice() -> None:
    night = Calendar(zone="Europe/Amsterdam", hours=(((60, 180),),) * 7)
    assert night.elapsed(datetime(2026, 10, 24, 12, tzinfo=UTC), datetime(2026, 10, 25, 12, tzinfo=UTC)) == timedelta(hours=3)
    assert night.elapsed(datetime(2026, 3, 28, 12, tzinfo=UTC), datetime(2026, 3, 29, 12, tzinfo=UTC)) == timedelta(hours=1)


def test_office_hours_skip_weekend_and_holiday() -> None:
    office = Calendar(zone="Europe/Amsterdam", hours=(OFFICE,) * 5 + ((), ()), holidays=frozenset({date(2026, 11, 30)}))
    friday = datetime(2026, 11, 27, 15, 30, tzinfo=UTC)  # 16:30 in Amsterdam
    assert office.after(friday, timedelta(hours=1)) == datetime(2026, 12, 1, 8, 30, tzinfo=UTC)


def test_a_change_of_priority_keeps_what_has_passed() -> None:
    always, start = Calendar(), datetime(2026, 11, 24, tzinfo=UTC)
    watch = Stopwatch(duration=timedelta(hours=8), since=start).at(always, start + timedelta(hours=3))
    assert watch.with_duration(timedelta(hours=4)).due(always) == start + timedelta(hours=4)
    assert watch.with_duration(timedelta(hours=2)).due(always) == start + timedelta(hours=3)
    assert watch.due(always, 0.5) == start + timedelta(hours=4)


def test_a_paused_one_is_due_at_no_time_and_a_closed_calendar_never() -> None:
    always, start = Calendar(), datetime(2026, 11, 24, tzinfo=UTC)
    assert Stopwatch(duration=timedelta(hours=1), since=start).paused(always, start).due(always) is None
    with pytest.raises(InvalidArgument):
        Calendar(hours=((),) * 7).after(start, timedelta(seconds=1))
