"""The schemas of metadata definitions."""

from __future__ import annotations

from typing import Any, Final

from emulators.openstack.call import Call
from emulators.openstack.faults import Fault
from emulators.openstack.image.service import IMAGE


@IMAGE.get("/schemas/metadefs/{name}")
async def show_schema(call: Call) -> dict[str, Any]:
    """The schema of a kind of definition."""
    name = call.path["name"]
    found = SCHEMAS.get(name)
    if found is None:
        raise Fault(404, "The resource could not be found.")
    return found


def _item(name: str, title: str) -> dict[str, Any]:
    text = {"type": "string"}
    properties = {title: text, "description": text, "created_at": text, "updated_at": text, "self": text, "schema": text}
    return {"name": name, "properties": properties, "additionalProperties": False, "required": [title]}


def _list(name: str, item: dict[str, Any]) -> dict[str, Any]:
    text = {"type": "string"}
    rows = {"type": "object", "additionalProperties": item} if name == "properties" else {"type": "array", "items": item}
    return {"name": name, "properties": {name: rows, "first": text, "next": text, "schema": text}}


def _schemas() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    pairs = (("namespace", "namespaces", "namespace"), ("object", "objects", "name"), ("property", "properties", "name"))
    more = (("tag", "tags", "name"), ("resource_type", "resource_types", "name"))
    for one, many, title in (*pairs, *more):
        item = _item(one, title)
        found |= {one: item, many: _list(many, item)}
    association = _item("resource_type_association", "name")
    return found | {
        "resource_type": association,
        "resource_types": {**_list("resource_type_associations", association)},
    }


SCHEMAS: Final = _schemas()
