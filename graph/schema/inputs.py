"""Filters and orders of lists, made from the columns of what is listed."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from typing import Any, cast

import strawberry

from graph.execution.fields import Join, argument, joined
from graph.execution.relay import DEFAULT, MOST
from graph.execution.scalars import BigInt, DateTime

OPERATORS = {
    "eq": "eq",
    "ne": "ne",
    "lt": "lt",
    "le": "le",
    "gt": "gt",
    "ge": "ge",
    "in_": "in",
    "like": "like",
    "has": "has",
    "exists": "exists",
}


class _Operators:
    """What an operator input says, as conditions on one column."""

    def of(self, column: str) -> list[dict[str, Any]]:
        """The conditions."""
        given = {name: getattr(self, name) for name in OPERATORS if getattr(self, name, strawberry.UNSET) is not strawberry.UNSET}
        plain = {name: [_plain(one) for one in value] if isinstance(value, list) else _plain(value) for name, value in given.items()}
        return [{"field": column, "op": OPERATORS[name], "value": value} for name, value in plain.items() if value is not None]


def _plain(value: Any) -> Any:
    return getattr(value, "value", value)


@strawberry.input
class TextFilter(_Operators):
    """Conditions on a text; all that are given hold."""

    eq: str | None = strawberry.UNSET
    ne: str | None = strawberry.UNSET
    in_: list[str] | None = strawberry.field(name="in", default=strawberry.UNSET)
    like: str | None = strawberry.field(default=strawberry.UNSET, description="A part of it, whatever its case.")


@strawberry.input
class NumberFilter(_Operators):
    """Conditions on a number."""

    eq: BigInt | None = strawberry.UNSET
    ne: BigInt | None = strawberry.UNSET
    lt: BigInt | None = strawberry.UNSET
    le: BigInt | None = strawberry.UNSET
    gt: BigInt | None = strawberry.UNSET
    ge: BigInt | None = strawberry.UNSET


@strawberry.input
class TimeFilter(_Operators):
    """Conditions on an instant."""

    lt: DateTime | None = strawberry.UNSET
    ge: DateTime | None = strawberry.UNSET


@strawberry.input
class FlagFilter(_Operators):
    """A condition on what is so or not."""

    eq: bool | None = strawberry.UNSET


@strawberry.input
class TextsFilter(_Operators):
    """A condition on a list of texts."""

    has: str | None = strawberry.UNSET


class _Filter:
    """A filter input: each field holds conditions on its column."""

    COLUMNS: dict[str, str]

    def conditions(self) -> list[dict[str, Any]]:
        """All of its conditions."""
        found: list[dict[str, Any]] = []
        for name, column in self.COLUMNS.items():
            given = getattr(self, name, None)
            if given:
                found.extend(given.of(column))
        return found


def filter_input(of: str, **columns: Any) -> Any:
    """The filter of a type: ``name=TextFilter``, or ``(TextFilter, "the.column")``."""
    kinds = {name: given if isinstance(given, tuple) else (given, name) for name, given in columns.items()}
    members: dict[str, Any] = {"__annotations__": {name: kind | None for name, (kind, _) in kinds.items()}}
    members |= dict.fromkeys(kinds, strawberry.UNSET)
    members["COLUMNS"] = {name: column for name, (_, column) in kinds.items()}
    members["__doc__"] = f"Which of them: every condition holds ({of})."
    made = type(f"{of}Filter", (_Filter,), members)
    return strawberry.input(made, description=f"Conditions on {of}; all that are given hold.")


def enum_filter(of: type[enum.Enum]) -> Any:
    """Conditions on an enum's values."""
    members: dict[str, Any] = {
        "__annotations__": {"eq": of | None, "ne": of | None, "in_": list[of] | None},  # type: ignore[valid-type]
        "eq": strawberry.UNSET,
        "ne": strawberry.UNSET,
        "in_": strawberry.field(name="in", default=strawberry.UNSET),
    }
    return strawberry.input(type(f"{of.__name__}Filter", (_Operators,), members), description=f"Conditions on {of.__name__}.")


def order_enum(of: str, *columns: str) -> Any:
    """The orders of a type's lists: each column up and down."""
    members = {f"{name.upper()}_{way}": sign + name for name in columns for way, sign in (("ASC", ""), ("DESC", "-"))}
    made = cast("Any", enum.Enum)(f"{of}Order", members)
    return strawberry.enum(made, description=f"How lists of {of} are sorted.")


def paged(join: Join, *, filters: Any = None, orders: Any = None, description: str | None = None) -> Any:
    """A field that is a connection: ``first``, ``after``, and what filters and orders there are."""
    arguments = [
        argument("first", int, DEFAULT, f"How many at most: 1 to {MOST}."),
        argument("after", str | None, None, "The cursor of the last one seen."),
    ]
    if filters is not None:
        arguments.append(argument("filter", filters | None, None))
    if orders is not None:
        arguments.append(argument("order_by", orders | None, None))
    return joined(join, arguments=cast("Sequence[Any]", arguments), description=description)
