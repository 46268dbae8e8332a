"""Resource classes: the standard ones, and a deployment's own."""

from __future__ import annotations

import re
from typing import Any, Final

from emulators.openstack.asks import ask
from emulators.openstack.call import Call, Reply
from emulators.openstack.credentials import admin
from emulators.openstack.faults import Fault
from emulators.openstack.placement.dated import dated
from emulators.openstack.placement.providers import providers
from emulators.openstack.placement.records import CLASS_CHANGED, CLASS_CREATED, CLASS_DELETED, CustomClass
from emulators.openstack.placement.service import PLACEMENT
from emulators.openstack.placement.standard import CLASSES
from emulators.openstack.schemas import closed
from emulators.world.decide import Decision
from emulators.world.state import WorldState

_PATTERN: Final = "^CUSTOM_[A-Z0-9_]+$"
_BODY: Final = closed({"name": {"type": "string", "pattern": _PATTERN, "maxLength": 255}}, "name")
_CUSTOM: Final = re.compile(r"CUSTOM_[A-Z0-9_]{1,248}")
_ONE: Final = "/resource_classes/{name}"


@PLACEMENT.get("/resource_classes", rule=admin, versions="1.2-", quality="checked")
async def list_classes(call: Call) -> dict[str, Any]:
    """All."""
    dated(call)
    names = [*CLASSES, *(one.name for one in call.state.all(CustomClass))]
    return {"resource_classes": [_view(name) for name in names]}


@PLACEMENT.get(_ONE, rule=admin, versions="1.2-", quality="checked")
async def show_class(call: Call) -> dict[str, Any]:
    """One."""
    _require(call.state, call.path["name"])
    dated(call)
    return _view(call.path["name"])


@PLACEMENT.post("/resource_classes", rule=admin, versions="1.2-", body=_BODY, status=201, quality="faults")
async def create_class(call: Call) -> Reply:
    """One of the deployment's own."""
    name = call.body["name"]
    if not await call.ask(make_class, name=name):
        raise Fault(409, f"Conflicting resource class already exists: {name}")
    return Reply(headers={"Location": call.link(f"/resource_classes/{name}")})


@PLACEMENT.put(_ONE, rule=admin, versions="1.2-1.6", body=_BODY, quality="faults")
async def rename_class(call: Call) -> dict[str, Any]:
    """Another name."""
    await call.ask(rename, name=call.path["name"], new=call.body["name"])
    return _view(call.body["name"])


@PLACEMENT.put(_ONE, rule=admin, versions="1.7-", quality="faults")
async def ensure_class(call: Call) -> Reply:
    """One of that name; 204 when it is there."""
    name = call.path["name"]
    if not _CUSTOM.fullmatch(name):
        raise Fault(400, f"JSON does not validate: '{name}' does not match '{_PATTERN}'")
    made = await call.ask(make_class, name=name)
    return Reply(status=201 if made else 204, headers={"Location": call.link(f"/resource_classes/{name}")})


@PLACEMENT.delete(_ONE, rule=admin, versions="1.2-", quality="faults")
async def delete_class(call: Call) -> None:
    """It goes, unless a provider has some of it."""
    await call.ask(drop_class, name=call.path["name"])


@ask
def make_class(decision: Decision, *, name: str) -> bool:
    """There is a class of that name; whether it is new."""
    if decision.state.where(CustomClass, "name", name):
        return False
    decision.create(CLASS_CREATED, CustomClass, uid=decision.new_uid("placement_class"), name=name)
    return True


@ask
def rename(decision: Decision, *, name: str, new: str) -> None:
    """The class has another name; raises Fault 409 when that is taken, 400 for standard and used ones."""
    _require(decision.state, name)
    if name in CLASSES:
        raise Fault(400, f"Cannot update standard resource class {name}")
    if decision.state.where(CustomClass, "name", new):
        raise Fault(409, f"Resource class already exists: {new}")
    if _in_use(decision.state, name):
        raise Fault(409, f"Resource class {name} is in use in inventory.")
    for record in decision.state.where(CustomClass, "name", name):
        decision.update(CLASS_CHANGED, record, name=new)


@ask
def drop_class(decision: Decision, *, name: str) -> None:
    """The class is gone; raises Fault 404, 400 for a standard one, 409 for one that a provider has."""
    _require(decision.state, name)
    if name in CLASSES:
        raise Fault(400, f"Error in delete resource class: Cannot delete standard resource class {name}.")
    if _in_use(decision.state, name):
        reason = f"Cannot delete resource class {name}. Class is in use in inventory."
        raise Fault(409, f"Error in delete resource class: {reason}")
    for record in decision.state.where(CustomClass, "name", name):
        decision.delete(CLASS_DELETED, record)


def _in_use(state: WorldState, name: str) -> bool:
    return any(name in one.inventories for one in providers(state))


def _require(state: WorldState, name: str) -> None:
    if name not in CLASSES and not state.where(CustomClass, "name", name):
        raise Fault(404, f"No such resource class {name}.")


def _view(name: str) -> dict[str, Any]:
    return {"name": name, "links": [{"rel": "self", "href": f"{PLACEMENT.prefix}/resource_classes/{name}"}]}
