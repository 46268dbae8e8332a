"""From a command to events: one transaction over the state, undone whole when anything in it is refused.

Pure but for the state it is given: time, ids and who asks come in with the context.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, TypeVar

import msgspec

from dcsim.errors import AlreadyExists, DomainError, NotFound, NotSupported, VersionConflict
from dcsim.events import Actor, EventType
from dcsim.ids import uid_for, uuid_for
from emulators.world.commands import BEGINS, DECIDERS, LAWS, Command, Operation, Request
from emulators.world.events import Change, Created, Deleted, Event, Updated
from emulators.world.identity import new_vm_mac
from emulators.world.model import Owner
from emulators.world.model.base import Entity
from emulators.world.remembered import recall, remember
from emulators.world.state import WorldState

E = TypeVar("E", bound=Entity)
MAX_DEPTH = 100
"""How far laws may lead from one event to the next; one command may make as many events as it needs."""
ROOM = 32
"""Events after which a transaction is long: what need not be part of it then gets one of its own, so that others have their turn."""


class Context(msgspec.Struct, frozen=True):
    """What a decision may know besides the state: the world's seed, the times, the next event's sequence and who asks."""

    seed: int
    simulated: datetime
    sequence: int
    actor: Actor


class Refused:
    """What a savepoint was refused by, if it was."""

    error: DomainError | None = None


class Decision:
    """A transaction: reads see its own changes; ``emit``, ``create``, ``update`` and ``delete`` make events; laws run after each."""

    def __init__(self, state: WorldState, context: Context) -> None:
        self.state = state
        self.context = context
        self.now = context.simulated
        self.events: list[Event] = []
        self._drawn = 0
        self._cause = ""
        self._depth = 0
        self._afterwards: deque[tuple[str, Callable[[], object]]] = deque()

    # -- reading -------------------------------------------------------------------------------------------------------------

    def get(self, cls: type[E], uid: str) -> E:
        """The entity as it is now, within this transaction; raises NotFound."""
        return self.state.get(cls, uid)

    @property
    def cause(self) -> str:
        """The id of the event that what happens now follows from; empty for what the command itself asks."""
        return self._cause

    # -- drawing ids: the same world, commands and seed give the same ones -----------------------------------------------------

    def _draw(self) -> tuple[int, int]:
        self._drawn += 1
        return self.context.sequence, self._drawn

    def new_uid(self, kind: str) -> str:
        """A uid that nothing in the world has or had."""
        return uid_for(kind, self.context.seed, *self._draw())

    def new_uuid(self) -> str:
        """A fresh UUID."""
        return uuid_for(self.context.seed, *self._draw())

    def new_mac(self, owner: Owner = Owner.VSPHERE) -> str:
        """A MAC of the owner's range that no port has."""
        return new_vm_mac(self.state, owner, self.context.seed, *self._draw())

    # -- deciding --------------------------------------------------------------------------------------------------------------

    def create(self, event_type: EventType[Any], cls: type[E], **fields: Any) -> E:
        """Emit that a new entity exists; uid, number and time are given unless named."""
        fields.setdefault("uid", self.new_uid(cls.KIND))
        fields.setdefault("number", self.state.next_number)
        entity = cls(created=self.now, **fields)
        if self.state.find(entity.uid) is not None:
            raise AlreadyExists(f"There is a {cls.KIND.replace('_', ' ')} {entity.uid!r} already.", subject=entity.uid, field="uid")
        self.emit(event_type, entity.uid, Created(entity))
        return entity

    def update(self, event_type: EventType[Any], entity: E, *, detail: dict[str, str] | None = None, **fields: Any) -> E:
        """Emit that fields of an entity changed; says nothing when none does."""
        changed = {name: value for name, value in fields.items() if getattr(entity, name) != value}
        if not changed:
            return entity
        new = msgspec.structs.replace(entity, **changed, version=entity.version + 1)
        self.emit(event_type, entity.uid, Updated(entity, new, tuple(changed)), detail=detail)
        return new

    def delete(self, event_type: EventType[Any], entity: Entity, *, detail: dict[str, str] | None = None) -> None:
        """Emit that an entity is no more."""
        self.emit(event_type, entity.uid, Deleted(entity), detail=detail)

    def emit(self, event_type: EventType[Any], subject: str, *changes: Change, detail: dict[str, str] | None = None) -> None:
        """Make an event, apply it, and let the laws that follow from it act with it as their cause."""
        event_id = f"{self.context.sequence + len(self.events):016x}"
        event = Event(event_id, event_type.name, subject, changes, self._cause, detail or {})
        self.events.append(event)
        for change in changes:
            self.state.apply(change)
        if self._depth > MAX_DEPTH:
            raise RecursionError(f"{event_type.name} set off an endless chain of events")
        outer, self._cause = self._cause, event_id
        self._depth += 1
        for law in LAWS.get(event_type.name, ()):
            law(self, event)
        self._cause = outer
        self._depth -= 1

    @property
    def is_long(self) -> bool:
        """Whether what need not be part of this transaction should not be."""
        return len(self.events) >= ROOM

    def afterwards(self, action: Callable[[], object]) -> None:
        """Do it when all that the command itself brings has happened, with the cause of now; not at all if this is taken back."""
        self._afterwards.append((self._cause, action))

    def finish(self) -> None:
        """Do what was put off, and what that puts off, first things first."""
        while self._afterwards:
            self._cause, action = self._afterwards.popleft()
            action()

    def because(self, cause: str) -> None:
        """Name the event that led to this transaction, such as the failure that a timer follows up."""
        self._cause = cause

    @contextmanager
    def savepoint(self) -> Iterator[Refused]:
        """Take back what the block did when it is refused, and say by what; anything else than a refusal goes on."""
        mark, cause, depth, refused = len(self.events), self._cause, self._depth, Refused()
        waiting = len(self._afterwards)
        try:
            yield refused
        except DomainError as error:
            self.roll_back(mark)
            self._forget_afterwards(waiting)
            self._cause, self._depth = cause, depth
            refused.error = error

    def rehearse(self, action: Callable[[], object]) -> None:
        """Do it and take it back: raises now what would refuse it later."""
        mark, drawn, number, cause, depth = len(self.events), self._drawn, self.state.next_number, self._cause, self._depth
        waiting = len(self._afterwards)
        try:
            action()
        finally:
            self.roll_back(mark)
            self._forget_afterwards(waiting)
            self._drawn, self.state.next_number, self._cause, self._depth = drawn, number, cause, depth

    def _forget_afterwards(self, kept: int) -> None:
        while len(self._afterwards) > kept:
            self._afterwards.pop()

    def roll_back(self, mark: int = 0) -> None:
        """Take back all events from the ``mark``-th on."""
        for event in reversed(self.events[mark:]):
            for change in reversed(event.changes):
                self.state.undo(change)
        del self.events[mark:]


