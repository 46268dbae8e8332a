"""Flavors: lists, filters, pages, microversions, changes, extra specs, access."""

from __future__ import annotations

from tests.unit.openstack.stack import Client, Rows, Stack

FLAVORS = "/compute/v2.1/flavors"


def flavor(**fields: object) -> Rows:
    """The body that makes a small flavor."""
    return {"flavor": {"name": "small", "ram": 64, "vcpus": 1, "disk": 0, "id": "small", **fields}}


async def test_devstacks_flavors_are_there_in_the_order_of_their_ids(demo: Client) -> None:
    found = (await demo.ok("GET", FLAVORS))["flavors"]
    assert [one["id"] for one in found] == ["1", "2", "3", "4", "42", "5", "84", "c1", "d1", "d2", "d3", "d4"]
    assert set(found[0]) == {"id", "name", "links"}
    assert [link["rel"] for link in found[0]["links"]] == ["self", "bookmark"]
    assert found[0]["links"][0]["href"].endswith("/compute/v2.1/flavors/1")
    assert found[0]["links"][1]["href"].endswith("/compute/flavors/1")


async def test_what_a_flavor_shows_depends_on_the_microversion(demo: Client) -> None:
    first = (await demo.ok("GET", f"{FLAVORS}/42"))["flavor"]
    assert first["swap"] == ""
    assert "description" not in first
    assert "extra_specs" not in first
    assert (first["ram"], first["vcpus"], first["disk"], first["OS-FLV-EXT-DATA:ephemeral"]) == (192, 1, 1, 0)
    demo.version = "compute 2.55"
    assert (await demo.ok("GET", f"{FLAVORS}/42"))["flavor"]["description"] is None
    demo.version = "compute 2.75"
    last = (await demo.ok("GET", f"{FLAVORS}/42"))["flavor"]
    assert last["swap"] == 0
    assert last["extra_specs"] == {"hw_rng:allowed": "True"}


async def test_the_list_is_filtered_ordered_and_paged(demo: Client) -> None:
    assert [one["id"] for one in (await demo.ok("GET", f"{FLAVORS}?minRam=8192"))["flavors"]] == ["4", "5"]
    assert [one["id"] for one in (await demo.ok("GET", f"{FLAVORS}?minDisk=80"))["flavors"]] == ["4", "5"]
    by_memory = (await demo.ok("GET", f"{FLAVORS}?sort_key=memory_mb&sort_dir=desc&limit=2"))["flavors"]
    assert [one["name"] for one in by_memory] == ["m1.xlarge", "m1.large"]
    page = await demo.ok("GET", f"{FLAVORS}/detail?limit=5")
    onward = page["flavors_links"][0]["href"]
    assert onward.endswith("/compute/v2.1/flavors/detail?limit=5&marker=42")
    assert (await demo.ok("GET", f"{FLAVORS}/detail?limit=5&marker=42"))["flavors"][0]["id"] == "5"
    assert (await demo.ok("GET", f"{FLAVORS}?limit=0"))["flavors"] == []


async def test_bad_filters_are_refused(demo: Client) -> None:
    refused = await demo.refused(400, "GET", f"{FLAVORS}?minRam=much")
    assert refused == {"badRequest": {"code": 400, "message": "Invalid minRam filter [much]"}}
    for query in ("minDisk=x", "limit=x", "limit=-1", "marker=nothing", "sort_key=colour", "sort_dir=up"):
        await demo.refused(400, "GET", f"{FLAVORS}?{query}")
    assert (await demo("GET", f"{FLAVORS}?colour=red")).status == 200
    demo.version = "compute 2.75"
    await demo.refused(400, "GET", f"{FLAVORS}?colour=red")


