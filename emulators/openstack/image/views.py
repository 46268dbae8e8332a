"""Images as Glance shows them."""

from __future__ import annotations

from typing import Any

from emulators.openstack.image.records import GlanceImage, GlanceMember, GlanceTask
from emulators.openstack.times import zulu

STORE = "file"
"""The one store."""
METHODS = ("glance-direct", "web-download", "copy-image")
"""The ways to import."""


def image(one: GlanceImage) -> dict[str, Any]:
    """An image: its own properties beside the base ones."""
    path = f"/v2/images/{one.uid}"
    row: dict[str, Any] = {
        **one.properties,
        "id": one.uid,
        "name": one.name or None,
        "status": one.status,
        "visibility": one.visibility,
        "protected": one.protected,
        "os_hidden": one.hidden,
        "container_format": one.container_format or None,
        "disk_format": one.disk_format or None,
        "min_disk": one.min_disk,
        "min_ram": one.min_ram,
        "size": one.size if one.size >= 0 else None,
        "virtual_size": one.virtual_size if one.virtual_size >= 0 else None,
        "checksum": one.checksum or None,
        "os_hash_algo": one.os_hash_algo or None,
        "os_hash_value": one.os_hash_value or None,
        "owner": one.project or None,
        "tags": list(one.tags),
        "created_at": zulu(one.created),
        "updated_at": zulu(one.updated),
        "self": path,
        "file": f"{path}/file",
        "schema": "/v2/schemas/image",
    }
    if one.source:
        row["stores"] = STORE
    return row


def member(one: GlanceMember) -> dict[str, Any]:
    """A member of an image."""
    return {
        "image_id": one.image,
        "member_id": one.member,
        "status": one.status,
        "created_at": zulu(one.created),
        "updated_at": zulu(one.updated),
        "schema": "/v2/schemas/member",
    }


def task_summary(one: GlanceTask) -> dict[str, Any]:
    """A task in a list."""
    row: dict[str, Any] = {
        "id": one.uid,
        "type": one.name,
        "status": one.status,
        "owner": one.project,
        "created_at": zulu(one.created),
        "updated_at": zulu(one.updated),
        "self": f"/v2/tasks/{one.uid}",
        "schema": "/v2/schemas/task",
    }
    if one.expires is not None:
        row["expires_at"] = zulu(one.expires)
    return row


def task(one: GlanceTask) -> dict[str, Any]:
    """A task in full."""
    return task_summary(one) | {
        "input": one.input,
        "result": one.result or None,
        "message": one.message,
        "image_id": one.image or None,
        "user_id": one.user or None,
        "request_id": one.request_id or None,
    }
