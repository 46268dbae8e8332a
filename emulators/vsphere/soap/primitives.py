"""VMODL's built-in simple types: text on the wire ↔ Python values.

Readers raise ValueError for text that is not of the type; writers get values that already are.  XML escaping happens here, too.
"""

from __future__ import annotations

import base64
import binascii
import math
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

from emulators.vsphere.soap import vmodl

_INTEGER: Final = re.compile(r"[+-]?[0-9]{1,20}\Z")
_FLOAT: Final = re.compile(r"(?:[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|-?INF|NaN)\Z")
_DATETIME: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?(?:Z|[+-][0-9]{2}:[0-9]{2})?\Z")
# Characters that XML 1.0 cannot carry at all become U+FFFD; a bare CR would be read back as LF.
_SPECIAL: Final = re.compile("[&<>\"'\r\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_UNWRITABLE: Final = re.compile("[\r\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_SHORT: Final = 64


def escape(text: str) -> str:
    """``text`` as XML character data, with quotes escaped as vCenter does."""
    # Measured: the character class is fastest for short text, `str.replace` and `isprintable` for long text.
    if text.isalnum() or (len(text) < _SHORT and not _SPECIAL.search(text)):
        return text
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;").replace("'", "&apos;")
    printable = text.isprintable() or text.replace("\n", "").replace("\t", "").isprintable()
    return text if printable else _UNWRITABLE.sub(_replace, text)


def _replace(match: re.Match[str]) -> str:
    return "&#13;" if match.group() == "\r" else "\ufffd"


def _integer(cls: type[Any], bits: int) -> Callable[[str], Any]:
    low, high = -(1 << (bits - 1)), (1 << (bits - 1)) - 1

    def read(text: str) -> Any:
        text = text.strip()
        if not _INTEGER.match(text):
            raise ValueError(text)
        value = int(text)
        if not low <= value <= high:
            raise ValueError(text)
        return value if cls is int else cls(value)

    return read


def _floating(cls: type[Any]) -> Callable[[str], Any]:
    def read(text: str) -> Any:
        text = text.strip()
        if not _FLOAT.match(text):
            raise ValueError(text)
        return cls(text)

    return read


def _read_boolean(text: str) -> bool:
    word = text.strip().lower()
    if word in {"true", "1"}:
        return True
    if word in {"false", "0"}:
        return False
    raise ValueError(text)


def _read_datetime(text: str) -> datetime:
    text = text.strip()
    if not _DATETIME.match(text):
        raise ValueError(text)
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _read_binary(text: str) -> Any:
    try:
        return vmodl.binary(base64.b64decode("".join(text.split()), validate=True))
    except binascii.Error as error:
        raise ValueError(text) from error


READERS: Final[dict[type[Any], Callable[[str], Any]]] = {
    bool: _read_boolean,
    vmodl.byte: _integer(vmodl.byte, 8),
    vmodl.short: _integer(vmodl.short, 16),
    int: _integer(int, 32),
    vmodl.long: _integer(vmodl.long, 64),
    float: _floating(float),
    vmodl.double: _floating(vmodl.double),
    str: str,
    vmodl.URI: vmodl.URI,
    vmodl.PropertyPath: vmodl.PropertyPath,
    vmodl.Link: vmodl.Link,
    datetime: _read_datetime,
    vmodl.binary: _read_binary,
}
"""From the text of an element to a value, by class."""


def _write_integer(value: int) -> str:
    return f"{value:d}"


def _write_boolean(value: object) -> str:
    return "true" if value else "false"


def _write_float(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "INF" if value > 0 else "-INF"
    return float.__repr__(value)


def write_datetime(value: datetime) -> str:
    """UTC with ``Z`` and as many digits of a second as are needed, as vCenter does: ``2026-01-31T08:00:00.25Z``.  ValueError when naive."""
    if value.tzinfo is None:
        raise ValueError(f"{value.isoformat()} has no time zone")
    text = (value if value.tzinfo is UTC else value.astimezone(UTC)).isoformat()[:-6]  # without its "+00:00"
    return (text.rstrip("0") if value.microsecond else text) + "Z"


def _write_binary(value: bytes) -> str:
    return base64.b64encode(value).decode("ascii")


def _write_link(value: Any) -> str:
    return escape(value if isinstance(value, str) else value.key)


def _write_type_name(value: Any) -> str:
    return escape(value) if isinstance(value, str) else vmodl.wire_name(value)


def _write_method_name(value: Any) -> str:
    if isinstance(value, str):
        return escape(value)
    return escape(value.name if isinstance(value, vmodl.UnknownManagedMethod) else value.info.wsdlName)


WRITERS: Final[dict[type[Any], Callable[[Any], str]]] = {
    bool: _write_boolean,
    vmodl.byte: _write_integer,
    vmodl.short: _write_integer,
    int: _write_integer,
    vmodl.long: _write_integer,
    float: _write_float,
    vmodl.double: _write_float,
    str: escape,
    vmodl.URI: escape,
    vmodl.PropertyPath: escape,
    vmodl.Link: _write_link,
    datetime: write_datetime,
    vmodl.binary: _write_binary,
    type: _write_type_name,
    vmodl.ManagedMethod: _write_method_name,
}
"""From a value to escaped character data, by declared class."""
