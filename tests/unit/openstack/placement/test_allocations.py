"""Allocations, candidates, usages and the reshaper."""

from __future__ import annotations

import pytest

from emulators.world.identity import host_identity
from emulators.world.model import Hypervisor
from tests.unit.openstack.servers.rig import Rig
from tests.unit.openstack.stack import Client, Rows, Stack

PROVIDERS = "/placement/resource_providers"
CANDIDATES = "/placement/allocation_candidates"
ROOT, CHILD = "11111111-1111-4111-8111-111111111111", "11111111-1111-4111-8111-111111111112"
CONSUMER, OTHER = "22222222-2222-4222-8222-222222222221", "22222222-2222-4222-8222-222222222222"


@pytest.fixture
async def placement(admin: Client) -> Client:
    """The administrator, in the latest microversion, with a tree of two providers."""
    admin.version = "placement 1.39"
    await admin.ok("POST", PROVIDERS, {"name": "root", "uuid": ROOT})
    await admin.ok("POST", PROVIDERS, {"name": "child", "uuid": CHILD, "parent_provider_uuid": ROOT})
    await admin("PUT", "/placement/resource_classes/CUSTOM_GOLD")
    await admin("PUT", "/placement/traits/CUSTOM_SHINY")
    body: Rows = {"inventories": {"FPGA": {"total": 4}}, "resource_provider_generation": 0}
    await admin.ok("PUT", f"{PROVIDERS}/{ROOT}/inventories", body)
    gold = {"total": 10, "max_unit": 6, "step_size": 2}
    await admin.ok("PUT", f"{PROVIDERS}/{CHILD}/inventories", {"inventories": {"CUSTOM_GOLD": gold}, "resource_provider_generation": 0})
    await admin.ok("PUT", f"{PROVIDERS}/{CHILD}/traits", {"traits": ["CUSTOM_SHINY"], "resource_provider_generation": 1})
    return admin


def wanted(amount: int, generation: int | None = None, provider: str = CHILD, name: str = "CUSTOM_GOLD") -> Rows:
    """The body that gives a consumer this."""
    return {
        "allocations": {provider: {"resources": {name: amount}}} if amount else {},
        "project_id": "p",
        "user_id": "u",
        "consumer_generation": generation,
        "consumer_type": "TEST",
    }


async def test_a_consumer_gets_and_gives_back(placement: Client) -> None:
    path = f"/placement/allocations/{CONSUMER}"
    assert await placement.ok("GET", path) == {"allocations": {}}
    assert (await placement("PUT", path, wanted(4))).status == 204
    shown = await placement.ok("GET", path)
    assert shown["allocations"][CHILD]["resources"] == {"CUSTOM_GOLD": 4}
    assert (shown["project_id"], shown["user_id"], shown["consumer_generation"], shown["consumer_type"]) == ("p", "u", 1, "TEST")
    assert (await placement.ok("GET", f"{PROVIDERS}/{CHILD}/usages"))["usages"] == {"CUSTOM_GOLD": 4}
    of_provider = await placement.ok("GET", f"{PROVIDERS}/{CHILD}/allocations")
    assert of_provider["allocations"] == {CONSUMER: {"resources": {"CUSTOM_GOLD": 4}, "consumer_generation": 1}}
    assert (await placement.ok("GET", "/placement/usages?project_id=p"))["usages"] == {"TEST": {"CUSTOM_GOLD": 4, "consumer_count": 1}}
    assert (await placement("PUT", path, wanted(6, 1))).status == 204
    assert (await placement("PUT", path, wanted(0, 2))).status == 204
    assert await placement.ok("GET", path) == {"allocations": {}}
    await placement.refused(404, "DELETE", path)
    await placement.ok("PUT", path, wanted(2))
    assert (await placement("DELETE", path)).status == 204


async def test_generations_guard_consumers(placement: Client) -> None:
    path = f"/placement/allocations/{CONSUMER}"
    refused = (await placement.refused(409, "PUT", path, wanted(4, 1)))["errors"][0]
    assert (refused["code"], refused["detail"]) == ("placement.concurrent_update", "consumer generation conflict - expected null but got 1")
    await placement.ok("PUT", path, wanted(4))
    refused = (await placement.refused(409, "PUT", path, wanted(4)))["errors"][0]
    assert refused["detail"] == "consumer generation conflict - expected 1 but got null"


