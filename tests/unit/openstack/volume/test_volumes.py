"""Volumes through the wire: made, listed, changed, deleted, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from emulators.openstack.volume.records import CinderVolume
from emulators.openstack.volume.storage import GIB, stores
from emulators.world import capacity
from emulators.world.model import Disk
from tests.unit.openstack.stack import Client, Stack
from tests.unit.openstack.waiting import until

V3 = "/volume/v3"
NOBODY = "11111111-1111-4111-8111-111111111111"


async def made(client: Client, **fields: Any) -> Any:
    """A new volume, as it was answered."""
    return (await client.ok("POST", f"{V3}/volumes", {"volume": {"size": 1, **fields}}))["volume"]


async def shown(client: Client, volume: str, **options: Any) -> Any:
    """A volume as it is shown."""
    return (await client.ok("GET", f"{V3}/volumes/{volume}", **options))["volume"]


async def gone(client: Client, path: str) -> None:
    """Wait until there is nothing at a path."""

    async def there() -> bool:
        return (await client("GET", path)).status == 404

    await until(there)


async def test_a_volume_is_creating_then_available_then_gone(stack: Stack, demo: Client) -> None:
    volume = await made(demo, name="v", description="d", metadata={"a": "b"})
    assert (volume["status"], volume["bootable"], volume["attachments"]) == ("creating", "false", [])
    later = await shown(demo, volume["id"])
    assert (later["status"], later["name"], later["metadata"], later["volume_type"]) == ("available", "v", {"a": "b"}, "lvmdriver-1")
    assert "os-vol-host-attr:host" not in later
    answer = await demo("DELETE", f"{V3}/volumes/{volume['id']}")
    assert (answer.status, answer.data) == (202, b"")
    await gone(demo, f"{V3}/volumes/{volume['id']}")


async def test_a_volume_takes_its_size_of_the_datastore_and_gives_it_back(stack: Stack, demo: Client) -> None:
    (store,) = stores(stack.cloud.state)
    free = capacity.datastore_space(stack.cloud.state, store).free
    volume = await made(demo, size=7)
    disk = stack.cloud.state.get(Disk, stack.cloud.state.get(CinderVolume, volume["id"]).disk)
    assert (disk.capacity_bytes, disk.datastore, disk.project) == (
        7 * GIB,
        store.uid,
        stack.cloud.state.get(CinderVolume, volume["id"]).project,
    )
    assert capacity.datastore_space(stack.cloud.state, store).free == free - 7 * GIB
    await demo.ok("POST", f"{V3}/volumes/{volume['id']}/action", {"os-extend": {"new_size": 9}})
    assert capacity.datastore_space(stack.cloud.state, store).free == free - 9 * GIB
    await demo.ok("DELETE", f"{V3}/volumes/{volume['id']}")
    await gone(demo, f"{V3}/volumes/{volume['id']}")
    assert capacity.datastore_space(stack.cloud.state, store).free == free


async def test_a_volume_that_fits_nowhere_is_in_error_and_a_message_says_why(admin: Client, demo: Client, projects: dict[str, str]) -> None:
    await admin.ok("PUT", f"{V3}/os-quota-sets/{projects['demo']}", {"quota_set": {"gigabytes": -1}})
    volume = await made(demo, size=1_000_000)
    assert (await shown(demo, volume["id"]))["status"] == "error"
    (message,) = (await demo.ok("GET", f"{V3}/messages", OpenStack_API_Version="volume 3.3"))["messages"]
    assert (message["resource_uuid"], message["event_id"], message["message_level"]) == (volume["id"], "VOLUME_VOLUME_001_003", "ERROR")
    await demo.ok("DELETE", f"{V3}/messages/{message['id']}", OpenStack_API_Version="volume 3.3")
    await demo.ok("DELETE", f"{V3}/volumes/{volume['id']}")


async def test_an_image_a_snapshot_and_a_volume_make_volumes(demo: Client) -> None:
    (image,) = (await demo.ok("GET", "/image/v2/images?name=cirros-0.6.3-x86_64-disk"))["images"]
    booting = await made(demo, imageRef=image["id"])
    found = await shown(demo, booting["id"])
    assert found["bootable"] == "true"
    assert found["volume_image_metadata"]["image_id"] == image["id"]
    snapshot = (await demo.ok("POST", f"{V3}/snapshots", {"snapshot": {"volume_id": booting["id"]}}))["snapshot"]
    copy = await made(demo, snapshot_id=snapshot["id"], size=2)
    clone = await made(demo, source_volid=booting["id"])
    assert (await shown(demo, copy["id"]))["bootable"] == (await shown(demo, clone["id"]))["bootable"] == "true"
    assert (copy["snapshot_id"], copy["size"], clone["source_volid"], clone["size"]) == (snapshot["id"], 2, booting["id"], 1)


@pytest.mark.parametrize(
    ("fields", "status", "words"),
    [
        ({"size": ""}, 400, "size"),
        ({"size": "0"}, 400, "size"),
        ({"size": -1}, 400, "size"),
        ({"size": "#$%"}, 400, "size"),
        ({"size": None}, 400, "Size in GB must be specified"),
        ({"volume_type": NOBODY}, 404, f"Volume type {NOBODY} could not be found."),
        ({"snapshot_id": NOBODY}, 404, f"Snapshot {NOBODY} could not be found."),
        ({"source_volid": NOBODY}, 404, f"Volume {NOBODY} could not be found."),
        ({"imageRef": NOBODY}, 400, "Invalid image identifier"),
        ({"availability_zone": "elsewhere"}, 400, "Availability zone 'elsewhere' is invalid"),
        ({"metadata": {"a": "x" * 256}}, 400, "metadata"),
        ({"multiattach": True}, 400, "multiattach parameter has been removed"),
    ],
)
async def test_what_cannot_be_made_is_refused(demo: Client, fields: dict[str, Any], status: int, words: str) -> None:
    body = await demo.refused(status, "POST", f"{V3}/volumes", {"volume": {"size": 1, **fields}})
    ((key, fault),) = body.items()
    assert key == ("itemNotFound" if status == 404 else "badRequest")
    assert (fault["code"], words in fault["message"]) == (status, True), fault


async def test_more_than_the_quota_is_refused_in_cinders_words(admin: Client, demo: Client, projects: dict[str, str]) -> None:
    await admin.ok("PUT", f"{V3}/os-quota-sets/{projects['demo']}", {"quota_set": {"volumes": 1, "gigabytes": 10}})
    body = await demo.refused(413, "POST", f"{V3}/volumes", {"volume": {"size": 11}})
    assert body["overLimit"]["message"] == (
        "VolumeSizeExceedsAvailableQuota: Requested volume or snapshot exceeds allowed gigabytes quota. Requested 11G, quota is 10G and "
        "0G has been consumed."
    )
    volume = await made(demo)
    body = await demo.refused(413, "POST", f"{V3}/volumes", {"volume": {"size": 1}})
    assert body["overLimit"]["message"] == "VolumeLimitExceeded: Maximum number of volumes allowed (1) exceeded for quota 'volumes'."
    body = await demo.refused(413, "POST", f"{V3}/volumes/{volume['id']}/action", {"os-extend": {"new_size": 11}})
    assert "gigabytes quota" in body["overLimit"]["message"]
    used = (await demo.ok("GET", f"{V3}/os-quota-sets/{projects['demo']}?usage=True"))["quota_set"]
    assert used["volumes"] == {"limit": 1, "in_use": 1, "reserved": 0}
    absolute = (await demo.ok("GET", f"{V3}/limits"))["limits"]["absolute"]
    assert (absolute["maxTotalVolumes"], absolute["totalVolumesUsed"], absolute["totalGigabytesUsed"]) == (1, 1, 1)


async def test_lists_are_filtered_sorted_and_paged(demo: Client) -> None:
    for name in ("b", "a", "c"):
        await made(demo, name=name, metadata={"Type": name})
    every = [one["name"] for one in (await demo.ok("GET", f"{V3}/volumes"))["volumes"]]
    assert every == ["c", "a", "b"], "the newest first"
    ordered = (await demo.ok("GET", f"{V3}/volumes/detail?sort=name:asc"))["volumes"]
    assert [one["name"] for one in ordered] == ["a", "b", "c"]
    page = await demo.ok("GET", f"{V3}/volumes?sort=name:asc&limit=2")
    assert [one["name"] for one in page["volumes"]] == ["a", "b"]
    (link,) = page["volumes_links"]
    assert link["rel"] == "next"
    rest = await demo.ok("GET", link["href"].partition("://")[2].partition("/")[2].join(["/", ""]))
    assert [one["name"] for one in rest["volumes"]] == ["c"]
    assert "volumes_links" not in rest
    assert (await demo.ok("GET", f"{V3}/volumes?limit=0"))["volumes"] == []
    found = (await demo.ok("GET", f"{V3}/volumes?metadata=%7B%27Type%27%3A+%27a%27%7D"))["volumes"]
    assert [one["name"] for one in found] == ["a"]
    assert (await demo.ok("GET", f"{V3}/volumes?status=nothing"))["volumes"] == []
    counted = await demo.ok("GET", f"{V3}/volumes?with_count=true&limit=1", OpenStack_API_Version="volume 3.45")
    assert counted["count"] == 3
    await demo.refused(400, "GET", f"{V3}/volumes?limit=-1")
    await demo.refused(400, "GET", f"{V3}/volumes?sort=secret")
    await demo.refused(404, "GET", f"{V3}/volumes?marker={NOBODY}")


async def test_links_lead_back_the_way_that_the_client_came(demo: Client, projects: dict[str, str]) -> None:
    await made(demo)
    with_project = f"{V3}/{projects['demo']}/volumes"
    page = await demo.ok("GET", f"{with_project}?limit=1")
    assert f"{with_project}?limit=1&marker=" in page["volumes_links"][0]["href"]
    assert f"{with_project}/" in page["volumes"][0]["links"][0]["href"]
    await demo.refused(404, "GET", f"{V3}/volumes/")


async def test_the_volumes_of_others_are_not_found(admin: Client, demo: Client, projects: dict[str, str]) -> None:
    mine, theirs = await made(demo), await made(admin)
    await demo.refused(404, "GET", f"{V3}/volumes/{theirs['id']}")
    await demo.refused(404, "DELETE", f"{V3}/volumes/{theirs['id']}")
    assert [one["id"] for one in (await demo.ok("GET", f"{V3}/volumes?all_tenants=1"))["volumes"]] == [mine["id"]]
    assert {one["id"] for one in (await admin.ok("GET", f"{V3}/volumes?all_tenants=1"))["volumes"]} == {mine["id"], theirs["id"]}
    assert [one["id"] for one in (await admin.ok("GET", f"{V3}/volumes"))["volumes"]] == [theirs["id"]]
    seen = await shown(admin, mine["id"])
    assert seen["os-vol-tenant-attr:tenant_id"] == projects["demo"]
    assert seen["os-vol-host-attr:host"].count("@") == seen["os-vol-host-attr:host"].count("#") == 1


async def test_newer_versions_show_more(demo: Client) -> None:
    volume = await made(demo)
    added = {"3.13": "group_id", "3.48": "shared_targets", "3.63": "volume_type_id", "3.65": "consumes_quota"}
    for version, field in added.items():
        before = f"3.{int(version[2:]) - 1}"
        assert field not in await shown(demo, volume["id"], OpenStack_API_Version=f"volume {before}")
        assert field in await shown(demo, volume["id"], OpenStack_API_Version=f"volume {version}")
    strict = {"volume": {"size": 1, "nonsense": True}}
    await demo.ok("POST", f"{V3}/volumes", strict, OpenStack_API_Version="volume 3.52")
    await demo.refused(400, "POST", f"{V3}/volumes", strict, OpenStack_API_Version="volume 3.53")


async def test_metadata_is_merged_replaced_and_removed_key_by_key(demo: Client) -> None:
    path = f"{V3}/volumes/{(await made(demo, metadata={'a': '1'}))['id']}/metadata"
    assert (await demo.ok("POST", path, {"metadata": {"b": "2"}}))["metadata"] == {"a": "1", "b": "2"}
    assert (await demo.ok("PUT", path, {"metadata": {"c": "3"}}))["metadata"] == {"c": "3"}
    assert (await demo.ok("PUT", f"{path}/c", {"meta": {"c": "4"}}))["meta"] == {"c": "4"}
    await demo.refused(400, "PUT", f"{path}/c", {"meta": {"d": "4"}})
    assert (await demo("DELETE", f"{path}/c")).status == 200
    await demo.refused(404, "GET", f"{path}/c")


async def test_a_volume_in_the_wrong_state_is_not_deleted(admin: Client, demo: Client) -> None:
    volume = await made(demo)
    await demo.ok("POST", f"{V3}/snapshots", {"snapshot": {"volume_id": volume["id"]}})
    body = await demo.refused(400, "DELETE", f"{V3}/volumes/{volume['id']}")
    assert body["badRequest"]["message"].startswith("Invalid volume: Volume status must be ")
    assert (await demo("DELETE", f"{V3}/volumes/{volume['id']}?cascade=true")).status == 202
    other = await made(demo)
    await admin.ok("POST", f"{V3}/volumes/{other['id']}/action", {"os-reset_status": {"status": "creating"}})
    await demo.refused(400, "DELETE", f"{V3}/volumes/{other['id']}")
    await demo.refused(403, "POST", f"{V3}/volumes/{other['id']}/action", {"os-force_delete": {}})
    assert (await admin("POST", f"{V3}/volumes/{other['id']}/action", {"os-force_delete": {}})).status == 202


async def test_readers_look_and_do_not_touch(stack: Stack, admin: Client, demo: Client, projects: dict[str, str]) -> None:
    roles = {one["name"]: one["id"] for one in (await admin.ok("GET", "/identity/v3/roles"))["roles"]}
    user = {"name": "looker", "password": "secret", "domain_id": "default"}
    looker = (await admin.ok("POST", "/identity/v3/users", {"user": user}))["user"]["id"]
    await admin.ok("PUT", f"/identity/v3/projects/{projects['demo']}/users/{looker}/roles/{roles['reader']}")
    reader = Client(stack, await stack.token("looker", "secret", "demo"))
    volume = await made(demo)
    assert (await shown(reader, volume["id"]))["id"] == volume["id"]
    await reader.refused(403, "POST", f"{V3}/volumes", {"volume": {"size": 1}})
    await reader.refused(403, "DELETE", f"{V3}/volumes/{volume['id']}")
