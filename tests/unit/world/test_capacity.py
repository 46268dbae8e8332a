"""Capacity: what there is, what is taken, and that it is conserved."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulators.world import capacity, pool_capacity
from emulators.world.capacity import MIB
from emulators.world.model import (
    Allocation,
    Blade,
    BladePower,
    Connection,
    Power,
    ResourcePool,
    Vm,
)
from tests.unit.world.cluster_of_two import GIB, NOW, TwoHosts


def test_an_empty_host_has_what_its_blade_has() -> None:
    world = TwoHosts()
    found = capacity.host_capacity(world.state, world.host(world.first))
    assert (found.cpu_cores, found.cpu_threads, found.cpu_mhz) == (24, 48, 72_000)
    assert found.memory_bytes == 64 * GIB
    assert found.effective_memory_bytes == 61 * GIB
    assert (found.vms_on, found.memory_configured_bytes, found.memory_reserved_bytes) == (0, 0, 0)
    assert found.memory_used_bytes == 3 * GIB


def test_only_vms_that_are_on_take_anything() -> None:
    world = TwoHosts()
    world.vm("off", power=Power.OFF, cpu=Allocation(reservation=500))
    world.vm("suspended", power=Power.SUSPENDED)
    on = world.vm("on", memory=Allocation(reservation=1024), cpu=Allocation(reservation=700))
    found = capacity.host_capacity(world.state, world.host(world.first))
    assert (found.vms_on, found.vcpus, found.memory_configured_bytes) == (1, 2, 8 * GIB)
    assert found.cpu_reserved_mhz == 700
    assert found.memory_reserved_bytes == 1 * GIB + capacity.memory_overhead(on)
    assert found.cpu_unreserved_mhz == found.effective_cpu_mhz - 700


@pytest.mark.parametrize(
    ("memory_mib", "cpus", "published_mib"),
    [(256, 1, 20.29), (1024, 1, 25.90), (4096, 1, 48.64), (16384, 1, 139.62), (4096, 2, 52.72), (16384, 4, 151.93), (1024, 8, 53.82)],
)
def test_overhead_is_what_vmware_publishes(memory_mib: int, cpus: int, published_mib: float) -> None:
    """The table "Overhead Memory on Virtual Machines" of vSphere Resource Management, within 4 MiB."""
    vm = Vm(uid="v", name="v", created=NOW, uuid="", instance_uuid="", cpus=cpus, memory_bytes=memory_mib * MIB)
    assert capacity.memory_overhead(vm) / MIB == pytest.approx(published_mib, abs=4)


def test_a_failed_memory_module_is_memory_lost() -> None:
    world = TwoHosts()
    blade = world.state.get(Blade, world.host(world.first).blade)
    broken = msgspec.structs.replace(blade.dimms[2], operable=False)
    world.change(blade.uid, dimms=(*blade.dimms[:2], broken, *blade.dimms[3:]))
    assert capacity.host_capacity(world.state, world.host(world.first)).memory_bytes == 48 * GIB


@pytest.mark.parametrize(
    ("on_blade", "fields"),
    [
        (False, {"running": False}),
        (False, {"maintenance": True}),
        (False, {"connection": Connection.NOT_RESPONDING}),
        (True, {"power": BladePower.OFF}),
        (True, {"operable": False}),
        (True, {"present": False}),
    ],
)
def test_hosts_that_cannot_run_vms_have_no_effective_capacity(on_blade: bool, fields: dict[str, object]) -> None:
    world = TwoHosts()
    host = world.host(world.first)
    world.change(host.blade if on_blade else host.uid, **fields)
    found = capacity.cluster_capacity(world.state, world.cluster)
    assert not capacity.usable(world.state, world.host(world.first))
    assert (found.hosts, found.usable_hosts) == (2, 1)
    assert found.memory_bytes == 128 * GIB
    assert found.effective_memory_bytes == 61 * GIB


@given(st.lists(st.tuples(st.booleans(), st.sampled_from(Power), st.integers(1, 16), st.integers(1, 64)), max_size=12))
def test_a_cluster_is_the_sum_of_its_hosts(vms: list[tuple[bool, Power, int, int]]) -> None:
    world = TwoHosts()
    for place, (first, power, cpus, gib) in enumerate(vms):
        world.vm(str(place), host=world.first if first else world.second, power=power, cpus=cpus, memory_bytes=gib * GIB)
    parts = [capacity.host_capacity(world.state, world.host(uid)) for uid in (world.first, world.second)]
    whole = capacity.cluster_capacity(world.state, world.cluster)
    assert whole == capacity.total(parts)
    assert whole.memory_configured_bytes == sum(gib * GIB for _, power, _, gib in vms if power is Power.ON)
    assert all(part.memory_used_bytes <= part.memory_bytes and part.cpu_used_mhz <= part.cpu_mhz for part in parts)


# -- datastores ---------------------------------------------------------------------------------------------------------------


def test_a_datastore_holds_what_is_written_and_swap() -> None:
    world = TwoHosts()
    world.vm("on", memory=Allocation(reservation=2048))
    world.vm("off", power=Power.OFF)
    space = capacity.datastore_space(world.state, world.datastore)
    assert space.used == 2 * GIB + 6 * GIB
    assert space.provisioned == 20 * GIB + 6 * GIB
    assert (space.free, space.uncommitted) == (1024 * GIB - 8 * GIB, 18 * GIB)


def test_thick_disks_take_all_they_have_and_faults_fill() -> None:
    world = TwoHosts()
    world.vm("off", power=Power.OFF)
    world.change("disk-off", thin=False)
    full = world.change(world.datastore.uid, filled_bytes=2000 * GIB)
    space = capacity.datastore_space(world.state, full)  # type: ignore[arg-type]
    assert space.used == 2010 * GIB
    assert space.free == 0


# -- resource pools -----------------------------------------------------------------------------------------------------------


def test_a_root_pool_has_all_of_the_cluster_and_children_take_their_reservation() -> None:
    world = TwoHosts()
    runtime = pool_capacity.pool_runtime(world.state, world.state.get(ResourcePool, world.root))
    whole = capacity.cluster_capacity(world.state, world.cluster)
    assert runtime.cpu.maximum == whole.effective_cpu_mhz
    assert (runtime.cpu.reservation_used, runtime.memory.reservation_used) == (4000, 8 * GIB)
    assert runtime.memory.unreserved_for_vm == whole.effective_memory_bytes - 8 * GIB


def test_a_pool_that_cannot_expand_has_its_reservation_and_no_more() -> None:
    world = TwoHosts()
    vm = world.vm("a", pool=world.gold, memory=Allocation(reservation=1024), cpu=Allocation(reservation=1000))
    runtime = pool_capacity.pool_runtime(world.state, world.state.get(ResourcePool, world.gold))
    assert (runtime.cpu.reservation_used_for_vm, runtime.cpu.unreserved_for_pool, runtime.cpu.unreserved_for_vm) == (1000, 3000, 3000)
    assert runtime.memory.unreserved_for_vm == 7 * GIB - capacity.memory_overhead(vm)
    assert runtime.memory.overall == 8 * GIB + capacity.memory_overhead(vm)


def test_an_expandable_pool_may_borrow_from_its_parent() -> None:
    world = TwoHosts()
    gold = world.state.get(ResourcePool, world.gold)
    world.change(gold.uid, cpu=msgspec.structs.replace(gold.cpu, expandable=True))
    runtime = pool_capacity.pool_runtime(world.state, world.state.get(ResourcePool, world.gold))
    whole = capacity.cluster_capacity(world.state, world.cluster)
    assert runtime.cpu.unreserved_for_pool == 4000
    assert runtime.cpu.unreserved_for_vm == whole.effective_cpu_mhz


def test_a_limit_is_the_most_a_pool_can_use() -> None:
    world = TwoHosts()
    gold = world.state.get(ResourcePool, world.gold)
    world.change(gold.uid, memory=msgspec.structs.replace(gold.memory, limit=16 * 1024))
    assert pool_capacity.pool_runtime(world.state, world.state.get(ResourcePool, world.gold)).memory.maximum == 16 * GIB
