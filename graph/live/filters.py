"""Which events somebody wants, and which they may hear."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from fnmatch import translate
from typing import Final

import msgspec

from dcsim.bus import ENGINE
from dcsim.security.tokens import Claims
from graph.live.entries import Entry

MOST: Final = 1000
"""Values of one condition."""


class EventFilter(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Conditions on events; all that are given hold, and each holds for any of its values.

    ``types`` may have ``*`` (``dcsim.compute.*``), ``subjects`` are uids, ``kinds`` those of the entities that an event changed,
    ``actors`` who caused it.
    """

    topics: list[str] = []
    types: list[str] = []
    subjects: list[str] = []
    kinds: list[str] = []
    actors: list[str] = []


class Wanted:
    """A filter and a caller's rights, ready to be asked about many events."""

    def __init__(self, of: EventFilter, claims: Claims) -> None:
        self._claims = claims
        self._may: dict[str, bool] = {}
        self._topics = frozenset(of.topics)
        self._subjects = frozenset(of.subjects)
        self._kinds = frozenset(of.kinds)
        self._actors = frozenset(of.actors)
        self._types = re.compile("|".join(translate(one) for one in of.types)) if of.types else None
        self._any = not (self._subjects or self._kinds or self._actors or self._types)

    def __call__(self, entry: Entry) -> bool:
        """Whether they hear of it; of gaps in topics that they may hear, always."""
        topic = entry.topic
        if (self._topics and topic not in self._topics) or not self.may(topic):
            return False
        return entry.gap is not None or self._any or self._matches(entry)

    def of(self, entries: Iterable[Entry]) -> Sequence[Entry]:
        """Those that they hear."""
        return [entry for entry in entries if self(entry)]

    def may(self, topic: str) -> bool:
        """Whether the caller may hear a topic at all."""
        found = self._may.get(topic)
        if found is None:
            found = self._may[topic] = self._claims.allows(scope_of(topic))
        return found

    def _matches(self, entry: Entry) -> bool:
        event = entry.event
        return bool(
            (not self._subjects or event.subject in self._subjects)
            and (self._types is None or self._types.match(event.type))
            and (not self._actors or event.actor.principal in self._actors)
            and (not self._kinds or any(one.kind in self._kinds for one in entry.touched))
        )


def scope_of(topic: str) -> str:
    """What hearing a topic demands."""
    return "sim:read" if topic == ENGINE else f"{topic}:read"
