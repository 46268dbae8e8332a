"""The reshaper: inventories and allocations move between providers in one step."""

from __future__ import annotations

from typing import Any, Final

from emulators.openstack.asks import ask
from emulators.openstack.call import Call
from emulators.openstack.credentials import admin
from emulators.openstack.faults import Fault
from emulators.openstack.placement.allocation_requests import RESHAPED, wanted
from emulators.openstack.placement.giving import Wanted, give
from emulators.openstack.placement.inventories import ALL
from emulators.openstack.placement.provider_changes import set_inventories
from emulators.openstack.placement.providers import providers
from emulators.openstack.placement.refusals import CONCURRENT_UPDATE, PROVIDER_NOT_FOUND
from emulators.openstack.placement.service import PLACEMENT
from emulators.openstack.schemas import closed
from emulators.openstack.service import Versioned
from emulators.world.decide import Decision

_INVENTORIES: Final = {
    "type": "object",
    "minProperties": 1,
    "patternProperties": {"^[0-9a-fA-F-]{36}$": ALL},
    "additionalProperties": False,
}
_BODY: Final = Versioned(
    {
        versions: closed({"inventories": _INVENTORIES, "allocations": allocations}, "inventories", "allocations")
        for versions, allocations in RESHAPED.items()
    }
)


@PLACEMENT.post("/reshaper", rule=admin, versions="1.30-", body=_BODY, status=204, quality="faults")
async def reshape(call: Call) -> None:
    """Everything that the body names, or nothing."""
    given = {uuid: wanted(call, body) for uuid, body in call.body["allocations"].items()}
    await call.ask(reshape_all, inventories=call.body["inventories"], given=given)


@ask
def reshape_all(decision: Decision, *, inventories: dict[str, dict[str, Any]], given: dict[str, Wanted]) -> None:
    """First the union of old and new inventories holds, then allocations move, then what is not wanted any more goes."""
    known = {one.uuid: one for one in providers(decision.state)}
    for uuid, body in inventories.items():
        if uuid not in known:
            message = f"Resource provider {uuid} in inventories not found: No resource provider with uuid {uuid} found"
            raise Fault(400, message, type=PROVIDER_NOT_FOUND)
        actual, expected = known[uuid].generation, body["resource_provider_generation"]
        if actual != expected:
            message = f"resource provider generation conflict for provider {uuid}: actual: {actual}, given: {expected}"
            raise Fault(409, message, type=CONCURRENT_UPDATE)
        both = {name: _plain(one) for name, one in known[uuid].inventories.items()} | body["inventories"]
        set_inventories(decision, uuid=uuid, generation=None, inventories=both, full=True)
    if given:
        give(decision, wanted=given)
    for uuid, body in inventories.items():
        set_inventories(decision, uuid=uuid, generation=None, inventories=body["inventories"], full=True)


def _plain(inventory: Any) -> dict[str, Any]:
    return {name: getattr(inventory, name) for name in inventory.__struct_fields__}
