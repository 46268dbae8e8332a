"""Changes of resource providers, each decided in one transaction: generations, trees, what is in use."""

from __future__ import annotations

import uuid as uuids
from typing import Any

from emulators.openstack.asks import ask
from emulators.openstack.faults import Fault
from emulators.openstack.placement import allocations
from emulators.openstack.placement.providers import Provider, by_key, provider, providers, root_of, said
from emulators.openstack.placement.records import PROVIDER_CHANGED, PROVIDER_CREATED, PROVIDER_DELETED, Inventory, ProviderRecord
from emulators.openstack.placement.refusals import (
    CONCURRENT_UPDATE,
    DUPLICATE_NAME,
    HAS_CHILDREN,
    INVENTORY_IN_USE,
    PROVIDER_IN_USE,
    generation_conflict,
    unknown_classes,
)
from emulators.world.decide import Decision
from emulators.world.state import WorldState


@ask
def create_provider(decision: Decision, *, name: str, uuid: str, parent: str | None) -> Provider:
    """A new provider; raises Fault 409 when its name or UUID is taken, 400 when its parent is not there."""
    uid = str(uuids.UUID(uuid)) if uuid else decision.new_uuid()
    for one in providers(decision.state):
        if uid == one.uuid or name == one.name:
            what = f"uuid: {uid}" if uid == one.uuid else f"name: {name}"
            raise Fault(409, f"Conflicting resource provider {what} already exists.", type=DUPLICATE_NAME)
    if decision.state.find(uid) is not None:
        raise Fault(409, f"Conflicting resource provider uuid: {uid} already exists.", type=DUPLICATE_NAME)
    what = f'Unable to create resource provider "{name}", {uid}: Object action create failed because: '
    above = _parent(decision.state, parent, what, own=uid)
    decision.create(PROVIDER_CREATED, ProviderRecord, uid=uid, name=name, parent=above)
    return provider(decision.state, uid)


@ask
def update_provider(decision: Decision, *, uuid: str, name: str, parent: str | None, keep_parent: bool, reparent: bool) -> Provider:
    """Another name or parent; raises Fault 409 when the name is taken, 400 when the tree does not allow the parent."""
    known = provider(decision.state, uuid)
    if any(one.name == name and one.key != known.key for one in providers(decision.state)):
        raise Fault(409, f"Conflicting resource provider {name} already exists.", type=DUPLICATE_NAME)
    if known.host and name != known.name:
        raise Fault(409, f"Resource provider {known.name} is a compute host's: its name is the host's.", type=CONCURRENT_UPDATE)
    above = known.parent if keep_parent else _new_parent(decision.state, known, parent, reparent=reparent)
    if name != known.name or above != known.parent:
        _change(decision, known, bump=False, parent=above, name=name)
    return provider(decision.state, uuid)


@ask
def delete_provider(decision: Decision, *, uuid: str) -> None:
    """It goes; raises Fault 409 while it has children or something of it is given out.  A host's comes back as its nova-compute reports."""
    known = provider(decision.state, uuid)
    if decision.state.where(ProviderRecord, "parent", known.key):
        message = f"Unable to delete parent resource provider {uuid}: It has child resource providers."
        raise Fault(409, message, type=HAS_CHILDREN)
    if allocations.on_provider(decision.state, known):
        message = f"Unable to delete resource provider {uuid}: Resource provider has allocations."
        raise Fault(409, message, type=PROVIDER_IN_USE)
    record = said(decision.state, known.key)
    if record is not None:
        decision.delete(PROVIDER_DELETED, record)


@ask
def set_inventories(
    decision: Decision, *, uuid: str, generation: int | None, inventories: dict[str, dict[str, Any]], full: bool
) -> Provider:
    """The provider has these inventories and no others; ``full``: all of a class may be reserved (from 1.26 on).

    Raises Fault 409 for another generation or a class in use, 400 for an unknown class or one without capacity.
    """
    known = provider(decision.state, uuid)
    require_generation(known, generation)
    wanted = {name: inventory_of(fields) for name, fields in inventories.items()}
    missing = unknown_classes(decision.state, wanted)
    if missing:
        message = f"Unknown resource class in inventory for resource provider {uuid}: No such resource class {', '.join(missing)}."
        raise Fault(400, message)
    require_capacity(known, wanted, full=full, what=f"Unable to update inventory for resource provider {uuid}: ")
    used = allocations.usages(decision.state, known)
    gone = [name for name in known.inventories if name not in wanted and used.get(name)]
    if gone:
        reason = f"Inventory for '{', '.join(gone)}' on resource provider '{uuid}' in use."
        raise Fault(409, f"update conflict: {reason}", type=INVENTORY_IN_USE)
    return _change(decision, known, inventories=wanted)


