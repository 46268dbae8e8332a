"""Types of volume groups, and their specs (since 3.11)."""

from __future__ import annotations

from typing import Any, Final

from emulators.openstack.asks import ask
from emulators.openstack.call import Call, Reply
from emulators.openstack.credentials import admin
from emulators.openstack.faults import Fault
from emulators.openstack.schemas import BOOLEAN, closed, truth
from emulators.openstack.volume import events, parameters
from emulators.openstack.volume.listing import Kind, answer, flag, listed
from emulators.openstack.volume.records import CinderGroup, CinderGroupType
from emulators.openstack.volume.seed import CGSNAPSHOT_TYPE
from emulators.openstack.volume.service import VOLUME
from emulators.world.decide import Decision

SINCE: Final = "3.11-"
GROUP_TYPES: Final = Kind("group_types", {"id": lambda one: one.uid, "name": lambda one: one.name, "created_at": lambda one: one.created})
_SPECS: Final = parameters.NULLABLE_SPECS_PLAIN
_FIELDS: Final = {
    "name": parameters.NAME,
    "description": parameters.PRINTABLE,
    "is_public": BOOLEAN,
    "group_specs": parameters.OPTIONAL_METADATA,
}
_CREATE: Final = closed({"group_type": closed(_FIELDS, "name")}, "group_type")
_UPDATE: Final = closed(
    {"group_type": closed({"name": parameters.OPTIONAL_TEXT, "description": parameters.PRINTABLE, "is_public": BOOLEAN})}, "group_type"
)
_SPECS_BODY: Final = closed({"group_specs": _SPECS}, "group_specs")


def view(call: Call, one: CinderGroupType) -> dict[str, Any]:
    """A group type as Cinder shows it."""
    row: dict[str, Any] = {"id": one.uid, "name": one.name, "description": one.description or None, "is_public": one.public}
    if call.credentials.admin:
        row["group_specs"] = one.specs
    return row


def find_group_type(call: Call, name: str) -> CinderGroupType:
    """The group type of that id or name; raises Fault 404."""
    found = call.state.maybe(CinderGroupType, name) or call.state.one(CinderGroupType, "name", name)
    if found is None or not (found.public or call.credentials.admin):
        raise Fault(404, f"Group type {name} could not be found.")
    return found


def _target(call: Call) -> CinderGroupType:
    return find_group_type(call, call.path["group_type_id"])


@VOLUME.post("/group_types", body=_CREATE, rule=admin, versions=SINCE, status=202)
async def create_group_type(call: Call) -> dict[str, Any]:
    """Make a group type."""
    return {"group_type": view(call, await call.ask(decide_create, body=call.body["group_type"]))}


@ask
def decide_create(d: Decision, *, body: dict[str, Any]) -> CinderGroupType:
    """It exists; raises Fault 409 when the name is taken."""
    name = body["name"].strip()
    _require_name(d, name)
    return d.create(
        events.TYPE_CREATED,
        CinderGroupType,
        uid=d.new_uuid(),
        name=name,
        description=parameters.text(body.get("description")),
        public=truth(body.get("is_public", True)),
        specs=body.get("group_specs") or {},
    )


def _require_name(d: Decision, name: str, but: str = "") -> None:
    if any(one.uid != but for one in d.state.where(CinderGroupType, "name", name)):
        raise Fault(409, f"Group Type {name} already exists.")


@VOLUME.get("/group_types", versions=SINCE)
async def list_group_types(call: Call) -> dict[str, Any]:
    """The group types that the caller may use."""
    wanted = call.first("is_public")
    found = [one for one in call.state.all(CinderGroupType) if one.public or call.credentials.admin]
    if call.credentials.admin and wanted.lower() != "none":
        found = [one for one in found if one.public is (flag(call, "is_public") if wanted else True)]
    return answer(call, GROUP_TYPES, listed(call, GROUP_TYPES, found), lambda one: view(call, one))


@VOLUME.get("/group_types/default", versions=SINCE)
async def default(call: Call) -> dict[str, Any]:
    """The default group type."""
    return {"group_type": view(call, find_group_type(call, CGSNAPSHOT_TYPE))}


