"""The subscription to events, and what those to changed objects are made of."""

from __future__ import annotations

import enum
from typing import Any

import strawberry

from graph.execution.described import graph_enum, graph_input, graph_type
from graph.execution.fields import Join, column, joined
from graph.execution.scalars import BigInt, DateTime, Json
from graph.live.changes import Events
from graph.live.fields import Inner, live


@graph_enum
class ChangeOp(enum.Enum):
    """What happened to an object; after a GAP events may be missing, and what is shown should be read anew."""

    CREATED = "created"
    UPDATED = "updated"
    DELETED = "deleted"
    GAP = "gap"


@graph_enum
class GapReason(enum.Enum):
    """Why events may be missing: dropped before they were heard, of another world, or a `seq` of a bus that is no more."""

    TRIMMED = "trimmed"
    REPLACED = "replaced"
    AHEAD = "ahead"


@graph_type
class Gap:
    """A place where events may be missing: read anew what you show."""

    topic: str = column()
    reason: GapReason = column()


@graph_type
class EventActor:
    """Who asked for a change, by which client, through which API and operation."""

    principal: str = column()
    agent: str = column()
    api: str = column()
    operation: str = column()
    request_id: str = column()


@graph_type
class LiveEvent:
    """One thing that happened."""

    id: str = column("id")
    topic: str = column(description="Who tells it: engine, cmdb...")
    type: str = column(description="`dcsim.<domain>.<noun>.<verb>`")
    subject: str = column(description="The uid of what it is about.")
    time: DateTime = column()
    simulated_time: DateTime = column()
    sequence: BigInt = column(description="Its place in the order of its topic.")
    causation_id: str = column(description="The event that led to it; empty for what somebody asked for.")
    actor: EventActor = joined(Inner("actor"))
    data: Json | None = column()


@graph_type
class EventDelivery:
    """An event, or a gap; `seq` is where to resume after it."""

    seq: str = column()
    gap: Gap | None = joined(Inner("gap"))
    event: LiveEvent | None = joined(Inner("event"))


@graph_input
class EventFilter:
    """Which events: all conditions that are given hold, each for any of its values."""

    topics: list[str] | None = strawberry.UNSET
    types: list[str] | None = strawberry.field(default=strawberry.UNSET, description="With `*`: `dcsim.compute.*`.")
    subjects: list[str] | None = strawberry.field(default=strawberry.UNSET, description="Uids.")
    kinds: list[str] | None = strawberry.field(
        default=strawberry.UNSET, description="Of the entities that an event changed: `vm`, `blade`..."
    )
    actors: list[str] | None = strawberry.field(default=strawberry.UNSET, description="Who caused it.")


def change_type(of: Any, join: Join) -> Any:
    """The type of a changed object: ``VirtualMachineChange`` with its ``node``."""
    name = of.__name__
    members: dict[str, Any] = {
        "__annotations__": {
            "seq": str, "op": ChangeOp, "uid": str, "fields": list[str], "events": int,
            "gap": Gap | None, "event": LiveEvent | None, "node": of | None,
        },
        "__module__": __name__,
        "seq": column(description="Where to resume after this."),
        "op": column(),
        "uid": column(),
        "fields": column(description="Fields of the object that changed, where that is known."),
        "events": column(description="How many changes this stands for."),
        "gap": joined(Inner("gap")),
        "event": joined(Inner("event"), description="The last one of them."),
        "node": joined(join, description="The object as it is now; null when it is no more."),
    }  # fmt: skip
    return strawberry.type(type(f"{name}Change", (), members), description=f"A {name} that changed, or a gap.")


@graph_type
class EventsSubscription:
    """Events of all topics."""

    events: EventDelivery = live(Events(), filters=EventFilter)
