"""Resource providers: the hosts', those of the API, trees, inventories, traits, aggregates, classes."""

from __future__ import annotations

import pytest

from emulators.world.identity import host_identity
from emulators.world.model import Blade, Hypervisor
from tests.unit.openstack.stack import Client, Rows, Stack

PROVIDERS = "/placement/resource_providers"
UUID = "11111111-1111-4111-8111-11111111111"


@pytest.fixture
def placement(admin: Client) -> Client:
    """The administrator, in the latest microversion."""
    admin.version = "placement 1.39"
    return admin


def host(stack: Stack) -> Hypervisor:
    """A compute host."""
    return next(one for one in stack.world.state.all(Hypervisor) if one.flavor == "kvm")


def uuid_of(stack: Stack, one: Hypervisor) -> str:
    """Its provider's UUID."""
    return host_identity(stack.world.state, one).uuid


async def make(placement: Client, name: str, place: int = 1, parent: str | None = None) -> str:
    """A new provider's UUID."""
    body = {"name": name, "uuid": f"{UUID}{place}", "parent_provider_uuid": parent}
    await placement.ok("POST", PROVIDERS, body)
    return f"{UUID}{place}"


async def give(placement: Client, uuid: str, **totals: int) -> Rows:
    """The provider's inventories, set to these totals."""
    generation = (await placement.ok("GET", f"{PROVIDERS}/{uuid}"))["generation"]
    body = {"resource_provider_generation": generation, "inventories": {name: {"total": total} for name, total in totals.items()}}
    answer: Rows = await placement.ok("PUT", f"{PROVIDERS}/{uuid}/inventories", body)
    return answer


async def test_the_root_needs_no_token(stack: Stack) -> None:
    for path in ("/placement", "/placement/"):
        answer = await stack.call("GET", path)
        (version,) = answer.body["versions"]
        assert (answer.status, version["id"], version["min_version"], version["max_version"]) == (200, "v1.0", "1.0", "1.39")


async def test_it_is_administrators_only(demo: Client) -> None:
    refused = (await demo.refused(403, "GET", PROVIDERS))["errors"][0]
    assert (refused["status"], refused["title"]) == (403, "Forbidden")
    assert {"detail", "code", "request_id"} < set(refused)


async def test_every_compute_host_is_a_provider_with_its_blades_inventory(stack: Stack, placement: Client) -> None:
    one = host(stack)
    blade = stack.world.state.get(Blade, one.blade)
    listed = (await placement.ok("GET", PROVIDERS))["resource_providers"]
    assert uuid_of(stack, one) in [row["uuid"] for row in listed]
    path = f"{PROVIDERS}/{uuid_of(stack, one)}"
    shown = await placement.ok("GET", path)
    assert (shown["name"], shown["root_provider_uuid"], shown["parent_provider_uuid"]) == (one.name, shown["uuid"], None)
    inventories = (await placement.ok("GET", f"{path}/inventories"))["inventories"]
    assert inventories["VCPU"]["total"] == blade.cpu.threads
    assert inventories["MEMORY_MB"]["total"] == sum(dimm.capacity_bytes for dimm in blade.dimms) >> 20
    assert inventories["MEMORY_MB"]["reserved"] == 512
    assert inventories["DISK_GB"]["total"] == sum(disk.capacity_bytes for disk in blade.disks) >> 30
    assert (await placement.ok("GET", f"{path}/usages"))["usages"] == {"VCPU": 0, "MEMORY_MB": 0, "DISK_GB": 0}
    assert "COMPUTE_NODE" in (await placement.ok("GET", f"{path}/traits"))["traits"]


async def test_links_and_fields_came_with_microversions(stack: Stack, admin: Client) -> None:
    for version, links, more in (
        ("1.0", 3, set()),
        ("1.1", 4, set()),
        ("1.6", 5, set()),
        ("1.11", 6, set()),
        ("1.14", 6, {"parent", "root"}),
    ):
        admin.version = f"placement {version}"
        answer = await admin("GET", f"{PROVIDERS}/{uuid_of(stack, host(stack))}")
        assert len(answer.body["links"]) == links
        assert {name.partition("_")[0] for name in answer.body if name.endswith("provider_uuid")} == more
        assert "Last-Modified" not in answer.headers
    admin.version = "placement 1.15"
    answer = await admin("GET", PROVIDERS)
    assert answer.headers["Cache-Control"] == "no-cache"
    assert answer.headers["Last-Modified"].endswith(" GMT")


