"""How the volumes of a type are encrypted."""

from __future__ import annotations

from typing import Any, Final

from emulators.openstack.asks import ask
from emulators.openstack.call import Call, Reply
from emulators.openstack.credentials import admin
from emulators.openstack.faults import Fault
from emulators.openstack.schemas import closed
from emulators.openstack.times import micro
from emulators.openstack.volume import events, parameters
from emulators.openstack.volume.lookups import target_type
from emulators.openstack.volume.records import CinderType, CinderVolume
from emulators.openstack.volume.service import VOLUME
from emulators.world.decide import Decision

_ENCRYPTION_FIELDS: Final = {
    "provider": {"type": "string", "minLength": 0, "maxLength": 255},
    "control_location": {"enum": ["front-end", "back-end"]},
    "cipher": {"type": ["string", "null"], "minLength": 0, "maxLength": 255},
    "key_size": {"type": ["string", "integer", "null"], "pattern": "^[0-9]{1,9}$", "minimum": 0, "maximum": parameters.MAX_INT},
}
_ENCRYPTION: Final = closed(
    {"encryption": {"type": "object", "properties": _ENCRYPTION_FIELDS, "required": ["provider", "control_location"]}}, "encryption"
)
_ENCRYPTION_UPDATE: Final = closed({"encryption": {"type": "object", "properties": _ENCRYPTION_FIELDS}}, "encryption")


@VOLUME.get("/types/{type_id}/encryption", rule=admin)
async def show_encryption(call: Call) -> dict[str, Any]:
    """How a type's volumes are encrypted; empty when they are not."""
    return _encryption_view(target_type(call))


def _encryption_view(type_: CinderType) -> dict[str, Any]:
    if not type_.encryption:
        return {}
    times = {"created_at": micro(type_.created), "updated_at": None, "deleted": False, "deleted_at": None}
    return {"volume_type_id": type_.uid, **times, **type_.encryption}


@VOLUME.get("/types/{type_id}/encryption/{key}", rule=admin)
async def show_encryption_key(call: Call) -> dict[str, Any]:
    """One property of a type's encryption."""
    found, key = _encryption_view(target_type(call)), call.path["key"]
    if key not in found:
        raise Fault(404, f"Volume type encryption has no {key}.")
    return {key: found[key]}


@VOLUME.post("/types/{type_id}/encryption", body=_ENCRYPTION, rule=admin)
async def create_encryption(call: Call) -> dict[str, Any]:
    """Have a type's volumes encrypted."""
    fields = _encryption_fields(call)
    type_ = target_type(call)
    made = await call.ask(change_encryption, type_id=type_.uid, fields=fields, new=True)
    return {"encryption": {"volume_type_id": type_.uid, **made}}


@VOLUME.put("/types/{type_id}/encryption/{encryption_id}", body=_ENCRYPTION_UPDATE, rule=admin)
async def update_encryption(call: Call) -> dict[str, Any]:
    """Have them encrypted in another way."""
    fields = _encryption_fields(call)
    await call.ask(change_encryption, type_id=target_type(call).uid, fields=fields, new=False)
    return {"encryption": fields}


@VOLUME.delete("/types/{type_id}/encryption/{encryption_id}", rule=admin, status=202)
async def delete_encryption(call: Call) -> Reply:
    """Have them encrypted no more."""
    await call.ask(change_encryption, type_id=target_type(call).uid, fields=None, new=False)
    return Reply(status=202)


def _encryption_fields(call: Call) -> dict[str, Any]:
    fields = {name: value for name, value in call.body["encryption"].items() if name in _ENCRYPTION_FIELDS}
    if fields.get("key_size") is not None:
        fields["key_size"] = int(fields["key_size"])
    return fields


@ask
def change_encryption(d: Decision, *, type_id: str, fields: dict[str, Any] | None, new: bool) -> dict[str, Any]:
    """It holds, and is answered; raises Fault 400 (there are volumes, or it is there already) or 404 (it is not there)."""
    found = d.get(CinderType, type_id)
    if new and found.encryption:
        raise Fault(400, f"Volume type encryption for type {type_id} already exists.")
    if not new and not found.encryption:
        raise Fault(404, f"Volume type encryption for type {type_id} does not exist.")
    if d.state.count(CinderVolume, "type", type_id):
        raise Fault(400, "Cannot create, update or delete encryption specs. Volume type in use.")
    encryption: dict[str, Any] = {}
    if fields is not None:
        encryption = {"cipher": None, "key_size": None, "encryption_id": d.new_uuid(), **found.encryption, **fields}
    return d.update(events.TYPE_CHANGED, found, encryption=encryption).encryption
