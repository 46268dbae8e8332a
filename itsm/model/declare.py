"""How a table is declared: a struct whose fields are the columns, with what the type alone does not say in annotations.

    @table("incident", label="Incident", prefix="INC")
    class Incident(Task, frozen=True, kw_only=True):
        \"""An unplanned interruption of a service.\"""
        caller_id: Annotated[str, ref("sys_user"), label("Caller")] = ""

Tables extend each other as the classes do, and one that extends another is kept in the same SQL table.  The SQL columns, the REST
shapes and the ServiceNow-style face all follow from the declaration.  Names of tables and fields are ServiceNow's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from enum import StrEnum
from types import NoneType, UnionType
from typing import Annotated, Any, Final, TypeVar, Union, get_args, get_origin, get_type_hints

import msgspec

MAX_TEXT: Final = 255
"""Characters of a string that says nothing else."""


class Kind(StrEnum):
    """What a field holds, by ServiceNow's names of types."""

    STRING = "string"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    CHOICE = "choice"
    REFERENCE = "reference"
    LIST = "glide_list"
    """sys_ids with commas between."""
    DATE_TIME = "glide_date_time"
    DURATION = "glide_duration"
    """Seconds."""


class Mark(msgspec.Struct, frozen=True):
    """One annotation of a field; what it leaves out, others or the type say."""

    kind: Kind | None = None
    label: str = ""
    table: str = ""
    choices: Mapping[Any, str] | None = None
    length: int = 0
    indexed: bool = False
    written_by_us: bool = False


def ref(table: str, *, indexed: bool = False) -> Mark:
    """The field names a record of a table by sys_id, or nothing."""
    return Mark(Kind.REFERENCE, table=table, length=32, indexed=indexed)


def many(table: str) -> Mark:
    """The field names records of a table."""
    return Mark(Kind.LIST, table=table, length=4000)


def choice(choices: Mapping[Any, str], *, indexed: bool = False) -> Mark:
    """The field has one of these values; what people read of each stands beside it."""
    return Mark(Kind.CHOICE, choices=choices, indexed=indexed)


def label(text: str) -> Mark:
    """What people read, when it is not the name with spaces."""
    return Mark(label=text)


def text(length: int) -> Mark:
    """A string of at most so many characters."""
    return Mark(Kind.STRING, length=length)


INDEXED: Final = Mark(indexed=True)
"""Lists are filtered and sorted by the field."""
OURS: Final = Mark(written_by_us=True)
"""Clients read the field and never write it."""
DURATION: Final = Mark(Kind.DURATION)
"""Seconds, shown as days and hours."""


class Field(msgspec.Struct, frozen=True):
    """One field of a table, as declared."""

    name: str
    kind: Kind
    label: str
    optional: bool
    """Whether it may be None (only times)."""
    default: Any
    table: str = ""
    choices: Mapping[Any, str] | None = None
    length: int = 0
    indexed: bool = False
    ours: bool = False
    number: bool = False
    """Whether its values are numbers."""


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """What every record has; ``sys_mod_count`` is its version, 0 when it is new."""

    sys_id: Annotated[str, text(32), OURS, label("Sys ID")]
    sys_class_name: Annotated[str, text(80), OURS, label("Class")] = ""
    sys_created_on: Annotated[datetime | None, OURS, INDEXED, label("Created")] = None
    sys_created_by: Annotated[str, text(100), OURS, label("Created by")] = ""
    sys_updated_on: Annotated[datetime | None, OURS, INDEXED, label("Updated")] = None
    sys_updated_by: Annotated[str, text(100), OURS, label("Updated by")] = ""
    sys_mod_count: Annotated[int, OURS, label("Updates")] = 0


RecordT = TypeVar("RecordT", bound=Record)


class Table(msgspec.Struct, frozen=True):
    """A declared table: ``fields`` are its own and those that it inherits; ``root`` is the one at the top, whose SQL table has all."""

    name: str
    label: str
    prefix: str
    record: type[Record]
    fields: Mapping[str, Field]
    parent: str
    root: str
    doc: str


class Tables:
    """All declared tables by name."""

    def __init__(self) -> None:
        self._by_name: dict[str, Table] = {}
        self._by_class: dict[type[Record], Table] = {}

    def declare(self, name: str, *, label: str, prefix: str = "") -> Callable[[type[RecordT]], type[RecordT]]:
        """Register the class as a table; ``prefix`` begins its numbers.  Raises ValueError (a bug) for a name that is taken."""

        def register(record: type[RecordT]) -> type[RecordT]:
            if name in self._by_name:
                raise ValueError(f"the table {name} is declared twice")
            parent = next((self._by_class[base] for base in record.__mro__[1:] if base in self._by_class), None)
            made = Table(
                name, label, prefix, record, dict(_fields(record)), parent.name if parent else "", parent.root if parent else name,
                (record.__doc__ or "").strip(),
            )  # fmt: skip
            self._by_name[name] = self._by_class[record] = made
            return record

        return register

    def get(self, name: str) -> Table | None:
        """The table of that name."""
        return self._by_name.get(name)

    def of(self, record: type[Record]) -> Table:
        """The table of a class."""
        return self._by_class[record]

    def below(self, name: str) -> list[Table]:
        """The table and all that extend it."""
        return [table for table in self._by_name.values() if name in {one.name for one in self._line(table)}]

    def roots(self) -> list[Table]:
        """The tables that extend none: one SQL table each."""
        return [table for table in self._by_name.values() if not table.parent]

    def __iter__(self) -> Iterator[Table]:
        return iter(self._by_name.values())

    def _line(self, table: Table) -> Iterator[Table]:
        yield table
        if table.parent:
            yield from self._line(self._by_name[table.parent])


TABLES: Final = Tables()
table = TABLES.declare


def _fields(record: type[Record]) -> Iterator[tuple[str, Field]]:
    hints = get_type_hints(record, include_extras=True)
    for found in msgspec.structs.fields(record):
        yield found.name, _field(found.name, hints[found.name], found.default)


def _field(name: str, hint: Any, default: Any) -> Field:
    marks = [mark for mark in getattr(hint, "__metadata__", ()) if isinstance(mark, Mark)]
    bare = get_args(hint)[0] if hasattr(hint, "__metadata__") else hint
    optional = get_origin(bare) in {Union, UnionType} and NoneType in get_args(bare)
    plain = next(kind for kind in get_args(bare) if kind is not NoneType) if optional else bare
    kind = next((mark.kind for mark in marks if mark.kind), _KINDS[plain])
    return Field(
        name=name,
        kind=kind,
        label=next((mark.label for mark in marks if mark.label), name.replace("_", " ").capitalize()),
        optional=optional,
        default=None if default is msgspec.NODEFAULT else default,
        table=next((mark.table for mark in marks if mark.table), ""),
        choices=next((mark.choices for mark in marks if mark.choices), None),
        length=next((mark.length for mark in marks if mark.length), MAX_TEXT),
        indexed=any(mark.indexed for mark in marks),
        ours=any(mark.written_by_us for mark in marks),
        number=plain is int,
    )


_KINDS: Final[dict[type, Kind]] = {str: Kind.STRING, int: Kind.INTEGER, bool: Kind.BOOLEAN, datetime: Kind.DATE_TIME}