async def test_only_administrators_make_and_delete_flavors(admin: Client, demo: Client) -> None:
    await demo.refused(403, "POST", FLAVORS, flavor())
    made = (await admin.ok("POST", FLAVORS, flavor(ram="128", swap=16)))["flavor"]
    assert (made["id"], made["ram"], made["swap"]) == ("small", 128, 16)
    assert "small" in [one["id"] for one in (await demo.ok("GET", FLAVORS))["flavors"]]
    await admin.refused(409, "POST", FLAVORS, flavor(id="other"))
    refused = await admin.refused(409, "POST", FLAVORS, flavor(name="other"))
    assert refused["conflictingRequest"]["message"] == "Flavor with ID small already exists."
    await demo.refused(403, "DELETE", f"{FLAVORS}/small")
    assert (await admin("DELETE", f"{FLAVORS}/small")).status == 202
    refused = await admin.refused(404, "DELETE", f"{FLAVORS}/small")
    assert refused == {"itemNotFound": {"code": 404, "message": "Flavor small could not be found."}}
    await demo.refused(404, "GET", f"{FLAVORS}/small")


async def test_a_flavor_without_an_id_gets_one(admin: Client) -> None:
    for body in (flavor(id=None), {"flavor": {"name": "plain", "ram": 64, "vcpus": 1, "disk": 0}}):
        assert len((await admin.ok("POST", FLAVORS, body))["flavor"]["id"]) == 36


async def test_bad_flavors_are_refused(admin: Client) -> None:
    for bad in (
        {"ram": 0},
        {"ram": "0"},
        {"vcpus": 0},
        {"disk": -1},
        {"ram": 1 << 31},
        {"ram": "9" * 30},
        {"name": ""},
        {"name": " x"},
        {"name": "x" * 256},
        {"id": " x"},
        {"id": "a/b"},
        {"rxtx_factor": 0},
        {"rxtx_factor": "0.0"},
        {"os-flavor-access:is_public": "maybe"},
        {"colour": "red"},
        {"description": "only from 2.55 on"},
    ):
        await admin.refused(400, "POST", FLAVORS, flavor(**bad))
    await admin.refused(400, "POST", FLAVORS, {"flavor": {"name": "x", "ram": 1, "vcpus": 1}})


async def test_the_description_can_be_changed_from_2_55_on(admin: Client) -> None:
    await admin.refused(404, "PUT", f"{FLAVORS}/1", {"flavor": {"description": "x"}})
    admin.version = "compute 2.55"
    assert (await admin.ok("PUT", f"{FLAVORS}/1", {"flavor": {"description": "tiny"}}))["flavor"]["description"] == "tiny"
    assert (await admin.ok("GET", f"{FLAVORS}/1"))["flavor"]["description"] == "tiny"
    await admin.refused(400, "PUT", f"{FLAVORS}/1", {"flavor": {}})
    await admin.refused(404, "PUT", f"{FLAVORS}/none", {"flavor": {"description": None}})


async def test_extra_specs_come_and_go(admin: Client, demo: Client) -> None:
    specs = f"{FLAVORS}/1/os-extra_specs"
    assert await admin.ok("POST", specs, {"extra_specs": {"a": "1", "b": 2}}) == {"extra_specs": {"a": "1", "b": 2}}
    assert (await demo.ok("GET", specs))["extra_specs"] == {"hw_rng:allowed": "True", "a": "1", "b": "2"}
    assert await admin.ok("PUT", f"{specs}/a", {"a": "3"}) == {"a": "3"}
    assert await demo.ok("GET", f"{specs}/a") == {"a": "3"}
    await admin.refused(400, "PUT", f"{specs}/a", {"b": "3"})
    await admin.refused(400, "PUT", f"{specs}/a", {})
    await admin.refused(400, "POST", specs, {"extra_specs": {"a/b": "1"}})
    await demo.refused(403, "POST", specs, {"extra_specs": {"c": "1"}})
    assert (await admin("DELETE", f"{specs}/a")).status == 200
    refused = await admin.refused(404, "DELETE", f"{specs}/a")
    assert refused["itemNotFound"]["message"] == "Flavor 1 has no extra specs with key a."
    await demo.refused(404, "GET", f"{FLAVORS}/none/os-extra_specs")


