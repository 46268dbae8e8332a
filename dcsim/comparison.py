"""How a condition compares an attribute with a value: the words that the services' queries share."""

from __future__ import annotations

from enum import StrEnum


class Op(StrEnum):
    """How a filter compares; ``has`` is true of texts with that element, ``like`` of texts that contain the value, letter case apart."""

    EQ = "eq"
    NE = "ne"
    LT = "lt"
    LE = "le"
    GT = "gt"
    GE = "ge"
    IN = "in"
    LIKE = "like"
    HAS = "has"
    EXISTS = "exists"
