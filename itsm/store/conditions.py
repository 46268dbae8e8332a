"""Which records are wanted: conditions on fields, joined by and and or; REST filters and ServiceNow's encoded queries become these."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, Final, TypeAlias

import msgspec
from sqlalchemy import ColumnElement, Table, and_, false, not_, or_, true


class Operator(StrEnum):
    """How a field is compared; the names are encoded queries'."""

    EQUAL = "="
    NOT_EQUAL = "!="
    LIKE = "LIKE"
    NOT_LIKE = "NOT LIKE"
    STARTS = "STARTSWITH"
    ENDS = "ENDSWITH"
    IN = "IN"
    NOT_IN = "NOT IN"
    EMPTY = "ISEMPTY"
    NOT_EMPTY = "ISNOTEMPTY"
    GREATER = ">"
    LESS = "<"
    AT_LEAST = ">="
    AT_MOST = "<="
    BETWEEN = "BETWEEN"


class Is(msgspec.Struct, frozen=True, tag=True):
    """One field compared; ``value`` is of the field's type, a tuple for IN, NOT IN and BETWEEN."""

    field: str
    operator: Operator
    value: Any = None


class All(msgspec.Struct, frozen=True, tag=True):
    """Each of these; of none, everything."""

    of: tuple[Condition, ...] = ()


class OneOf(msgspec.Struct, frozen=True, tag=True):
    """One of these at least; of none, nothing."""

    of: tuple[Condition, ...] = ()


Condition: TypeAlias = "Is | All | OneOf"

Compare: TypeAlias = Callable[[ColumnElement[Any], Any], ColumnElement[bool]]


def _empty(column: ColumnElement[Any], _: Any) -> ColumnElement[bool]:
    return or_(column.is_(None), column == "") if column.type.python_type is str else column.is_(None)


def _not_equal(column: ColumnElement[Any], value: Any) -> ColumnElement[bool]:
    return or_(column != value, column.is_(None))  # in SQL nothing is unlike null


_COMPARE: Final[Mapping[Operator, Compare]] = {
    Operator.EQUAL: lambda column, value: column == value,
    Operator.NOT_EQUAL: _not_equal,
    Operator.LIKE: lambda column, value: column.icontains(value, autoescape=True),
    Operator.NOT_LIKE: lambda column, value: or_(not_(column.icontains(value, autoescape=True)), column.is_(None)),
    Operator.STARTS: lambda column, value: column.istartswith(value, autoescape=True),
    Operator.ENDS: lambda column, value: column.iendswith(value, autoescape=True),
    Operator.IN: lambda column, value: column.in_(value),
    Operator.NOT_IN: lambda column, value: or_(column.not_in(value), column.is_(None)),
    Operator.EMPTY: _empty,
    Operator.NOT_EMPTY: lambda column, value: not_(_empty(column, value)),
    Operator.GREATER: lambda column, value: column > value,
    Operator.LESS: lambda column, value: column < value,
    Operator.AT_LEAST: lambda column, value: column >= value,
    Operator.AT_MOST: lambda column, value: column <= value,
    Operator.BETWEEN: lambda column, value: column.between(*value),
}


def sql_of(condition: Condition, table: Table) -> ColumnElement[bool]:
    """The condition in SQL, its values as parameters."""
    if isinstance(condition, Is):
        return _COMPARE[condition.operator](table.c[condition.field], condition.value)
    parts = [sql_of(one, table) for one in condition.of]
    return and_(true(), *parts) if isinstance(condition, All) else or_(false(), *parts)
