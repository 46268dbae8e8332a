"""The strict reading of what clients write: every value by its property's type, range, set, length and pattern; every flag of access."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Final

from emulators.ucs.refusals import Refusal, malformed, unwritable
from emulators.ucs.schema.metadata import Access, ClassMeta, Property, Restriction

BOUNDS: Final[dict[str, tuple[int, int]]] = {
    "byte": (0, 0xFF),
    "sbyte": (-0x80, 0x7F),
    "short": (-0x8000, 0x7FFF),
    "ushort": (0, 0xFFFF),
    "int": (-0x8000_0000, 0x7FFF_FFFF),
    "uint": (0, 0xFFFF_FFFF),
    "long": (-0x8000_0000_0000_0000, 0x7FFF_FFFF_FFFF_FFFF),
    "ulong": (0, 0xFFFF_FFFF_FFFF_FFFF),
}
"""The integer types of the schema."""
_RANGE: Final = re.compile(r"(-?\d+)-(-?\d+)")
_INTEGER: Final = re.compile(r"-?[0-9]{1,20}")
_MOST: Final = 4096
"""Characters of a value without a limit of its own."""
ALWAYS: Final = frozenset({"dn", "rn", "status", "childAction", "sacl"})
"""Attributes that every configuration may have and that set nothing."""


def check_value(meta: ClassMeta, prop: Property, value: str) -> None:
    """Refuse a value that the property can't have."""
    if not is_valid(prop, value):
        raise malformed(f"unknown property value {value[:80]}, name {prop.name}, class {meta.id}")


def is_valid(prop: Property, value: str) -> bool:
    """Whether the property may have that value."""
    rule = prop.restriction
    if not _fits_length(rule, value):
        return False
    if value in rule.values:
        return True
    if rule.pattern and _compiled(rule.pattern).fullmatch(value):
        return True
    if prop.type in BOUNDS or rule.ranges:
        return _is_number(prop.type, rule, value)
    return not rule.pattern and not rule.values


def _fits_length(rule: Restriction, value: str) -> bool:
    most = _MOST if rule.max_length is None else rule.max_length
    return (rule.min_length or 0) <= len(value) <= most


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def _is_number(kind: str, rule: Restriction, value: str) -> bool:
    if not _INTEGER.fullmatch(value):
        return False
    number = int(value)
    if rule.ranges:
        return any(low <= number <= high for low, high in _ranges(rule.ranges))
    low, high = BOUNDS[kind]
    return not rule.pattern and low <= number <= high


@cache
def _ranges(texts: tuple[str, ...]) -> tuple[tuple[int, int], ...]:
    return tuple((int(match[1]), int(match[2])) for text in texts if (match := _RANGE.fullmatch(text)))


def check_properties(meta: ClassMeta, given: Mapping[str, str], *, creating: bool) -> dict[str, str]:
    """What a client sets on an object of a class, without the attributes that set nothing; a Refusal for what it may not.

    Naming properties may be named in a modification too: whether they agree with the DN is the caller's to check.
    """
    wanted = {name: value for name, value in given.items() if name not in ALWAYS}
    for name, value in wanted.items():
        prop = meta.props.get(name)
        if prop is None:
            raise malformed(f"unknown property {name}, class {meta.id}")
        refusal = _access_refusal(meta, prop, creating=creating)
        if refusal is not None:
            raise refusal
        check_value(meta, prop, value)
    return wanted


def _access_refusal(meta: ClassMeta, prop: Property, *, creating: bool) -> Refusal | None:
    if not prop.is_settable:
        return unwritable(f"property {prop.name} of {meta.id} is read-only")
    if prop.access is Access.CREATE_ONLY and not creating:
        return unwritable(f"property {prop.name} of {meta.id} can only be set at creation")
    return None
