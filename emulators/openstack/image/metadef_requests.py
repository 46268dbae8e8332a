"""The schemas of requests about metadata definitions (after Glance's own)."""

from __future__ import annotations

from typing import Any, Final

_TEXT: Final = {"type": "string"}
_TIME: Final = {"type": "string", "format": "date-time"}
_NUMBER: Final = {"type": "integer", "minimum": 0}
_NAME: Final = {"type": "string", "maxLength": 80}
_TYPE: Final = {"type": "string", "enum": ["array", "boolean", "integer", "number", "object", "string"]}
_SHOWN: Final = {"schema": _TEXT, "self": _TEXT, "created_at": _TIME, "updated_at": _TIME}
_PROPERTY: Final[dict[str, Any]] = {
    "name": _NAME,
    "title": _TEXT,
    "description": _TEXT,
    "operators": {"type": "array", "items": _TEXT},
    "type": _TYPE,
    "minimum": {"type": "number"},
    "maximum": {"type": "number"},
    "maxLength": _NUMBER,
    "minLength": _NUMBER,
    "pattern": {"type": "string", "format": "regex"},
    "enum": {"type": "array"},
    "readonly": {"type": "boolean"},
    "default": {},
    "items": {"type": "object", "properties": {"type": _TYPE, "enum": {"type": "array"}}},
    "maxItems": _NUMBER,
    "minItems": _NUMBER,
    "uniqueItems": {"type": "boolean"},
    "additionalItems": {"type": "boolean"},
}


def _words(least: int) -> dict[str, Any]:
    return {"type": "array", "items": _TEXT, "uniqueItems": True, "minItems": least}


def _closed(properties: dict[str, Any], *required: str) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "additionalProperties": False, "required": list(required)}


_PROPERTIES: Final = {
    "type": "object",
    "additionalProperties": {"type": "object", "required": ["title", "type"], "properties": {**_PROPERTY, "required": _words(0)}},
}
PROPERTY: Final = _closed({**_PROPERTY, "required": _words(1), "schema": _TEXT, "self": _TEXT}, "type", "title", "name")
OBJECT: Final = _closed({"name": _NAME, "description": _TEXT, "required": _words(0), "properties": _PROPERTIES, **_SHOWN}, "name")
TAG: Final = _closed({"name": _NAME, "created_at": _TIME, "updated_at": _TIME}, "name")
_PART: Final = {"name": _TEXT, "description": _TEXT, "required": _words(0), "properties": _PROPERTIES}
_ASSOCIATION: Final = {"name": _TEXT, "prefix": _TEXT, "properties_target": _TEXT}
NAMESPACE: Final = _closed(
    {
        "namespace": _NAME,
        "display_name": _NAME,
        "description": {"type": "string", "maxLength": 500},
        "visibility": {"type": "string", "enum": ["public", "private"]},
        "protected": {"type": "boolean"},
        "owner": {"type": "string", "maxLength": 255},
        **_SHOWN,
        "resource_type_associations": {"type": "array", "items": {"type": "object", "properties": _ASSOCIATION}},
        "properties": _PROPERTIES,
        "objects": {"type": "array", "items": {"type": "object", "properties": _PART}},
        "tags": {"type": "array", "items": {"type": "object", "properties": {"name": _TEXT}}},
    },
    "namespace",
)
