"""Requests with an idempotency key: done once, answered the same when they come again."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec

from cmdb.stores.port import GraphStore, Record
from dcsim.errors import InvalidArgument
from dcsim.events import Actor
from dcsim.http.routes import IDEMPOTENCY_KEY

REMEMBERED: Final = "idempotency-key"
KEEP: Final = timedelta(days=1)
MOST: Final = 1_000
"""Requests that are remembered, the latest."""


class Remembered(msgspec.Struct, frozen=True):
    """A request that was done: when, a hash of what it asked, and the CI that came of it."""

    at: datetime
    asked: str
    uid: str


def key_of(actor: Actor, key: str) -> str:
    """Under which a request is remembered: keys are each principal's own."""
    return hashlib.sha256(f"{actor.principal}\n{key}".encode()).hexdigest()


def fingerprint(operation: str, body: msgspec.Struct) -> str:
    """A hash of what is asked."""
    return hashlib.sha256(operation.encode() + msgspec.json.encode(body, order="deterministic")).hexdigest()


async def before(store: GraphStore, name: str, asked: str) -> str:
    """The CI that came of the request when it came before, or nothing.  Raises InvalidArgument when it asked for something else."""
    found = (await store.records(REMEMBERED, [name])).get(name)
    if found is None:
        return ""
    remembered = msgspec.convert(found, Remembered)
    if remembered.asked != asked:
        raise InvalidArgument("The idempotency key was used for another request.", field=IDEMPOTENCY_KEY)
    return remembered.uid


async def to_remember(store: GraphStore, name: str, asked: str, uid: str) -> list[Record]:
    """The record of a request that is being done, and those that are too old."""
    now = datetime.now(UTC)
    known: dict[str, Any] = await store.records(REMEMBERED)
    ages = sorted((msgspec.convert(value, Remembered).at, key) for key, value in known.items())
    old = [key for place, (at, key) in enumerate(ages) if now - at > KEEP or place <= len(ages) - MOST]
    return [Record(REMEMBERED, key) for key in old] + [Record(REMEMBERED, name, msgspec.to_builtins(Remembered(now, asked, uid)))]
