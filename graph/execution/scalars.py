"""Scalars of our own; rows hold them as JSON does, so they are handed on as they are."""

from __future__ import annotations

from typing import Any, NewType

from strawberry.types.scalar import ScalarDefinition, scalar

DateTime = NewType("DateTime", str)
BigInt = NewType("BigInt", int)
Json = NewType("Json", object)


def _same(value: Any) -> Any:
    return value


SCALARS: dict[object, ScalarDefinition] = {
    DateTime: scalar(name="DateTime", description="An instant, RFC 3339 in UTC.", serialize=_same, parse_value=str),
    BigInt: scalar(name="BigInt", description="An integer of up to 64 bits: sizes in bytes.", serialize=_same, parse_value=int),
    Json: scalar(name="JSON", description="Any JSON value.", serialize=_same, parse_value=_same),
}
