"""What the state remembers of costly answers: right after every change, and forgotten only when it must be."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest

from emulators.world.events import Created, Deleted, Updated
from emulators.world.model import Hypervisor, Power, Vm
from emulators.world.state import ANY, WorldState

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def state() -> WorldState:
    """Two hosts, two VMs on the first."""
    state = WorldState()
    for number, name in enumerate(("a", "b")):
        state.load(Hypervisor(uid=f"host-{name}", number=number + 1, name=name, created=NOW, blade=f"blade-{name}"))
    for number in range(2):
        state.load(Vm(uid=f"vm-{number}", number=number + 10, name=f"vm-{number}", created=NOW, uuid="u", instance_uuid="i", host="host-a"))
    return state


class Counting:
    """How many VMs of a host are on, and how often that was computed."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, state: WorldState, host: Hypervisor) -> int:
        self.calls += 1
        return sum(vm.power is Power.ON for vm in state.where(Vm, "host", host.uid))


def turn_on(state: WorldState, uid: str) -> Updated:
    vm = state.get(Vm, uid)
    change = Updated(vm, msgspec.structs.replace(vm, power=Power.ON, version=vm.version + 1), ("power",))
    state.apply(change)
    return change


def test_is_computed_again_only_when_something_it_read_changes(state: WorldState) -> None:
    on, host, other = Counting(), state.get(Hypervisor, "host-a"), state.get(Hypervisor, "host-b")
    assert (state.derive(on, host), state.derive(on, host), on.calls) == (0, 0, 1)
    turn_on(state, "vm-0")
    assert (state.derive(on, host), on.calls) == (1, 2)
    turn_on(state, "vm-1")
    assert (state.derive(on, other), state.derive(on, other), on.calls) == (0, 0, 3)


def test_follows_undoing_creating_moving_and_deleting(state: WorldState) -> None:
    on, host = Counting(), state.get(Hypervisor, "host-a")
    change = turn_on(state, "vm-0")
    assert state.derive(on, host) == 1
    state.undo(change)
    assert state.derive(on, host) == 0
    new = Vm(uid="vm-9", number=19, name="vm-9", created=NOW, uuid="u", instance_uuid="i", host="host-a", power=Power.ON)
    state.apply(Created(new))
    assert state.derive(on, host) == 1
    moved = msgspec.structs.replace(new, host="host-b")
    state.apply(Updated(new, moved, ("host",)))
    assert (state.derive(on, host), state.derive(on, state.get(Hypervisor, "host-b"))) == (0, 1)
    state.apply(Deleted(moved))
    assert state.derive(on, state.get(Hypervisor, "host-b")) == 0


def test_an_entity_that_is_not_the_state_s_own_is_not_remembered(state: WorldState) -> None:
    on, host = Counting(), state.get(Hypervisor, "host-a")
    imagined = msgspec.structs.replace(host, name="imagined")
    assert [state.derive(on, one) for one in (imagined, imagined, host)] == [0, 0, 0]
    assert on.calls == 3


def test_a_reader_depends_on_what_was_read_long_before(state: WorldState) -> None:
    on, host = Counting(), state.get(Hypervisor, "host-a")
    with state.tracking() as first:
        state.derive(on, host)
    with state.tracking() as second:
        state.derive(on, host)
    assert on.calls == 1
    assert first == second == {"host-a", (Vm.KIND, "host", "host-a"), (Vm.KIND, "host", "host-a", ANY)}
