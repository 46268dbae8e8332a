"""What a consumer could not process: parked with its reason, looked at, and sent back when the cause is gone."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec

from dcsim.bus.connection import Bus
from dcsim.bus.streams import dead_key, retry_key


class DeadLetter(msgspec.Struct, frozen=True, kw_only=True):
    """One parked event; ``body`` is the envelope's JSON as it was found, which may be what's wrong with it."""

    id: str
    group: str
    stream: str
    entry_id: str
    reason: str
    attempts: int
    parked: datetime
    body: bytes


async def park(bus: Bus, letter: DeadLetter) -> None:
    """Add *letter* to its group's dead letters (its ``id`` is given by the bus) and take the entry off the group's hands."""
    fields: dict[Any, Any] = {
        "stream": letter.stream,
        "entry": letter.entry_id,
        "reason": letter.reason,
        "attempts": str(letter.attempts),
        "parked": letter.parked.isoformat(),
        "e": letter.body,
    }
    async with bus.speaking() as redis:
        pipeline = redis.pipeline(transaction=True)
        _ = pipeline.xadd(dead_key(letter.group), fields), pipeline.xack(letter.stream, letter.group, letter.entry_id)
        await pipeline.execute()


async def dead_letters(bus: Bus, group: str, *, limit: int = 100) -> list[DeadLetter]:
    """The oldest dead letters of *group*."""
    async with bus.speaking() as redis:
        found: Any = await redis.xrange(dead_key(group), count=limit)
    return [_letter(group, entry_id.decode(), fields) for entry_id, fields in found]


async def count(bus: Bus, group: str) -> int:
    """How many dead letters *group* has."""
    async with bus.speaking() as redis:
        return int(await redis.xlen(dead_key(group)))


async def redrive(bus: Bus, group: str, *, limit: int = 1000) -> int:
    """Send the oldest dead letters back to *group*, after what it is doing now; returns how many.

    They arrive without regard to newer events of the same subject, so handlers compare versions as they always must.
    """
    letters = await dead_letters(bus, group, limit=limit)
    for letter in letters:
        async with bus.speaking() as redis:
            pipeline = redis.pipeline(transaction=True)
            _ = pipeline.xadd(retry_key(group), {"e": letter.body}), pipeline.xdel(dead_key(group), letter.id)
            await pipeline.execute()
    return len(letters)


def _letter(group: str, letter_id: str, fields: dict[bytes, bytes]) -> DeadLetter:
    return DeadLetter(
        id=letter_id,
        group=group,
        stream=fields[b"stream"].decode(),
        entry_id=fields[b"entry"].decode(),
        reason=fields[b"reason"].decode(),
        attempts=int(fields[b"attempts"]),
        parked=datetime.fromisoformat(fields[b"parked"].decode()).astimezone(UTC),
        body=fields[b"e"],
    )
