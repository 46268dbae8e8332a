"""From document to entities and back: what they are, and that exporting a world gives the document that makes it again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dcsim.errors import InvalidArgument
from emulators.world.identity import host_identity
from emulators.world.inventory.check import check
from emulators.world.inventory.export import export
from emulators.world.inventory.generate import generate
from emulators.world.inventory.load import loads
from emulators.world.inventory.realise import realise
from emulators.world.inventory.spec import Inventory, NicSpec, PoolSpec, VmSpec
from emulators.world.model import (
    Application,
    Blade,
    BladePower,
    Disk,
    Entity,
    FiPort,
    Hypervisor,
    Image,
    Network,
    Owner,
    Port,
    Power,
    ResourcePool,
    Site,
    Vm,
    encode_entity,
)
from emulators.world.state import WorldState
from tests.unit.world.inventory.test_document import SMALL

MakeWorld = Callable[..., WorldState]
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def test_the_same_inventory_and_seed_give_the_same_bytes() -> None:
    inventory = generate(7)
    first = [encode_entity(entity) for entity in realise(inventory, 7, NOW)]
    assert first == [encode_entity(entity) for entity in realise(inventory, 7, NOW)]
    assert first != [encode_entity(entity) for entity in realise(inventory, 8, NOW)]


def test_adding_things_leaves_the_ids_of_others_alone() -> None:
    small = loads(SMALL)
    first = VmSpec(name="first", cluster="c1", datastore="ds-1", networks=["mgmt"])
    hosts = {"esx-00.ams1": "ucs-1/1/3", **small.clusters[0].hosts}
    more = msgspec.structs.replace(
        small, vms=[first, *small.vms], clusters=[msgspec.structs.replace(small.clusters[0], hosts=hosts)], applications=[]
    )
    before, after = ({one.uid: identities(one) for one in realise(inventory, 7, NOW)} for inventory in (small, more))
    assert before.keys() < after.keys()
    assert {uid: after[uid] for uid in before} == before


def identities(entity: Entity) -> dict[str, object]:
    """The fields of an entity that name it to the outside."""
    named = ("serial", "original_uuid", "asset_tag", "uuid", "instance_uuid", "mac", "vnics", "vhbas", "wwnn", "naa", "path")
    return {field: getattr(entity, field) for field in named if hasattr(entity, field)}


def test_numbers_count_from_one() -> None:
    numbers = [entity.number for entity in realise(generate(7), 7, NOW)]
    assert numbers == list(range(1, len(numbers) + 1))


def test_a_vm_is_what_its_line_and_class_say(world: MakeWorld) -> None:
    state = world(generate(7))
    vm = state.one(Vm, "name", "shop-db-01")
    assert vm is not None
    assert (vm.power, vm.machine, vm.owner, vm.folder) == (Power.ON, "", Owner.VSPHERE, "")
    assert state.get(Image, vm.image).ref == "dcsim/guest-debian:12"
    assert vm.guest_id == "debian12_64Guest"
    assert vm.tags == ("app:shop", "env:prod", "tier:db")
    assert state.get(ResourcePool, vm.pool).name == "prod"
    assert vm.uuid.startswith("42")
    assert vm.instance_uuid.startswith("50")
    disks = state.where(Disk, "vm", vm.uid)
    assert [(disk.key, disk.unit, disk.capacity_bytes >> 30) for disk in disks] == [(2000, 0, 40), (2001, 1, 200)]
    store = disks[0].path.partition("]")[0] + "]"
    assert [disk.path for disk in disks] == [f"{store} shop-db-01/shop-db-01.vmdk", f"{store} shop-db-01/shop-db-01_1.vmdk"]
    assert vm.path == f"{store} shop-db-01/shop-db-01.vmx"
    assert all(0 < disk.used_bytes < disk.capacity_bytes for disk in disks)
    (port,) = state.where(Port, "vm", vm.uid)
    assert (port.key, port.unit, port.mac_type, port.adapter) == (4000, 7, "assigned", "vmxnet3")


def test_the_eighth_disk_leaves_unit_seven_to_the_controller(world: MakeWorld) -> None:
    text = SMALL.replace("disks: [20GiB], memory", f"disks: [{', '.join(['1GiB'] * 9)}], memory")
    state = world(loads(text))
    units = [disk.unit for disk in state.where(Disk, "vm", state.all(Vm)[0].uid)]
    assert units == [0, 1, 2, 3, 4, 5, 6, 8, 9]


def test_hosts_are_on_associated_blades_and_other_blades_are_off(world: MakeWorld) -> None:
    state = world(loads(SMALL))
    for host in state.all(Hypervisor):
        identity = host_identity(state, host)
        assert identity.profile is not None
        assert identity.profile.name == host.name
        assert identity.profile.blade == identity.blade.uid
        assert identity.blade.power is BladePower.ON
        assert [nic.leg for nic in identity.nics] == ["A", "B"]
    (spare,) = [blade for blade in state.all(Blade) if not blade.profile]
    assert (spare.name, spare.power) == ("ucs-1/1/3", BladePower.OFF)


def test_addresses_are_given_in_order_and_the_documents_own_are_kept(world: MakeWorld) -> None:
    state = world(loads(SMALL))
    assert [host.management_ip for host in state.all(Hypervisor)] == ["10.0.0.10", "10.0.0.11"]
    assert [port.ip for port in state.all(Port)] == ["10.0.0.12", "10.0.0.77"]
    assert state.all(Network)[0].gateway == "10.0.0.1"


def test_vms_without_a_host_spread_over_their_cluster(world: MakeWorld) -> None:
    inventory = loads(SMALL)
    vms = [VmSpec(name=f"vm-{n}", cluster="c1", datastore="ds-1", memory="8GiB") for n in range(6)]
    state = world(msgspec.structs.replace(inventory, vms=vms))
    assert [state.count(Vm, "host", host.uid) for host in state.all(Hypervisor)] == [3, 3]


def test_every_link_of_the_fabric_has_two_ends(world: MakeWorld) -> None:
    state = world(generate(7))
    ports = state.all(FiPort)
    assert len({(port.fabric_interconnect, port.slot, port.port) for port in ports}) == len(ports)
    assert {port.role for port in ports} == {"server", "network"}
    assert all(state.find(port.peer) for port in ports)


def test_applications_hold_the_uids_of_their_vms(world: MakeWorld) -> None:
    state = world(generate(7))
    shop = state.one(Application, "name", "shop")
    assert shop is not None
    assert {tier: [state.get(Vm, uid).name for uid in uids] for tier, uids in shop.tiers.items()}["web"] == ["shop-web-01", "shop-web-02"]


def test_a_site_is_its_own_site(world: MakeWorld) -> None:
    state = world(generate(7))
    (site,) = state.all(Site)
    assert site.site == site.uid
    assert len(state.where(Vm, "site", site.uid)) == 20


def test_pools_nest_and_keep_their_allocations(world: MakeWorld) -> None:
    pools = [
        PoolSpec(name="gold", cluster="c1", cpu_reservation_mhz=2000, memory_limit="8GiB", cpu_shares=1234, expandable=False),
        PoolSpec(name="inner", cluster="c1", parent="gold", memory_reservation="1GiB", memory_shares="low"),
    ]
    inventory = msgspec.structs.replace(loads(SMALL), pools=pools)
    state = world(inventory)
    gold, inner = (state.one(ResourcePool, "name", name) for name in ("gold", "inner"))
    assert gold is not None
    assert inner is not None
    assert inner.parent == gold.uid
    assert (gold.cpu.reservation, gold.cpu.level, gold.cpu.shares, gold.cpu.expandable) == (2000, "custom", 1234, False)
    assert (gold.memory.limit, inner.memory.reservation, inner.memory.level) == (8192, 1024, "low")
    assert export(state).pools == pools


def test_an_inventory_that_does_not_hold_together_makes_nothing() -> None:
    broken = Inventory(vms=[VmSpec(name="a", cluster="none")])
    with pytest.raises(InvalidArgument, match="no cluster 'none'"):
        next(realise(broken, 7, NOW))


# -- export -------------------------------------------------------------------------------------------------------------------


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 1000), st.integers(1, 30), st.integers(0, 80))
def test_an_exported_world_is_made_again_exactly(world: MakeWorld, seed: int, hosts: int, vms: int) -> None:
    state = world(generate(seed, hosts=hosts, vms=vms), seed)
    exported = export(state)
    check(exported)
    assert list(world(exported, seed)) == list(state)


def test_the_large_world_is_made_again_exactly(world: MakeWorld) -> None:
    state = world(generate(7, "large"))
    assert list(world(export(state))) == list(state)


def test_vms_of_one_name_in_different_folders_are_told_apart(world: MakeWorld) -> None:
    state = world(generate(7))
    twins = [vm for vm in state.all(Vm) if vm.name.startswith("shop-web-")]
    for vm in twins:
        state._replace(vm, msgspec.structs.replace(vm, name="web", folder=vm.uid))
    exported = export(state)
    check(exported)
    assert [vm.name for vm in exported.vms if vm.name.startswith("web")] == ["web", "web~2"]
    assert exported.applications[0].tiers["web"] == ["web", "web~2"]


def test_a_world_that_has_changed_exports_what_it_is_now(world: MakeWorld) -> None:
    state = world(loads(SMALL))
    first, second = state.all(Vm)
    hosts = state.all(Hypervisor)
    state._remove(first)  # as DestroyVm does
    for child in (*state.where(Disk, "vm", first.uid), *state.where(Port, "vm", first.uid)):
        state._remove(child)
    moved = msgspec.structs.replace(second, host=hosts[1].uid, power=Power.SUSPENDED, memory_bytes=3 << 29, version=2)
    state._replace(second, moved)
    (spec,) = export(state).vms
    assert (spec.name, spec.host, spec.power, spec.memory) == ("web-02", "esx-02.ams1", "suspended", "1536MiB")
    assert spec.networks == [NicSpec(network="mgmt", ip="10.0.0.77")]
    again = world(export(state))
    assert [(vm.name, vm.host, vm.power) for vm in again.all(Vm)] == [("web-02", moved.host, Power.SUSPENDED)]
    assert [port.ip for port in again.all(Port)] == ["10.0.0.77"]
