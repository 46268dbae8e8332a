"""Default volume types of projects."""

from __future__ import annotations

from typing import Any, Final

from emulators.openstack.asks import ask
from emulators.openstack.call import Call
from emulators.openstack.credentials import admin
from emulators.openstack.faults import Fault
from emulators.openstack.schemas import closed
from emulators.openstack.volume import events, parameters
from emulators.openstack.volume.lookups import find_type
from emulators.openstack.volume.records import CinderDefaultType
from emulators.openstack.volume.service import VOLUME
from emulators.world.decide import Decision

_DEFAULT: Final = {"type": "object", "properties": {"default_type": closed({"volume_type": parameters.NAME}, "volume_type")}}


@VOLUME.get("/default-types", rule=admin, versions="3.62-")
async def list_defaults(call: Call) -> dict[str, Any]:
    """The projects that have a default type of their own."""
    return {"default_types": [{"project_id": one.name, "volume_type_id": one.type} for one in call.state.all(CinderDefaultType)]}


@VOLUME.get("/default-types/{project}", rule=admin, versions="3.62-")
async def show_project_default(call: Call) -> dict[str, Any]:
    """A project's default type."""
    found = call.state.one(CinderDefaultType, "name", call.path["project"])
    if found is None:
        raise Fault(404, f"Default type for project {call.path['project']} not found.")
    return {"default_type": {"project_id": found.name, "volume_type_id": found.type}}


@VOLUME.put("/default-types/{project}", body=_DEFAULT, rule=admin, versions="3.62-")
async def set_project_default(call: Call) -> dict[str, Any]:
    """Set a project's default type."""
    if "default_type" not in call.body:
        raise Fault(400, "Invalid input received: default_type must be given.")
    type_ = find_type(call.state, call.credentials, call.body["default_type"]["volume_type"])
    await call.ask(decide_default, project=call.path["project"], type_id=type_.uid)
    return {"default_type": {"project_id": call.path["project"], "volume_type_id": type_.uid}}


@VOLUME.delete("/default-types/{project}", rule=admin, versions="3.62-", status=204)
async def unset_project_default(call: Call) -> None:
    """Let the deployment's default hold for a project again."""
    await call.ask(decide_default, project=call.path["project"], type_id="")


@ask
def decide_default(d: Decision, *, project: str, type_id: str) -> None:
    """It holds."""
    found = d.state.one(CinderDefaultType, "name", project)
    if found is not None and type_id:
        d.update(events.TYPE_CHANGED, found, type=type_id)
    elif found is not None:
        d.delete(events.TYPE_CHANGED, found)
    elif type_id:
        d.create(events.TYPE_CHANGED, CinderDefaultType, name=project, type=type_id)
