"""Cursors of pages: where the last page ended, in the order that the query asked for."""

from __future__ import annotations

import base64
import binascii
from datetime import datetime
from functools import cache
from typing import Any, Final

import msgspec

from cmdb.model.declare import CLASSES
from cmdb.stores.port import FIELDS, MAX_PAGE, Filter, Query
from dcsim.comparison import Op
from dcsim.errors import InvalidArgument

_FIELD_TYPES: Final = {"uid": "text", "name": "text", "cls": "text", "created": "time", "changed": "time", "version": "integer"}
_TAKEN_BY: Final[dict[type, tuple[str, ...]]] = {bool: ("boolean",), int: ("integer", "number"), float: ("number",), str: ("text",)}
_SAID: Final = {
    "text": "a text", "texts": "a list of texts", "integer": "an integer", "number": "a number", "boolean": "true or false",
    "time": "a time with its zone", "": "nothing",
}  # fmt: skip


class Order(msgspec.Struct, frozen=True):
    """How a query sorts."""

    name: str
    descending: bool

    @property
    def is_field(self) -> bool:
        """Whether every CI has a value there."""
        return self.name in FIELDS


class Position(msgspec.Struct, frozen=True, array_like=True):
    """The last CI of a page: the value that it was sorted by (None: it has none), and its uid."""

    sort: str
    value: str | int | float | bool | None
    uid: str


def order_of(query: Query) -> Order:
    """The order; raises InvalidArgument for what no CI has, and for a limit out of range."""
    if not 1 <= query.limit <= MAX_PAGE:
        raise InvalidArgument(f"limit: must be 1 to {MAX_PAGE}.", field="limit")
    name = query.sort.removeprefix("-")
    if name not in FIELDS and type_of(name) in {None, "texts"}:
        raise InvalidArgument(f"sort: there is no field or attribute {name!r} to sort by.", field="sort")
    return Order(name, query.sort.startswith("-"))


def check_filter(one: Filter) -> None:
    """Raise InvalidArgument for a filter on what no CI has, or with a value that its operator does not take there."""
    kind = _FIELD_TYPES.get(one.name) or type_of(one.name)
    if kind is None:
        raise InvalidArgument(f"There is no field or attribute {one.name!r}.", field=one.name)
    wanted = _wanted(kind, one.op)
    values = one.value if one.op is Op.IN and isinstance(one.value, tuple) else (one.value,)
    if one.op is Op.IN and not isinstance(one.value, tuple):
        raise InvalidArgument(f"{one.name}: in takes a list.", field=one.name)
    if any(not _fits(value, wanted) for value in values):
        raise InvalidArgument(f"{one.name}: {one.op} takes {_SAID[wanted]} here.", field=one.name)


def _wanted(kind: str, op: Op) -> str:
    """The type of value that an operator takes on a field or attribute of type *kind*; ``""`` for one that has no meaning there."""
    if op is Op.EXISTS:
        return "boolean"
    if op is Op.HAS or op is Op.LIKE:
        return "text" if kind == ("texts" if op is Op.HAS else "text") else ""
    return kind if kind != "texts" or op in {Op.EQ, Op.NE} else ""


def _fits(value: object, kind: str) -> bool:
    if isinstance(value, tuple):
        return kind == "texts" and all(isinstance(one, str) for one in value)
    if isinstance(value, datetime):
        return kind == "time" and value.tzinfo is not None
    return kind in _TAKEN_BY.get(type(value), ())


def field_type(name: str) -> str | None:
    """The type of a field or attribute: text, integer, number, boolean, texts or time; None for what no CI has."""
    return _FIELD_TYPES.get(name) or type_of(name)


@cache
def type_of(attribute: str) -> str | None:
    """The type of an attribute, the same in all classes that have it; None when none has."""
    return next((declared.attributes[attribute].type for declared in CLASSES.values() if attribute in declared.attributes), None)


def encode_position(query: Query, value: Any, uid: str) -> str:
    """The cursor after a CI."""
    return base64.urlsafe_b64encode(msgspec.json.encode(Position(query.sort, value, uid))).decode().rstrip("=")


def position_of(query: Query) -> Position | None:
    """Where the query's page begins; None at the beginning.  Raises InvalidArgument for a cursor that is not this query's."""
    if not query.cursor:
        return None
    try:
        padded = query.cursor + "=" * (-len(query.cursor) % 4)
        position = msgspec.json.decode(base64.urlsafe_b64decode(padded), type=Position)
    except (binascii.Error, ValueError, msgspec.DecodeError) as error:
        raise InvalidArgument("cursor: not one that a page of this list gave.", field="cursor") from error
    if position.sort != query.sort:
        raise InvalidArgument("cursor: it belongs to a list in another order.", field="cursor")
    return position
