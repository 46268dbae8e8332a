"""What followers hear: events with their ``seq``, and gaps where events are missing."""

from __future__ import annotations

from functools import cached_property
from typing import Any, Final

import msgspec

from dcsim.events import Envelope, decode_envelope
from graph.live.positions import Place

TRIMMED: Final = "trimmed"
"""History was dropped before it was heard."""
REPLACED: Final = "replaced"
"""The topic belongs to another journal now: another world."""
AHEAD: Final = "ahead"
"""The client's place lies behind the end: it is of a bus that no longer exists."""


class Gap(msgspec.Struct, frozen=True):
    """Events may be missing here: read anew what you show.  ``reason`` is trimmed, replaced or ahead."""

    topic: str
    reason: str


class Entry:
    """One event, or a gap; ``seq`` resumes after it, ``previous`` before it."""

    def __init__(self, topic: str, place: Place, seq: str, previous: str, body: bytes = b"", gap: Gap | None = None) -> None:
        self.topic = topic
        self.place = place
        self.seq = seq
        self.previous = previous
        self.body = body
        self.gap = gap

    @cached_property
    def event(self) -> Envelope:
        """The event; gaps have none."""
        return decode_envelope(self.body)

    @cached_property
    def message(self) -> bytes:
        """As plain JSON says it."""
        head = b'{"type":"%s","seq":"%s","topic":"%s",' % (b"gap" if self.gap else b"event", self.seq.encode(), self.topic.encode())
        if self.gap is not None:
            return head + b'"reason":"%s"}' % self.gap.reason.encode()
        return head + b'"event":' + self.body + b"}"

    @cached_property
    def touched(self) -> tuple[Touched, ...]:
        """The entities that it changed."""
        try:
            return msgspec.json.decode(self.event.data, type=_Changes).changes
        except msgspec.ValidationError:
            return ()  # an event of another shape, e.g. the CMDB's: its subject is all that it concerns

    @cached_property
    def plain(self) -> dict[str, Any]:
        """The event as JSON has it."""
        return msgspec.json.decode(self.body, type=dict[str, Any])


class Touched(msgspec.Struct, frozen=True):
    """One entity's change in an event of the engine: ``op`` is created, updated or deleted, ``after`` has the fields that are new."""

    op: str
    kind: str
    uid: str
    version: int = 0
    after: dict[str, msgspec.Raw] | None = None


class _Changes(msgspec.Struct, frozen=True):
    changes: tuple[Touched, ...] = ()
