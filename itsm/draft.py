"""A record as somebody wants it to be: the rules look at it, complete it or refuse it before it is written."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from dcsim.errors import InvalidArgument
from dcsim.events import Actor
from itsm.model import Field, Kind, Record, Table


class Author(msgspec.Struct, frozen=True, kw_only=True):
    """Who writes: the request's actor, and the sys_id of that person."""

    actor: Actor
    sys_id: str = ""
    causation_id: str = ""


class Draft:
    """The values of one record before and after a write.  ``before`` is empty for a new one."""

    def __init__(self, table: Table, before: Record | None, author: Author, now: datetime) -> None:
        self.table = table
        self.before: Mapping[str, Any] = msgspec.structs.asdict(before) if before is not None else {}
        self.author = author
        self.now = now
        self._values: dict[str, Any] = dict(self.before) or {name: field.default for name, field in table.fields.items()}

    @property
    def new(self) -> bool:
        """Whether the record is only being made."""
        return not self.before

    def __getitem__(self, name: str) -> Any:
        return self._values[name]

    def __setitem__(self, name: str, value: Any) -> None:
        self._values[name] = value

    def changed(self, *names: str) -> bool:
        """Whether any of these fields gets another value (in a new record: one that is not the default)."""
        return any(self._values[name] != self._was(name) for name in names)

    def changes(self) -> dict[str, tuple[Any, Any]]:
        """Before and after of every field that changes."""
        return {name: (self._was(name), value) for name, value in self._values.items() if value != self._was(name)}

    def take(self, values: Mapping[str, Any]) -> None:
        """Set what a client sent, each value checked by its field.  Raises InvalidArgument, which names the field."""
        for name, value in values.items():
            field = self.table.fields.get(name)
            if field is None:
                raise InvalidArgument(f"The table {self.table.name} has no field {name}.", field=name)
            if field.ours and value != self._values[name]:
                raise InvalidArgument(f"The field {name} cannot be written.", field=name)
            self._values[name] = checked(field, value)

    def record(self) -> Record:
        """The record as it will be.  Raises InvalidArgument while a field that has no default has no value."""
        for name, field in self.table.fields.items():
            if self._values[name] is None and not field.optional:
                raise InvalidArgument(f"{field.label} ({name}) is needed.", field=name)
        return self.table.record(**self._values)

    def _was(self, name: str) -> Any:
        return self.before[name] if self.before else self.table.fields[name].default


def checked(field: Field, value: Any) -> Any:
    """*value* when it fits the field.  Raises InvalidArgument."""
    if value is None:
        if field.optional:
            return None
        raise InvalidArgument(f"The field {field.name} cannot be null.", field=field.name)
    kind = datetime if field.kind is Kind.DATE_TIME else int if field.number else bool if field.kind is Kind.BOOLEAN else str
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise InvalidArgument(f"The field {field.name} takes {field.kind.value} values, not {value!r:.60}.", field=field.name)
    if field.choices is not None and value not in field.choices:
        allowed = ", ".join(str(one) for one in field.choices if one not in {"", 0})
        raise InvalidArgument(f"{value!r:.60} is no value of {field.name}; there are: {allowed}.", field=field.name)
    if isinstance(value, str):
        _demand_text(field, value)
    if isinstance(value, datetime) and value.tzinfo is None:
        raise InvalidArgument(f"The time in {field.name} has no zone.", field=field.name)
    return value


def _demand_text(field: Field, value: str) -> None:
    if len(value) > field.length:
        raise InvalidArgument(f"The field {field.name} takes at most {field.length} characters, not {len(value)}.", field=field.name)
    if "\0" in value:
        raise InvalidArgument(f"The field {field.name} takes no NUL characters.", field=field.name)