async def test_what_is_not_there_is_not_given(placement: Client) -> None:
    path = f"/placement/allocations/{CONSUMER}"
    for amount, words in ((3, "violate inventory constraints"), (8, "violate inventory constraints")):
        refused = (await placement.refused(409, "PUT", path, wanted(amount)))["errors"][0]
        assert words in refused["detail"]
    await placement.ok("PUT", f"/placement/allocations/{OTHER}", wanted(6))
    refused = (await placement.refused(409, "PUT", path, wanted(6)))["errors"][0]
    assert "The requested amount would exceed the capacity." in refused["detail"]
    assert "invalid" in (await placement.refused(409, "PUT", path, wanted(1, name="VGPU")))["errors"][0]["detail"]
    await placement.refused(400, "PUT", path, wanted(1, name="CUSTOM_NONE"))
    await placement.refused(400, "PUT", path, wanted(1, provider=CONSUMER))
    await placement.refused(400, "PUT", "/placement/allocations/x", wanted(2))
    assert await placement.ok("GET", path) == {"allocations": {}}
    refused = (await placement.refused(409, "DELETE", f"{PROVIDERS}/{CHILD}"))["errors"][0]
    assert refused["code"] == "placement.resource_provider.inuse"
    refused = (await placement.refused(409, "DELETE", f"{PROVIDERS}/{CHILD}/inventories"))["errors"][0]
    assert refused["code"] == "placement.inventory.inuse"


async def test_several_consumers_get_all_or_nothing(placement: Client) -> None:
    await placement.refused(409, "POST", "/placement/allocations", {CONSUMER: wanted(6), OTHER: wanted(6)})
    assert await placement.ok("GET", f"/placement/allocations/{CONSUMER}") == {"allocations": {}}
    assert (await placement("POST", "/placement/allocations", {CONSUMER: wanted(6), OTHER: wanted(4)})).status == 204
    swapped = {CONSUMER: wanted(4, 1), OTHER: wanted(6, 1)}
    assert (await placement("POST", "/placement/allocations", swapped)).status == 204
    assert (await placement.ok("GET", f"{PROVIDERS}/{CHILD}/usages"))["usages"] == {"CUSTOM_GOLD": 10}


async def test_the_first_bodies_were_lists(placement: Client) -> None:
    path = f"/placement/allocations/{CONSUMER}"
    old: Rows = {"allocations": [{"resource_provider": {"uuid": CHILD}, "resources": {"CUSTOM_GOLD": 2}}]}
    placement.version = "placement 1.0"
    assert (await placement("PUT", path, old)).status == 204
    shown = await placement.ok("GET", path)
    assert set(shown) == {"allocations"}
    placement.version = "placement 1.8"
    await placement.refused(400, "PUT", path, old)
    assert (await placement("PUT", path, {**old, "project_id": "p", "user_id": "u"})).status == 204
    placement.version = "placement 1.38"
    await placement.refused(400, "PUT", path, {**old, "project_id": "p", "user_id": "u"})


async def test_candidates_fit_all_that_is_asked(placement: Client) -> None:
    async def found(query: str) -> list[Rows]:
        rows: list[Rows] = (await placement.ok("GET", f"{CANDIDATES}?{query}"))["allocation_requests"]
        return rows

    (one,) = await found("resources=CUSTOM_GOLD:2")
    assert one == {"allocations": {CHILD: {"resources": {"CUSTOM_GOLD": 2}}}, "mappings": {"": [CHILD]}}
    assert await found("resources=CUSTOM_GOLD:3") == []
    (both,) = await found("resources=CUSTOM_GOLD:2,FPGA:1")
    assert set(both["allocations"]) == {ROOT, CHILD}
    assert await found("resources1=CUSTOM_GOLD:2,FPGA:1") == []
    (apart,) = await found("resources1=CUSTOM_GOLD:2&resources2=FPGA:1&group_policy=isolate")
    assert apart["mappings"] == {"1": [CHILD], "2": [ROOT]}
    assert len(await found("resources=CUSTOM_GOLD:2&required=CUSTOM_SHINY")) == 1
    assert await found("resources=CUSTOM_GOLD:2&required=!CUSTOM_SHINY") == []
    assert await found(f"resources=VCPU:1&in_tree={ROOT}") == []
    assert len(await found("resources=VCPU:1")) == 2
    assert len(await found("resources=VCPU:1&limit=1")) == 1
    assert await found("resources=CUSTOM_GOLD:2&root_required=CUSTOM_SHINY") == []
    assert len(await found("resources_A=CUSTOM_GOLD:2&required_B=CUSTOM_SHINY&same_subtree=_A,_B&group_policy=none")) == 1


async def test_summaries_say_what_is_left(placement: Client) -> None:
    await placement.ok("PUT", f"/placement/allocations/{CONSUMER}", wanted(4))
    summaries = (await placement.ok("GET", f"{CANDIDATES}?resources=CUSTOM_GOLD:2"))["provider_summaries"]
    assert summaries[CHILD]["resources"] == {"CUSTOM_GOLD": {"capacity": 10, "used": 4}}
    assert (summaries[CHILD]["parent_provider_uuid"], summaries[CHILD]["traits"]) == (ROOT, ["CUSTOM_SHINY"])
    assert set(summaries) == {ROOT, CHILD}
    placement.version = "placement 1.10"
    answer = await placement.ok("GET", f"{CANDIDATES}?resources=FPGA:2")
    assert answer["allocation_requests"] == [{"allocations": [{"resource_provider": {"uuid": ROOT}, "resources": {"FPGA": 2}}]}]
    assert answer["provider_summaries"] == {ROOT: {"resources": {"FPGA": {"capacity": 4, "used": 0}}}}


