"""JSON schemas, compiled once each, and the sentence that names what does not fit, as the services word it."""

from __future__ import annotations

import base64
import re
import uuid
from collections.abc import Callable, Mapping
from datetime import datetime
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any, Final

import fastjsonschema

from emulators.openstack.faults import Fault

Check = Callable[[Any], object]
_compiled: dict[int, tuple[Mapping[str, Any], Check]] = {}
_HEX32: Final = re.compile(r"[0-9a-fA-F]{32}")


def _uuid(text: str) -> bool:
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True


def _decoded(text: str) -> bytes:
    return base64.b64decode(text.encode())


def _accepts(parse: Callable[[str], object]) -> Callable[[str], bool]:
    def check(text: str) -> bool:
        try:
            parse(text)
        except ValueError:
            return False
        return True

    return check


FORMATS: Final[dict[str, Callable[[str], bool]]] = {
    "uuid": _uuid,
    "date-time": _accepts(datetime.fromisoformat),
    "ip": _accepts(ip_address),
    "ipv4": _accepts(IPv4Address),
    "ipv6": _accepts(IPv6Address),
    "cidr": lambda text: "/" in text and _accepts(lambda given: ip_network(given, strict=False))(text),
    "base64": _accepts(_decoded),
    "uri": lambda text: bool(re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", text)),
}
"""The formats that our schemas use beyond the library's own."""


Sentence = Callable[[list[str], str, Any], str]
"""How a service words what does not fit, from the path, the reason and the value."""


def check(schema: Mapping[str, Any], instance: Any, *, where: str = "field/attribute", sentence: Sentence | None = None) -> None:
    """Raise Fault 400 naming the path and why when the instance does not fit."""
    try:
        _check_of(schema)(instance)
    except fastjsonschema.JsonSchemaValueException as error:
        words = sentence(*_parts(error)) if sentence is not None else _sentence(error, where)
        raise Fault(400, words) from error


def fits(schema: Mapping[str, Any], instance: Any) -> bool:
    """Whether the instance fits."""
    try:
        _check_of(schema)(instance)
    except fastjsonschema.JsonSchemaValueException:
        return False
    return True


def _check_of(schema: Mapping[str, Any]) -> Check:
    known = _compiled.get(id(schema))
    if known is None:  # the schema is kept with its check: its id stays its own
        known = _compiled[id(schema)] = (schema, fastjsonschema.compile(dict(schema), formats=FORMATS, use_default=False))
    return known[1]


def _sentence(error: fastjsonschema.JsonSchemaValueException, where: str) -> str:
    """Nova's words: ``Invalid input for field/attribute name. Value: . '' is too short``."""
    path, reason, _ = _parts(error)
    if not path:
        return f"Invalid input: {reason}"
    return f"Invalid input for {where} {'.'.join(path)}. Value: {_shown(error.value)}. {path[-1]} {reason}"


def _parts(error: fastjsonschema.JsonSchemaValueException) -> tuple[list[str], str, Any]:
    path = [str(part) for part in error.path[1:]]
    return path, str(error.message).removeprefix(str(error.name)).strip(), error.value


def _shown(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 200 else f"{text[:200]}..."  # noqa: PLR2004 - long enough to recognise it
