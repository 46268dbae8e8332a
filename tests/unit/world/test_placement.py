"""Placement: a VM goes to the least loaded host that can run it, or is refused with what is short."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from dcsim.errors import InsufficientResources
from emulators.world import placement
from emulators.world.model import Allocation, HaConfig, Network, Power, Vm
from tests.unit.world.cluster_of_two import GIB, NOW, TwoHosts


def test_the_least_loaded_host_is_chosen_and_the_first_of_equals() -> None:
    world = TwoHosts()
    new = world.vm("new", power=Power.OFF)
    assert placement.choose_host(world.state, world.cluster, new).uid == world.first
    world.vm("running", host=world.first)
    assert placement.choose_host(world.state, world.cluster, new).uid == world.second
    world.vm("larger", host=world.second, memory_bytes=16 * GIB)
    assert placement.choose_host(world.state, world.cluster, new).uid == world.first


def test_excluded_hosts_are_out_of_the_question() -> None:
    world = TwoHosts()
    new = world.vm("new", power=Power.OFF)
    assert placement.choose_host(world.state, world.cluster, new, exclude={world.first}).uid == world.second
    with pytest.raises(InsufficientResources, match="has no host"):
        placement.choose_host(world.state, world.cluster, new, exclude={world.first, world.second})


@pytest.mark.parametrize(
    ("fields", "resource", "reason"),
    [
        ({"memory_bytes": 65 * GIB}, "memory", "65536 MiB of memory, the VM 66560 MiB"),
        ({"memory_bytes": 63 * GIB, "memory": Allocation(reservation=62 * 1024)}, "memory", "can reserve 62464 MiB more"),
        ({"cpus": 49}, "cpu", "48 logical processors, the VM 49"),
        ({"cpu": Allocation(reservation=70_000)}, "cpu", "can reserve 69840 MHz more"),
    ],
)
def test_a_vm_too_large_for_any_host_is_refused_with_what_is_short(fields: dict[str, Any], resource: str, reason: str) -> None:
    world = TwoHosts()
    new = world.vm("new", power=Power.OFF, **fields)
    with pytest.raises(InsufficientResources) as refused:
        placement.choose_host(world.state, world.cluster, new)
    assert refused.value.resource == resource
    assert reason in refused.value.message
    assert refused.value.subject == new.uid


def test_reservations_of_running_vms_count_but_not_the_vms_own() -> None:
    world = TwoHosts()
    running = world.vm("running", memory_bytes=40 * GIB, memory=Allocation(reservation=40 * 1024))
    new = world.vm("new", power=Power.OFF, memory_bytes=40 * GIB, memory=Allocation(reservation=40 * 1024))
    short = placement.shortage(world.state, world.host(world.first), new)
    assert short is not None
    assert short.resource == "memory"
    assert placement.shortage(world.state, world.host(world.first), running) is None
    assert placement.choose_host(world.state, world.cluster, new).uid == world.second


def test_hosts_without_the_vms_datastore_or_network_are_not_chosen() -> None:
    world = TwoHosts()
    new = world.vm("new", power=Power.OFF)
    world.change(world.datastore.uid, hosts=(world.second,))
    assert placement.choose_host(world.state, world.cluster, new).uid == world.second
    world.change(world.network.uid, hosts=(world.first,))
    with pytest.raises(InsufficientResources) as refused:
        placement.choose_host(world.state, world.cluster, new)
    assert refused.value.resource in {"datastore", "network"}


def test_a_datastore_that_is_down_keeps_its_vms_down() -> None:
    world = TwoHosts()
    new = world.vm("new", power=Power.OFF)
    world.change(world.datastore.uid, accessible=False)
    with pytest.raises(InsufficientResources, match="no access to datastore ds-1") as refused:
        placement.choose_host(world.state, world.cluster, new)
    assert refused.value.resource == "datastore"


def test_a_network_without_hosts_of_its_own_is_everywhere() -> None:
    world = TwoHosts()
    new = world.vm("new", power=Power.OFF)
    world.change(world.network.uid, hosts=())
    assert world.state.get(Network, world.network.uid).hosts == ()
    assert placement.choose_host(world.state, world.cluster, new).uid == world.first


def test_hosts_in_maintenance_are_not_chosen() -> None:
    world = TwoHosts()
    new = world.vm("new", power=Power.OFF)
    world.change(world.first, maintenance=True)
    assert placement.choose_host(world.state, world.cluster, new).uid == world.second
    world.change(world.second, running=False)
    with pytest.raises(InsufficientResources, match="not available") as refused:
        placement.choose_host(world.state, world.cluster, new)
    assert refused.value.resource == "host"


def test_a_shortage_of_memory_is_named_rather_than_a_host_that_is_away() -> None:
    world = TwoHosts()
    new = world.vm("new", power=Power.OFF, memory_bytes=100 * GIB)
    world.change(world.first, maintenance=True)
    with pytest.raises(InsufficientResources) as refused:
        placement.choose_host(world.state, world.cluster, new)
    assert refused.value.resource == "memory"


# -- admission ----------------------------------------------------------------------------------------------------------------


def test_ha_keeps_room_for_one_host() -> None:
    world = TwoHosts()
    half = Allocation(reservation=30 * 1024)
    first = world.vm("first", memory_bytes=30 * GIB, memory=half, power=Power.OFF)
    assert placement.ha_admits(world.state, world.cluster, first)
    world.change(first.uid, power=Power.ON)
    small = world.vm("small", memory_bytes=GIB, power=Power.OFF)
    assert placement.ha_admits(world.state, world.cluster, small)
    second = world.vm("second", memory_bytes=31 * GIB, memory=Allocation(reservation=31 * 1024), power=Power.OFF)
    assert not placement.ha_admits(world.state, world.cluster, second)
    running = world.state.get(Vm, first.uid)
    assert placement.ha_admits(world.state, world.cluster, running), "a VM that is on is not counted twice"


def test_ha_counts_32_mhz_for_vms_without_reservation() -> None:
    world = TwoHosts()
    count = 69_840 // 32
    for place in range(count):
        world.state.load(
            Vm(uid=str(place), name=str(place), created=NOW, uuid="", instance_uuid="", host=world.first, power=Power.ON, memory_bytes=0)
        )
    one_more = world.vm("one more", power=Power.OFF, memory_bytes=0)
    assert not placement.ha_admits(world.state, world.cluster, one_more)
    world.change("0", power=Power.OFF)
    assert placement.ha_admits(world.state, world.cluster, one_more)


@pytest.mark.parametrize(
    ("ha", "admitted"),
    [
        (HaConfig(), False),
        (HaConfig(enabled=False), True),
        (HaConfig(admission_control=False), True),
        (HaConfig(failures_to_tolerate=0), True),
    ],
)
def test_one_host_left_cannot_lose_another(ha: HaConfig, admitted: bool) -> None:
    world = TwoHosts()
    world.change(world.first, running=False)
    cluster = msgspec.structs.replace(world.cluster, ha=ha)
    assert placement.ha_admits(world.state, cluster, world.vm("new", power=Power.OFF)) is admitted


def test_a_pool_admits_what_its_reservation_covers() -> None:
    world = TwoHosts()
    fits = world.vm("fits", pool=world.gold, power=Power.OFF, memory=Allocation(reservation=7 * 1024))
    too_much = world.vm("too much", pool=world.gold, power=Power.OFF, memory_bytes=9 * GIB, memory=Allocation(reservation=9 * 1024))
    assert placement.pool_admits(world.state, fits)
    assert not placement.pool_admits(world.state, too_much)
    assert placement.pool_admits(world.state, msgspec.structs.replace(too_much, pool=world.root))
    assert placement.pool_admits(world.state, msgspec.structs.replace(too_much, pool="")), "a template is in no pool"
