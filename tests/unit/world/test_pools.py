"""Resource pools: what they promise, how deep they nest, what becomes of their members."""

from __future__ import annotations

from typing import Any

import pytest

from dcsim.errors import AlreadyExists, DcsimError, InsufficientResources, InvalidArgument, NotSupported
from emulators.world.decisions.pools import ConfigurePool, CreatePool, DestroyPool, DestroyPoolChildren, MoveIntoPool
from emulators.world.model import Allocation, ResourcePool, TaskState
from tests.unit.world.lab import Lab


def pool(lab: Lab, name: str = "gold") -> ResourcePool:
    return lab.named(ResourcePool, name)


def nested(lab: Lab, parent: str, *names: str) -> str:
    for name in names:
        parent = lab.do(CreatePool(parent=parent, name=name))
    return parent


def test_a_pool_is_made_configured_and_dissolved(lab: Lab) -> None:
    uid = lab.do(CreatePool(parent=lab.root.uid, name="silver", cpu=Allocation(reservation=1000, expandable=True)))
    lab.do(ConfigurePool(pool=uid, name="bronze", memory=Allocation(limit=4096, expandable=True)))
    made = lab.state.get(ResourcePool, uid)
    assert (made.name, made.cpu.reservation, made.memory.limit) == ("bronze", 1000, 4096)
    lab.do(MoveIntoPool(pool=uid, members=(lab.vm("web").uid,)))
    assert lab.vm("web").pool == uid
    inner = nested(lab, uid, "inner")
    assert lab.begin(DestroyPool(pool=uid)).state is TaskState.SUCCESS
    assert lab.vm("web").pool == lab.root.uid
    assert lab.state.get(ResourcePool, inner).parent == lab.root.uid


@pytest.mark.parametrize(
    ("fields", "error", "field"),
    [
        ({"name": "gold"}, AlreadyExists, "name"),
        ({"name": " "}, InvalidArgument, "name"),
        ({"cpu": Allocation(reservation=-1)}, InvalidArgument, "cpu"),
        ({"memory": Allocation(reservation=10, limit=5)}, InvalidArgument, "memory"),
        ({"cpu": Allocation(level="custom")}, InvalidArgument, "cpu"),
        ({"cpu": Allocation(reservation=10_000_000)}, InsufficientResources, None),
        ({"memory": Allocation(reservation=10_000_000)}, InsufficientResources, None),
    ],
)
def test_a_pool_that_cannot_be(lab: Lab, fields: dict[str, Any], error: type[DcsimError], field: str | None) -> None:
    before = lab.image()
    with pytest.raises(error) as refused:
        lab.do(CreatePool(**{"parent": lab.root.uid, "name": "new", **fields}))
    assert getattr(refused.value, "field", None) == field
    assert lab.image() == before


def test_the_root_stays_as_it_is(lab: Lab) -> None:
    for command in (ConfigurePool(pool=lab.root.uid, name="x"), DestroyPool(pool=lab.root.uid)):
        with pytest.raises(NotSupported, match="root resource pool"):
            lab.do(command)


def test_eight_deep_and_no_deeper(lab: Lab) -> None:
    deepest = nested(lab, lab.root.uid, *"abcdefgh")
    with pytest.raises(NotSupported, match="at most 8"):
        lab.do(CreatePool(parent=deepest, name="i"))
    with pytest.raises(NotSupported):
        lab.do(MoveIntoPool(pool=deepest, members=(pool(lab).uid,)))
    lab.do(DestroyPoolChildren(pool=pool(lab, "a").uid))
    assert {one.name for one in lab.state.all(ResourcePool)} == {"Resources", "gold", "a"}


def test_pools_do_not_lie_in_themselves(lab: Lab) -> None:
    inner = nested(lab, pool(lab).uid, "inner")
    with pytest.raises(InvalidArgument, match="lies inside"):
        lab.do(MoveIntoPool(pool=inner, members=(pool(lab).uid,)))
    lab.do(MoveIntoPool(pool=lab.root.uid, members=(inner,)))
    assert lab.state.get(ResourcePool, inner).parent == lab.root.uid


def test_members_move_all_or_none(lab: Lab) -> None:
    before = lab.image()
    with pytest.raises(InvalidArgument, match="neither a VM nor a resource pool"):
        lab.do(MoveIntoPool(pool=pool(lab).uid, members=(lab.vm("web").uid, lab.datastore().uid)))
    assert lab.image() == before


def test_a_running_vm_moves_where_its_reservation_is_promised(lab: Lab) -> None:
    fixed = Allocation(reservation=100)  # MiB: enough for the overhead of one of them
    uid = lab.do(CreatePool(parent=lab.root.uid, name="tight", memory=fixed))
    lab.do(MoveIntoPool(pool=uid, members=(lab.vm("web").uid,)))
    with pytest.raises(InsufficientResources, match="cannot promise db"):
        lab.do(MoveIntoPool(pool=uid, members=(lab.vm("db").uid,)))
    lab.do(MoveIntoPool(pool=uid, members=(lab.vm("spare").uid,)))


def test_a_reservation_is_promised_once(lab: Lab) -> None:
    whole = 60 << 10  # MiB, of some 190 GiB that three hosts have to give
    lab.do(ConfigurePool(pool=pool(lab).uid, memory=Allocation(reservation=whole)))
    taken = [lab.do(CreatePool(parent=lab.root.uid, name=f"p{n}", memory=Allocation(reservation=whole))) for n in range(1)]
    with pytest.raises(InsufficientResources) as refused:
        lab.do(CreatePool(parent=lab.root.uid, name="more", memory=Allocation(reservation=2 * whole)))
    assert refused.value.resource == "memory"
    lab.do(DestroyPool(pool=taken[0]))
    inside = CreatePool(parent=pool(lab).uid, name="inside", memory=Allocation(reservation=whole))
    lab.do(inside)
    with pytest.raises(InsufficientResources):
        lab.do(CreatePool(parent=pool(lab).uid, name="beside", memory=Allocation(reservation=1)))