async def test_a_provider_comes_and_goes(placement: Client) -> None:
    answer = await placement("POST", PROVIDERS, {"name": "pool"})
    assert answer.status == 200
    uuid = answer.body["uuid"]
    assert answer.headers["Location"].endswith(f"/placement/resource_providers/{uuid}")
    assert answer.body["generation"] == 0
    changed = await placement.ok("PUT", f"{PROVIDERS}/{uuid}", {"name": "lake"})
    assert (changed["name"], changed["generation"]) == ("lake", 0)
    assert [row["uuid"] for row in (await placement.ok("GET", f"{PROVIDERS}?name=lake"))["resource_providers"]] == [uuid]
    assert (await placement("DELETE", f"{PROVIDERS}/{uuid}")).status == 204
    refused = (await placement.refused(404, "GET", f"{PROVIDERS}/{uuid}"))["errors"][0]
    assert refused["detail"] == f"No resource provider with uuid {uuid} found"
    placement.version = "placement 1.19"
    answer = await placement("POST", PROVIDERS, {"name": "old"})
    assert (answer.status, answer.data) == (201, b"")


async def test_names_and_uuids_are_taken_once(placement: Client) -> None:
    uuid = await make(placement, "pool")
    for body in ({"name": "pool"}, {"name": "other", "uuid": uuid}, {"name": "kvm-01.ams1"}):
        refused = (await placement.refused(409, "POST", PROVIDERS, body))["errors"][0]
        assert refused["code"] == "placement.duplicate_name"
    for bad in ({}, {"name": 7}, {"name": "x", "uuid": "y"}, {"name": "x" * 201}, {"name": "x", "colour": "red"}):
        await placement.refused(400, "POST", PROVIDERS, bad)


async def test_trees_have_parents_that_can_be_given_and_taken(stack: Stack, placement: Client) -> None:
    root, child, leaf = (
        await make(placement, "root"),
        await make(placement, "child", 2, f"{UUID}1"),
        await make(placement, "leaf", 3, f"{UUID}2"),
    )
    assert (await placement.ok("GET", f"{PROVIDERS}/{leaf}"))["root_provider_uuid"] == root
    tree = (await placement.ok("GET", f"{PROVIDERS}?in_tree={leaf}"))["resource_providers"]
    assert [row["uuid"] for row in tree] == [root, child, leaf]
    refused = (await placement.refused(409, "DELETE", f"{PROVIDERS}/{child}"))["errors"][0]
    assert refused["code"] == "placement.resource_provider.cannot_delete_parent"
    await placement.refused(400, "PUT", f"{PROVIDERS}/{root}", {"name": "root", "parent_provider_uuid": leaf})
    await placement.refused(400, "PUT", f"{PROVIDERS}/{root}", {"name": "root", "parent_provider_uuid": f"{UUID}9"})
    moved = await placement.ok("PUT", f"{PROVIDERS}/{leaf}", {"name": "leaf", "parent_provider_uuid": root})
    assert moved["parent_provider_uuid"] == root
    below_a_host = uuid_of(stack, host(stack))
    moved = await placement.ok("PUT", f"{PROVIDERS}/{leaf}", {"name": "leaf", "parent_provider_uuid": below_a_host})
    assert moved["root_provider_uuid"] == below_a_host
    placement.version = "placement 1.36"
    await placement.refused(400, "PUT", f"{PROVIDERS}/{leaf}", {"name": "leaf", "parent_provider_uuid": None})
    placement.version = "placement 1.37"
    freed = await placement.ok("PUT", f"{PROVIDERS}/{leaf}", {"name": "leaf", "parent_provider_uuid": None})
    assert freed["root_provider_uuid"] == leaf


