"""Hearing events: own unfinished ones first, then dead consumers', then new ones; retried, and parked when nothing helps."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import msgspec
import structlog

from dcsim.bus.connection import Bus, Entry, entries_of
from dcsim.bus.dead_letters import DeadLetter, park
from dcsim.bus.lease import TTL_SECONDS, Lease, LeaseLost
from dcsim.bus.streams import ENGINE, retry_key, stream_keys
from dcsim.errors import BusUnavailable
from dcsim.events import Envelope, decode_envelope

log = structlog.get_logger(__name__)

Handler = Callable[[Envelope], Awaitable[None]]


class Unprocessable(Exception):
    """Raised by a handler for an event that no retry will make better: it is parked at once, with this as the reason."""


BATCH: Final = 64
BLOCK_MS: Final = 2000
ATTEMPTS: Final = 5
BACKOFF_SECONDS: Final = 0.1
MAX_BACKOFF_SECONDS: Final = 5.0


class Consumer:
    """A service's ear: calls *handler* for every event of *topics*, in order per subject, at least once; a worker.

    The handler must be idempotent by ``event.id``.  What it raises is retried with growing pauses (its partition waits, the
    others go on), then the event is parked as a dead letter of *group*; at once when it is Unprocessable.  Of several processes that
    consume for the same group, one works and the others stand by.  A handler that needs no order gets the events of a read together
    (not *ordered*), and can write them in one transaction.
    """

    def __init__(
        self,
        bus: Bus,
        group: str,
        handler: Handler,
        *,
        topics: Sequence[str] = (ENGINE,),
        ordered: bool = True,
        attempts: int = ATTEMPTS,
        backoff: float = BACKOFF_SECONDS,
        lease_ttl: float = TTL_SECONDS,
    ) -> None:
        self._bus = bus
        self._group = group
        self._handler = handler
        self._streams = [stream for topic in topics for stream in stream_keys(topic)] + [retry_key(group)]
        self._ordered = ordered
        self._attempts = attempts
        self._backoff = backoff
        self._lease_ttl = lease_ttl

    @property
    def name(self) -> str:
        """What logs call it."""
        return f"consumer:{self._group}"

    @property
    def group(self) -> str:
        """The consumer group."""
        return self._group

    @property
    def streams(self) -> Sequence[str]:
        """The streams it reads."""
        return self._streams

    async def run(self) -> None:
        """Consume until cancelled; a bus that is away is waited for."""
        pause = self._backoff
        while True:
            started = time.monotonic()
            try:
                await self._consume_under_lease()
            except (BusUnavailable, LeaseLost) as error:
                log.warning("consumer.waits", group=self._group, reason=str(error))
            worked_well = time.monotonic() - started > MAX_BACKOFF_SECONDS
            pause = self._backoff if worked_well else min(pause * 2, MAX_BACKOFF_SECONDS)
            await asyncio.sleep(pause)

    async def _consume_under_lease(self) -> None:
        lease = Lease(self._bus, self._group, ttl=self._lease_ttl)
        await lease.acquire()
        log.info("consumer.works", group=self._group, consumer=lease.holder)
        readers = [_Reader(self._bus, stream, self._group, lease.holder, self._process, ordered=self._ordered) for stream in self._streams]
        try:
            await _until_one_fails([lease.keep(), *(reader.run() for reader in readers)])
        finally:
            await asyncio.shield(lease.release())

    async def _process(self, stream: str, entry_id: str, body: bytes) -> bool:
        """Handle one entry: True when it can be acknowledged, False when it was parked, which does that."""
        try:
            event = decode_envelope(body)
        except msgspec.DecodeError as error:
            await self._park(stream, entry_id, body, f"not an event: {error}", attempts=1)
            return False
        for attempt in range(1, self._attempts + 1):
            try:
                await self._handler(event)
            except Unprocessable as error:
                await self._park(stream, entry_id, body, str(error), attempts=attempt)
                return False
            except Exception as error:  # whatever a handler raises is logged, retried, then parked with its reason
                log.warning("consumer.failed", group=self._group, event_id=event.id, event_type=event.type, attempt=attempt, exc_info=error)
                if attempt == self._attempts:
                    await self._park(stream, entry_id, body, f"{type(error).__name__}: {error}", attempts=attempt)
                    return False
                await asyncio.sleep(min(self._backoff * 4 ** (attempt - 1), MAX_BACKOFF_SECONDS))
            else:
                break
        return True

    async def _park(self, stream: str, entry_id: str, body: bytes, reason: str, *, attempts: int) -> None:
        log.error("consumer.parked", group=self._group, stream=stream, entry=entry_id, reason=reason)
        now = datetime.now(UTC)
        letter = DeadLetter(
            id="", group=self._group, stream=stream, entry_id=entry_id, reason=reason, attempts=attempts, parked=now, body=body
        )
        await park(self._bus, letter)


async def _until_one_fails(works: Sequence[Coroutine[Any, Any, None]]) -> None:
    """Run *works* together until all are done; when one raises, cancel the others and raise that.

    Not a TaskGroup: before Python 3.13 it forgets a cancellation from outside when a task of it fails at the same time.
    """
    if not works:
        return
    tasks = [asyncio.create_task(work) for work in works]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class _Reader:
    """Reads one stream for a group, entry by entry."""

    def __init__(
        self, bus: Bus, stream: str, group: str, consumer: str, process: Callable[[str, str, bytes], Awaitable[bool]], *, ordered: bool
    ) -> None:
        self._ordered = ordered
        self._bus = bus
        self._stream = stream
        self._group = group
        self._consumer = consumer
        self._process = process

    async def run(self) -> None:
        """Read until cancelled."""
        await self._join()
        await self._claim()
        await self._finish_own()
        while True:
            await self._handle_all(await self._read(">"))

    async def _join(self) -> None:
        """Create the group at the stream's beginning unless it exists."""
        from redis.exceptions import ResponseError  # noqa: PLC0415 - see `Bus.open`

        async with self._bus.speaking() as redis:
            try:
                await redis.xgroup_create(self._stream, self._group, id="0", mkstream=True)
            except ResponseError as error:
                if "BUSYGROUP" not in str(error):
                    raise

    async def _claim(self) -> None:
        """Take over what other consumers of the group left unfinished: holding the lease, we know that they don't work any more."""
        cursor: Any = b"0-0"
        async with self._bus.speaking() as redis:
            while True:
                cursor, _, *deleted = await redis.xautoclaim(self._stream, self._group, self._consumer, 0, start_id=cursor, count=1000)
                self._report_lost([entry_id.decode() for entry_id in (deleted[0] if deleted else [])])
                if cursor == b"0-0":
                    return

    async def _finish_own(self) -> None:
        after = "0"
        while entries := await self._read(after):
            await self._handle_all(entries)
            after = entries[-1][0]

    async def _read(self, after: str) -> list[Entry]:
        """Entries after an id among our unfinished ones; new ones for ``>``, waiting for some."""
        block = BLOCK_MS if after == ">" else None
        async with self._bus.speaking() as redis:
            found: Any = await redis.xreadgroup(self._group, self._consumer, {self._stream: after}, count=BATCH, block=block)
        if not found:
            return []
        answer = found[self._stream.encode()][0] if isinstance(found, dict) else found[0][1]
        return entries_of(answer)

    async def _handle_all(self, entries: Sequence[Entry]) -> None:
        """Handle and acknowledge: one by one, or all together."""
        if self._ordered:
            for entry in entries:
                await self._acknowledge([await self._handle(entry)])
        else:
            handled: list[str | None] = []

            async def handle(entry: Entry) -> None:
                handled.append(await self._handle(entry))

            await _until_one_fails([handle(entry) for entry in entries])
            await self._acknowledge(handled)

    async def _handle(self, entry: Entry) -> str | None:
        """Handle one entry; answers its id when it is to be acknowledged."""
        entry_id, body = entry
        if body is None:
            self._report_lost([entry_id])
            return entry_id
        return entry_id if await self._process(self._stream, entry_id, body) else None

    async def _acknowledge(self, handled: Sequence[str | None]) -> None:
        done = [entry_id for entry_id in handled if entry_id is not None]
        if done:
            async with self._bus.speaking() as redis:
                await redis.xack(self._stream, self._group, *done)

    def _report_lost(self, entry_ids: list[str]) -> None:
        if entry_ids:
            log.error("consumer.lost_entries", group=self._group, stream=self._stream, entries=entry_ids)