@ask
def set_traits(decision: Decision, *, uuid: str, generation: int | None, traits: tuple[str, ...]) -> Provider:
    """The provider has these traits and no others."""
    known = provider(decision.state, uuid)
    if generation is not None and generation != known.generation:
        raise _changed()
    return _change(decision, known, traits=tuple(sorted(set(traits))), traits_set=True)


@ask
def set_aggregates(decision: Decision, *, uuid: str, generation: int | None, aggregates: tuple[str, ...]) -> Provider:
    """The provider is in these aggregates, beside those that Nova has its host in; without a generation (before 1.19) it keeps its own."""
    known = provider(decision.state, uuid)
    if generation is not None and generation != known.generation:
        raise _changed()
    return _change(decision, known, bump=generation is not None, aggregates=aggregates)


def inventory_of(given: dict[str, Any]) -> Inventory:
    """What a request says of an inventory; whole numbers may come as 8.0."""
    fields = {name: int(value) for name, value in given.items() if name not in {"allocation_ratio", "resource_provider_generation"}}
    return Inventory(**fields, allocation_ratio=float(given.get("allocation_ratio", 1.0)))


def require_generation(known: Provider, generation: int | None) -> None:
    """Raise Fault 409 when somebody has changed the provider since."""
    if generation is not None and generation != known.generation:
        raise generation_conflict()


def require_capacity(known: Provider, wanted: dict[str, Inventory], *, full: bool, what: str) -> None:
    """Raise Fault 400 for an inventory that has nothing to give."""
    for name, inventory in wanted.items():
        if inventory.capacity < 0 or (inventory.capacity == 0 and not full):
            than = "greater than" if full else "greater than or equal to"
            reason = f"Invalid inventory for '{name}' on resource provider '{known.uuid}'. The reserved value is {than} total."
            raise Fault(400, what + reason)


def bump(decision: Decision, key: str) -> None:
    """The provider has another generation: something of it was given out or given back."""
    known = by_key(decision.state, key)
    if known is not None:
        _change(decision, known)


def _change(decision: Decision, known: Provider, *, bump: bool = True, **fields: Any) -> Provider:
    generation = known.generation + int(bump)
    record = said(decision.state, known.key)
    if record is None:
        fields = {"name": known.name, "host": known.key, **fields}
        uid = f"placement-{known.key}"
        decision.create(PROVIDER_CHANGED, ProviderRecord, uid=uid, generation=generation, updated=decision.now, **fields)
    else:
        decision.update(PROVIDER_CHANGED, record, generation=generation, updated=decision.now, **fields)
    return provider(decision.state, known.uuid)


def _changed() -> Fault:
    message = "Resource provider's generation already changed. Please update the generation and try again."
    return Fault(409, message, type=CONCURRENT_UPDATE)


def _parent(state: WorldState, parent: str | None, what: str, *, own: str) -> str:
    """The key of the parent that is named."""
    if not parent:
        return ""
    if str(uuids.UUID(parent)) == own:
        raise Fault(400, f"{what}parent provider UUID cannot be same as UUID. Please set parent provider UUID to None.")
    found = next((one for one in providers(state) if one.uuid == str(uuids.UUID(parent))), None)
    if found is None:
        raise Fault(400, f"{what}parent provider UUID does not exist.")
    return found.key


def _new_parent(state: WorldState, known: Provider, parent: str | None, *, reparent: bool) -> str:
    what = f"Unable to save resource provider {known.uuid}: Object action update failed because: "
    above = _parent(state, parent, what, own="")
    if above == known.parent:
        return above
    if known.parent and not reparent:
        verb = "re-parenting" if above else "un-parenting"
        raise Fault(400, f"{what}{verb} a provider is not currently allowed.")
    found = by_key(state, above) if above else None
    if above and _below(state, known.key, above):
        raise Fault(400, f"{what}creating loop in the provider tree is not allowed.")
    if found is not None and known.host and root_of(state, found).key == known.key:
        raise Fault(400, f"{what}creating loop in the provider tree is not allowed.")
    return above


def _below(state: WorldState, top: str, key: str) -> bool:
    """Whether a provider is another one or below it."""
    while key:
        if key == top:
            return True
        found = by_key(state, key)
        key = found.parent if found else ""
    return False
