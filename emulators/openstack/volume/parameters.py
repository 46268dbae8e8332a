"""Pieces of Cinder's request schemas (after its parameter types)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from emulators.openstack.schemas import BOOLEAN, UUID, closed

Schema = Mapping[str, Any]
MAX_INT: Final = 0x7FFFFFFF
OPTIONAL_TEXT: Final[Schema] = {"type": ["string", "null"], "minLength": 0, "maxLength": 255}
OPTIONAL_UUID: Final[Schema] = {"oneOf": [UUID, {"type": "null"}]}
OPTIONAL_BOOLEAN: Final[Schema] = {"oneOf": [BOOLEAN, {"type": "null"}]}
NAME: Final[Schema] = {"type": "string", "minLength": 1, "maxLength": 255, "pattern": r"\S"}
SIZE: Final[Schema] = {"type": ["integer", "string"], "pattern": "^0*[1-9][0-9]{0,9}$", "minimum": 1, "maximum": MAX_INT}
OPTIONAL_SIZE: Final[Schema] = {**SIZE, "type": ["integer", "string", "null"]}
KEY: Final = "^[a-zA-Z0-9-_:. /]{1,255}$"
METADATA: Final[Schema] = {
    "type": "object",
    "patternProperties": {KEY: {"type": "string", "maxLength": 255}},
    "additionalProperties": False,
}
OPTIONAL_METADATA: Final[Schema] = {**METADATA, "type": ["object", "null"]}
SPECS: Final[Schema] = {
    "type": "object",
    "patternProperties": {r"^[a-zA-Z0-9-_:. /]{1,255}$": {"type": "string", "maxLength": 255}},
    "additionalProperties": False,
    "minProperties": 1,
}
TEXT: Final[Schema] = {"type": "string", "maxLength": 255}
PRINTABLE: Final[Schema] = {"type": ["string", "null"], "minLength": 0, "maxLength": 255, "pattern": r"^[^\x00-\x1f\x7f-\x9f]*\Z"}
"""A description without control characters."""
NULLABLE_SPECS_PLAIN: Final[Schema] = {
    "type": "object",
    "patternProperties": {r"^[a-zA-Z0-9-_:.]{1,255}$": {"type": ["string", "null"], "maxLength": 255}},
    "additionalProperties": False,
}
"""Specs whose keys have no blanks and no slashes."""
HOST: Final[Schema] = {"type": ["string", "null"], "minLength": 1, "maxLength": 255, "pattern": r"^[a-zA-Z0-9-._#@:/+\[\]]*\Z"}
NULLABLE_SPECS: Final[Schema] = {
    "type": "object",
    "patternProperties": {KEY: {"type": ["string", "null"], "maxLength": 255}},
    "additionalProperties": False,
}
ANYTHING: Final[Schema] = {}
META_BODY: Final = closed({"meta": {**METADATA, "minProperties": 1, "maxProperties": 1}}, "meta")
METADATA_BODY: Final[Schema] = {"type": "object", "properties": {"metadata": METADATA}, "required": ["metadata"]}


def text(value: str | None) -> str:
    """A text of a request as it is kept: null is empty; blanks at its ends go."""
    return value.strip() if value else ""


def number(value: int | str | None) -> int:
    """A size of a request; 0 for none."""
    return int(value) if value else 0
