"""One process's connection to the bus, and everything it says to Redis; errors leave it only as BusUnavailable."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final

from dcsim.bus.streams import BODY, PARTITIONS, GroupStats, cursor_key, partition_of, stream_keys
from dcsim.errors import BusUnavailable
from dcsim.events import Envelope, encode_envelope

if TYPE_CHECKING:
    from redis.asyncio import Redis

OPEN_TIMEOUT: Final = 15.0
"""Seconds that an operation waits for a bus that is still being started."""
CONNECT_TIMEOUT: Final = 5.0
CALL_TIMEOUT: Final = 10.0
"""Seconds for one block of calls; longer than any blocking read."""

Entry = tuple[str, bytes | None]
"""An entry's id and envelope JSON; None when the entry was trimmed while it was pending."""

# KEYS: cursor, one stream a partition.  ARGV: epoch, sequence expected in the cursor, then (partition, sequence, body) ...
# Atomic, so an emptied bus can't be given new events before the old ones, and the cursor never runs ahead of the streams.
_APPEND: Final = """
local found = redis.call('HMGET', KEYS[1], 'epoch', 'sequence')
if found[1] ~= ARGV[1] or found[2] ~= ARGV[2] then return 0 end
for n = 3, #ARGV, 3 do
  local added = redis.pcall('XADD', KEYS[2 + tonumber(ARGV[n])], ARGV[n + 1] .. '-0', 'e', ARGV[n + 2])
  if type(added) == 'table' and added.err and not string.find(added.err, 'equal or smaller') then return added end
end
redis.call('HSET', KEYS[1], 'sequence', ARGV[#ARGV - 1])
return 1
"""

# KEYS: cursor, streams.  ARGV: epoch.  Another epoch's events are dropped: their sequence numbers mean something else.
_OPEN_TOPIC: Final = """
local found = redis.call('HMGET', KEYS[1], 'epoch', 'sequence')
if found[1] == ARGV[1] then return tonumber(found[2]) end
redis.call('DEL', unpack(KEYS))
redis.call('HSET', KEYS[1], 'epoch', ARGV[1], 'sequence', '0')
return 0
"""

# KEYS: cursor, stream.  ARGV: the first sequence to keep.  The cursor remembers how far history is gone, for whoever comes later.
_TRIM: Final = """
local gone = redis.call('XTRIM', KEYS[2], 'MINID', ARGV[1] .. '-0')
local before = tonumber(redis.call('HGET', KEYS[1], 'trimmed') or '0')
if gone > 0 and tonumber(ARGV[1]) - 1 > before then redis.call('HSET', KEYS[1], 'trimmed', ARGV[1] - 1) end
return gone
"""


