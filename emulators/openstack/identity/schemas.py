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
NULLABLE_BOOLEAN: Final[Schema] = {"type": ["boolean", "null"]}
OPTIONS: Final[Schema] = {"type": "object", "properties": {"immutable": NULLABLE_BOOLEAN}, "additionalProperties": False}
TAG: Final[Schema] = {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[^,/]*$"}
TAGS: Final[Schema] = {"type": "array", "items": TAG, "maxItems": 80, "uniqueItems": True}


def created(key: str, properties: Schema, *required: str) -> Schema:
    """The body ``{key: {...}}`` that makes a thing; what Keystone does not know is kept with it."""
    inner = {"type": "object", "properties": dict(properties), "required": list(required), "additionalProperties": True}
    return {"type": "object", "properties": {key: inner}, "required": [key], "additionalProperties": False}


def changed(key: str, properties: Schema) -> Schema:
    """The body that changes a thing: at least one property."""
    inner = {"type": "object", "properties": dict(properties), "minProperties": 1, "additionalProperties": True}
    return {"type": "object", "properties": {key: inner}, "required": [key], "additionalProperties": False}
