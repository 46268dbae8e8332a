"""What the graph is made of: configuration items, relations, and what is kept beside them.  Frozen, without behaviour beyond identity."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any, TypeAlias

import msgspec

from dcsim.events import Actor

Value: TypeAlias = str | int | float | bool | tuple[str, ...]
"""What an attribute can be: both stores keep exactly these, without loss.  An unknown attribute is absent, never null."""

MAX_INTEGER = (1 << 63) - 1


class Claim(msgspec.Struct, frozen=True, omit_defaults=True):
    """What one source says of a CI: under which ``key`` it knows the thing, and every attribute that it states.

    ``seen`` is the source's own version of the thing (the engine's ``aggregate_sequence``), so that older news can be told from newer.
    """

    key: str
    seen: int = 0
    attributes: dict[str, Value] = msgspec.field(default_factory=dict)


class Ci(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One configuration item.

    ``attributes`` are the reconciled ones, what each of the ``sources`` (name → claim) says made into one; ``version`` counts changes
    (it is the ETag), ``created`` and ``changed`` are times of the events behind them (UTC).
    """

    uid: str
    cls: str
    name: str
    attributes: dict[str, Value] = msgspec.field(default_factory=dict)
    sources: dict[str, Claim] = msgspec.field(default_factory=dict)
    tags: tuple[str, ...] = ()
    created: datetime
    changed: datetime
    version: int = 1


class Relation(msgspec.Struct, frozen=True, omit_defaults=True):
    """``source -TYPE-> target``; at most one of each.  ``by`` are the names of the sources that state it, sorted."""

    source: str
    type: str
    target: str
    properties: dict[str, Value] = msgspec.field(default_factory=dict)
    by: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[str, str, str]:
        """Its identity."""
        return self.source, self.type, self.target


class HistoryRow(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One change of one CI, as it is kept for ever.

    ``op`` is created, updated, deleted, related or unrelated.  ``before`` and ``after`` hold the fields concerned (of a CI: ``name``,
    ``tags``, ``attributes`` with the changed ones only; of a relation: ``type``, ``target``, ``properties``).  ``number`` is the row's
    place in the one order of all rows; the store gives it, so leave it 0.
    """

    at: datetime
    uid: str
    cls: str
    op: str
    before: dict[str, Any] = msgspec.field(default_factory=dict)
    after: dict[str, Any] = msgspec.field(default_factory=dict)
    actor: Actor = Actor()
    source: str = ""
    event_id: str = ""
    sequence: int = 0
    number: int = 0


class Tombstone(msgspec.Struct, frozen=True):
    """A thing that a source has said to be gone: news of it that are not newer than ``sequence`` come too late."""

    source: str
    key: str
    sequence: int
    at: datetime


class Processed(msgspec.Struct, frozen=True):
    """An event whose effects are in the graph; ``sequence`` orders forgetting."""

    id: str
    sequence: int = 0


class Cursor(msgspec.Struct, frozen=True):
    """How far a source has been read: its ``epoch`` (another one starts over) and the last sequence number."""

    epoch: str
    sequence: int


_canonical = msgspec.json.Encoder(order="deterministic")
_MODULUS = 1 << 256


def content_of_ci(ci: Ci) -> bytes:
    """What the graph says of the CI, without what only says when and how often it was written."""
    claims = {name: (claim.key, claim.attributes) for name, claim in ci.sources.items()}
    return _canonical.encode(("ci", ci.uid, ci.cls, ci.name, ci.attributes, claims, sorted(ci.tags)))


def content_of_relation(relation: Relation) -> bytes:
    """The same for a relation."""
    return _canonical.encode(("relation", *relation.key, relation.properties, sorted(relation.by)))


class GraphHash:
    """A hash of a set of contents, whatever their order: equal graphs have equal ones."""

    def __init__(self) -> None:
        self._sum = 0

    def add(self, content: bytes) -> None:
        """Take one content in."""
        self._sum = (self._sum + int.from_bytes(hashlib.sha256(content).digest(), "big")) % _MODULUS

    def hexdigest(self) -> str:
        """64 hexadecimal digits."""
        return f"{self._sum:064x}"
