"""One running service level: what has been used of it, and when it will be breached if nothing happens."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from itsm.sla.calendar import Calendar


class Stopwatch(msgspec.Struct, frozen=True, kw_only=True):
    """Open time that has been ``used`` until ``since``; while it ``runs``, more is used from then on."""

    duration: timedelta
    since: datetime
    used: timedelta = timedelta()
    runs: bool = True

    def at(self, calendar: Calendar, now: datetime) -> Stopwatch:
        """The same stopwatch, read now."""
        used = self.used + calendar.elapsed(self.since, now) if self.runs else self.used
        return msgspec.structs.replace(self, used=used, since=max(now, self.since))

    def paused(self, calendar: Calendar, now: datetime) -> Stopwatch:
        """Stopped until it is resumed."""
        return msgspec.structs.replace(self.at(calendar, now), runs=False)

    def resumed(self, calendar: Calendar, now: datetime) -> Stopwatch:
        """Running again: what passed meanwhile is not used."""
        return msgspec.structs.replace(self.at(calendar, now), runs=True)

    def with_duration(self, duration: timedelta) -> Stopwatch:
        """The same use of another service level: when a ticket's priority changes, what has passed has passed."""
        return msgspec.structs.replace(self, duration=duration)

    def due(self, calendar: Calendar, share: float = 1.0) -> datetime | None:
        """When that share of the duration will be used up; None while it is paused, unless that has happened already."""
        left = self.duration * share - self.used
        if left <= timedelta():
            return self.since
        return calendar.after(self.since, left) if self.runs else None
