"""Giving resources to consumers and taking them back: all that a request names, or nothing."""

from __future__ import annotations

from typing import Any

from emulators.openstack.asks import ask
from emulators.openstack.faults import Fault
from emulators.openstack.placement import allocations
from emulators.openstack.placement.allocations import recorded, uid_of
from emulators.openstack.placement.provider_changes import bump
from emulators.openstack.placement.providers import Provider, by_key, providers
from emulators.openstack.placement.records import CONSUMER_CHANGED, CONSUMER_DELETED, Consumer
from emulators.openstack.placement.refusals import CONCURRENT_UPDATE, unknown_classes
from emulators.world.decide import Decision
from emulators.world.state import WorldState

Wanted = dict[str, Any]
"""What one consumer is to have: ``amounts`` by class by provider's UUID, ``project``, ``user``, ``type``; with ``generation`` it must
be of that one (None: new)."""


@ask
def give(decision: Decision, *, wanted: dict[str, Wanted]) -> None:
    """Each consumer (by its UUID) has what is wanted and nothing else.

    Raises Fault 400 for providers and classes that there are not, 409 for what is not there to give or was changed meanwhile.
    """
    known = {one.uuid: one for one in providers(decision.state)}
    for consumer, one in wanted.items():
        _require_free(decision.state, consumer, one)
        _require_there(decision.state, known, consumer, one["amounts"])
    touched: dict[str, None] = {}
    for consumer in wanted:
        touched |= dict.fromkeys(_take(decision, consumer))
    for consumer, one in wanted.items():
        touched |= dict.fromkeys(_put(decision, known, consumer, one))
    for key in touched:
        bump(decision, key)


@ask
def take_back(decision: Decision, *, consumer: str) -> None:
    """The consumer has nothing any more; raises Fault 404 when it had nothing, 409 when it is a server."""
    if not allocations.of_consumer(decision.state, consumer):
        raise Fault(404, f"No allocations for consumer '{consumer}'")
    _refuse_servers(decision.state, consumer)
    for key in _take(decision, consumer, forget=True):
        bump(decision, key)


def _refuse_servers(state: WorldState, consumer: str) -> None:
    if allocations.follows_a_server(state, consumer):
        reason = f"consumer {consumer} is a server of Nova, whose allocations follow from where it is"
        message = f"Inventory and/or allocations changed while attempting to allocate: {reason}"
        raise Fault(409, message, type=CONCURRENT_UPDATE)


def _require_free(state: WorldState, consumer: str, one: Wanted) -> None:
    record = recorded(state, consumer)
    if "generation" in one:
        expected = record.generation if record else None
        if one["generation"] != expected:
            given = "null" if one["generation"] is None else one["generation"]
            message = f"consumer generation conflict - expected {'null' if expected is None else expected} but got {given}"
            raise Fault(409, message, type=CONCURRENT_UPDATE)
    _refuse_servers(state, consumer)


def _require_there(state: WorldState, known: dict[str, Provider], consumer: str, amounts: dict[str, dict[str, int]]) -> None:
    for uuid, of_provider in amounts.items():
        if uuid not in known:
            raise Fault(400, f"Allocation for resource provider '{uuid}' that does not exist.")
        missing = unknown_classes(state, of_provider)
        if missing:
            message = f"Unable to allocate inventory for consumer {consumer}: No such resource class {', '.join(missing)}."
            raise Fault(400, message)


def _take(decision: Decision, consumer: str, *, forget: bool = False) -> tuple[str, ...]:
    """Take everything from a consumer; the keys of the providers that had it."""
    record = recorded(decision.state, consumer)
    if record is None:
        return ()
    if forget:
        decision.delete(CONSUMER_DELETED, record)
    else:
        decision.update(CONSUMER_CHANGED, record, given={}, providers=())
    return record.providers


def _put(decision: Decision, known: dict[str, Provider], consumer: str, one: Wanted) -> tuple[str, ...]:
    """Give a consumer that has nothing what it is to have; the keys of the providers that it is from."""
    record = recorded(decision.state, consumer)
    if not one["amounts"]:
        if record is not None:
            decision.delete(CONSUMER_DELETED, record)
        return ()
    given = {known[uuid].key: dict(amounts) for uuid, amounts in one["amounts"].items()}
    for key, amounts in given.items():
        _require_room(decision.state, key, amounts)
    fields = {"project": one["project"], "user": one["user"], "given": given, "providers": tuple(given), "updated": decision.now}
    kind_of = one["type"] or (record.type if record else "unknown")
    if record is None:
        decision.create(CONSUMER_CHANGED, Consumer, uid=uid_of(consumer), name=consumer, type=kind_of, **fields)
    else:
        decision.update(CONSUMER_CHANGED, record, generation=record.generation + 1, type=kind_of, **fields)
    return tuple(given)


def _require_room(state: WorldState, key: str, amounts: dict[str, int]) -> None:
    one = by_key(state, key)
    if one is None:
        raise Fault(400, f"Allocation for resource provider '{key}' that does not exist.")
    used = allocations.usages(state, one)
    for name, amount in amounts.items():
        what = f"Unable to allocate inventory: Unable to create allocation for '{name}' on resource provider '{one.uuid}'."
        inventory = one.inventories.get(name)
        if inventory is None:
            raise Fault(409, f"Unable to allocate inventory: Inventory for '{name}' on resource provider '{one.uuid}' invalid.")
        if not inventory.min_unit <= amount <= inventory.max_unit or amount % inventory.step_size:
            raise Fault(409, f"{what} The requested amount would violate inventory constraints.")
        if used.get(name, 0) + amount > inventory.capacity:
            raise Fault(409, f"{what} The requested amount would exceed the capacity.")