class Bus:
    """The bus as seen by one process.

    It may be handed out before it is open: operations wait for `open`, at most 15 s.  All of them raise BusUnavailable when the
    server can't be reached or refuses, and may then be tried again.
    """

    def __init__(self) -> None:
        self._redis: Redis | None = None
        self._opened = asyncio.Event()

    @classmethod
    async def connect(cls, url: str) -> Bus:
        """A bus that is open."""
        bus = cls()
        await bus.open(url)
        return bus

    async def open(self, url: str) -> None:
        """Connect to the Redis at *url* (``redis://``, ``rediss://``, ``unix://``).  Raises BusUnavailable."""
        # The client library takes a tenth of a second to import: in a thread, so that services answer meanwhile.
        await asyncio.to_thread(importlib.import_module, "redis.asyncio")
        from redis.asyncio import Redis  # noqa: PLC0415 - see above

        try:
            # No socket_timeout: with one, redis-py sends through asyncio.wait_for, which loses cancellations before Python 3.12.
            client = Redis.from_url(url, socket_timeout=None, socket_connect_timeout=CONNECT_TIMEOUT, health_check_interval=30)
        except ValueError as error:
            raise BusUnavailable(f"The event bus URL is not one: {error}. Set bus.url to redis://HOST:PORT or unix://PATH.") from error
        try:
            async with _translated():
                await client.ping()
        except BusUnavailable:
            await client.aclose()
            raise
        self._redis = client
        self._opened.set()

    async def close(self) -> None:
        """Drop the connections; safe to call twice, or before `open`."""
        if self._redis is not None:
            await self._redis.aclose()

    @asynccontextmanager
    async def speaking(self) -> AsyncIterator[Redis]:
        """The client, for a block of at most 10 s whose Redis errors become BusUnavailable; for the modules of this package."""
        if self._redis is None:
            try:
                async with asyncio.timeout(OPEN_TIMEOUT):
                    await self._opened.wait()
            except TimeoutError as error:
                raise BusUnavailable("The event bus did not start in time; see the log for the reason.") from error
        assert self._redis is not None  # noqa: S101 - set before _opened
        async with _translated():
            yield self._redis

    async def ping(self) -> None:
        """Return when the server answers."""
        async with self.speaking() as redis:
            await redis.ping()

    async def open_topic(self, topic: str, epoch: str) -> int:
        """The sequence of the last event that was published from the journal *epoch*; 0 when the bus has none.

        The events of another epoch (a journal that was deleted or replaced) are dropped.
        """
        async with self.speaking() as redis:
            return int(await redis.eval(_OPEN_TOPIC, 1 + PARTITIONS, cursor_key(topic), *stream_keys(topic), epoch))

    async def append(self, topic: str, events: Sequence[Envelope], *, epoch: str, after: int) -> bool:
        """Publish *events*, which follow sequence *after* in order.

        False, and nothing is published, when the bus isn't at *after*: it was emptied, or someone else published.
        """
        arguments: list[str | int | bytes] = [epoch, after]
        for event in events:
            arguments += [partition_of(event.subject), event.sequence, encode_envelope(event)]
        async with self.speaking() as redis:
            return bool(await redis.eval(_APPEND, 1 + PARTITIONS, cursor_key(topic), *stream_keys(topic), *arguments))

    async def cursor(self, topic: str) -> tuple[str, int] | None:
        """Epoch and sequence of the last event published, or None when nothing ever was."""
        async with self.speaking() as redis:
            found: Any = await redis.hmget(cursor_key(topic), ["epoch", "sequence"])
        epoch, sequence = found
        return (epoch.decode(), int(sequence)) if epoch is not None and sequence is not None else None

    async def events(self, topic: str, partition: int, *, after: int = 0, limit: int = 1000) -> list[Entry]:
        """Published events of one partition with a sequence above *after*, for whoever keeps a cursor of its own."""
        async with self.speaking() as redis:
            found: Any = await redis.xrange(stream_keys(topic)[partition], min=f"({after}-0", count=limit)
        return entries_of(found)

    async def trim(self, topic: str, *, keep: int) -> int:
        """Drop what every group is done with, except the last *keep* sequence numbers; returns how many entries went.

        A group's unfinished entries are never dropped: Redis would lose them without a word.
        """
        position = await self.cursor(topic)
        if position is None or position[1] <= keep:
            return 0
        return sum([await self._trim_stream(topic, stream, position[1] - keep) for stream in stream_keys(topic)])

    async def _trim_stream(self, topic: str, stream: str, upto: int) -> int:
        needed = [upto]
        async with self.speaking() as redis:
            if not await redis.exists(stream):
                return 0
            for group in await redis.xinfo_groups(stream):
                summary = await redis.xpending(stream, group["name"])
                needed.append(_sequence(summary["min"]) if summary["pending"] else _sequence(group["last-delivered-id"]) + 1)
            return int(await redis.eval(_TRIM, 2, cursor_key(topic), stream, min(needed)))

    async def trimmed(self, topic: str) -> int:
        """The sequence number up to which events of a topic may have been dropped: whoever has not heard them needs a snapshot."""
        async with self.speaking() as redis:
            return int(await redis.hget(cursor_key(topic), "trimmed") or 0)

    async def group_stats(self, streams: Sequence[str]) -> list[GroupStats]:
        """Lag and pending entries of every group on those of *streams* that exist."""
        stats: list[GroupStats] = []
        async with self.speaking() as redis:
            for stream in streams:
                groups: list[dict[str, Any]] = await redis.xinfo_groups(stream) if await redis.exists(stream) else []
                stats += [
                    GroupStats(group=found["name"].decode(), stream=stream, lag=found.get("lag"), pending=found["pending"])
                    for found in groups
                ]
        return stats


def entries_of(found: Sequence[Any]) -> list[Entry]:
    """What Redis answers for a range of entries, as ids and bodies."""
    return [(entry_id.decode(), None if not fields else fields.get(BODY, b"")) for entry_id, fields in found]


def _sequence(entry_id: bytes) -> int:
    return int(entry_id.split(b"-")[0])


@asynccontextmanager
async def _translated() -> AsyncIterator[None]:
    from redis.exceptions import RedisError  # noqa: PLC0415 - see `Bus.open`

    try:
        async with asyncio.timeout(CALL_TIMEOUT):
            yield
    except (RedisError, OSError) as error:  # TimeoutError is an OSError
        raise BusUnavailable(f"The event bus does not answer ({error}); check bus.url, or the log of the private Valkey.") from error
