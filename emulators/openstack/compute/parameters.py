"""Nova's kinds of parameters, as pieces of JSON schema, and the numbers that they hold once they fit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from emulators.openstack.faults import Fault
from emulators.openstack.schemas import Schema
from emulators.openstack.service import Versioned

MAX_INT: Final = 0x7FFFFFFF
_DIGITS: Final = 10
"""As many digits as MAX_INT has."""


def number(minimum: int = 0, maximum: int = MAX_INT) -> Schema:
    """A whole number, or text of one."""
    return {"type": ["integer", "string"], "pattern": "^[0-9]+$", "minimum": minimum, "maximum": maximum, "minLength": 1}


def whole(value: int | str | float, name: str, minimum: int = 0, maximum: int = MAX_INT) -> int:
    """A value that fits `number`, as a number; raises Fault 400 where text holds one out of range."""
    text = str(value)
    if len(text.lstrip("0")) > _DIGITS and not isinstance(value, float):
        raise Fault(400, f"{name} must be <= {maximum}")
    given = int(value)
    if given < minimum:
        raise Fault(400, f"{name} must be >= {minimum}")
    if given > maximum:
        raise Fault(400, f"{name} must be <= {maximum}")
    return given


def path_number(text: str) -> int:
    """A number that stands in a path; raises Fault 400 for what is none."""
    digits = text.removeprefix("-")
    if not digits.isascii() or not digits.isdigit() or len(digits) > _DIGITS:
        raise Fault(400, f"Invalid input received: id must be an integer, not {text[:64]}.")
    return int(text)


PROJECT_ID: Final[Schema] = {"type": "string", "pattern": "^[a-zA-Z0-9-]*$", "minLength": 1, "maxLength": 255}
HOSTNAME: Final[Schema] = {"type": "string", "pattern": "^[a-zA-Z0-9-._]*$", "minLength": 1, "maxLength": 255}
DESCRIPTION: Final[Schema] = {"type": ["string", "null"], "pattern": r"^[^\x00-\x1f\x7f]*$", "maxLength": 65535}
TEXTS: Final[Schema] = {"type": "array", "items": {"type": "string"}}
"""Every value of a query parameter that may be any text."""
COUNTS: Final[Schema] = {"type": "array", "items": number()}
"""Every value of a query parameter that is a number from 0 on."""
PAGING: Final[Mapping[str, Schema]] = {"limit": COUNTS, "marker": TEXTS}


def words(*among: str) -> Schema:
    """Every value of a query parameter that is one of some words."""
    return {"type": "array", "items": {"type": "string", "enum": list(among)}}


def query(**parameters: Schema) -> Versioned:
    """A query of these parameters; others are ignored until 2.74 and refused from 2.75 on."""
    old: dict[str, Any] = {"type": "object", "properties": parameters, "additionalProperties": True}
    return Versioned({"2.1-2.74": old, "2.75-": {**old, "additionalProperties": False}})


def grown(*steps: tuple[str, Mapping[str, Schema]], closed_from: str = "2.75") -> Versioned:
    """A query whose parameters change: each step, ``("2.33", parameters)``, holds until the next; others are refused from a version on."""
    table: dict[str, Mapping[str, Any]] = {}
    marks = sorted({*(int(since.split(".")[1]) for since, _ in steps), int(closed_from.split(".")[1])})
    for place, minor in enumerate(marks):
        held = [parameters for since, parameters in steps if int(since.split(".")[1]) <= minor][-1]
        last = f"2.{marks[place + 1] - 1}" if place + 1 < len(marks) else ""
        open_ended = minor < int(closed_from.split(".")[1])
        table[f"2.{minor}-{last}"] = {"type": "object", "properties": dict(held), "additionalProperties": open_ended}
    return Versioned(table)
