"""Changing an image: JSON patch in Glance's two media types (v2.1 with ``op`` and ``path``, v2.0 with the operation as the key)."""

from __future__ import annotations

import re
from typing import Any, Final, NamedTuple

import msgspec

from emulators.openstack import validation
from emulators.openstack.asks import ask
from emulators.openstack.call import Call
from emulators.openstack.faults import Fault
from emulators.openstack.image import events, views
from emulators.openstack.image.access import require_owner
from emulators.openstack.image.images import (
    BASE,
    FIELD_OF,
    MAX_PROPERTIES,
    MAX_TAGS,
    READ_ONLY,
    require_room,
    require_unreserved,
    require_visibility,
    target,
    unique,
)
from emulators.openstack.image.records import GlanceImage
from emulators.openstack.image.schemas import PARTIAL
from emulators.openstack.image.service import IMAGE
from emulators.world.decide import Decision

V20: Final = "application/openstack-images-v2.0-json-patch"
V21: Final = "application/openstack-images-v2.1-json-patch"
OPERATIONS: Final = ("add", "remove", "replace")
MAX_BODY: Final = 1024 * 1024


class Change(NamedTuple):
    """One operation on a property."""

    operation: str
    name: str
    value: Any


@IMAGE.patch("/images/{image_id}", raw=True, quality="client")
async def update_image(call: Call) -> dict[str, Any]:
    """Apply a patch: all of its operations or none."""
    changes = _changes(call.request.content_type, await _body(call))
    found = target(call)
    require_owner(call.credentials, found, "modify_image")
    for change in changes:
        if change.name == "owner" and not call.credentials.admin:
            raise Fault(403, "Owner can't be updated by non admin.")
        if change.name == "visibility" and change.operation != "remove":
            require_visibility(call, change.value)
    plain = [(change.operation, change.name, change.value) for change in changes]
    return views.image(await call.ask(decide_update, image=found.uid, changes=plain))


async def _body(call: Call) -> Any:
    if call.request.content_type not in {V20, V21}:
        expected = f"{V20}, {V21}"
        raise Fault(415, f"Image PATCH expects Content-Type one of: {expected}", headers={"Accept-Patch": expected})
    data = b""
    await call.invite_body()
    async for chunk in call.request.content.iter_chunked(1 << 16):
        data += chunk
        if len(data) > MAX_BODY:
            raise Fault(413, "Request is too large.")
    try:
        return msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Fault(400, "Malformed JSON in request body.") from error


def _changes(content_type: str, body: Any) -> list[Change]:
    if not isinstance(body, list):
        raise Fault(400, "Request body must be a JSON array of operation objects.")
    return [_change(content_type, one) for one in body]


def _change(content_type: str, raw: Any) -> Change:
    if not isinstance(raw, dict):
        raise Fault(400, "Operations must be JSON objects.")
    operation, pointer = _new_form(raw) if content_type == V21 else _old_form(raw)
    name = _property(operation, pointer)
    if name in READ_ONLY:
        raise Fault(403, f"Attribute '{name}' is read-only.")
    require_unreserved(name)
    if operation == "remove":
        return Change(operation, name, None)
    if "value" not in raw:
        raise Fault(400, f'Operation "{operation}" requires a member named "value".')
    validation.check(PARTIAL, {name: raw["value"]})
    return Change(operation, name, raw["value"])


def _new_form(raw: dict[str, Any]) -> tuple[str, Any]:
    available = ", ".join(OPERATIONS)
    operation = raw.get("op")
    if operation is None:
        raise Fault(400, f"Unable to find `op` in JSON Schema change. It must be one of the following: {available}.")
    if operation not in OPERATIONS:
        raise Fault(400, f"Invalid operation: `{operation}`. It must be one of the following: {available}.")
    if "path" not in raw:
        raise Fault(400, "Unable to find 'path' in JSON Schema change")
    return operation, raw["path"]


def _old_form(raw: dict[str, Any]) -> tuple[str, Any]:
    named = [operation for operation in OPERATIONS if operation in raw]
    if len(named) != 1:
        raise Fault(400, 'Operation objects must contain exactly one member named "add", "remove", or "replace".')
    return named[0], raw[named[0]]


def _property(operation: str, pointer: Any) -> str:
    """The property that a JSON pointer names; raises Fault 400."""
    if not isinstance(pointer, str) or not pointer.startswith("/"):
        raise Fault(400, f'Pointer `{pointer}` does not start with "/".')
    if re.search(r"/\s*?/", pointer[1:]) or (len(pointer) > 1 and pointer.endswith("/")):
        raise Fault(400, f'Pointer `{pointer}` contains adjacent "/" or ends with one.')
    if re.search("~[^01]", pointer) or pointer.endswith("~"):
        raise Fault(400, f'Pointer `{pointer}` contains "~" not part of a recognized escape sequence.')
    parts = [part.replace("~1", "/").replace("~0", "~").strip() for part in pointer.lstrip("/").split("/")]
    if parts[0] == "locations":
        raise Fault(403, f"It's not allowed to {operation} locations if locations are invisible.")
    if len(parts) != 1 or not parts[0]:
        raise Fault(400, f"Invalid JSON pointer for this resource: '{pointer}'")
    return parts[0]


@ask
def decide_update(d: Decision, *, image: str, changes: list[tuple[str, str, Any]]) -> GlanceImage:
    """They hold, in their order; raises Fault 403, 409 (a property is there, or isn't) or 413."""
    found = d.get(GlanceImage, image)
    fields: dict[str, Any] = {"properties": dict(found.properties)}
    for operation, name, value in changes:
        if name in BASE:
            _set_base(found, fields, operation, name, value)
        else:
            _set_own(fields["properties"], operation, name, value)
    require_room(len(fields["properties"]), MAX_PROPERTIES, "properties")
    require_room(len(fields.get("tags", ())), MAX_TAGS, "tags")
    return d.update(events.IMAGE_CHANGED, found, **fields, updated=d.now)


def _set_base(found: GlanceImage, fields: dict[str, Any], operation: str, name: str, value: Any) -> None:
    if operation == "remove":
        raise Fault(403, f"Property {name} may not be removed.")
    if name in {"container_format", "disk_format"} and found.status != "queued":
        raise Fault(403, f"Attribute {name} can be only replaced for a queued image.")
    if name == "tags":
        fields["tags"] = unique(value)
    else:
        fields[FIELD_OF.get(name, name)] = "" if value is None else value


def _set_own(properties: dict[str, str], operation: str, name: str, value: Any) -> None:
    if operation != "add" and name not in properties:
        raise Fault(409, f"Property {name} does not exist.")
    if operation == "remove" or value is None:
        properties.pop(name, None)
    else:
        properties[name] = value
