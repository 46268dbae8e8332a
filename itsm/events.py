"""What ITSM tells others: every ticket that is made or changed."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from dcsim.events import EventType, catalogue

TOPIC: Final = "itsm"
"""The topic on the bus."""


class TicketChange(msgspec.Struct, frozen=True, omit_defaults=True):
    """A write: the ticket's ``number``, the values that changed, ``before`` and ``after``, and the ``notes`` that came with it."""

    number: str
    before: dict[str, Any] = msgspec.field(default_factory=dict)
    after: dict[str, Any] = msgspec.field(default_factory=dict)
    notes: dict[str, str] = msgspec.field(default_factory=dict)


def _declare(noun: str, verb: str, title: str) -> EventType[TicketChange]:
    return catalogue.declare(f"dcsim.itsm.{noun}.{verb}", title=title, subject=noun, payload=TicketChange, topic=TOPIC)


NOUNS: Final = {"incident": "An incident", "problem": "A problem", "change_request": "A change request"}
CREATED: Final = {noun: _declare(noun, "created", f"{words} was raised") for noun, words in NOUNS.items()}
UPDATED: Final = {noun: _declare(noun, "updated", f"{words} changed, or somebody noted something") for noun, words in NOUNS.items()}
