"""/v3/projects/{project_id}/tags."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import quote

from emulators.openstack import validation
from emulators.openstack.asks import ask
from emulators.openstack.call import Call, Reply
from emulators.openstack.credentials import anyone
from emulators.openstack.identity import events
from emulators.openstack.identity.finding import not_found, require
from emulators.openstack.identity.policy import allow
from emulators.openstack.identity.projects import domain_of
from emulators.openstack.identity.schemas import TAG, TAGS
from emulators.openstack.identity.service import IDENTITY
from emulators.world.decide import Decision
from emulators.world.model import Project

_TAGS: Final = {"type": "object", "properties": {"tags": TAGS}, "required": ["tags"], "additionalProperties": False}


def _project(call: Call, *, reads: bool = False) -> Project:
    uid = call.path["project_id"]
    domain = domain_of(call.state, uid)
    allow(call, reads=domain if reads else None, manages=domain, project=uid if reads else None)
    return require(call.state, Project, uid)


def _view(call: Call, project: Project) -> dict[str, Any]:
    return {"tags": list(project.tags), "links": {"self": call.link(f"/projects/{project.uid}/tags")}}


@IDENTITY.get("/projects/{project_id}/tags", rule=anyone)
async def list_project_tags(call: Call) -> dict[str, Any]:
    """The project's tags."""
    return _view(call, _project(call, reads=True))


@IDENTITY.put("/projects/{project_id}/tags", rule=anyone, body=_TAGS)
async def update_project_tags(call: Call) -> dict[str, Any]:
    """These are its tags now."""
    project = _project(call)
    return _view(call, await call.ask(set_tags, uid=project.uid, tags=call.body["tags"]))


@IDENTITY.delete("/projects/{project_id}/tags", rule=anyone)
async def delete_project_tags(call: Call) -> None:
    """It has none."""
    await call.ask(set_tags, uid=_project(call).uid, tags=[])


@IDENTITY.get("/projects/{project_id}/tags/{value}", rule=anyone, status=204)
async def get_project_tag(call: Call) -> None:
    """204 when the project has the tag."""
    if call.path["value"] not in _project(call, reads=True).tags:
        raise not_found("project tag", call.path["value"])


@IDENTITY.put("/projects/{project_id}/tags/{value}", rule=anyone)
async def create_project_tag(call: Call) -> Reply:
    """The project has the tag, too."""
    project, value = _project(call), call.path["value"]
    validation.check(TAG, value)
    await call.ask(add_tag, uid=project.uid, tag=value)
    return Reply(status=201, headers={"Location": call.link(f"/projects/{project.uid}/tags/{quote(value, safe='')}")})


@IDENTITY.delete("/projects/{project_id}/tags/{value}", rule=anyone)
async def delete_project_tag(call: Call) -> None:
    """The project has the tag no more."""
    await call.ask(remove_tag, uid=_project(call).uid, tag=call.path["value"])


@ask
def set_tags(decision: Decision, *, uid: str, tags: list[str]) -> Project:
    """The project has exactly these tags."""
    return decision.update(events.PROJECT.changed, require(decision.state, Project, uid), tags=tuple(tags))


@ask
def add_tag(decision: Decision, *, uid: str, tag: str) -> Project:
    """The project has the tag; raises Fault 400 when it has as many as it may have."""
    project = require(decision.state, Project, uid)
    tags = list(dict.fromkeys([*project.tags, tag]))
    validation.check(TAGS, tags)
    return set_tags(decision, uid=uid, tags=tags)


@ask
def remove_tag(decision: Decision, *, uid: str, tag: str) -> Project:
    """The project has it no more; raises Fault 404 when it did not."""
    project = require(decision.state, Project, uid)
    if tag not in project.tags:
        raise not_found("project tag", tag)
    return set_tags(decision, uid=uid, tags=[one for one in project.tags if one != tag])
