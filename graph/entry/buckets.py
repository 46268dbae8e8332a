"""Token buckets: in the bus's Redis, where all gateways share them, and in memory, for the time in which it is away."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, Final, Protocol

import msgspec

from dcsim.bus import Bus
from dcsim.errors import BusUnavailable

REDIS_SECONDS: Final = 0.25
"""How long a request waits for the bus at most, before it is counted here."""
AWAY_SECONDS: Final = 1.0
"""How long the bus is not asked again after that."""
MOST_KEYS: Final = 20_000
PREFIX: Final = "dcsim:limit:"

# KEYS: bucket.  ARGV: size, points a second, points needed, points wanted.  Answers points granted and left, as text for the fractions.
# The time is Redis's own, so that gateways need not agree about it; a bucket that is full again is forgotten.
TAKE: Final = """
local now = redis.call('TIME')
local at = now[1] + now[2] / 1000000
local size, rate, needed, wanted = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local found = redis.call('HMGET', KEYS[1], 'left', 'at')
local left = size
if found[1] then left = math.min(size, tonumber(found[1]) + math.max(0, at - tonumber(found[2])) * rate) end
local granted = 0
if left >= needed then granted = math.min(wanted, left) end
left = left - granted
redis.call('HSET', KEYS[1], 'left', tostring(left), 'at', string.format('%.6f', at))
redis.call('PEXPIRE', KEYS[1], math.ceil((size - left) / rate * 1000) + 1000)
return {tostring(granted), tostring(left)}
"""


class Allowance(msgspec.Struct, frozen=True):
    """How large a bucket is, and how fast it fills again, in points."""

    size: float
    per_second: float


class Taken(msgspec.Struct, frozen=True):
    """What came out of a bucket (nothing, when there was less than needed), and what is left in it."""

    granted: float
    left: float


class Buckets(Protocol):
    """Where buckets are."""

    async def take(self, key: str, allowance: Allowance, needed: float, wanted: float) -> Taken:
        """Take as many points as there are up to *wanted*, or none when there are not as many as *needed*."""
        ...


class LocalBuckets:
    """Buckets of this process; the ones that were used last."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._found: OrderedDict[str, tuple[float, float]] = OrderedDict()

    async def take(self, key: str, allowance: Allowance, needed: float, wanted: float) -> Taken:
        """As `Buckets.take`."""
        now = self._now()
        left, at = self._found.pop(key, (allowance.size, now))
        left = min(allowance.size, left + (now - at) * allowance.per_second)
        granted = min(wanted, left) if left >= needed else 0.0
        self._found[key] = left - granted, now
        if len(self._found) > MOST_KEYS:
            self._found.popitem(last=False)
        return Taken(granted, left - granted)


class SharedBuckets:
    """Buckets in Redis.  While it does not answer, this process counts by itself, and limits hold for each gateway."""

    def __init__(self, bus: Bus, now: Callable[[], float] = time.monotonic) -> None:
        self._bus = bus
        self._now = now
        self._local = LocalBuckets(now)
        self._away_until = 0.0
        self._script: Any = None

    @property
    def away(self) -> bool:
        """Whether Redis did not answer when it was asked last."""
        return self._away_until > 0

    async def take(self, key: str, allowance: Allowance, needed: float, wanted: float) -> Taken:
        """As `Buckets.take`."""
        if self._now() >= self._away_until:
            try:
                async with asyncio.timeout(REDIS_SECONDS):
                    taken = await self._ask(key, allowance, needed, wanted)
            except (BusUnavailable, TimeoutError):
                self._away_until = self._now() + AWAY_SECONDS
            else:
                self._away_until = 0.0
                return taken
        return await self._local.take(key, allowance, needed, wanted)

    async def _ask(self, key: str, allowance: Allowance, needed: float, wanted: float) -> Taken:
        async with self._bus.speaking() as redis:
            if self._script is None:
                self._script = redis.register_script(TAKE)
            arguments = [allowance.size, allowance.per_second, needed, wanted]
            granted, left = await self._script(keys=[PREFIX + key], args=arguments, client=redis)
        return Taken(float(granted), float(left))