@VOLUME.get("/group_types/{group_type_id}", versions=SINCE)
async def show_group_type(call: Call) -> dict[str, Any]:
    """One group type."""
    return {"group_type": view(call, _target(call))}


@VOLUME.put("/group_types/{group_type_id}", body=_UPDATE, rule=admin, versions=SINCE)
async def update_group_type(call: Call) -> dict[str, Any]:
    """Change name, description, or whether all may use it."""
    body = call.body["group_type"]
    fields: dict[str, Any] = {}
    if parameters.text(body.get("name")):
        fields["name"] = parameters.text(body["name"])
    if "description" in body:
        fields["description"] = parameters.text(body["description"])
    if "is_public" in body:
        fields["public"] = truth(body["is_public"])
    if not fields:
        raise Fault(400, "Specify group type name, description or a combination thereof.")
    return {"group_type": view(call, await call.ask(change_group_type, uid=_target(call).uid, fields=fields))}


@ask
def change_group_type(d: Decision, *, uid: str, fields: dict[str, Any]) -> CinderGroupType:
    """Its fields hold; raises Fault 409 when the name is taken."""
    found = d.get(CinderGroupType, uid)
    _require_name(d, fields.get("name", found.name), uid)
    return d.update(events.TYPE_CHANGED, found, **fields)


@VOLUME.delete("/group_types/{group_type_id}", rule=admin, versions=SINCE, status=202)
async def delete_group_type(call: Call) -> Reply:
    """Delete a group type that no group has."""
    await call.ask(decide_delete, uid=_target(call).uid)
    return Reply(status=202)


@ask
def decide_delete(d: Decision, *, uid: str) -> None:
    """It is gone; raises Fault 400 while groups have it."""
    if d.state.count(CinderGroup, "group_type", uid):
        raise Fault(400, "Target group type is still in use.")
    d.delete(events.TYPE_DELETED, d.get(CinderGroupType, uid))


@VOLUME.get("/group_types/{group_type_id}/group_specs", rule=admin, versions=SINCE)
async def list_specs(call: Call) -> dict[str, Any]:
    """The specs of a group type."""
    return {"group_specs": _target(call).specs}


@VOLUME.post("/group_types/{group_type_id}/group_specs", body=_SPECS_BODY, rule=admin, versions=SINCE, status=202)
async def create_specs(call: Call) -> dict[str, Any]:
    """Add specs."""
    found, specs = _target(call), {key: value or "" for key, value in call.body["group_specs"].items()}
    await call.ask(change_group_type, uid=found.uid, fields={"specs": found.specs | specs})
    return {"group_specs": specs}


@VOLUME.get("/group_types/{group_type_id}/group_specs/{key}", rule=admin, versions=SINCE)
async def show_spec(call: Call) -> dict[str, Any]:
    """One spec."""
    return {call.path["key"]: _spec(call)}


@VOLUME.put(
    "/group_types/{group_type_id}/group_specs/{key}", body={**_SPECS, "minProperties": 1, "maxProperties": 1}, rule=admin, versions=SINCE
)
async def update_spec(call: Call) -> dict[str, Any]:
    """Set one spec."""
    if call.path["key"] not in call.body:
        raise Fault(400, "Request body and URI mismatch")
    found, specs = _target(call), {key: value or "" for key, value in call.body.items()}
    await call.ask(change_group_type, uid=found.uid, fields={"specs": found.specs | specs})
    return specs


@VOLUME.delete("/group_types/{group_type_id}/group_specs/{key}", rule=admin, versions=SINCE, status=202)
async def delete_spec(call: Call) -> Reply:
    """Forget a spec."""
    _spec(call)
    found = _target(call)
    specs = {key: value for key, value in found.specs.items() if key != call.path["key"]}
    await call.ask(change_group_type, uid=found.uid, fields={"specs": specs})
    return Reply(status=202)


def _spec(call: Call) -> str:
    found, key = _target(call), call.path["key"]
    if key not in found.specs:
        raise Fault(404, f"Group Type {found.uid} has no specs with key {key}.")
    return found.specs[key]