def decide(state: WorldState, request: Request, context: Context) -> tuple[list[Event], Any]:
    """Events and result of a command, already applied to ``state``; any refusal leaves the state as it was."""
    decision = Decision(state, context)
    number = state.next_number
    try:
        known = recall(state, request)
        if known is not None:
            return [], known.result or None
        _check_version(state, request)
        result = run(decision, request.command)
        decision.finish()
        remember(decision, request, result)
    except BaseException:
        decision.roll_back()
        state.next_number = number
        raise
    return decision.events, result


def _check_version(state: WorldState, request: Request) -> None:
    if request.expected_version is None:
        return
    entity = state.find(request.subject)
    if entity is None:
        raise NotFound(f"There is no {request.subject!r}.", subject=request.subject)
    if entity.version != request.expected_version:
        raise VersionConflict(
            f"{entity.name} has changed since you read it (version {entity.version}, not {request.expected_version}).", subject=entity.uid
        )


def run(decision: Decision, command: Command) -> Any:
    """Decide a command within a transaction: the one that was asked, or one that follows from it."""
    decider = DECIDERS.get(type(command))
    if decider is not None:
        return decider(decision, command)
    if isinstance(command, Operation) and type(command) in BEGINS:
        return DECIDERS[Operation](decision, command)
    raise NotSupported(f"Nothing decides {type(command).__name__}.")
