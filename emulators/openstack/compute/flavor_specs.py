"""Extra specs of flavors."""

from __future__ import annotations

from typing import Any, Final

from emulators.openstack.asks import ask
from emulators.openstack.call import Call
from emulators.openstack.compute.extra_specs import validate
from emulators.openstack.compute.flavors import FLAVOR_CHANGED, find_flavor, require
from emulators.openstack.compute.service import COMPUTE
from emulators.openstack.credentials import admin
from emulators.openstack.faults import Fault
from emulators.openstack.schemas import closed
from emulators.world.decide import Decision

_SPECS: Final[dict[str, Any]] = {
    "type": "object",
    "patternProperties": {r"^[a-zA-Z0-9-_:. ]{1,255}$": {"type": ["string", "number"], "maxLength": 255}},
    "additionalProperties": False,
}
_CREATE: Final = closed({"extra_specs": _SPECS}, "extra_specs")
_UPDATE: Final = {**_SPECS, "minProperties": 1, "maxProperties": 1}
_ALL: Final = "/flavors/{flavor_id}/os-extra_specs"
_ONE: Final = "/flavors/{flavor_id}/os-extra_specs/{key}"
_LONGEST: Final = 255


@COMPUTE.get(_ALL, quality="faults")
async def list_specs(call: Call) -> dict[str, Any]:
    """All of a flavor's."""
    return {"extra_specs": find_flavor(call.state, call.credentials, call.path["flavor_id"]).extra_specs}


@COMPUTE.get(_ONE, quality="faults")
async def show_spec(call: Call) -> dict[str, str]:
    """One."""
    flavor = find_flavor(call.state, call.credentials, call.path["flavor_id"])
    key = call.path["key"]
    if key not in flavor.extra_specs:
        raise _missing(flavor.uid, key)
    return {key: flavor.extra_specs[key]}


@COMPUTE.post(_ALL, rule=admin, body=_CREATE, quality="faults")
async def create_specs(call: Call) -> Any:
    """Some more, or others; the answer is what was asked."""
    await call.ask(set_specs, uid=call.path["flavor_id"], specs=_texts(call, call.body["extra_specs"]))
    return call.body


@COMPUTE.put(_ONE, rule=admin, body=_UPDATE, quality="faults")
async def update_spec(call: Call) -> Any:
    """One with another value."""
    specs = _texts(call, call.body)
    if call.path["key"] not in specs:
        raise Fault(400, "Request body and URI mismatch")
    await call.ask(set_specs, uid=call.path["flavor_id"], specs=specs)
    return call.body


@COMPUTE.delete(_ONE, rule=admin, status=200, quality="faults")
async def delete_spec(call: Call) -> None:
    """One goes."""
    await call.ask(unset_spec, uid=call.path["flavor_id"], key=call.path["key"])


def _texts(call: Call, specs: dict[str, Any]) -> dict[str, str]:
    """Specs as they are kept: numbers become text."""
    texts = {name: str(value) for name, value in specs.items()}
    for name, value in texts.items():
        if len(value) > _LONGEST:
            raise Fault(400, f"Invalid input received: extra_specs value has {len(value)} characters, more than {_LONGEST}.")
        if call.since("2.86"):
            validate(name, value)
    return texts


def _missing(flavor: str, key: str) -> Fault:
    return Fault(404, f"Flavor {flavor} has no extra specs with key {key}.")


@ask
def set_specs(decision: Decision, *, uid: str, specs: dict[str, str]) -> None:
    """The flavor has these specs beside its others."""
    flavor = require(decision.state, uid)
    decision.update(FLAVOR_CHANGED, flavor, extra_specs={**flavor.extra_specs, **specs})


@ask
def unset_spec(decision: Decision, *, uid: str, key: str) -> None:
    """The flavor is without this spec; raises Fault 404 when it does not have it."""
    flavor = require(decision.state, uid)
    if key not in flavor.extra_specs:
        raise _missing(uid, key)
    decision.update(FLAVOR_CHANGED, flavor, extra_specs={name: value for name, value in flavor.extra_specs.items() if name != key})