async def test_extra_specs_are_validated_from_2_86_on(admin: Client) -> None:
    specs = f"{FLAVORS}/1/os-extra_specs"
    await admin.ok("POST", specs, {"extra_specs": {"hw:cpu_policy": "whatever"}})
    admin.version = "compute 2.86"
    for good in (
        {"hw:cpu_policy": "dedicated"},
        {"hw:numa_cpus.0": "0-3,^2"},
        {"resources:VCPU": 2},
        {"trait:CUSTOM_X": "required"},
        {"mine:x": "y"},
    ):
        await admin.ok("POST", specs, {"extra_specs": good})
    for bad in (
        {"hw:cpu_policy": "whatever"},
        {"hw:numa_nodes": "0"},
        {"hw:numa_nodes": "x"},
        {"hw:nothing": "x"},
        {"hw_rng:allowed": "maybe"},
        {"trait:CUSTOM_X": "perhaps"},
        {"quota:cpu_limit": "-1"},
    ):
        refused = await admin.refused(400, "POST", specs, {"extra_specs": bad})
        assert refused["badRequest"]["message"].startswith("Validation failed; ")


async def test_a_private_flavor_is_for_its_projects(admin: Client, demo: Client, stack: Stack) -> None:
    project = (await demo.ok("GET", "/identity/v3/auth/projects"))["projects"][0]["id"]
    await admin.ok("POST", FLAVORS, flavor(**{"os-flavor-access:is_public": False}))
    await demo.refused(404, "GET", f"{FLAVORS}/small")
    assert "small" not in [one["id"] for one in (await admin.ok("GET", FLAVORS))["flavors"]]
    assert [one["id"] for one in (await admin.ok("GET", f"{FLAVORS}?is_public=false"))["flavors"]] == ["small"]
    assert len((await admin.ok("GET", f"{FLAVORS}?is_public=none"))["flavors"]) == 13
    await admin.refused(400, "GET", f"{FLAVORS}?is_public=perhaps")
    action = f"{FLAVORS}/small/action"
    access = await admin.ok("POST", action, {"addTenantAccess": {"tenant": project}})
    assert access == {"flavor_access": [{"flavor_id": "small", "tenant_id": project}]}
    assert (await demo.ok("GET", f"{FLAVORS}/small"))["flavor"]["os-flavor-access:is_public"] is False
    assert await admin.ok("GET", f"{FLAVORS}/small/os-flavor-access") == access
    await admin.refused(409, "POST", action, {"addTenantAccess": {"tenant": project}})
    await admin.refused(400, "POST", action, {"addTenantAccess": {"tenant": "nobody"}})
    assert await admin.ok("POST", action, {"removeTenantAccess": {"tenant": project}}) == {"flavor_access": []}
    await admin.refused(404, "POST", action, {"removeTenantAccess": {"tenant": project}})
    await demo.refused(404, "GET", f"{FLAVORS}/small")
    await admin.refused(404, "GET", f"{FLAVORS}/1/os-flavor-access")
    admin.version = "compute 2.7"
    await admin.refused(409, "POST", f"{FLAVORS}/1/action", {"addTenantAccess": {"tenant": project}})


async def test_what_is_kept_of_lists_is_dropped_with_every_change(admin: Client, demo: Client) -> None:
    before = (await demo.ok("GET", f"{FLAVORS}/detail"))["flavors"]
    assert (await demo.ok("GET", f"{FLAVORS}/detail"))["flavors"] == before
    await admin.ok("POST", FLAVORS, flavor())
    assert len((await demo.ok("GET", f"{FLAVORS}/detail"))["flavors"]) == len(before) + 1
    demo.version = "compute 2.61"
    assert "extra_specs" in (await demo.ok("GET", f"{FLAVORS}/detail"))["flavors"][0]
