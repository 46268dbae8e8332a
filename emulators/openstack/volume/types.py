"""Volume types and their extra specs."""

from __future__ import annotations

from typing import Any, Final

from emulators.openstack.asks import ask
from emulators.openstack.call import Call, Reply
from emulators.openstack.credentials import admin
from emulators.openstack.faults import Fault
from emulators.openstack.schemas import BOOLEAN, closed, truth
from emulators.openstack.volume import events, parameters
from emulators.openstack.volume.listing import Kind, answer, flag, listed
from emulators.openstack.volume.lookups import default_type, target_type, usable
from emulators.openstack.volume.records import CinderDefaultType, CinderType, CinderVolume
from emulators.openstack.volume.seed import DEFAULT_TYPE
from emulators.openstack.volume.service import VOLUME
from emulators.world.decide import Decision

PUBLIC: Final = "os-volume-type-access:is_public"
VISIBLE_SPECS: Final = frozenset({"RESKEY:availability_zones", "multiattach", "replication_enabled"})
"""Extra specs that are not only for administrators."""
TYPES: Final = Kind("volume_types", {"id": lambda one: one.uid, "name": lambda one: one.name, "created_at": lambda one: one.created})
_NULLABLE: Final = parameters.NULLABLE_SPECS_PLAIN
_CREATE: Final = closed(
    {
        "volume_type": closed(
            {"name": parameters.NAME, "description": parameters.PRINTABLE, "extra_specs": parameters.NULLABLE_SPECS, PUBLIC: BOOLEAN},
            "name",
        )
    },
    "volume_type",
)
_UPDATE: Final = closed(
    {
        "volume_type": closed(
            {
                "name": {"type": ["string", "null"], "minLength": 1, "maxLength": 255},
                "description": parameters.PRINTABLE,
                "is_public": BOOLEAN,
            }
        )
    },
    "volume_type",
)


def view(call: Call, type_: CinderType) -> dict[str, Any]:
    """A type as Cinder shows it; what backends need of it only to administrators."""
    row: dict[str, Any] = {
        "id": type_.uid,
        "name": type_.name,
        "is_public": type_.public,
        "description": type_.description or None,
        "extra_specs": specs_for(call, type_),
        PUBLIC: type_.public,
    }
    return row


def full_view(call: Call, type_: CinderType) -> dict[str, Any]:
    """A type with the QoS that administrators see."""
    return view(call, type_) | ({"qos_specs_id": type_.qos or None} if call.credentials.admin else {})


def specs_for(call: Call, type_: CinderType) -> dict[str, str]:
    """The extra specs that the caller may see."""
    if call.credentials.admin:
        return type_.extra_specs
    return {key: value for key, value in type_.extra_specs.items() if key in VISIBLE_SPECS}


@VOLUME.post("/types", body=_CREATE, rule=admin, status=200)
async def create_type(call: Call) -> dict[str, Any]:
    """Make a volume type."""
    body = call.body["volume_type"]
    made = await call.ask(
        decide_create,
        name=body["name"].strip(),
        description=parameters.text(body.get("description")),
        extra_specs={key: value or "" for key, value in (body.get("extra_specs") or {}).items()},
        public=truth(body.get(PUBLIC, True)),
    )
    return {"volume_type": view(call, made)}


@ask
def decide_create(d: Decision, *, name: str, description: str, extra_specs: dict[str, str], public: bool) -> CinderType:
    """The type; raises Fault 409 when the name is taken."""
    _require_name(d, name)
    fields = {"name": name, "description": description, "extra_specs": dict(extra_specs), "public": public}
    return d.create(events.TYPE_CREATED, CinderType, uid=d.new_uuid(), **fields)


def _require_name(d: Decision, name: str, but: str = "") -> None:
    if any(one.uid != but for one in d.state.where(CinderType, "name", name)):
        raise Fault(409, f"Volume Type {name} already exists.")


@VOLUME.get("/types", quality="client")
async def list_types(call: Call) -> dict[str, Any]:
    """The types that the caller may use."""
    wanted = call.first("is_public")
    types = [one for one in call.state.all(CinderType) if usable(call.credentials, one)]
    if call.credentials.admin and wanted.lower() != "none":
        types = [one for one in types if one.public is (flag(call, "is_public") if wanted else True)]
    return answer(call, TYPES, listed(call, TYPES, types), lambda one: full_view(call, one))


@VOLUME.get("/types/default")
async def show_default(call: Call) -> dict[str, Any]:
    """The type of volumes for which none is named."""
    found = default_type(call.state, call.project)
    if found is None:
        raise Fault(404, "Default volume type can not be found.")
    return {"volume_type": full_view(call, found)}


