"""Reading topics without a group: for whoever keeps its own place, wants everything in the producer's order, and acknowledges nothing.

page = await read_page(bus, "engine", after=41)     # the eight streams of the topic, merged
await await_more(bus, {"engine": page.upto})
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from dcsim.bus.connection import Bus, entries_of
from dcsim.bus.streams import cursor_key, stream_keys

LIMIT: Final = 512
"""Entries of one stream in a page."""
WAIT_MS: Final = 1000
_CURSORS: Final = cursor_key("")


class Page(msgspec.Struct, frozen=True):
    """Events of one topic in order, as (sequence, envelope's JSON).

    Nothing up to ``upto`` is missing but what was dropped: events up to ``trimmed`` may be gone.  ``end`` is the last one published.
    """

    epoch: str
    events: list[tuple[int, bytes]]
    upto: int
    end: int
    trimmed: int = 0


async def topics(bus: Bus) -> list[str]:
    """Every topic that was ever opened on the bus.  Raises BusUnavailable."""
    async with bus.speaking() as redis:
        return sorted([key.decode().removeprefix(_CURSORS) async for key in redis.scan_iter(match=f"{_CURSORS}*", count=1000)])


async def read_page(bus: Bus, topic: str, *, after: int, limit: int = LIMIT) -> Page | None:
    """What follows a sequence number, read at one instant; None when there is no such topic.  Raises BusUnavailable."""
    async with bus.speaking() as redis, redis.pipeline(transaction=True) as together:
        calls: Any = together  # which gathers what it is told, and awaits nothing
        calls.hmget(cursor_key(topic), ["epoch", "sequence", "trimmed"])
        for stream in stream_keys(topic):
            calls.xrange(stream, min=f"({after}-0", count=limit)
        (epoch, sequence, trimmed), *streams = await together.execute()
    if epoch is None or sequence is None:
        return None
    read = [_numbered(found) for found in streams]
    end = int(sequence)
    upto = min([entries[-1][0] for entries in read if len(entries) >= limit], default=max(end, after))
    events = sorted(entry for entries in read for entry in entries if entry[0] <= upto)
    return Page(epoch.decode(), events, upto, end, int(trimmed or 0))


async def await_more(bus: Bus, after: Mapping[str, int], *, milliseconds: int = WAIT_MS) -> bool:
    """Wait until a topic has something after a sequence number; False when nothing came in time.  Raises BusUnavailable."""
    places: dict[Any, Any] = {stream: f"{sequence}-0" for topic, sequence in after.items() for stream in stream_keys(topic)}
    async with bus.speaking() as redis:
        return bool(await redis.xread(places, count=1, block=milliseconds))


def _numbered(found: Any) -> list[tuple[int, bytes]]:
    return [(int(entry_id.partition("-")[0]), body or b"") for entry_id, body in entries_of(found)]
