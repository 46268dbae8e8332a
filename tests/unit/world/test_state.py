"""The state's indexes, its order, and its record of who read what."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from dcsim.errors import NotFound
from emulators.world.events import Created, Deleted, Updated
from emulators.world.model import Cluster, Datastore, Entity, Vm
from emulators.world.state import ANY, WorldState, touched_keys

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def vm(uid: str, number: int, **fields: Any) -> Vm:
    return Vm(uid=uid, number=number, name=uid, created=NOW, uuid=uid, instance_uuid=uid, **fields)


def store(uid: str, number: int, **fields: Any) -> Datastore:
    return Datastore(uid=uid, number=number, name=uid, created=NOW, capacity_bytes=1, **fields)


def loaded(*entities: Entity) -> WorldState:
    state = WorldState()
    for entity in entities:
        state.load(entity)
    return state


def update(state: WorldState, entity: Entity, **fields: Any) -> Updated:
    change = Updated(entity, msgspec.structs.replace(entity, **fields), tuple(fields))
    state.apply(change)
    return change


def uids(entities: list[Any]) -> list[str]:
    return [entity.uid for entity in entities]


def test_look_ups_follow_every_change() -> None:
    one, two = vm("one", 1, host="h1"), vm("two", 2, host="h1")
    state = loaded(one, two)
    assert uids(state.where(Vm, "host", "h1")) == ["one", "two"]
    change = update(state, one, host="h2")
    assert uids(state.where(Vm, "host", "h1")) == ["two"]
    assert state.one(Vm, "host", "h2") == change.new
    state.apply(Deleted(change.new))
    assert (state.count(Vm), state.count(Vm, "host", "h2"), state.find("one")) == (1, 0, None)
    state.undo(Deleted(change.new))
    state.undo(change)
    assert uids(state.where(Vm, "host", "h1")) == ["one", "two"]


def test_a_tuple_is_indexed_by_its_members() -> None:
    state = loaded(first := store("first", 1, hosts=("a", "b")), store("second", 2, hosts=("b",)))
    assert uids(state.where(Datastore, "hosts", "b")) == ["first", "second"]
    update(state, first, hosts=("a",))
    assert uids(state.where(Datastore, "hosts", "b")) == ["second"]
    assert uids(state.where(Datastore, "hosts", "a")) == ["first"]


def test_an_empty_value_is_no_value() -> None:
    assert loaded(vm("one", 1)).where(Vm, "host", "") == []


def test_look_up_by_a_field_without_index_is_a_bug() -> None:
    with pytest.raises(TypeError, match="not indexed"):
        WorldState().where(Vm, "annotation", "x")


@pytest.mark.parametrize("iterate", [False, True])
def test_order_is_that_of_creation_whatever_came_back(iterate: bool) -> None:
    first, second, third = vm("first", 1), vm("second", 2), vm("third", 3)
    state = loaded(first, second, third)
    state.apply(Deleted(first))
    state.apply(Created(first))
    update(state, second, number=9)
    found = list(state.iterate(Vm)) if iterate else state.all(Vm)
    assert uids(found) == ["first", "third", "second"]
    assert uids(list(state)) == ["first", "third", "second"]


def test_numbers_are_not_used_twice() -> None:
    state = loaded(vm("one", 7))
    state.apply(Deleted(state.get(Vm, "one")))
    assert state.next_number == 8


def test_get_is_of_the_class_asked_for() -> None:
    state = loaded(vm("one", 1))
    assert state.get(Entity, "one") is state.get(Vm, "one")
    assert state.maybe(Cluster, "one") is None
    with pytest.raises(NotFound, match="no cluster 'one'") as refused:
        state.get(Cluster, "one")
    assert refused.value.subject == "one"
    with pytest.raises(NotFound, match="no object 'two'"):
        state.get(Entity, "two")


def test_tracking_collects_what_was_read_and_nests() -> None:
    state = loaded(vm("one", 1, host="h"), vm("two", 2))
    with state.tracking() as outer:
        state.find("missing")
        with state.tracking() as inner:
            state.where(Vm, "host", "h")
        state.count(Datastore)
    assert inner == {("vm", "host", "h"), ("vm", "host", "h", ANY)}
    assert outer == inner | {"missing", ("datastore",)}
    with state.tracking() as reads:
        state.all(Vm)
    assert reads == {("vm",), ("vm", ANY)}


def test_touched_keys_are_those_whose_readers_must_look_again() -> None:
    before = vm("one", 1, host="h1")
    after = msgspec.structs.replace(before, host="h2")
    moved, noted = (set(touched_keys(Updated(before, after, (field,)))) for field in ("host", "annotation"))
    assert {key for key in moved if ANY not in key} == {"one", ("vm", "host", "h1"), ("vm", "host", "h2")}
    assert {key for key in noted if ANY not in key} == {"one"}
    assert {("vm", ANY), ("vm", "host", "h2", ANY)} <= moved & noted
    assert not moved & {("vm",), ("vm", "name", "one")}
    assert {"one", ("vm",), ("vm", "host", "h1")} <= set(touched_keys(Deleted(before)))
