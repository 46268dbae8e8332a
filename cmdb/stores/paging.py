"""Cursors of pages: where the last page ended, in the order that the query asked for."""

from __future__ import annotations

import base64
import binascii
from typing import Any

import msgspec

from cmdb.model.declare import CLASSES
from cmdb.stores.port import FIELDS, MAX_PAGE, Filter, Op, Query
from dcsim.errors import InvalidArgument


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
    if name not in FIELDS and _type_of(name) in {None, "texts"}:
        raise InvalidArgument(f"sort: there is no field or attribute {name!r} to sort by.", field="sort")
    return Order(name, query.sort.startswith("-"))


def check_filter(one: Filter) -> None:
    """Raise InvalidArgument for a filter on what no CI has, or with a value that its operator does not take."""
    if one.name not in FIELDS and _type_of(one.name) is None:
        raise InvalidArgument(f"There is no field or attribute {one.name!r}.", field=one.name)
    if (one.op is Op.EXISTS) is not isinstance(one.value, bool) and one.op is Op.EXISTS:
        raise InvalidArgument(f"{one.name}: exists takes true or false.", field=one.name)
    if one.op is Op.IN and not isinstance(one.value, tuple):
        raise InvalidArgument(f"{one.name}: in takes a list.", field=one.name)
    if one.op in {Op.LIKE, Op.HAS} and not isinstance(one.value, str):
        raise InvalidArgument(f"{one.name}: {one.op} takes a text.", field=one.name)


def _type_of(attribute: str) -> str | None:
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
