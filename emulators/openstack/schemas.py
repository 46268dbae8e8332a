"""Pieces of JSON schema that several services' requests are made of (after nova's and cinder's parameter types)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

Schema = Mapping[str, Any]

NULL: Final[Schema] = {"type": "null"}
UUID: Final[Schema] = {"type": "string", "format": "uuid"}
STRING: Final[Schema] = {"type": "string", "maxLength": 255}
NAME: Final[Schema] = {"type": "string", "minLength": 1, "maxLength": 255, "pattern": r"^(?![\s])[^\x00-\x1f\x7f]*(?<![\s])$"}
"""A name without blanks at its ends."""
NULLABLE_STRING: Final[Schema] = {"type": ["string", "null"], "minLength": 0, "maxLength": 255}
BOOLEAN: Final[Schema] = {
    "type": ["boolean", "string"],
    "enum": [
        *(True, "True", "TRUE", "true", "1", "ON", "On", "on", "YES", "Yes", "yes", "y", "t"),
        *(False, "False", "FALSE", "false", "0", "OFF", "Off", "off", "NO", "No", "no", "n", "f"),
    ],
}
"""What the services take for a truth value; `truth` reads it."""
NON_NEGATIVE: Final[Schema] = {"type": ["integer", "string"], "pattern": "^[0-9]*$", "minimum": 0, "minLength": 1}
POSITIVE: Final[Schema] = {"type": ["integer", "string"], "pattern": "^[0-9]*$", "minimum": 1, "minLength": 1}
METADATA: Final[Schema] = {
    "type": "object",
    "patternProperties": {r"^[a-zA-Z0-9-_:. ]{1,255}$": {"type": "string", "maxLength": 255}},
    "additionalProperties": False,
}
_TRUE: Final = frozenset({"true", "1", "on", "yes", "y", "t"})


def closed(properties: Mapping[str, Any], *required: str) -> Schema:
    """An object with these properties and no others."""
    schema: dict[str, Any] = {"type": "object", "properties": dict(properties), "additionalProperties": False}
    return schema | {"required": list(required)} if required else schema


def wrapped(key: str, properties: Mapping[str, Any], *required: str) -> Schema:
    """A body ``{key: {...}}`` with these properties and no others."""
    return closed({key: closed(properties, *required)}, key)


def truth(value: bool | str) -> bool:
    """A value that fits `BOOLEAN`."""
    return value if isinstance(value, bool) else value.lower() in _TRUE
