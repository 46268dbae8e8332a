"""What failures do to a datacenter drawn by hand, over the embedded store."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from pathlib import Path

import pytest

from cmdb.impact import Impact, impact_of
from cmdb.stores.embedded import EmbeddedStore
from dcsim.errors import InvalidArgument, NotFound
from tests.unit.cmdb.impact.plant import Plant, datacenter

BOTH_CHASSIS = {"chassis-0", "chassis-1"}
ALL_VMS = {f"vm-{host}-{place}" for host in range(4) for place in range(2)}


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[EmbeddedStore]:
    """Yield an open, empty store."""
    opened = EmbeddedStore(tmp_path / "cmdb.db")
    await opened.open()
    yield opened
    await opened.close()


async def ask(store: EmbeddedStore, plant: Plant, *failed: str, spent: Collection[str] = ()) -> Impact:
    await plant.into(store)
    return await impact_of(store, failed, spent=spent)


def those(found: Impact, state: str, *classes: str) -> set[str]:
    return {one.ci.name for one in found.affected if one.after == state and (not classes or one.ci.cls in classes)}


# -- power and fabric -----------------------------------------------------------------------------------------------------------


async def test_a_supply_of_a_redundant_chassis_takes_nothing_down_and_reaches_no_vm(store: EmbeddedStore) -> None:
    found = await ask(store, datacenter(), "chassis-0-psu-0")
    assert those(found, "down") == set()
    assert those(found, "degraded") == {"chassis-0", "blade-0", "blade-2", "host-0", "host-2"}
    chassis = next(one for one in found.affected if one.ci.name == "chassis-0")
    assert chassis.reason == "power: 3 of 4 left, 1 needed"


async def test_a_leg_of_the_power_takes_half_the_supplies_and_no_chassis(store: EmbeddedStore) -> None:
    found = await ask(store, datacenter(), "feed-A")
    assert those(found, "down") == {f"chassis-{chassis}-psu-{slot}" for chassis in range(2) for slot in (0, 2)}
    assert those(found, "degraded", "Chassis") == BOTH_CHASSIS
    assert not those(found, "degraded", "VirtualMachine", "Application", "BusinessService", "Cluster")


async def test_both_legs_take_everything_that_runs(store: EmbeddedStore) -> None:
    found = await ask(store, datacenter(), "feed-A", "feed-B")
    assert those(found, "down", "VirtualMachine") == ALL_VMS
    assert {"web", "shop", "cluster"} <= those(found, "down")
    assert "datastore" not in those(found, "down")


async def test_one_fabric_interconnect_degrades_chassis_and_both_cut_them_off(store: EmbeddedStore) -> None:
    plant = datacenter()
    one = await ask(store, plant, "fi-A")
    assert those(one, "down") == {"chassis-0-iom-A", "chassis-1-iom-A"}
    assert those(one, "degraded", "Chassis") == BOTH_CHASSIS
    both = await impact_of(store, ["fi-A", "fi-B"])
    assert those(both, "down", "VirtualMachine") == ALL_VMS
    assert those(both, "down", "Chassis") == BOTH_CHASSIS


async def test_an_upstream_switch_is_the_end_of_its_fabric_only(store: EmbeddedStore) -> None:
    found = await ask(store, datacenter(), "switch-B")
    assert {"uplink-B", "fi-B", "chassis-0-iom-B", "chassis-1-iom-B"} == those(found, "down")


async def test_redundancy_that_is_spent_already_counts(store: EmbeddedStore) -> None:
    plant = datacenter()
    plant.add("PowerFeed", "feed-B", energised=False)
    found = await ask(store, plant, "feed-A")
    assert those(found, "down", "Chassis") == BOTH_CHASSIS
    assert {one.before for one in found.affected if one.ci.cls == "Chassis"} == {"degraded"}


async def test_planned_work_is_spent_redundancy_and_not_an_effect(store: EmbeddedStore) -> None:
    found = await ask(store, datacenter(), "fi-A", spent=["fi-B"])
    assert those(found, "down", "Chassis") == BOTH_CHASSIS
    assert "chassis-0-iom-B" not in {one.ci.name for one in found.affected}


# -- clusters -------------------------------------------------------------------------------------------------------------------


async def test_one_host_of_a_redundant_cluster_takes_no_vm_and_no_service_down(store: EmbeddedStore) -> None:
    found = await ask(store, datacenter(), "host-0")
    assert those(found, "down") == set()
    assert those(found, "degraded") == {"vm-0-0", "vm-0-1", "cluster", "web", "shop"}
    (room,) = found.clusters
    assert (room.hosts, room.survivors, room.short) == (4, 3, ())
    assert room.left["memory_bytes"] == (3 * 64 - 8 * 10) << 30


async def test_two_hosts_with_too_little_room_take_down_the_vms_that_do_not_fit(store: EmbeddedStore) -> None:
    plant = datacenter(host_gib=32, reserved_gib=10)  # two survivors have 12 GiB each: room for one more VM each
    found = await ask(store, plant, "host-0", "host-1")
    assert len(those(found, "degraded", "VirtualMachine")) == 2
    assert len(those(found, "down", "VirtualMachine")) == 2
    assert those(found, "down", "VirtualMachine") < {"vm-0-0", "vm-0-1", "vm-1-0", "vm-1-1"}
    assert found.clusters[0].short == ("memory_bytes",)
    assert {"web", "shop"} <= those(found, "down")  # its tier "store" needs both


async def test_the_first_priority_restarts_first(store: EmbeddedStore) -> None:
    plant = datacenter(hosts=2, host_gib=32, reserved_gib=10)
    plant.add("VirtualMachine", "vm-0-1", power="on", memory_reserved_bytes=10 << 30, restart_priority="highest")
    found = await ask(store, plant, "host-0")
    assert those(found, "degraded", "VirtualMachine") == {"vm-0-1"}
    assert those(found, "down", "VirtualMachine") == {"vm-0-0"}


async def test_a_vm_excluded_from_restarts_stays_down(store: EmbeddedStore) -> None:
    plant = datacenter()
    plant.add("VirtualMachine", "vm-2-0", power="on", restart_priority="disabled")
    found = await ask(store, plant, "host-2")
    assert those(found, "down") == {"vm-2-0"}


async def test_a_host_in_maintenance_is_no_refuge(store: EmbeddedStore) -> None:
    plant = datacenter(hosts=2)
    plant.add("Hypervisor", "host-1", running=True, maintenance=True, memory_bytes=64 << 30)
    assert those(await ask(store, plant, "host-0"), "down", "VirtualMachine") == {"vm-0-0", "vm-0-1"}


@pytest.mark.parametrize("failed", [("cluster",), ("host-0", "host-1", "host-2", "host-3"), ("chassis-0", "chassis-1")])
async def test_a_whole_cluster_takes_its_vms_down(store: EmbeddedStore, failed: tuple[str, ...]) -> None:
    found = await ask(store, datacenter(), *failed)
    assert those(found, "down", "VirtualMachine") == ALL_VMS
    assert {"web", "shop"} <= those(found, "down")


async def test_hosts_without_high_availability_take_their_vms_down(store: EmbeddedStore) -> None:
    plant = datacenter(ha=False)
    assert those(await ask(store, plant, "host-3"), "down") == {"vm-3-0", "vm-3-1"}


async def test_vms_of_a_host_in_no_cluster_go_down_with_it(store: EmbeddedStore) -> None:
    plant = Plant()
    plant.add("Hypervisor", "kvm", flavor="kvm", owner="openstack")
    plant.add("VirtualMachine", "server", owner="openstack", power="on")
    plant.needs("server", "RUNS_ON", "kvm")
    found = await ask(store, plant, "kvm")
    assert those(found, "down") == {"server"}
    assert found.affected[0].reason == "ran on kvm, and it is in no cluster"


async def test_vms_that_are_off_are_not_affected(store: EmbeddedStore) -> None:
    plant = datacenter()
    plant.add("VirtualMachine", "vm-3-0", power="off")
    assert those(await ask(store, plant, "host-3"), "degraded", "VirtualMachine") == {"vm-3-1"}


# -- storage, network, services -------------------------------------------------------------------------------------------------


async def test_an_array_takes_its_datastores_and_their_vms_and_no_host(store: EmbeddedStore) -> None:
    found = await ask(store, datacenter(), "array")
    assert those(found, "down") == {"lun", "datastore", "web", "shop", *ALL_VMS}
    assert those(found, "degraded") == set()


async def test_a_network_degrades_what_is_attached(store: EmbeddedStore) -> None:
    found = await ask(store, datacenter(), "network")
    assert those(found, "down") == set()
    assert those(found, "degraded") == {"web", "shop", *ALL_VMS}


async def test_tiers_need_so_many_of_their_vms(store: EmbeddedStore) -> None:
    plant = datacenter()
    spare = await ask(store, plant, "vm-0-0")
    assert those(spare, "degraded") == {"web", "shop"}
    assert next(one for one in spare.affected if one.ci.name == "web").reason == "tier front: 1 of 2 left, 1 needed"
    assert those(await impact_of(store, ["vm-0-0", "vm-1-0"]), "down") == {"web", "shop"}
    assert those(await impact_of(store, ["vm-1-1"]), "down") == {"web", "shop"}


async def test_applications_that_call_each_other_in_a_circle_come_to_an_end(store: EmbeddedStore) -> None:
    plant = datacenter()
    plant.add("Application", "a", "b")
    plant.needs("a", "DEPENDS_ON", "b", "web")
    plant.needs("b", "DEPENDS_ON", "a")
    found = await ask(store, plant, "vm-1-1")
    assert those(found, "down") == {"web", "shop", "a", "b"}
    assert all(one.path[-1].target == "vm-1-1" for one in found.affected)


# -- the answer -----------------------------------------------------------------------------------------------------------------


async def test_every_effect_is_explained_down_to_what_failed(store: EmbeddedStore) -> None:
    found = await ask(store, datacenter(), "array")
    assert (found.affected[0].ci.name, found.affected[0].after) == ("shop", "down")
    steps = [(one.subject.name, one.rule, one.target) for one in found.affected[0].path]
    assert [rule for _, rule, _ in steps] == ["ALL_OF", "K_OF_N", "ALL_OF", "ALL_OF", "ALL_OF"]
    assert steps[0] == ("shop", "ALL_OF", "web")
    assert steps[-1] == ("lun", "ALL_OF", "array")
    assert found.summary["down"]["VirtualMachine"] == 8


async def test_nothing_depends_on_it(store: EmbeddedStore) -> None:
    found = await ask(store, datacenter(), "shop")
    assert (found.affected, found.summary) == ((), {})


async def test_bad_questions_are_refused(store: EmbeddedStore) -> None:
    with pytest.raises(NotFound, match="nowhere"):
        await ask(store, datacenter(), "nowhere")
    with pytest.raises(InvalidArgument):
        await impact_of(store, [])
