"""Imports that are asked for as tasks, as it was done before ``/import``: for administrators."""

from __future__ import annotations

from typing import Any, Final

from emulators.openstack import validation
from emulators.openstack.call import Call
from emulators.openstack.credentials import admin
from emulators.openstack.faults import Fault
from emulators.openstack.image import images, views
from emulators.openstack.image.importing import Downloads, begin_import, require_public
from emulators.openstack.image.records import GlanceTask
from emulators.openstack.image.schemas import PROPERTIES, TASK
from emulators.openstack.image.service import IMAGE

_INPUT: Final = {
    "type": "object",
    "properties": {
        "import_from": {"type": "string"},
        "import_from_format": {"type": "string"},
        "image_properties": {"type": "object", "properties": PROPERTIES, "additionalProperties": {"type": "string"}},
    },
    "required": ["import_from", "import_from_format", "image_properties"],
}
_BODY: Final = {"type": "object", "properties": TASK["properties"], "additionalProperties": False}


@IMAGE.post("/tasks", body=_BODY, rule=admin, status=201)
async def create_task(call: Call) -> dict[str, Any]:
    """Make an image of what lies at a public address."""
    wanted, kind = call.body.get("input"), call.body.get("type")
    if kind != "import":
        raise Fault(400, f"Task type '{kind}' is not supported")
    validation.check(_INPUT, wanted)
    await require_public(wanted["import_from"])
    fields = images.fields_of(call, wanted["image_properties"])
    image = await call.ask(images.decide_create, uid="", fields=fields)
    uid = await call.ask(
        begin_import, image=image.uid, user=call.credentials.user, request=wanted, request_id=call.request_id, kind="import"
    )
    call.cloud.part(Downloads, call.cloud).start(image.uid, wanted["import_from"], uid)
    return views.task(call.state.get(GlanceTask, uid))
