"""Traits: what there are, and which a provider has."""

from __future__ import annotations

import re
from typing import Any, Final

from emulators.openstack.asks import ask
from emulators.openstack.call import Call, Reply
from emulators.openstack.credentials import admin
from emulators.openstack.faults import Fault
from emulators.openstack.placement.dated import dated
from emulators.openstack.placement.inventories import GENERATION
from emulators.openstack.placement.provider_changes import set_traits
from emulators.openstack.placement.providers import Provider, provider, providers
from emulators.openstack.placement.records import TRAIT_CREATED, TRAIT_DELETED, CustomTrait
from emulators.openstack.placement.refusals import unknown_traits
from emulators.openstack.placement.service import PLACEMENT
from emulators.openstack.placement.standard import traits
from emulators.openstack.schemas import closed
from emulators.world.decide import Decision
from emulators.world.state import WorldState

_TEXTS: Final = {"type": "array", "items": {"type": "string"}}
_LIST: Final = closed({"name": _TEXTS, "associated": _TEXTS})
_TRAIT: Final = {"type": "string", "minLength": 1, "maxLength": 255}
_SET: Final = closed(
    {"traits": {"type": "array", "items": _TRAIT}, "resource_provider_generation": GENERATION}, "traits", "resource_provider_generation"
)
_CUSTOM: Final = re.compile(r"CUSTOM_[A-Z0-9_]{1,248}")
_ONE: Final = "/traits/{name}"
_OF_PROVIDER: Final = "/resource_providers/{uuid}/traits"


@PLACEMENT.get("/traits", rule=admin, versions="1.6-", query=_LIST, quality="checked")
async def list_traits(call: Call) -> dict[str, Any]:
    """All, some by name, or those that a provider has."""
    found = [*traits(), *(one.name for one in call.state.all(CustomTrait))]
    if "name" in call.query:
        found = _named(found, call.first("name"))
    if "associated" in call.query:
        wanted = _truth(call.first("associated"))
        used = {name for one in providers(call.state) for name in one.traits}
        found = [name for name in found if (name in used) is wanted]
    dated(call)
    return {"traits": found}


@PLACEMENT.get(_ONE, rule=admin, versions="1.6-", status=204, quality="faults")
async def show_trait(call: Call) -> None:
    """Whether there is one of that name."""
    _require(call.state, call.path["name"])
    dated(call)


@PLACEMENT.put(_ONE, rule=admin, versions="1.6-", quality="faults")
async def create_trait(call: Call) -> Reply:
    """A trait of one's own; 204 when it is there."""
    name = call.path["name"]
    if not _CUSTOM.fullmatch(name):
        message = 'The trait is invalid. A valid trait must be no longer than 255 characters, start with the prefix "CUSTOM_" '
        raise Fault(400, f'{message}and use following characters: "A"-"Z", "0"-"9" and "_"')
    made = await call.ask(make_trait, name=name)
    dated(call)
    return Reply(status=201 if made else 204, headers={"Location": call.link(f"/traits/{name}")})


@PLACEMENT.delete(_ONE, rule=admin, versions="1.6-", quality="faults")
async def delete_trait(call: Call) -> None:
    """One of one's own goes, unless a provider has it."""
    await call.ask(drop_trait, name=call.path["name"])


@PLACEMENT.get(_OF_PROVIDER, rule=admin, versions="1.6-", quality="checked")
async def list_provider_traits(call: Call) -> dict[str, Any]:
    """A provider's."""
    return _of_provider(call, provider(call.state, call.path["uuid"]))


@PLACEMENT.put(_OF_PROVIDER, rule=admin, versions="1.6-", body=_SET, quality="faults")
async def update_provider_traits(call: Call) -> dict[str, Any]:
    """These and no others."""
    wanted = call.body["traits"]
    missing = unknown_traits(call.state, dict.fromkeys(wanted))
    if missing:
        raise Fault(400, f"No such trait {', '.join(missing)}")
    generation = call.body["resource_provider_generation"]
    return _of_provider(call, await call.ask(set_traits, uuid=call.path["uuid"], generation=generation, traits=tuple(wanted)))


@PLACEMENT.delete(_OF_PROVIDER, rule=admin, versions="1.6-", quality="faults")
async def delete_provider_traits(call: Call) -> None:
    """None is left."""
    await call.ask(set_traits, uuid=call.path["uuid"], generation=None, traits=())


@ask
def make_trait(decision: Decision, *, name: str) -> bool:
    """There is a trait of that name; whether it is new."""
    if decision.state.where(CustomTrait, "name", name):
        return False
    decision.create(TRAIT_CREATED, CustomTrait, uid=f"placement-trait-{name}", name=name)
    return True


@ask
def drop_trait(decision: Decision, *, name: str) -> None:
    """The trait is gone; raises Fault 404, 400 for a standard one, 409 when a provider has it."""
    _require(decision.state, name)
    if name in traits():
        raise Fault(400, f"Cannot delete standard trait {name}.")
    if any(name in one.traits for one in providers(decision.state)):
        raise Fault(409, f"The trait {name} is in use by a resource provider.")
    for record in decision.state.where(CustomTrait, "name", name):
        decision.delete(TRAIT_DELETED, record)


def _require(state: WorldState, name: str) -> None:
    if unknown_traits(state, [name]):
        raise Fault(404, f"No such trait(s): {name}.")


def _of_provider(call: Call, known: Provider) -> dict[str, Any]:
    dated(call, [known.modified])
    return {"traits": sorted(known.traits), "resource_provider_generation": known.generation}


def _named(found: list[str], text: str) -> list[str]:
    word, separator, value = text.partition(":")
    if not separator:
        form = "?name=[in|startswith]:[name1,name2|prefix]"
        raise Fault(400, f'Badly formatted name parameter. Expected name query string parameter in form: {form}. Got: "{text}"')
    if word == "in":
        wanted = frozenset(value.split(","))
        return [name for name in found if name in wanted]
    return [name for name in found if name.startswith(value)] if word == "startswith" else found


def _truth(text: str) -> bool:
    if text.lower() not in {"true", "false"}:
        raise Fault(400, 'The query parameter "associated" only accepts "true" or "false"')
    return text.lower() == "true"
