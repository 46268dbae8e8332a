"""Conditions as text, ``attribute:op:value``, read by the type that the attribute is declared with."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final

import msgspec

from cmdb.model.graph import MAX_INTEGER, Value
from cmdb.stores.paging import check_filter, field_type
from cmdb.stores.port import Filter
from dcsim.comparison import Op
from dcsim.errors import InvalidArgument

MAX_FILTERS: Final = 50
FLAGS: Final = {"true": True, "false": False}


def filters_of(texts: Iterable[str]) -> tuple[Filter, ...]:
    """The conditions.  Raises InvalidArgument, with the field ``filter``, for one that cannot be read."""
    given = list(texts)
    if len(given) > MAX_FILTERS:
        raise InvalidArgument(f"At most {MAX_FILTERS} filters.", field="filter")
    return tuple(filter_of(text) for text in given)


def filter_of(text: str) -> Filter:
    """One condition.  ``in`` takes values with commas between, ``exists`` true or false."""
    name, op, value = [*text.split(":", 2), "", ""][:3]
    kind = field_type(name)
    if kind is None:
        raise InvalidArgument(f"filter: there is no field or attribute {name!r}.", field="filter")
    if op not in set(Op):
        raise InvalidArgument(f"filter: {name} is compared by one of {', '.join(Op)}, not {op!r}.", field="filter")
    one = Filter(name, Op(op), _value(name, kind, Op(op), value))
    try:
        check_filter(one)
    except InvalidArgument as error:
        raise InvalidArgument(f"filter: {error.message}", field="filter") from error
    return one


def _value(name: str, kind: str, op: Op, text: str) -> Value | datetime | tuple[Value, ...]:
    if op is Op.EXISTS:
        return _one(name, "boolean", text or "true")
    if op is Op.IN:
        return tuple(_one(name, kind, part) for part in text.split(","))  # type: ignore[misc]
    if kind == "texts" and op in {Op.EQ, Op.NE}:
        return tuple(text.split(",")) if text else ()
    return _one(name, "text" if op in {Op.HAS, Op.LIKE} else kind, text)


def _one(name: str, kind: str, text: str) -> Value | datetime:
    """A value of a type, as text says it."""
    try:
        if kind == "integer":
            return max(min(int(text), MAX_INTEGER), -MAX_INTEGER)  # beyond it there is nothing to compare with
        if kind == "number":
            return float(text)
        if kind == "boolean":
            return FLAGS[text.lower()]
        return msgspec.convert(text, datetime) if kind == "time" else text
    except (ValueError, KeyError) as error:
        raise InvalidArgument(f"filter: {name} is {kind}, which {text!r} is not.", field="filter") from error