async def test_bad_questions_are_refused(placement: Client) -> None:
    for bad in (
        "",
        "resources=",
        "resources=VCPU",
        "resources=VCPU:x",
        "resources=VCPU:0",
        "resources=NONE:1",
        "resources=VCPU:1&limit=0",
        "resources=VCPU:1&colour=red",
        "resources=VCPU:1&required=NONE",
        "resources=VCPU:1&required=HW_CPU_X86_VMX,!HW_CPU_X86_VMX",
        "resources=VCPU:1&member_of=x",
        "resources1=VCPU:1&resources2=VCPU:1",
        "resources=VCPU:1&required1=HW_CPU_X86_VMX",
        "resources=VCPU:1&same_subtree=_A",
        "resources=VCPU:1&in_tree=x",
        "resources=VCPU:1&root_required=A&root_required=B",
    ):
        await placement.refused(400, "GET", f"{CANDIDATES}?{bad}")
    placement.version = "placement 1.9"
    await placement.refused(404, "GET", f"{CANDIDATES}?resources=VCPU:1")


async def test_the_reshaper_moves_inventory_and_allocations_at_once(placement: Client) -> None:
    await placement.ok("PUT", f"/placement/allocations/{CONSUMER}", wanted(4))
    generations = {uuid: (await placement.ok("GET", f"{PROVIDERS}/{uuid}"))["generation"] for uuid in (ROOT, CHILD)}
    body = {
        "inventories": {
            ROOT: {"inventories": {"CUSTOM_GOLD": {"total": 10}}, "resource_provider_generation": generations[ROOT]},
            CHILD: {"inventories": {}, "resource_provider_generation": generations[CHILD]},
        },
        "allocations": {CONSUMER: wanted(4, 1, ROOT)},
    }
    await placement.refused(409, "POST", "/placement/reshaper", {**body, "allocations": {}})
    assert (await placement("POST", "/placement/reshaper", body)).status == 204
    assert (await placement.ok("GET", f"{PROVIDERS}/{ROOT}/usages"))["usages"] == {"CUSTOM_GOLD": 4}
    assert (await placement.ok("GET", f"{PROVIDERS}/{CHILD}/inventories"))["inventories"] == {}
    refused = (await placement.refused(409, "POST", "/placement/reshaper", body))["errors"][0]
    assert refused["code"] == "placement.concurrent_update"
    missing = {"inventories": {CONSUMER: {"inventories": {}, "resource_provider_generation": 0}}, "allocations": {}}
    refused = (await placement.refused(400, "POST", "/placement/reshaper", missing))["errors"][0]
    assert refused["code"] == "placement.resource_provider.not_found"


async def test_a_server_has_its_share_of_its_host(stack: Stack, placement: Client, demo: Client) -> None:
    server = await Rig(stack, demo).boot()
    shown = await placement.ok("GET", f"/placement/allocations/{server}")
    ((uuid, given),) = shown["allocations"].items()
    assert given["resources"] == {"VCPU": 1, "MEMORY_MB": 192, "DISK_GB": 1}
    assert (shown["consumer_type"], shown["project_id"]) == (
        "INSTANCE",
        (await demo.ok("GET", "/identity/v3/auth/projects"))["projects"][0]["id"],
    )
    names = {host_identity(stack.world.state, host).uuid: host for host in stack.world.state.all(Hypervisor)}
    assert (await placement.ok("GET", f"{PROVIDERS}/{uuid}/usages"))["usages"]["MEMORY_MB"] == 192
    hypervisor = f"/compute/v2.1/os-hypervisors/{names[uuid].number}"
    figures = (await placement.ok("GET", hypervisor, OpenStack_API_Version="compute 2.1"))["hypervisor"]
    assert (figures["vcpus_used"], figures["memory_mb_used"], figures["local_gb_used"], figures["running_vms"]) == (1, 704, 1, 1)
    used = (await demo.ok("GET", f"/placement/usages?project_id={shown['project_id']}", OpenStack_API_Version="placement 1.9"))["usages"]
    assert used == {"VCPU": 1, "MEMORY_MB": 192, "DISK_GB": 1}
    await placement.refused(409, "DELETE", f"/placement/allocations/{server}")
    await placement.refused(409, "PUT", f"/placement/allocations/{server}", wanted(2, 1))
    await demo.ok("DELETE", f"/compute/v2.1/servers/{server}", OpenStack_API_Version="compute 2.1")
    await Rig(stack, demo).gone(server)
    assert (await placement.ok("GET", f"/placement/allocations/{server}"))["allocations"] == {}
