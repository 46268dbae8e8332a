"""Pieces that Keystone's schemas are made of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

Schema = Mapping[str, Any]

NAME: Final[Schema] = {"type": "string", "minLength": 1, "maxLength": 255, "pattern": r"[\S]+"}
SHORT_NAME: Final[Schema] = {"type": "string", "minLength": 1, "maxLength": 64, "pattern": r"[\S]+"}
ID: Final[Schema] = {"type": "string", "minLength": 1, "maxLength": 64, "pattern": r"^[a-zA-Z0-9-]+$"}
NULLABLE_ID: Final[Schema] = {**ID, "type": ["string", "null"]}
TEXT: Final[Schema] = {"type": ["string", "null"]}
BOOLEAN: Final[Schema] = {"type": "boolean"}
SWITCH: Final[Schema] = {
    "type": ["boolean", "string", "null"],
    "enum": [
        *(True, "True", "TRUE", "true", "1", "y", "Y", "on", "ON", "yes"),
        *(False, "False", "FALSE", "false", "", "0", "n", "N", "off", "OFF", "no"),
    ],
}
"""What Keystone takes for ``enabled``; `switched` reads it."""
_ON: Final = frozenset({"true", "1", "y", "on", "yes"})
DESCRIPTION: Final[Schema] = {"type": ["string", "null"], "maxLength": 255}
NULLABLE_BOOLEAN: Final[Schema] = {"type": ["boolean", "null"]}
OPTIONS: Final[Schema] = {"type": "object", "properties": {"immutable": NULLABLE_BOOLEAN}, "additionalProperties": False}
TAG: Final[Schema] = {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[^,/]*$"}
TAGS: Final[Schema] = {"type": "array", "items": TAG, "maxItems": 80, "uniqueItems": True}


def created(key: str, properties: Schema, *required: str, loose: bool = False) -> Schema:
    """The body ``{key: {...}}`` that makes a thing; what Keystone does not know is kept with it.  ``loose``: other keys don't matter."""
    inner = {"type": "object", "properties": dict(properties), "required": list(required), "additionalProperties": True}
    return {"type": "object", "properties": {key: inner}, "required": [key], "additionalProperties": loose}


def changed(key: str, properties: Schema) -> Schema:
    """The body that changes a thing: at least one property."""
    inner = {"type": "object", "properties": dict(properties), "minProperties": 1, "additionalProperties": True}
    return {"type": "object", "properties": {key: inner}, "required": [key], "additionalProperties": False}


def switched(given: Mapping[str, Any], default: bool) -> bool:
    """The value of ``enabled`` that is given (as `SWITCH` has it), or the default."""
    value = given.get("enabled")
    if value is None:
        return default
    return value if isinstance(value, bool) else value.lower() in _ON