async def test_inventories_are_guarded_by_generations(placement: Client) -> None:
    uuid = await make(placement, "pool")
    path = f"{PROVIDERS}/{uuid}/inventories"
    answer = await placement("POST", path, {"resource_class": "VGPU", "total": 8, "max_unit": 4})
    assert answer.status == 201
    assert (answer.body["total"], answer.body["max_unit"], answer.body["resource_provider_generation"]) == (8, 4, 1)
    assert answer.headers["Location"].endswith(f"{uuid}/inventories/VGPU")
    refused = (await placement.refused(409, "PUT", f"{path}/VGPU", {"total": 9, "resource_provider_generation": 0}))["errors"][0]
    assert (refused["code"], refused["detail"]) == ("placement.concurrent_update", "resource provider generation conflict")
    changed = await placement.ok("PUT", f"{path}/VGPU", {"total": 9, "allocation_ratio": 2.5, "resource_provider_generation": 1})
    assert (changed["total"], changed["allocation_ratio"]) == (9, 2.5)
    assert (await placement.ok("GET", f"{path}/VGPU"))["total"] == 9
    await placement.refused(400, "PUT", f"{path}/FPGA", {"total": 9, "resource_provider_generation": 2})
    await placement.refused(409, "POST", path, {"resource_class": "VGPU", "total": 8})
    assert (await placement("DELETE", f"{path}/VGPU")).status == 204
    await placement.refused(404, "DELETE", f"{path}/VGPU")
    await placement.refused(404, "GET", f"{path}/VGPU")
    await give(placement, uuid, VGPU=1, FPGA=2)
    assert (await placement("DELETE", path)).status == 204
    assert (await placement.ok("GET", path))["inventories"] == {}


async def test_bad_inventories_are_refused(placement: Client) -> None:
    uuid = await make(placement, "pool")
    path = f"{PROVIDERS}/{uuid}/inventories"
    for bad in (
        {"total": 0},
        {"total": 1 << 31},
        {"total": 1, "min_unit": 0},
        {"total": 1, "colour": 1},
        {"reserved": 1},
        {"total": 1, "reserved": 2},
    ):
        await placement.refused(400, "POST", path, {"resource_class": "VGPU", **bad})
    for name in ("vgpu", "CUSTOM_UNKNOWN"):
        await placement.refused(400, "POST", path, {"resource_class": name, "total": 1})
    await placement.ok("POST", path, {"resource_class": "VGPU", "total": 1, "reserved": 1})
    placement.version = "placement 1.25"
    await placement.refused(400, "POST", path, {"resource_class": "FPGA", "total": 1, "reserved": 1})
    placement.version = "placement 1.4"
    await placement.refused(405, "DELETE", path)


async def test_classes_of_ones_own(placement: Client) -> None:
    classes = "/placement/resource_classes"
    names = [row["name"] for row in (await placement.ok("GET", classes))["resource_classes"]]
    assert names[:3] == ["VCPU", "MEMORY_MB", "DISK_GB"]
    assert [(await placement("PUT", f"{classes}/CUSTOM_GOLD")).status for _ in range(2)] == [201, 204]
    assert (await placement.ok("GET", f"{classes}/CUSTOM_GOLD"))["name"] == "CUSTOM_GOLD"
    await placement.refused(400, "PUT", f"{classes}/GOLD")
    await placement.refused(404, "GET", f"{classes}/CUSTOM_SILVER")
    await placement.refused(400, "DELETE", f"{classes}/VCPU")
    uuid = await make(placement, "pool")
    await give(placement, uuid, CUSTOM_GOLD=1)
    await placement.refused(409, "DELETE", f"{classes}/CUSTOM_GOLD")
    await give(placement, uuid)
    assert (await placement("DELETE", f"{classes}/CUSTOM_GOLD")).status == 204
    placement.version = "placement 1.2"
    assert (await placement("POST", classes, {"name": "CUSTOM_A"})).status == 201
    await placement.refused(409, "POST", classes, {"name": "CUSTOM_A"})
    assert (await placement.ok("PUT", f"{classes}/CUSTOM_A", {"name": "CUSTOM_B"}))["name"] == "CUSTOM_B"
    await placement.refused(404, "GET", f"{classes}/CUSTOM_A")
    placement.version = "placement 1.1"
    await placement.refused(404, "GET", classes)