@VOLUME.get("/types/{type_id}", quality="client")
async def show_type(call: Call) -> dict[str, Any]:
    """One type."""
    return {"volume_type": full_view(call, target_type(call))}


@VOLUME.put("/types/{type_id}", body=_UPDATE, rule=admin)
async def update_type(call: Call) -> dict[str, Any]:
    """Change name, description, or whether all may use it."""
    body = call.body["volume_type"]
    fields: dict[str, Any] = {}
    if body.get("name"):
        fields["name"] = body["name"].strip()
    if "description" in body:
        fields["description"] = parameters.text(body["description"])
    if "is_public" in body:
        fields["public"] = truth(body["is_public"])
    if not fields or fields.get("name") == "":
        raise Fault(400, "Specify volume type name, description, is_public or a combination thereof.")
    changed = view(call, await call.ask(decide_update, type_id=target_type(call).uid, fields=fields))
    del changed[PUBLIC]
    return {"volume_type": changed}


@ask
def decide_update(d: Decision, *, type_id: str, fields: dict[str, Any]) -> CinderType:
    """Its fields hold; raises Fault 409 when the name is taken."""
    found = d.get(CinderType, type_id)
    _require_name(d, fields.get("name", found.name), found.uid)
    return d.update(events.TYPE_CHANGED, found, **fields)


@VOLUME.delete("/types/{type_id}", rule=admin, status=202)
async def delete_type(call: Call) -> Reply:
    """Delete a type that no volume has."""
    await call.ask(decide_delete, type_id=target_type(call).uid)
    return Reply(status=202)


@ask
def decide_delete(d: Decision, *, type_id: str) -> None:
    """It is gone; raises Fault 400 while volumes have it, or when it is the last default."""
    found = d.get(CinderType, type_id)
    if d.state.count(CinderVolume, "type", type_id):
        raise Fault(400, "Target volume type is still in use.")
    if found.name == DEFAULT_TYPE or d.state.count(CinderDefaultType, "type", type_id):
        raise Fault(400, f"Invalid input received: The {found.name} type is the default volume type and cannot be deleted.")
    d.delete(events.TYPE_DELETED, found)


# -- extra specs --------------------------------------------------------------------------------------------------------------

_SPECS_BODY: Final = closed({"extra_specs": _NULLABLE}, "extra_specs")


@VOLUME.get("/types/{type_id}/extra_specs")
async def list_specs(call: Call) -> dict[str, Any]:
    """The extra specs of a type."""
    return {"extra_specs": specs_for(call, target_type(call))}


@VOLUME.post("/types/{type_id}/extra_specs", body=_SPECS_BODY, rule=admin)
async def create_specs(call: Call) -> dict[str, Any]:
    """Add extra specs."""
    specs = {key: value or "" for key, value in call.body["extra_specs"].items()}
    await call.ask(change_specs, type_id=target_type(call).uid, specs=specs)
    return {"extra_specs": specs}


@VOLUME.get("/types/{type_id}/extra_specs/{key}")
async def show_spec(call: Call) -> dict[str, Any]:
    """One extra spec."""
    type_, key = target_type(call), call.path["key"]
    specs = specs_for(call, type_)
    if key not in specs:
        raise _no_spec(type_, key)
    return {key: specs[key]}


@VOLUME.put("/types/{type_id}/extra_specs/{key}", body={**_NULLABLE, "minProperties": 1, "maxProperties": 1}, rule=admin)
async def update_spec(call: Call) -> dict[str, Any]:
    """Set one extra spec."""
    if call.path["key"] not in call.body:
        raise Fault(400, "Request body and URI mismatch")
    specs = {key: value or "" for key, value in call.body.items()}
    await call.ask(change_specs, type_id=target_type(call).uid, specs=specs)
    return specs


@VOLUME.delete("/types/{type_id}/extra_specs/{key}", rule=admin, status=202)
async def delete_spec(call: Call) -> Reply:
    """Forget an extra spec."""
    type_, key = target_type(call), call.path["key"]
    if key not in type_.extra_specs:
        raise _no_spec(type_, key)
    await call.ask(change_specs, type_id=type_.uid, specs={}, drop=key)
    return Reply(status=202)


def _no_spec(type_: CinderType, key: str) -> Fault:
    return Fault(404, f"Volume Type {type_.uid} has no extra specs with key {key}.")


@ask
def change_specs(d: Decision, *, type_id: str, specs: dict[str, str], drop: str = "") -> None:
    """Merged, and without the key that is named."""
    found = d.get(CinderType, type_id)
    kept = {key: value for key, value in (found.extra_specs | specs).items() if key != drop}
    d.update(events.TYPE_CHANGED, found, extra_specs=kept)
