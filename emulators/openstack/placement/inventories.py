"""Inventories: what a provider has of each resource class."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from emulators.openstack.asks import ask
from emulators.openstack.call import Call, Reply
from emulators.openstack.credentials import admin
from emulators.openstack.faults import Fault
from emulators.openstack.placement import allocations
from emulators.openstack.placement.dated import dated
from emulators.openstack.placement.provider_changes import inventory_of, require_capacity, set_inventories
from emulators.openstack.placement.providers import Provider, provider
from emulators.openstack.placement.records import MAX_INT
from emulators.openstack.placement.refusals import CONCURRENT_UPDATE, generation_conflict
from emulators.openstack.placement.service import PLACEMENT
from emulators.openstack.schemas import closed
from emulators.world.decide import Decision

GENERATION: Final = {"type": "integer"}
CLASS_PATTERN: Final = "^[A-Z0-9_]+$"
_COUNT: Final = {"type": "integer", "minimum": 1, "maximum": MAX_INT}
_FIELDS: Final[dict[str, Any]] = {
    "resource_provider_generation": GENERATION,
    "total": _COUNT,
    "reserved": {"type": "integer", "minimum": 0, "maximum": MAX_INT},
    "min_unit": _COUNT,
    "max_unit": _COUNT,
    "step_size": _COUNT,
    "allocation_ratio": {"type": "number", "maximum": 3.40282e38, "minimum": -3.40282e38},
}
_CLASS: Final = {"type": "string", "pattern": CLASS_PATTERN, "maxLength": 255}
_CREATE: Final = closed({**_FIELDS, "resource_class": _CLASS}, "resource_class", "total")
_ONE: Final = closed(_FIELDS, "total", "resource_provider_generation")
ALL: Final = closed(
    {
        "resource_provider_generation": GENERATION,
        "inventories": {"type": "object", "patternProperties": {CLASS_PATTERN: closed(_FIELDS, "total")}, "additionalProperties": False},
    },
    "resource_provider_generation",
    "inventories",
)
_PATH: Final = "/resource_providers/{uuid}/inventories"


@PLACEMENT.get(_PATH, rule=admin, quality="checked")
async def list_inventories(call: Call) -> dict[str, Any]:
    """All of a provider's."""
    return _all(call, provider(call.state, call.path["uuid"]))


@PLACEMENT.get(f"{_PATH}/{{resource_class}}", rule=admin, quality="checked")
async def show_inventory(call: Call) -> dict[str, Any]:
    """One."""
    return _shown(call, provider(call.state, call.path["uuid"]))


@PLACEMENT.post(_PATH, rule=admin, body=_CREATE, status=201, quality="faults")
async def create_inventory(call: Call) -> Reply:
    """One more."""
    fields = dict(call.body)
    uuid, name, generation = call.path["uuid"], fields.pop("resource_class"), fields.pop("resource_provider_generation", None)
    asked = call.ask(put_inventory, uuid=uuid, name=name, fields=fields, generation=generation, new=True, full=call.since("1.26"))
    changed = await asked
    call.path["resource_class"] = name
    location = call.link(f"/resource_providers/{changed.uuid}/inventories/{name}")
    return Reply(_shown(call, changed), headers={"Location": location})


@PLACEMENT.put(_PATH, rule=admin, body=ALL, quality="faults")
async def replace_inventories(call: Call) -> dict[str, Any]:
    """These and no others."""
    uuid, wanted, generation = call.path["uuid"], call.body["inventories"], call.body["resource_provider_generation"]
    changed = await call.ask(set_inventories, uuid=uuid, inventories=wanted, generation=generation, full=call.since("1.26"))
    return _all(call, changed)


@PLACEMENT.put(f"{_PATH}/{{resource_class}}", rule=admin, body=_ONE, quality="faults")
async def update_inventory(call: Call) -> dict[str, Any]:
    """One with other numbers."""
    fields = dict(call.body)
    uuid, name, generation = call.path["uuid"], call.path["resource_class"], fields.pop("resource_provider_generation")
    asked = call.ask(put_inventory, uuid=uuid, name=name, fields=fields, generation=generation, new=False, full=call.since("1.26"))
    return _shown(call, await asked)


@PLACEMENT.delete(_PATH, rule=admin, quality="faults")
async def delete_inventories(call: Call) -> None:
    """None is left."""
    if not call.since("1.5"):
        raise Fault(405, "The method specified is not allowed for this resource.")
    await call.ask(set_inventories, uuid=call.path["uuid"], inventories={}, generation=None, full=True)


@PLACEMENT.delete(f"{_PATH}/{{resource_class}}", rule=admin, quality="faults")
async def delete_inventory(call: Call) -> None:
    """One goes, unless some of it is given out."""
    await call.ask(drop_inventory, uuid=call.path["uuid"], name=call.path["resource_class"])


@ask
def put_inventory(
    decision: Decision, *, uuid: str, name: str, fields: dict[str, Any], generation: int | None, new: bool, full: bool
) -> Provider:
    """The provider has this inventory of a class; raises Fault 409 when a new one is there, 400 when one that is to be changed is not."""
    known = provider(decision.state, uuid)
    if generation is not None and generation != known.generation:
        raise generation_conflict()
    if new and name in known.inventories:
        raise Fault(409, f"Update conflict: There is an inventory of class {name} already.", type=CONCURRENT_UPDATE)
    if not new and name not in known.inventories:
        reason = f"No inventory of class {name} found."
        raise Fault(400, f"No inventory record with resource class for resource provider {uuid}: {reason}")
    wanted = inventory_of(fields)
    what = f"Unable to {'create' if new else 'update'} inventory for resource provider {uuid}: "
    require_capacity(known, {name: wanted}, full=full, what=what)
    every = {**known.inventories, name: wanted}
    asked = {one: msgspec.to_builtins(inventory) for one, inventory in every.items()}
    return set_inventories(decision, uuid=uuid, generation=None, inventories=asked, full=True)


@ask
def drop_inventory(decision: Decision, *, uuid: str, name: str) -> None:
    """The provider is without this class; raises Fault 404 when it has none, 409 when some of it is given out."""
    known = provider(decision.state, uuid)
    if name not in known.inventories:
        raise Fault(404, f"No inventory of class {name} found for delete: No inventory of class {name} found.")
    if allocations.usages(decision.state, known).get(name):
        reason = f"Inventory for '{name}' on resource provider '{uuid}' in use."
        raise Fault(409, f"Unable to delete inventory of class {name}: {reason}", type=CONCURRENT_UPDATE)
    asked = {one: msgspec.to_builtins(inventory) for one, inventory in known.inventories.items() if one != name}
    set_inventories(decision, uuid=uuid, generation=None, inventories=asked, full=True)


def _all(call: Call, known: Provider) -> dict[str, Any]:
    dated(call, [known.modified])
    shown = {name: msgspec.to_builtins(inventory) for name, inventory in known.inventories.items()}
    return {"resource_provider_generation": known.generation, "inventories": shown}


def _shown(call: Call, known: Provider) -> dict[str, Any]:
    name = call.path["resource_class"]
    if name not in known.inventories:
        raise Fault(404, f"No inventory of class {name} for {known.uuid}")
    dated(call, [known.modified])
    return {**msgspec.to_builtins(known.inventories[name]), "resource_provider_generation": known.generation}
