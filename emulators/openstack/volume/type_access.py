"""Which projects may use a volume type that is not public."""

from __future__ import annotations

from typing import Any, Final

from emulators.openstack.asks import ask
from emulators.openstack.call import Call, Reply
from emulators.openstack.credentials import admin
from emulators.openstack.faults import Fault
from emulators.openstack.schemas import closed
from emulators.openstack.volume import events
from emulators.openstack.volume.lookups import target_type
from emulators.openstack.volume.records import CinderType
from emulators.openstack.volume.service import VOLUME
from emulators.world.decide import Decision

_ACCESS: Final = closed({"project": {"type": "string", "minLength": 1, "maxLength": 255}}, "project")


@VOLUME.get("/types/{type_id}/os-volume-type-access", rule=admin)
async def list_access(call: Call) -> dict[str, Any]:
    """The projects that may use a type which is not public."""
    type_ = target_type(call)
    if type_.public:
        raise Fault(404, "Access list not available for public volume types.")
    return {"volume_type_access": [{"volume_type_id": type_.uid, "project_id": project} for project in type_.projects]}


@VOLUME.action("/types/{type_id}/action", "addProjectAccess", body=_ACCESS, rule=admin)
async def add_access(call: Call) -> Reply:
    """Let a project use a type."""
    await call.ask(change_access, type_id=target_type(call).uid, project=call.body["project"], add=True)
    return Reply(status=202)


@VOLUME.action("/types/{type_id}/action", "removeProjectAccess", body=_ACCESS, rule=admin)
async def remove_access(call: Call) -> Reply:
    """Let a project use a type no more."""
    await call.ask(change_access, type_id=target_type(call).uid, project=call.body["project"], add=False)
    return Reply(status=202)


@ask
def change_access(d: Decision, *, type_id: str, project: str, add: bool) -> None:
    """It holds; raises Fault 404 or 409 when it did before, 400 for a type that all may use."""
    found = d.get(CinderType, type_id)
    if found.public:
        raise Fault(400 if add else 404, "Type access modification is not applicable to public volume type.")
    if add and project in found.projects:
        raise Fault(409, f"Volume type access for {type_id} / {project} combination already exists.")
    if not add and project not in found.projects:
        raise Fault(404, f"Volume type access not found for {type_id} / {project} combination.")
    projects = (*found.projects, project) if add else tuple(one for one in found.projects if one != project)
    d.update(events.TYPE_CHANGED, found, projects=projects)
