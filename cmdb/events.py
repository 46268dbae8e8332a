"""What the CMDB tells others: every change of a CI or relation, whoever made it.  Its history is the outbox."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from dcsim.events import EventType, catalogue

TOPIC: Final = "cmdb"
"""The topic on the bus."""


class CiChange(msgspec.Struct, frozen=True, omit_defaults=True, rename={"cls": "class"}):
    """One row of the history: ``before`` and ``after`` hold the fields concerned (of a CI ``name``, ``tags``, ``attributes``, the changed
    ones only; of a relation ``type``, ``target``, ``properties``); ``said_by`` is the source that caused it."""

    cls: str
    before: dict[str, Any] = msgspec.field(default_factory=dict)
    after: dict[str, Any] = msgspec.field(default_factory=dict)
    said_by: str = ""


def _declare(verb: str, title: str) -> EventType[CiChange]:
    return catalogue.declare(f"dcsim.cmdb.ci.{verb}", title=title, subject="ci", payload=CiChange, topic=TOPIC)


CI_CREATED = _declare("created", "A CI came into the graph")
CI_UPDATED = _declare("updated", "Name, tags or attributes of a CI changed")
CI_DELETED = _declare("deleted", "A CI that nobody states any more left the graph")
CI_RELATED = _declare("related", "A relation out of a CI came, or got other properties")
CI_UNRELATED = _declare("unrelated", "A relation out of a CI went")
