"""CSV (RFC 4180), safe to open in a spreadsheet: CIs as one table, relations as another."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from cmdb.export.attributes import TYPED, attributes_below, properties_of
from cmdb.export.selection import Selection
from cmdb.export.writing import Writer
from cmdb.model import Ci, Relation, Value

FIELDS: Final = ("uid", "class", "name", "tags", "version", "created", "changed", "sources")
_FORMULA: Final = re.compile("'*[=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
"""What spreadsheets take for a formula, also behind apostrophes of our own: so the first apostrophe can be taken away again."""
_json = msgspec.json.Encoder().encode


def cell(value: Value | None) -> str:
    """A value as text: empty when unknown, true and false, lists as JSON, and an apostrophe before what looks like a formula."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return _json(value).decode()
    if isinstance(value, str) and _FORMULA.match(value):
        return f"'{value}"
    return str(value)


class CiTable(Writer):
    """One row a CI, one column an attribute that the class or one below it declares."""

    def __init__(self, cls: str) -> None:
        self._attributes = [one.name for one in attributes_below(cls)]

    def head(self) -> str:
        """The names of the columns."""
        return _rows([[*FIELDS, *self._attributes]])

    def cis(self, portion: Sequence[Ci]) -> str:
        """Rows."""
        return _rows(self._row(ci) for ci in portion)

    def relations(self, portion: Sequence[Relation]) -> str:
        """Nothing: they are a table of their own."""
        return ""

    def _row(self, ci: Ci) -> list[str]:
        times = (ci.created.isoformat(), ci.changed.isoformat())
        fields: tuple[Value, ...] = (ci.uid, ci.cls, ci.name, ci.tags, ci.version, *times, tuple(sorted(ci.sources)))
        return [*map(cell, fields), *(cell(ci.attributes.get(name)) for name in self._attributes)]


class RelationTable(Writer):
    """One row a relation, with the classes and names of its ends."""

    def __init__(self, selection: Selection) -> None:
        self._names = selection.names

    def cis(self, portion: Sequence[Ci]) -> str:
        """Nothing."""
        return ""

    def middle(self) -> str:
        """The names of the columns."""
        ends = ("source", "source_class", "source_name", "type", "target", "target_class", "target_name")
        return _rows([[*ends, *TYPED, "properties", "by"]])

    def relations(self, portion: Sequence[Relation]) -> str:
        """Rows."""
        return _rows(self._row(one) for one in portion)

    def _row(self, one: Relation) -> list[str]:
        typed, others = properties_of(one)
        ends = (one.source, *self._names[one.source], one.type, one.target, *self._names[one.target])
        rest = _json(others).decode() if others else ""
        return [*map(cell, ends), *(cell(typed.get(name)) for name in TYPED), rest, cell(one.by)]


def _rows(rows: Iterable[list[str]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue()