async def test_traits(placement: Client) -> None:
    uuid = await make(placement, "pool")
    assert "HW_CPU_X86_VMX" in (await placement.ok("GET", "/placement/traits"))["traits"]
    found = (await placement.ok("GET", "/placement/traits?name=in:HW_CPU_X86_VMX,NONE"))["traits"]
    assert found == ["HW_CPU_X86_VMX"]
    await placement.refused(400, "GET", "/placement/traits?name=VMX")
    await placement.refused(400, "GET", "/placement/traits?associated=perhaps")
    assert [(await placement("PUT", "/placement/traits/CUSTOM_A")).status for _ in range(2)] == [201, 204]
    await placement.refused(400, "PUT", "/placement/traits/A")
    assert (await placement("GET", "/placement/traits/CUSTOM_A")).status == 204
    body = {"traits": ["CUSTOM_A"], "resource_provider_generation": 0}
    assert await placement.ok("PUT", f"{PROVIDERS}/{uuid}/traits", body) == {"traits": ["CUSTOM_A"], "resource_provider_generation": 1}
    refused = (await placement.refused(409, "PUT", f"{PROVIDERS}/{uuid}/traits", body))["errors"][0]
    assert refused["code"] == "placement.concurrent_update"
    await placement.refused(400, "PUT", f"{PROVIDERS}/{uuid}/traits", {"traits": ["CUSTOM_B"], "resource_provider_generation": 1})
    await placement.refused(409, "DELETE", "/placement/traits/CUSTOM_A")
    await placement.refused(400, "DELETE", "/placement/traits/HW_CPU_X86_VMX")
    assert "CUSTOM_A" in (await placement.ok("GET", "/placement/traits?associated=true"))["traits"]
    assert (await placement("DELETE", f"{PROVIDERS}/{uuid}/traits")).status == 204
    assert (await placement("DELETE", "/placement/traits/CUSTOM_A")).status == 204
    await placement.refused(404, "GET", "/placement/traits/CUSTOM_A")


async def test_novas_aggregates_are_among_its_hosts(stack: Stack, placement: Client) -> None:
    one = host(stack)
    compute = {"OpenStack_API_Version": "compute 2.41"}
    made = (await placement.ok("POST", "/compute/v2.1/os-aggregates", {"aggregate": {"name": "a"}}, **compute))["aggregate"]
    await placement.ok("POST", f"/compute/v2.1/os-aggregates/{made['id']}/action", {"add_host": {"host": one.name}}, **compute)
    path = f"{PROVIDERS}/{uuid_of(stack, one)}/aggregates"
    shown = await placement.ok("GET", path)
    assert shown["aggregates"] == [made["uuid"]]
    mine = f"{UUID}7"
    body = {"aggregates": [mine], "resource_provider_generation": shown["resource_provider_generation"]}
    assert (await placement.ok("PUT", path, body))["aggregates"] == [made["uuid"], mine]
    await placement.refused(409, "PUT", path, body)
    members = (await placement.ok("GET", f"{PROVIDERS}?member_of=in:{mine},{made['uuid']}"))["resource_providers"]
    assert [row["name"] for row in members] == [one.name]
    assert one.name not in [row["name"] for row in (await placement.ok("GET", f"{PROVIDERS}?member_of=!{mine}"))["resource_providers"]]
    await placement.refused(400, "GET", f"{PROVIDERS}?member_of={mine},{mine}")
    placement.version = "placement 1.18"
    assert await placement.ok("PUT", path, []) == {"aggregates": [made["uuid"]]}


async def test_a_disabled_compute_says_so_by_a_trait(stack: Stack, placement: Client) -> None:
    one = host(stack)
    body = {"host": one.name, "binary": "nova-compute"}
    await placement.ok("PUT", "/compute/v2.1/os-services/disable", body, OpenStack_API_Version="compute 2.1")
    assert "COMPUTE_STATUS_DISABLED" in (await placement.ok("GET", f"{PROVIDERS}/{uuid_of(stack, one)}/traits"))["traits"]
    found = (await placement.ok("GET", f"{PROVIDERS}?required=!COMPUTE_STATUS_DISABLED"))["resource_providers"]
    assert one.name not in [row["name"] for row in found]


async def test_bad_queries_are_refused(placement: Client) -> None:
    for bad in (
        "colour=red",
        "uuid=x",
        "resources=VCPU",
        "resources=VCPU:0",
        "resources=NONE:1",
        "required=NONE",
        "required=",
        "in_tree=x",
    ):
        await placement.refused(400, "GET", f"{PROVIDERS}?{bad}")
    placement.version = "placement 1.17"
    await placement.refused(400, "GET", f"{PROVIDERS}?required=COMPUTE_NODE")
    placement.version = "placement 2.0"
    await placement.refused(406, "GET", PROVIDERS)
