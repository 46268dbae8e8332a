"""What Glance tells of itself: schemas, ways to import, stores, usage, cache; and its tasks."""

from __future__ import annotations

from typing import Any

from emulators.openstack.call import Call
from emulators.openstack.credentials import admin
from emulators.openstack.faults import Fault
from emulators.openstack.image import views
from emulators.openstack.image.content import MAX_BYTES
from emulators.openstack.image.images import target
from emulators.openstack.image.records import GlanceImage, GlanceTask
from emulators.openstack.image.schemas import SCHEMAS
from emulators.openstack.image.service import IMAGE
from emulators.openstack.pages import in_order, page


@IMAGE.get("/schemas/{name}", quality="client")
async def show_schema(call: Call) -> dict[str, Any]:
    """The schema of a kind of answer."""
    found: dict[str, Any] | None = SCHEMAS.get(call.path["name"])
    if found is None:
        raise Fault(404, "The resource could not be found.")
    return found


@IMAGE.get("/info/import")
async def import_methods(_: Call) -> dict[str, Any]:
    """The ways to import."""
    return {"import-methods": {"description": "Import methods available.", "type": "array", "value": list(views.METHODS)}}


@IMAGE.get("/info/stores")
async def stores(_: Call) -> dict[str, Any]:
    """The stores."""
    return {"stores": [{"id": views.STORE, "default": "true", "description": "Files in the datacenter's data directory"}]}


@IMAGE.get("/info/stores/detail", rule=admin)
async def stores_detail(call: Call) -> dict[str, Any]:
    """The stores, and how they work."""
    folder = str(call.cloud.data_dir / "images")
    properties = {"data_dir": folder, "chunk_size": 1 << 20, "thin_provisioning": False}
    return {"stores": [{"id": views.STORE, "type": "file", "default": "true", "weight": 0, "properties": properties}]}


@IMAGE.get("/info/usage")
async def usage(call: Call) -> dict[str, Any]:
    """What the caller's project uses of what it may."""
    mine = call.state.where(GlanceImage, "project", call.project)
    mib = sum(max(one.size, 0) for one in mine) >> 20
    staged = sum(max(one.staged, 0) for one in mine) >> 20
    uploading = sum(one.status in {"saving", "uploading", "importing"} for one in mine)
    return {
        "usage": {
            "image_size_total": {"limit": MAX_BYTES >> 20, "usage": mib},
            "image_stage_total": {"limit": MAX_BYTES >> 20, "usage": staged},
            "image_count_total": {"limit": -1, "usage": len(mine)},
            "image_count_uploading": {"limit": -1, "usage": uploading},
        }
    }


@IMAGE.get("/cache", rule=admin)
async def cache(_: Call) -> dict[str, Any]:
    """The image cache, which there is none of: nothing is cached."""
    return {"cached_images": [], "queued_images": []}


@IMAGE.get("/images/{image_id}/tasks")
async def image_tasks(call: Call) -> dict[str, Any]:
    """The tasks of an image."""
    found = call.state.where(GlanceTask, "image", target(call).uid)
    return {"tasks": [views.task(one) for one in found]}


@IMAGE.get("/tasks", rule=admin)
async def list_tasks(call: Call) -> dict[str, Any]:
    """All tasks, the newest first."""
    wanted = {"status": call.first("status"), "name": call.first("type")}
    found = [one for one in call.state.all(GlanceTask) if all(value in {"", getattr(one, name)} for name, value in wanted.items())]
    ordered = in_order(found, [(lambda one: one.number, True)])
    return {
        "tasks": [views.task_summary(one) for one in page(ordered, call.query, lambda one: one.uid).items],
        "first": "/v2/tasks",
        "schema": "/v2/schemas/tasks",
    }


@IMAGE.get("/tasks/{task_id}", rule=admin)
async def show_task(call: Call) -> dict[str, Any]:
    """One task."""
    found = call.state.maybe(GlanceTask, call.path["task_id"])
    if found is None:
        raise Fault(404, f"No task found with ID {call.path['task_id']}")
    return views.task(found)
