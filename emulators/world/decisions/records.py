"""Vendor records: typed structs that one adapter owns (folders, tags, flavors, UCS policies), kept in the same journal.

A record class is a kind like any other (``@kind`` with a KIND such as ``vsphere_folder``); these three commands serve all of them.
"""

from __future__ import annotations

from typing import Any

import msgspec

from dcsim.errors import InvalidArgument
from emulators.world.commands import Command, decides
from emulators.world.decide import Decision
from emulators.world.events import declare
from emulators.world.model import KINDS, Entity, decode_entity, encode_entity

RECORD_CREATED = declare("dcsim.vendor.record.created", "A vendor's own object was made")
RECORD_CHANGED = declare("dcsim.vendor.record.changed", "A vendor's own object was changed")
RECORD_DELETED = declare("dcsim.vendor.record.deleted", "A vendor's own object was deleted")
GIVEN = frozenset({"number", "version", "created"})
"""What the world itself gives every record."""


class Record(Entity, frozen=True, kw_only=True, omit_defaults=True):
    """Base of every vendor record."""


class CreateRecord(Command, frozen=True, kw_only=True, tag="record.create"):
    """Make a record of a kind; ``fields`` are its fields but uid, number, created (``uid`` may be named)."""

    kind: str
    fields: dict[str, Any]


class ChangeRecord(Command, frozen=True, kw_only=True, tag="record.change"):
    """Set fields of a record."""

    uid: str
    fields: dict[str, Any]


class DeleteRecord(Command, frozen=True, kw_only=True, tag="record.delete"):
    """Delete a record."""

    uid: str


def record_class(kind: str) -> type[Record]:
    """The record class of a kind; raises InvalidArgument for the world's own kinds, which have commands of their own."""
    cls = KINDS.get(kind)
    if cls is None or not issubclass(cls, Record):
        raise InvalidArgument(f"{kind!r} is no kind of vendor record.", field="kind")
    return cls


@decides(CreateRecord)
def create(decision: Decision, command: CreateRecord) -> str:
    """The record exists; answers its uid."""
    cls = record_class(command.kind)
    unknown = set(command.fields) - set(cls.__struct_fields__) | set(command.fields) & GIVEN
    if unknown or "name" not in command.fields:
        field = min(unknown, default="name")
        raise InvalidArgument(f"{command.kind} {'has no field of yours called' if unknown else 'needs'} {field!r}.", field=field)
    made = decision.create(RECORD_CREATED, cls, **command.fields)
    _require_readable(made)
    return made.uid


@decides(ChangeRecord)
def change(decision: Decision, command: ChangeRecord) -> None:
    """The fields hold."""
    entity = decision.get(Record, command.uid)
    unknown = set(command.fields) - set(entity.__struct_fields__) | set(command.fields) & {"uid", *GIVEN}
    if unknown:
        raise InvalidArgument(f"{entity.KIND} has no field to set called {min(unknown)!r}.", subject=entity.uid, field=min(unknown))
    _require_readable(decision.update(RECORD_CHANGED, entity, **command.fields))


@decides(DeleteRecord)
def delete(decision: Decision, command: DeleteRecord) -> None:
    """The record is gone."""
    decision.delete(RECORD_DELETED, decision.get(Record, command.uid))


def _require_readable(record: Record) -> None:
    """Refuse what the journal could not give back at the next start: a record whose fields are not of their declared types."""
    try:
        same = decode_entity(record.KIND, encode_entity(record)) == record
    except (msgspec.MsgspecError, TypeError, ValueError, OverflowError) as error:
        raise InvalidArgument(f"{record.KIND}: {error}.", subject=record.uid) from error
    if not same:
        raise InvalidArgument(f"{record.KIND} {record.name!r} has a field of another type than it declares.", subject=record.uid)


def typed(kind: str, fields: dict[str, Any]) -> dict[str, Any]:
    """Plain data as the record class declares its fields; raises InvalidArgument naming what does not fit."""
    types = {field.name: field.type for field in msgspec.structs.fields(record_class(kind))}
    try:
        return {name: msgspec.convert(value, types[name]) for name, value in fields.items()}
    except KeyError as error:
        raise InvalidArgument(f"{kind} has no field {error}.", field=str(error.args[0])) from error
    except msgspec.ValidationError as error:
        raise InvalidArgument(f"{kind}: {error}.") from error
