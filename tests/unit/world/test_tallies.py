"""Running sums: what they say is what counting again would say, after every change and after taking it back."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulators.world.capacity import Promised, promised_in, promised_on, promised_to
from emulators.world.events import Created, Deleted
from emulators.world.model import Allocation, Hypervisor, Power, ResourcePool, Vm
from emulators.world.state import ANY, WorldState
from emulators.world.tallies import Tally
from tests.unit.world.cluster_of_two import GIB, TwoHosts


def counted(state: WorldState, field: str, uid: str) -> Promised:
    """The sum, by looking at every VM."""
    found = [promised_to(vm) for vm in state.where(Vm, field, uid)]
    return Promised(*map(sum, zip(Promised(), *found, strict=True)))


def check(world: TwoHosts) -> None:
    """Every host's and pool's sum is right."""
    for host in world.state.all(Hypervisor):
        assert promised_on(world.state, host) == counted(world.state, "host", host.uid)
    for pool in world.state.all(ResourcePool):
        assert promised_in(world.state, pool) == counted(world.state, "pool", pool.uid)


CHANGES = st.one_of(
    st.fixed_dictionaries({"power": st.sampled_from(Power)}),
    st.fixed_dictionaries({"cpus": st.integers(1, 16), "memory_bytes": st.integers(1, 64).map(lambda gib: gib * GIB)}),
    st.fixed_dictionaries({"cpu": st.builds(Allocation, reservation=st.integers(0, 500)), "annotation": st.text(max_size=3)}),
    st.fixed_dictionaries({"memory": st.builds(Allocation, reservation=st.integers(0, 9000))}),
    st.fixed_dictionaries({"host": st.integers(0, 2)}),
    st.fixed_dictionaries({"pool": st.integers(0, 1)}),
    st.just({"deleted": True}),
)


@given(st.lists(st.tuples(st.integers(0, 2), CHANGES), max_size=25), st.booleans())
def test_sums_are_what_counting_says_after_any_changes(changes: list[tuple[int, dict[str, Any]]], asked_before: bool) -> None:
    world = TwoHosts()
    places = {"host": (world.first, world.second, ""), "pool": (world.root, world.gold)}
    if asked_before:
        check(world)
    for number in range(3):
        world.vm(str(number))
    for number, fields in changes:
        vm = world.state.maybe(Vm, f"vm-{number}")
        if vm is None:
            continue
        if "deleted" in fields:
            world.state.apply(Deleted(vm))
            continue
        world.change(vm.uid, **{name: places[name][value] if name in places else value for name, value in fields.items()})
        if asked_before:
            check(world)
    check(world)


def test_what_is_taken_back_is_taken_off() -> None:
    world = TwoHosts()
    vm = world.vm("a")
    check(world)
    deleted = Deleted(vm)
    world.state.apply(deleted)
    check(world)
    world.state.undo(deleted)
    check(world)
    assert promised_on(world.state, world.host(world.first)).vms == 1


def test_a_reader_of_a_sum_depends_on_its_members() -> None:
    world = TwoHosts()
    with world.state.tracking() as reads:
        promised_on(world.state, world.host(world.first))
    assert reads >= {(Vm.KIND, "host", world.first), (Vm.KIND, "host", world.first, ANY)}


class Counting:
    """One for each VM, and how often a VM was looked at."""

    def __init__(self) -> None:
        self.looks = 0

    def __call__(self, _: Vm) -> tuple[int, ...]:
        self.looks += 1
        return (1,)


@pytest.mark.parametrize("others", [0, 30])
def test_a_change_costs_two_looks_however_many_there_are(others: int) -> None:
    world, counting = TwoHosts(), Counting()
    for number in range(others):
        world.vm(f"other-{number}")
    vm = world.vm("a")
    tally = Tally(Vm, "host", counting, ("power",))
    assert world.state.tally(tally, world.first) == (others + 1,)
    counting.looks = 0
    world.change(vm.uid, power=Power.OFF)
    assert (world.state.tally(tally, world.first), counting.looks) == ((others + 1,), 2)
    world.change(vm.uid, annotation="of no interest")
    assert counting.looks == 2


def test_a_sum_of_nothing_counts_from_the_first() -> None:
    world, counting = TwoHosts(), Counting()
    tally = Tally(Vm, "host", counting, ())
    assert world.state.tally(tally, world.second) == ()
    vm = world.vm("a", host=world.second)
    assert world.state.tally(tally, world.second) == (1,)
    world.state.apply(Deleted(vm))
    assert world.state.tally(tally, world.second) == (0,)
    world.state.apply(Created(vm))
    assert world.state.tally(tally, world.second) == (1,)
