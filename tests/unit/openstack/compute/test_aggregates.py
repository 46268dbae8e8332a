"""Host aggregates: made, changed, hosts in and out, metadata, images."""

from __future__ import annotations

from emulators.world.model import Hypervisor
from tests.unit.openstack.stack import Client, Rows, Stack

AGGREGATES = "/compute/v2.1/os-aggregates"
IMAGE = "11111111-1111-4111-8111-111111111111"


async def make(admin: Client, name: str = "a", **fields: object) -> Rows:
    """A new aggregate."""
    made: Rows = (await admin.ok("POST", AGGREGATES, {"aggregate": {"name": name, **fields}}))["aggregate"]
    return made


def hosts(stack: Stack) -> list[str]:
    """The names of the compute hosts."""
    return [host.name for host in stack.world.state.all(Hypervisor) if host.flavor == "kvm"]


async def test_an_aggregate_comes_and_goes(admin: Client, demo: Client) -> None:
    await demo.refused(403, "GET", AGGREGATES)
    made = await make(admin, availability_zone="north")
    assert "hosts" not in made
    assert "metadata" not in made
    shown = (await admin.ok("GET", f"{AGGREGATES}/{made['id']}"))["aggregate"]
    assert (shown["availability_zone"], shown["hosts"], shown["metadata"]) == ("north", [], {"availability_zone": "north"})
    assert (shown["deleted"], shown["deleted_at"], shown["updated_at"]) == (False, None, None)
    assert (await admin.ok("GET", AGGREGATES))["aggregates"] == [shown]
    admin.version = "compute 2.41"
    assert len((await admin.ok("GET", f"{AGGREGATES}/{made['id']}"))["aggregate"]["uuid"]) == 36
    answer = await admin("DELETE", f"{AGGREGATES}/{made['id']}")
    assert (answer.status, answer.data) == (200, b"")
    refused = await admin.refused(404, "GET", f"{AGGREGATES}/{made['id']}")
    assert refused["itemNotFound"]["message"] == f"Aggregate {made['id']} could not be found."


async def test_bad_aggregates_are_refused(admin: Client) -> None:
    await make(admin)
    refused = await admin.refused(409, "POST", AGGREGATES, {"aggregate": {"name": "a"}})
    assert refused["conflictingRequest"]["message"] == "Aggregate a already exists."
    for bad in ({}, {"name": ""}, {"name": "x" * 256}, {"name": "b", "availability_zone": "a:b"}, {"name": "b", "availability_zone": ""}):
        await admin.refused(400, "POST", AGGREGATES, {"aggregate": bad})
    await admin.refused(400, "GET", f"{AGGREGATES}/x")
    await admin.refused(400, "GET", f"{AGGREGATES}/{'9' * 40}")
    await admin.refused(404, "GET", f"{AGGREGATES}/999999")
    await admin.refused(404, "DELETE", f"{AGGREGATES}/-1")


async def test_name_and_zone_change(admin: Client) -> None:
    made = await make(admin)
    path = f"{AGGREGATES}/{made['id']}"
    changed = (await admin.ok("PUT", path, {"aggregate": {"name": "b", "availability_zone": "south"}}))["aggregate"]
    assert (changed["name"], changed["availability_zone"]) == ("b", "south")
    assert changed["updated_at"] is not None
    await admin.refused(400, "PUT", path, {"aggregate": {}})
    await admin.refused(400, "PUT", path, {"aggregate": {"availability_zone": None}})
    await make(admin, "c")
    await admin.refused(409, "PUT", path, {"aggregate": {"name": "c"}})


async def test_metadata_is_added_and_removed(admin: Client) -> None:
    made = await make(admin)
    action = f"{AGGREGATES}/{made['id']}/action"
    changed = (await admin.ok("POST", action, {"set_metadata": {"metadata": {"ssd": "true", "x": "y"}}}))["aggregate"]
    assert changed["metadata"] == {"ssd": "true", "x": "y"}
    changed = (await admin.ok("POST", action, {"set_metadata": {"metadata": {"x": None, "availability_zone": "north"}}}))["aggregate"]
    assert (changed["metadata"], changed["availability_zone"]) == ({"ssd": "true", "availability_zone": "north"}, "north")
    await admin.refused(400, "POST", action, {"set_metadata": {"metadata": {"a": 1}}})
    await admin.refused(400, "POST", action, {"set_metadata": {}})
    await admin.refused(400, "POST", action, {"explode": {}})


async def test_hosts_join_and_leave_and_are_in_one_zone(stack: Stack, admin: Client) -> None:
    first, second = hosts(stack)
    north, south = await make(admin, "n", availability_zone="north"), await make(admin, "s", availability_zone="south")
    action = f"{AGGREGATES}/{north['id']}/action"
    assert (await admin.ok("POST", action, {"add_host": {"host": first}}))["aggregate"]["hosts"] == [first]
    refused = await admin.refused(409, "POST", action, {"add_host": {"host": first}})
    assert refused["conflictingRequest"]["message"] == f"Aggregate {north['id']} already has host {first}."
    refused = await admin.refused(409, "POST", f"{AGGREGATES}/{south['id']}/action", {"add_host": {"host": first}})
    reason = "One or more hosts already in availability zone(s) ['north']."
    assert refused["conflictingRequest"]["message"] == f"Cannot add host to aggregate {south['id']}. Reason: {reason}"
    await admin.refused(404, "POST", action, {"add_host": {"host": "nobody"}})
    await admin.refused(404, "POST", f"{AGGREGATES}/999999/action", {"add_host": {"host": second}})
    refused = await admin.refused(400, "DELETE", f"{AGGREGATES}/{north['id']}")
    words = f"Cannot remove aggregate {north['id']}. Reason: Host aggregate is not empty."
    assert refused == {"badRequest": {"code": 400, "message": words}}
    assert (await admin.ok("POST", action, {"remove_host": {"host": first}}))["aggregate"]["hosts"] == []
    await admin.refused(404, "POST", action, {"remove_host": {"host": first}})


async def test_images_are_cached_from_2_81_on(admin: Client) -> None:
    made = await make(admin)
    path = f"{AGGREGATES}/{made['id']}/images"
    await admin.refused(404, "POST", path, {"cache": [{"id": IMAGE}]})
    admin.version = "compute 2.81"
    assert (await admin("POST", path, {"cache": [{"id": IMAGE}]})).status == 202
    refused = await admin.refused(400, "POST", path, {"cache": [{"id": IMAGE}, {"id": IMAGE}]})
    assert refused["badRequest"]["message"] == "Duplicate images in request"
    await admin.refused(400, "POST", path, {"cache": []})
    await admin.refused(404, "POST", f"{AGGREGATES}/999999/images", {"cache": [{"id": IMAGE}]})
