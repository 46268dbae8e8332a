"""Glance: the schemas that it publishes, by where requests are held to them."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from typing import Any

PLACES = (
    ("POST", "/images", "body", "images", "get_schema"),
    ("GET", "/images/{image_id}", "response", "images", "get_schema"),
    ("GET", "/images", "response", "images", "get_collection_schema"),
    ("GET", "/images/{image_id}/members/{member_id}", "response", "image_members", "get_schema"),
    ("GET", "/images/{image_id}/members", "response", "image_members", "get_collection_schema"),
    ("POST", "/tasks", "body", "tasks", "get_task_schema"),
    ("GET", "/tasks/{task_id}", "response", "tasks", "get_task_schema"),
    ("POST", "/metadefs/namespaces", "body", "metadef_namespaces", "get_schema"),
    ("GET", "/metadefs/namespaces/{namespace}", "response", "metadef_namespaces", "get_schema"),
    ("POST", "/metadefs/namespaces/{namespace}/properties", "body", "metadef_properties", "get_schema"),
    ("POST", "/metadefs/namespaces/{namespace}/objects", "body", "metadef_objects", "get_schema"),
    ("POST", "/metadefs/namespaces/{namespace}/tags/{tag}", "body", "metadef_tags", "get_schema"),
)
"""Method, path, kind, and the module and function of ``glance.api.v2`` that make the schema."""


def entries(configuration: str) -> Iterator[dict[str, Any]]:
    """The schemas of images, members, tasks and metadata definitions."""
    modules = {module: importlib.import_module(f"glance.api.v2.{module}") for _, _, _, module, _ in PLACES}
    importlib.import_module("glance.common.config").parse_args(args=[], default_config_files=[configuration])
    for method, path, kind, module, maker in PLACES:
        schema = getattr(modules[module], maker)()
        place = {"method": method, "path": path, "action": "", "lowest": "", "highest": ""}
        yield {**place, "kind": kind, "schema": schema.raw()}


def accepts(kind: str, schema: Any, instance: Any) -> bool:
    """The verdict of the validator that Glance uses."""
    jsonschema = importlib.import_module("jsonschema")
    try:
        jsonschema.validate(instance, schema)
    except jsonschema.ValidationError:
        return False
    return True
