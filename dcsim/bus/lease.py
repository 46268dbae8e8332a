"""One working consumer a group: what keeps a subject's events in order when several processes run the same service."""

from __future__ import annotations

import asyncio
import secrets
import socket
from typing import Final

from dcsim.bus.connection import Bus
from dcsim.bus.streams import lease_key
from dcsim.errors import BusUnavailable

TTL_SECONDS: Final = 10.0
RENEW_SECONDS: Final = 3.0
RETRY_SECONDS: Final = 1.0

_RENEW: Final = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('PEXPIRE', KEYS[1], ARGV[2]) else return 0 end"
_RELEASE: Final = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) else return 0 end"


class LeaseLost(Exception):
    """The lease expired or was taken; the work under it must stop."""


class Lease:
    """The right to consume for a group, held while `keep` runs."""

    def __init__(self, bus: Bus, group: str, *, ttl: float = TTL_SECONDS) -> None:
        self._bus = bus
        self._key = lease_key(group)
        self._ttl_ms = int(ttl * 1000)
        self._renew_seconds = min(RENEW_SECONDS, ttl / 3)
        self.holder = f"{socket.gethostname()}-{secrets.token_hex(4)}"

    async def acquire(self) -> None:
        """Return when the lease is ours; another process may hold it for as long as it lives."""
        while True:
            async with self._bus.speaking() as redis:
                if await redis.set(self._key, self.holder, nx=True, px=self._ttl_ms):
                    return
            await asyncio.sleep(RETRY_SECONDS)

    async def keep(self) -> None:
        """Renew until cancelled; raises LeaseLost when the lease is gone."""
        while True:
            await asyncio.sleep(self._renew_seconds)
            async with self._bus.speaking() as redis:
                if not await redis.eval(_RENEW, 1, self._key, self.holder, self._ttl_ms):
                    raise LeaseLost(self._key)

    async def release(self) -> None:
        """Let the next one have it at once; a bus that can't be reached lets it expire."""
        try:
            async with asyncio.timeout(1), self._bus.speaking() as redis:
                await redis.eval(_RELEASE, 1, self._key, self.holder)
        except (BusUnavailable, TimeoutError):
            return


async def drop_all_leases(bus: Bus) -> None:
    """Forget every lease: for a bus that no other process uses, after a crash."""
    async with bus.speaking() as redis:
        async for key in redis.scan_iter(match=lease_key("*")):
            await redis.delete(key)
