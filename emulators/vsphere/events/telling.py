"""The table from the world's event types to vim events, and what a function in it is given.

    @tells(VM_POWERED_ON)
    def powered_on(told: Told, view: View) -> Any:
        return vim.event.VmPoweredOnEvent(template=False)

The function fills in what is the event's own; key, time, user, arguments and wording are common to all.  It answers None for what vCenter
would not log.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import msgspec

from dcsim.events import EventType
from emulators.vsphere.properties.view import View
from emulators.world.events import Created, Deleted, Record, Updated
from emulators.world.model import Entity

UNMADE: Final = object()
OUTSIDE: Final = "outside"
"""The principal of changes that no call asked for: somebody's with a shell on the Docker host, or the guest's own."""


class Work(msgspec.Struct, frozen=True):
    """The long action that an event belongs to: its task, the operation, its subject, and who asked."""

    task: str
    operation: str
    subject: str
    subject_name: str
    user: str
    chain: int


class Told:
    """A record of the world that vCenter logs: its key, its chain, who caused it, and the managed entity that it is ``about``.

    ``event`` is the vim event once it was asked for: UNMADE before, None when vCenter has none.
    """

    __slots__ = ("about", "chain", "event", "key", "record", "user", "work")

    def __init__(self, record: Record, work: Work | None, about: Entity | None = None) -> None:
        self.record = record
        self.about = about
        self.key = record.sequence
        self.work = work
        self.chain = work.chain if work is not None else record.sequence
        self.user = work.user if work is not None else user_of(record)
        self.event: Any = UNMADE

    @property
    def detail(self) -> dict[str, str]:
        """What the world's event says beyond its changes."""
        return self.record.event.detail

    @property
    def outside(self) -> str:
        """What was done to the machine behind the API's back, empty for what the API or the world did: it is shown, not hidden."""
        return self.detail.get("reason", "") if self.record.actor.principal == OUTSIDE else ""

    def subject(self) -> Entity | None:
        """The entity that the event is about, as it was afterwards (before, when it is gone); None for events that change nothing."""
        for change in self.record.event.changes:
            entity = change.new if isinstance(change, Updated) else change.entity
            if entity.uid == self.record.event.subject:
                return entity
        return None

    def before(self) -> Entity | None:
        """The subject as it was before, None for what came into being."""
        for change in self.record.event.changes:
            if isinstance(change, Updated) and change.old.uid == self.record.event.subject:
                return change.old
            if isinstance(change, Deleted) and change.entity.uid == self.record.event.subject:
                return change.entity
        return None

    def changed(self) -> frozenset[str]:
        """The names of the subject's fields that changed."""
        updates = (change for change in self.record.event.changes if isinstance(change, Updated))
        return frozenset(name for change in updates if change.new.uid == self.record.event.subject for name in change.fields)

    def created(self) -> bool:
        """Did the subject come into being?"""
        return any(isinstance(change, Created) for change in self.record.event.changes)


def user_of(record: Record) -> str:
    """Who did it, as vCenter shows it: nobody, for the world's own doing."""
    principal = record.actor.principal
    return "" if principal in {"system", OUTSIDE} else principal


Teller = Callable[[Told, View], Any]
TELLERS: Final[dict[str, Teller]] = {}


def tells(*types: EventType[Any]) -> Callable[[Teller], Teller]:
    """Register what tells events of the world's types; TypeError when one is told twice."""

    def register(teller: Teller) -> Teller:
        for event_type in types:
            if event_type.name in TELLERS:
                raise TypeError(f"{event_type.name} is told twice")
            TELLERS[event_type.name] = teller
        return teller

    return register
