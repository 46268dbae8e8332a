"""Resource providers: listed with filters, shown, made, changed, deleted."""

from __future__ import annotations

from typing import Any, Final

from emulators.openstack.call import Call, Reply
from emulators.openstack.credentials import admin
from emulators.openstack.placement import allocations
from emulators.openstack.placement.dated import dated
from emulators.openstack.placement.provider_changes import create_provider, delete_provider, update_provider
from emulators.openstack.placement.providers import Provider, by_key, provider, providers, root_of
from emulators.openstack.placement.requests import Group, group_of, require_known, single
from emulators.openstack.placement.service import PLACEMENT
from emulators.openstack.schemas import UUID, closed
from emulators.openstack.service import Versioned

_NAME: Final = {"type": "string", "maxLength": 200}
_PARENT: Final = {"anyOf": [UUID, {"type": "null"}]}
_CREATE: Final = Versioned(
    {
        "1.0-1.13": closed({"name": _NAME, "uuid": UUID}, "name"),
        "1.14-": closed({"name": _NAME, "uuid": UUID, "parent_provider_uuid": _PARENT}, "name"),
    }
)
_UPDATE: Final = Versioned(
    {"1.0-1.13": closed({"name": _NAME}, "name"), "1.14-": closed({"name": _NAME, "parent_provider_uuid": _PARENT}, "name")}
)
_TEXTS: Final = {"type": "array", "items": {"type": "string"}}
_UUIDS: Final = {"type": "array", "items": UUID}
_OLD: Final[dict[str, Any]] = {"name": _TEXTS, "uuid": _UUIDS}
_LIST: Final = Versioned(
    {
        "1.0-1.2": closed(_OLD),
        "1.3-1.3": closed({**_OLD, "member_of": _TEXTS}),
        "1.4-1.13": closed({**_OLD, "member_of": _TEXTS, "resources": _TEXTS}),
        "1.14-1.17": closed({**_OLD, "member_of": _TEXTS, "resources": _TEXTS, "in_tree": _UUIDS}),
        "1.18-": closed({**_OLD, "member_of": _TEXTS, "resources": _TEXTS, "in_tree": _UUIDS, "required": _TEXTS}),
    }
)
_RELATED: Final = (("inventories", "1.0"), ("usages", "1.0"), ("aggregates", "1.1"), ("traits", "1.6"), ("allocations", "1.11"))


@PLACEMENT.get("/resource_providers", rule=admin, query=_LIST, quality="checked")
async def list_providers(call: Call) -> dict[str, Any]:
    """Those that fit all filters."""
    group = group_of(call, "", forbidden=call.since("1.22"))
    require_known(call.state, group)
    found = [one for one in providers(call.state) if _wanted(call, one, group)]
    dated(call, (one.modified for one in found))
    return {"resource_providers": [view(call, one) for one in found]}


@PLACEMENT.get("/resource_providers/{uuid}", rule=admin, quality="checked")
async def show_provider(call: Call) -> dict[str, Any]:
    """One."""
    found = provider(call.state, call.path["uuid"])
    dated(call, [found.modified])
    return view(call, found)


@PLACEMENT.post("/resource_providers", rule=admin, body=_CREATE, quality="faults")
async def create(call: Call) -> Reply:
    """A new one; from 1.20 on the answer shows it."""
    wanted = call.body
    made = await call.ask(create_provider, name=wanted["name"], uuid=wanted.get("uuid", ""), parent=wanted.get("parent_provider_uuid"))
    headers = {"Location": call.link(f"/resource_providers/{made.uuid}")}
    if not call.since("1.20"):
        return Reply(status=201, headers=headers)
    dated(call, [made.modified])
    return Reply(view(call, made), headers=headers)


@PLACEMENT.put("/resource_providers/{uuid}", rule=admin, body=_UPDATE, quality="faults")
async def update(call: Call) -> dict[str, Any]:
    """Another name; another parent from 1.37 on, a first one before."""
    wanted = call.body
    parent, keep = wanted.get("parent_provider_uuid"), "parent_provider_uuid" not in wanted
    asked = {"uuid": call.path["uuid"], "name": wanted["name"]}
    changed = await call.ask(update_provider, **asked, parent=parent, keep_parent=keep, reparent=call.since("1.37"))
    dated(call, [changed.modified])
    return view(call, changed)


@PLACEMENT.delete("/resource_providers/{uuid}", rule=admin, quality="faults")
async def delete(call: Call) -> None:
    """It goes once nothing depends on it."""
    await call.ask(delete_provider, uuid=call.path["uuid"])


def view(call: Call, one: Provider) -> dict[str, Any]:
    """A provider as answers show it."""
    path = f"{PLACEMENT.prefix}/resource_providers/{one.uuid}"
    links = [{"rel": "self", "href": path}]
    links += [{"rel": rel, "href": f"{path}/{rel}"} for rel, since in _RELATED if call.since(since)]
    shown: dict[str, Any] = {"uuid": one.uuid, "name": one.name, "generation": one.generation, "links": links}
    if call.since("1.14"):
        above = by_key(call.state, one.parent) if one.parent else None
        shown |= {"parent_provider_uuid": above.uuid if above else None, "root_provider_uuid": root_of(call.state, one).uuid}
    return shown


def _wanted(call: Call, one: Provider, group: Group) -> bool:
    name, uuid, tree = single(call, "name"), single(call, "uuid"), group.in_tree
    if name not in ("", one.name) or uuid.lower() not in ("", one.uuid):
        return False
    if tree and root_of(call.state, one).uuid not in _roots(call, tree):
        return False
    if not group.suits(one.traits) or not group.among(one.aggregates):
        return False
    return has_room(call, one, group.amounts)


def _roots(call: Call, uuid: str) -> set[str]:
    return {root_of(call.state, one).uuid for one in providers(call.state) if one.uuid == uuid.lower()}


def has_room(call: Call, one: Provider, amounts: dict[str, int]) -> bool:
    """Whether a provider can still give all of these amounts."""
    if not amounts:
        return True
    used = allocations.usages(call.state, one)
    return all(name in one.inventories and fits(one, name, amount, used) for name, amount in amounts.items())


def fits(one: Provider, name: str, amount: int, used: dict[str, int]) -> bool:
    """Whether an amount of a class that the provider has is of its units and still there."""
    inventory = one.inventories[name]
    of_units = inventory.min_unit <= amount <= inventory.max_unit and amount % inventory.step_size == 0
    return of_units and used.get(name, 0) + amount <= inventory.capacity
