"""Names on the bus, and which stream an event belongs to.

A topic is one producer's events ("engine", later "itsm" ...).  Its events lie in eight streams by hash of their subject, and an
entry's id is ``<sequence>-0``: so every stream is in the producer's order, and publishing an event twice adds it once.
"""

from __future__ import annotations

import zlib
from typing import Final

import msgspec

PARTITIONS: Final = 8
ENGINE: Final = "engine"
"""The topic of the engine's journal."""

BODY: Final = b"e"
"""The field of an entry that holds the envelope's JSON."""


class GroupStats(msgspec.Struct, frozen=True, kw_only=True):
    """How far a consumer group is on one stream; ``lag`` is None when the server can't tell (Redis < 7)."""

    group: str
    stream: str
    lag: int | None
    pending: int


def partition_of(subject: str) -> int:
    """The partition of the events about *subject*; the same in every process and version."""
    return zlib.crc32(subject.encode()) % PARTITIONS


def stream_key(topic: str, partition: int) -> str:
    """The stream of one partition of a topic."""
    return f"dcsim:events:{topic}:{partition}"


def stream_keys(topic: str) -> list[str]:
    """All streams of a topic, by partition."""
    return [stream_key(topic, partition) for partition in range(PARTITIONS)]


def cursor_key(topic: str) -> str:
    """A hash: ``epoch`` of the producer's journal, ``sequence`` of the last event published from it."""
    return f"dcsim:cursor:{topic}"


def lease_key(group: str) -> str:
    """Held by the one consumer that works for a group now."""
    return f"dcsim:lease:{group}"


def dead_key(group: str) -> str:
    """The stream of what a group could not process."""
    return f"dcsim:dead:{group}"


def retry_key(group: str) -> str:
    """The stream of dead letters that someone sent back to a group."""
    return f"dcsim:retry:{group}"
