"""What happened in the world: events, each a list of changes to entities.

An event type is one declaration (``VM_POWERED_ON = declare("dcsim.compute.vm.powered_on", "...")``); nothing else is needed to
journal, replay, publish or undo it, because its changes say it all: created, updated (before and after) or deleted.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from dcsim.errors import JournalCorrupt
from dcsim.events import Actor, EventType, catalogue
from emulators.world.model.base import KINDS, Entity, encode_entity


class EntityChange(msgspec.Struct, frozen=True, omit_defaults=True):
    """One change as consumers see it: ``op`` is created, updated or deleted; ``before`` and ``after`` hold the fields concerned."""

    op: str
    kind: str
    uid: str
    version: int
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None


class EntityChanges(msgspec.Struct, frozen=True, omit_defaults=True):
    """The payload of every event of the world: what changed, and what a person would want to know beyond that."""

    changes: tuple[EntityChange, ...]
    detail: dict[str, str] = msgspec.field(default_factory=dict)


def declare(name: str, title: str) -> EventType[EntityChanges]:
    """Declare an event type of the world; its subject's kind is the noun of its name (``dcsim.<domain>.<noun>.<verb>``)."""
    return catalogue.declare(name, title=title, subject=name.split(".")[2], payload=EntityChanges, doc=title)


class Created(msgspec.Struct, frozen=True, tag_field="op", tag="created"):
    """``entity`` came into being."""

    entity: Entity


class Updated(msgspec.Struct, frozen=True, tag_field="op", tag="updated"):
    """Fields changed; ``old`` and ``new`` are the entity before and after."""

    old: Entity
    new: Entity
    fields: tuple[str, ...]


class Deleted(msgspec.Struct, frozen=True, tag_field="op", tag="deleted"):
    """``entity`` is no more; this is its last state."""

    entity: Entity


Change = Created | Updated | Deleted


class Event(msgspec.Struct, frozen=True):
    """One thing that happened, as decided.

    ``id`` is unique in the world; ``cause`` is the id of the event that brought this one about, empty for what a command asked
    for; ``detail`` says what a person would want to know beyond the changes.
    """

    id: str
    type: str
    subject: str
    changes: tuple[Change, ...]
    cause: str = ""
    detail: dict[str, str] = msgspec.field(default_factory=dict)


class Record(msgspec.Struct, frozen=True):
    """An event as the journal keeps it: with its place in the order, its times and who did it."""

    sequence: int
    time: datetime
    simulated: datetime
    actor: Actor
    command: str
    event: Event


class _StoredChange(msgspec.Struct, frozen=True, omit_defaults=True, array_like=True):
    op: str
    kind: str
    uid: str
    version: int
    before: bytes = b""
    after: bytes = b""


class _StoredEvent(msgspec.Struct, frozen=True, array_like=True):
    id: str
    type: str
    subject: str
    cause: str
    detail: dict[str, str]
    changes: tuple[_StoredChange, ...]


UNREADABLE = (msgspec.DecodeError, ValueError, TypeError, LookupError, OverflowError, OSError)
"""What decoding damaged bytes raises: msgspec's own error, and Python's for text, numbers and times that are none."""
_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(_StoredEvent)


def encode_event(event: Event) -> bytes:
    """The journal's form: created and deleted entities whole, updates as the changed fields before and after (msgpack)."""
    changes = tuple(_store(change) for change in event.changes)
    return _encoder.encode(_StoredEvent(event.id, event.type, event.subject, event.cause, event.detail, changes))


def _store(change: Change) -> _StoredChange:
    match change:
        case Created(entity):
            return _StoredChange("created", entity.KIND, entity.uid, entity.version, after=encode_entity(entity))
        case Deleted(entity):
            return _StoredChange("deleted", entity.KIND, entity.uid, entity.version, before=encode_entity(entity))
        case Updated(old, new, fields):
            return _StoredChange("updated", new.KIND, new.uid, new.version, _pick(old, fields), _pick(new, fields))


def _pick(entity: Entity, fields: tuple[str, ...]) -> bytes:
    return _encoder.encode({name: getattr(entity, name) for name in fields})


class StoredEvent(msgspec.Struct, frozen=True):
    """An event read back: its changes as data, for replay (``evolve.apply_stored``) and for the bus (``payload``)."""

    id: str
    type: str
    subject: str
    cause: str
    detail: dict[str, str]
    changes: tuple[_StoredChange, ...]

    @classmethod
    def decode(cls, data: bytes) -> StoredEvent:
        """Read the journal's form; raises ``msgspec.DecodeError`` when it is not that."""
        stored = _decoder.decode(data)
        return cls(stored.id, stored.type, stored.subject, stored.cause, stored.detail, stored.changes)

    def payload(self) -> EntityChanges:
        """What consumers on the bus get; raises JournalCorrupt."""
        try:
            return EntityChanges(tuple(_public(change) for change in self.changes), self.detail)
        except UNREADABLE as error:
            raise JournalCorrupt(
                f"The event {self.id} cannot be read ({error}): the journal is damaged. "
                "Put a checkpoint in its place, or move the file away to start a new world."
            ) from error


def _public(change: _StoredChange) -> EntityChange:
    return EntityChange(change.op, change.kind, change.uid, change.version, _fields(change.before), _fields(change.after))


def _fields(raw: bytes) -> dict[str, Any] | None:
    return msgspec.msgpack.decode(raw, type=dict[str, Any]) if raw else None


def changed_fields(change: _StoredChange) -> dict[str, Any]:
    """The fields of an update after it, typed as the entity's class declares them."""
    raw = msgspec.msgpack.decode(change.after, type=dict[str, msgspec.Raw])
    types = _field_types(change.kind)
    return {name: msgspec.msgpack.decode(value, type=types[name]) for name, value in raw.items()}


_FIELD_TYPES: dict[str, dict[str, Any]] = {}


def _field_types(kind: str) -> dict[str, Any]:
    types = _FIELD_TYPES.get(kind)
    if types is None:
        types = _FIELD_TYPES[kind] = {field.name: field.type for field in msgspec.structs.fields(KINDS[kind])}
    return types
