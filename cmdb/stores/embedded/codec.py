"""How the graph's structs lie in SQLite's columns."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec

from cmdb.model.declare import CLASSES
from cmdb.model.graph import Ci, HistoryRow, Relation, Value

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_NOTHING: Final[dict[str, Value]] = {}
_encoder = msgspec.json.Encoder()
decode_ci = msgspec.json.Decoder(Ci).decode
decode_row = msgspec.json.Decoder(HistoryRow).decode
_properties = msgspec.json.Decoder(dict[str, Value]).decode
_names = msgspec.json.Decoder(tuple[str, ...]).decode
_INTERNED: dict[str, tuple[str, ...]] = {}
"""The few different lists of sources that relations have."""


def text_of(value: object) -> str:
    """Anything as JSON."""
    return _encoder.encode(value).decode()


def micros(at: datetime) -> int:
    """Microseconds since 1970, exactly."""
    return (at - _EPOCH) // _MICROSECOND


def relation_of(row: tuple[str, str, str, str, str]) -> Relation:
    """A row of the table; what many relations share is shared."""
    source, verb, target, properties, by = row
    names = _INTERNED.get(by)
    if names is None:
        names = _INTERNED[by] = _names(by)
    return Relation(source, sys.intern(verb), target, _properties(properties) if properties != "{}" else _NOTHING, names)


def indexed_values(ci: Ci) -> Iterator[tuple[str, Value]]:
    """The pairs under which the CI is found: its name and indexed attributes, of texts each element."""
    yield "name", ci.name
    attributes = CLASSES[ci.cls].attributes
    for name, value in ci.attributes.items():
        declared = attributes.get(name)
        if declared is not None and declared.indexed:
            if isinstance(value, tuple):
                yield from ((name, element) for element in dict.fromkeys(value))
            else:
                yield name, value
