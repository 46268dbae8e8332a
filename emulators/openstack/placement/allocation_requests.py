"""Bodies that say what consumers are to have, as each microversion writes them."""

from __future__ import annotations

import uuid as uuids
from typing import Any, Final

from emulators.openstack.call import Call
from emulators.openstack.faults import Fault
from emulators.openstack.placement.giving import Wanted
from emulators.openstack.placement.inventories import CLASS_PATTERN, GENERATION
from emulators.openstack.placement.records import MAX_INT
from emulators.openstack.schemas import UUID, Schema, closed
from emulators.openstack.service import Versioned

NOBODY: Final = "00000000-0000-0000-0000-000000000000"
"""The project and user of consumers from before 1.8."""
_UUID_PATTERN: Final = "^[0-9a-fA-F-]{36}$"
_ID: Final = {"type": "string", "minLength": 1, "maxLength": 255}
_AMOUNTS: Final = {
    "type": "object",
    "minProperties": 1,
    "patternProperties": {CLASS_PATTERN: {"type": "integer", "minimum": 1, "maximum": MAX_INT}},
    "additionalProperties": False,
}
_LISTED: Final = {
    "type": "array",
    "minItems": 1,
    "items": closed(
        {"resource_provider": closed({"uuid": UUID}, "uuid"), "resources": _AMOUNTS},
        "resource_provider",
        "resources",
    ),
}
_TYPE: Final = {"type": "string", "pattern": CLASS_PATTERN, "minLength": 1, "maxLength": 255}
_MAPPINGS: Final = {
    "type": "object",
    "minProperties": 1,
    "patternProperties": {"[a-zA-Z0-9_-]{1,64}": {"type": "array", "minItems": 1, "items": UUID}},
}


def _by_provider(least: int) -> Schema:
    one = closed({"generation": GENERATION, "resources": _AMOUNTS}, "resources")
    return {"type": "object", "minProperties": least, "patternProperties": {_UUID_PATTERN: one}, "additionalProperties": False}


_OWNED: Final = {"project_id": _ID, "user_id": _ID}
_V12: Final = closed({"allocations": _by_provider(1), **_OWNED}, "allocations", *_OWNED)
_EMPTIABLE: Final = closed({"allocations": _by_provider(0), **_OWNED}, "allocations", *_OWNED)
_COUNTED: Final = {"allocations": _by_provider(0), **_OWNED, "consumer_generation": {"type": ["integer", "null"]}}
_V28: Final = closed(_COUNTED, *_COUNTED)
_V34: Final = closed({**_COUNTED, "mappings": _MAPPINGS}, *_COUNTED)
_V38: Final = closed({**_COUNTED, "mappings": _MAPPINGS, "consumer_type": _TYPE}, *_COUNTED, "consumer_type")


def many(of: Schema, least: int = 1) -> Schema:
    """Such a body for each of several consumers."""
    return {"type": "object", "minProperties": least, "patternProperties": {_UUID_PATTERN: of}, "additionalProperties": False}


ONE: Final = Versioned(
    {
        "1.0-1.7": closed({"allocations": _LISTED}, "allocations"),
        "1.8-1.11": closed({"allocations": _LISTED, **_OWNED}, "allocations", *_OWNED),
        "1.12-1.27": _V12,
        "1.28-1.33": _V28,
        "1.34-1.37": _V34,
        "1.38-": _V38,
    }
)
"""The body of PUT."""
MANY: Final = Versioned({"1.13-1.27": many(_EMPTIABLE), "1.28-1.33": many(_V28), "1.34-1.37": many(_V34), "1.38-": many(_V38)})
"""The body of POST."""
RESHAPED: Final = {"1.30-1.33": many(_V28, 0), "1.34-1.37": many(_V34, 0), "1.38-": many(_V38, 0)}
"""The allocations in the body of the reshaper."""


def wanted(call: Call, body: dict[str, Any]) -> Wanted:
    """What a body wants for a consumer."""
    one: Wanted = {
        "amounts": _amounts(body["allocations"]),
        "project": body.get("project_id", NOBODY),
        "user": body.get("user_id", NOBODY),
        "type": body.get("consumer_type", ""),
    }
    return {**one, "generation": body["consumer_generation"]} if call.since("1.28") else one


def _amounts(given: Any) -> dict[str, dict[str, int]]:
    if isinstance(given, dict):
        return {uuid: _whole(one["resources"]) for uuid, one in given.items()}
    found: dict[str, dict[str, int]] = {}
    for one in given:
        found[str(uuids.UUID(one["resource_provider"]["uuid"]))] = _whole(one["resources"])
    return found


def _whole(amounts: dict[str, Any]) -> dict[str, int]:
    return {name: int(amount) for name, amount in amounts.items()}


def consumer_uuid(text: str) -> str:
    """A consumer's UUID with dashes; raises Fault 400."""
    try:
        return str(uuids.UUID(text))
    except ValueError as error:
        raise Fault(400, f"Malformed consumer_uuid: {text}") from error
