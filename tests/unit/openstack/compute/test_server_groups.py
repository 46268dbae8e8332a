"""Server groups: policies by microversion, whose they are, quota, pages."""

from __future__ import annotations

from tests.unit.openstack.stack import Client, Rows

GROUPS = "/compute/v2.1/os-server-groups"


def group(name: str = "g", policy: str = "affinity") -> Rows:
    """The old body."""
    return {"server_group": {"name": name, "policies": [policy]}}


async def test_a_group_comes_and_goes(demo: Client) -> None:
    made = (await demo.ok("POST", GROUPS, group()))["server_group"]
    assert made == {"id": made["id"], "name": "g", "policies": ["affinity"], "metadata": {}, "members": []}
    assert await demo.ok("GET", f"{GROUPS}/{made['id']}") == {"server_group": made}
    assert await demo.ok("GET", GROUPS) == {"server_groups": [made]}
    assert (await demo("DELETE", f"{GROUPS}/{made['id']}")).status == 204
    refused = await demo.refused(404, "GET", f"{GROUPS}/{made['id']}")
    assert refused["itemNotFound"]["message"] == f"Instance group {made['id']} could not be found."
    await demo.refused(404, "DELETE", f"{GROUPS}/{made['id']}")


async def test_policies_came_with_microversions(demo: Client) -> None:
    await demo.refused(400, "POST", GROUPS, group(policy="soft-affinity"))
    demo.version = "compute 2.15"
    made = (await demo.ok("POST", GROUPS, group(policy="soft-affinity")))["server_group"]
    assert {"project_id", "user_id"} < set(made)
    demo.version = "compute 2.64"
    await demo.refused(400, "POST", GROUPS, group())
    rules = {"max_server_per_host": "3"}
    apart = (await demo.ok("POST", GROUPS, {"server_group": {"name": "g", "policy": "anti-affinity", "rules": rules}}))["server_group"]
    assert (apart["policy"], apart["rules"]) == ("anti-affinity", {"max_server_per_host": 3})
    assert "policies" not in apart
    refused = await demo.refused(400, "POST", GROUPS, {"server_group": {"name": "g", "policy": "affinity", "rules": rules}})
    assert refused["badRequest"]["message"] == "Only anti-affinity policy supports rules."
    for bad in ({"max_server_per_host": 0}, {"max_server_per_host": "9" * 20}, {"colour": 1}):
        await demo.refused(400, "POST", GROUPS, {"server_group": {"name": "g", "policy": "anti-affinity", "rules": bad}})


async def test_bad_groups_are_refused(demo: Client) -> None:
    for bad in (group(""), group(policy="red"), {"server_group": {"name": "g", "policies": []}}, {"server_group": {"name": "g"}}):
        await demo.refused(400, "POST", GROUPS, bad)
    await demo.refused(400, "POST", GROUPS, {"server_group": {"name": "g", "policies": ["affinity", "anti-affinity"]}})


async def test_groups_are_their_projects_own(admin: Client, demo: Client) -> None:
    made = (await demo.ok("POST", GROUPS, group()))["server_group"]
    other = (await admin.ok("POST", GROUPS, group("h")))["server_group"]
    assert (await admin.ok("GET", GROUPS))["server_groups"] == [other]
    assert len((await admin.ok("GET", f"{GROUPS}?all_projects=True"))["server_groups"]) == 2
    assert (await demo.ok("GET", f"{GROUPS}?all_projects=True"))["server_groups"] == [made]
    assert (await admin.ok("GET", f"{GROUPS}/{made['id']}"))["server_group"] == made
    await demo.refused(403, "GET", f"{GROUPS}/{other['id']}")
    await demo.refused(403, "DELETE", f"{GROUPS}/{other['id']}")


async def test_lists_have_limit_and_offset(demo: Client) -> None:
    for name in "abc":
        await demo.ok("POST", GROUPS, group(name))
    found = (await demo.ok("GET", f"{GROUPS}?limit=1&offset=1"))["server_groups"]
    assert [one["name"] for one in found] == ["b"]
    await demo.refused(400, "GET", f"{GROUPS}?limit=x")
    await demo.refused(400, "GET", f"{GROUPS}?offset=-1")


async def test_the_quota_of_groups_holds(demo: Client) -> None:
    for number in range(10):
        await demo.ok("POST", GROUPS, group(str(number)))
    refused = await demo.refused(403, "POST", GROUPS, group("more"))
    assert refused == {"forbidden": {"code": 403, "message": "Quota exceeded, too many server groups."}}
