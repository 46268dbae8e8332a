"""When an answer's content was last changed, which Placement says from 1.15 on."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from email.utils import format_datetime

from emulators.openstack.call import Call


def dated(call: Call, times: Iterable[datetime] = ()) -> None:
    """Say in the answer's headers when the newest of its parts was changed (now when it has none), and that it must not be kept."""
    if call.since("1.15"):
        latest = max(times, default=call.cloud.now())
        call.headers["Last-Modified"] = format_datetime(latest, usegmt=True)
        call.headers["Cache-Control"] = "no-cache"
