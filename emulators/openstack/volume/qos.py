"""Quality-of-service specs, which volume types may have."""

from __future__ import annotations

from typing import Any, Final

from emulators.openstack.asks import ask
from emulators.openstack.call import Call, Reply
from emulators.openstack.credentials import admin
from emulators.openstack.faults import Fault
from emulators.openstack.schemas import closed
from emulators.openstack.volume import events, parameters
from emulators.openstack.volume.listing import Kind, answer, base_url, flag, listed
from emulators.openstack.volume.lookups import find_type
from emulators.openstack.volume.records import CinderQos, CinderType
from emulators.openstack.volume.service import VOLUME
from emulators.world.decide import Decision

QOS: Final = Kind("qos_specs", {"id": lambda one: one.uid, "name": lambda one: one.name, "created_at": lambda one: one.created})
_VALUES: Final = {"type": "object", "additionalProperties": {"type": ["string", "null"], "maxLength": 255}}
_CREATE: Final = closed(
    {
        "qos_specs": {
            "type": "object",
            "properties": {"name": parameters.NAME, "consumer": {"type": "string", "enum": ["front-end", "back-end", "both"]}},
            "additionalProperties": {"type": ["string", "null"], "maxLength": 255},
            "required": ["name"],
        }
    },
    "qos_specs",
)


def view(qos: CinderQos) -> dict[str, Any]:
    """QoS specs as Cinder shows them."""
    return {"id": qos.uid, "name": qos.name, "consumer": qos.consumer, "specs": qos.specs}


def _links(call: Call, qos: CinderQos) -> list[dict[str, str]]:
    return [
        {"rel": "self", "href": f"{base_url(call)}/qos-specs/{qos.uid}"},
        {"rel": "bookmark", "href": f"{base_url(call, bookmark=True)}/qos-specs/{qos.uid}"},
    ]


def _target(call: Call) -> CinderQos:
    found = call.state.maybe(CinderQos, call.path["qos_id"])
    if found is None:
        raise Fault(404, f"No such qos spec {call.path['qos_id']}.")
    return found


@VOLUME.get("/qos-specs", rule=admin)
async def list_qos(call: Call) -> dict[str, Any]:
    """All of them."""
    return answer(call, QOS, listed(call, QOS, call.state.all(CinderQos)), view)


@VOLUME.post("/qos-specs", body=_CREATE, rule=admin)
async def create_qos(call: Call) -> dict[str, Any]:
    """Make some."""
    made = await call.ask(decide_create, body=call.body["qos_specs"])
    return {"qos_specs": view(made), "links": _links(call, made)}


@ask
def decide_create(d: Decision, *, body: dict[str, Any]) -> CinderQos:
    """They exist; raises Fault 409 when the name is taken."""
    name = body["name"].strip()
    if d.state.one(CinderQos, "name", name) is not None:
        raise Fault(409, f"Qos Specs {name} already exists.")
    specs = {key: value or "" for key, value in body.items() if key not in {"name", "consumer"}}
    return d.create(events.QOS_CREATED, CinderQos, uid=d.new_uuid(), name=name, consumer=body.get("consumer", "back-end"), specs=specs)


@VOLUME.get("/qos-specs/{qos_id}", rule=admin)
async def show_qos(call: Call) -> dict[str, Any]:
    """One of them."""
    return {"qos_specs": view(_target(call)), "links": _links(call, _target(call))}


@VOLUME.put("/qos-specs/{qos_id}", body=closed({"qos_specs": _VALUES}, "qos_specs"), rule=admin)
async def update_qos(call: Call) -> dict[str, Any]:
    """Add or change keys."""
    await call.ask(decide_update, qos=_target(call).uid, values=call.body["qos_specs"], drop=[])
    return {"qos_specs": call.body["qos_specs"]}


@VOLUME.put("/qos-specs/{qos_id}/delete_keys", body=closed({"keys": {"type": "array", "items": {"type": "string"}}}, "keys"), rule=admin)
async def delete_keys(call: Call) -> Reply:
    """Forget keys."""
    await call.ask(decide_update, qos=_target(call).uid, values={}, drop=call.body["keys"])
    return Reply(status=202)


@ask
def decide_update(d: Decision, *, qos: str, values: dict[str, str | None], drop: list[str]) -> None:
    """They hold; raises Fault 400 for a key that is not there, or a consumer that is none."""
    found = d.get(CinderQos, qos)
    missing = [key for key in drop if key not in found.specs]
    if missing:
        raise Fault(400, f"Keys {missing} are not in the qos specs {qos}.")
    consumer = values.get("consumer") or found.consumer
    if consumer not in {"front-end", "back-end", "both"}:
        raise Fault(400, f"Invalid consumer {consumer}.")
    changed = {key: value or "" for key, value in values.items() if key != "consumer"}
    specs = {key: value for key, value in (found.specs | changed).items() if key not in drop}
    d.update(events.QOS_CHANGED, found, specs=specs, consumer=consumer)


@VOLUME.delete("/qos-specs/{qos_id}", rule=admin, status=202)
async def delete_qos(call: Call) -> Reply:
    """Delete them; with ``force`` even while types have them."""
    await call.ask(decide_delete, qos=_target(call).uid, force=flag(call, "force"))
    return Reply(status=202)


@ask
def decide_delete(d: Decision, *, qos: str, force: bool) -> None:
    """They are gone; raises Fault 400 while types have them."""
    types = d.state.where(CinderType, "qos", qos)
    if types and not force:
        raise Fault(400, f"Qos Specs {qos} is still associated with entities.")
    for type_ in types:
        d.update(events.TYPE_CHANGED, type_, qos="")
    d.delete(events.QOS_DELETED, d.get(CinderQos, qos))


@VOLUME.get("/qos-specs/{qos_id}/associations", rule=admin)
async def associations(call: Call) -> dict[str, Any]:
    """The types that have them."""
    types = call.state.where(CinderType, "qos", _target(call).uid)
    return {"qos_associations": [{"association_type": "volume_type", "name": one.name, "id": one.uid} for one in types]}


@VOLUME.get("/qos-specs/{qos_id}/associate", rule=admin, status=202)
async def associate(call: Call) -> Reply:
    """Give them to a type (GET, as Cinder has it)."""
    await call.ask(set_qos, types=[_named_type(call).uid], qos=_target(call).uid, before="")
    return Reply(status=202)


@VOLUME.get("/qos-specs/{qos_id}/disassociate", rule=admin, status=202)
async def disassociate(call: Call) -> Reply:
    """Take them from a type."""
    await call.ask(set_qos, types=[_named_type(call).uid], qos="", before=_target(call).uid)
    return Reply(status=202)


@VOLUME.get("/qos-specs/{qos_id}/disassociate_all", rule=admin, status=202)
async def disassociate_all(call: Call) -> Reply:
    """Take them from all types."""
    qos = _target(call).uid
    await call.ask(set_qos, types=[one.uid for one in call.state.where(CinderType, "qos", qos)], qos="", before=qos)
    return Reply(status=202)


def _named_type(call: Call) -> CinderType:
    name = call.first("vol_type_id")
    if not name:
        raise Fault(400, "Volume Type id must not be None.")
    return find_type(call.state, call.credentials, name)


@ask
def set_qos(d: Decision, *, types: list[str], qos: str, before: str) -> None:
    """The types have these; raises Fault 400 when one has others."""
    for uid in types:
        type_ = d.get(CinderType, uid)
        if type_.qos not in {before, qos}:
            raise Fault(400, f"Type {uid} is already associated with another qos specs: {type_.qos}")
        d.update(events.TYPE_CHANGED, type_, qos=qos)
