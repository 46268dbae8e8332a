"""Images through the wire: registered, filled, changed, listed, shared, imported, deleted."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest

from emulators.machines.images.names import TINY
from emulators.openstack.image import face
from emulators.openstack.image.patching import V20, V21
from emulators.openstack.image.records import GlanceImage
from emulators.world.model import Image
from tests.unit.openstack.stack import Answer, Client, Stack

V2 = "/image/v2"
NOBODY = "11111111-1111-4111-8111-111111111111"
OCTETS = {"Content_Type": "application/octet-stream"}


async def made(client: Client, **fields: Any) -> Any:
    """A new image, as it was answered."""
    return await client.ok("POST", f"{V2}/images", {"name": "i", "container_format": "bare", "disk_format": "raw", **fields})


async def filled(client: Client, data: bytes = b"data", **fields: Any) -> Any:
    """A new image with bytes."""
    image = await made(client, **fields)
    assert (await client("PUT", f"{V2}/images/{image['id']}/file", data=data, **OCTETS)).status == 204
    return await client.ok("GET", f"{V2}/images/{image['id']}")


async def patched(client: Client, image: str, changes: Any, kind: str = V21) -> Answer:
    """The answer to a patch."""
    return await client("PATCH", f"{V2}/images/{image}", data=json.dumps(changes).encode(), Content_Type=kind)


async def names(client: Client, query: str) -> list[str]:
    """The names that a list answers."""
    return [one["name"] for one in (await client.ok("GET", f"{V2}/images{query}"))["images"]]


async def test_the_seeded_images_are_active_public_and_boot_what_runs_here(stack: Stack, demo: Client) -> None:
    (image,) = (await demo.ok("GET", f"{V2}/images?name=cirros-0.6.3-x86_64-disk"))["images"]
    assert (image["status"], image["visibility"], image["disk_format"]) == ("active", "public", "qcow2")
    data = (await demo("GET", f"{V2}/images/{image['id']}/file")).data
    assert (len(data), hashlib.md5(data).hexdigest(), hashlib.sha512(data).hexdigest()) == (  # noqa: S324 - Glance's checksum
        image["size"],
        image["checksum"],
        image["os_hash_value"],
    )
    assert face.guest_ref(stack.cloud.state, image["id"]) == TINY


async def test_an_image_waits_for_its_bytes_and_is_active_with_them(stack: Stack, demo: Client) -> None:
    image = await made(demo, ramdisk_id=NOBODY, tags=["t"])
    assert (image["status"], image["size"], image["ramdisk_id"], image["visibility"]) == ("queued", None, NOBODY, "shared")
    path = f"{V2}/images/{image['id']}/file"
    assert (await demo("GET", path)).status == 204
    await demo.refused(415, "PUT", path, {"not": "octets"})
    data = b"0123456789" * 90_000
    assert (await demo("PUT", path, data=data, **OCTETS)).status == 204
    found = await demo.ok("GET", f"{V2}/images/{image['id']}")
    assert (found["status"], found["size"], found["virtual_size"]) == ("active", len(data), len(data))
    assert (found["checksum"], found["os_hash_algo"]) == (hashlib.md5(data).hexdigest(), "sha512")  # noqa: S324
    answer = await demo("GET", path)
    assert (answer.data, answer.headers["Content-MD5"]) == (data, found["checksum"])
    part = await demo("GET", path, Range="bytes=10-14")
    assert (part.status, part.data, part.headers["Content-Range"]) == (206, b"01234", f"bytes 10-14/{len(data)}")
    assert (await demo("GET", path, Range=f"bytes={len(data)}-")).status == 416
    assert (await demo("PUT", path, data=b"again", **OCTETS)).status == 409
    world = stack.cloud.state.get(Image, stack.cloud.state.get(GlanceImage, image["id"]).image)
    assert (world.size_bytes, world.ref) == (len(data), TINY)


async def test_bytes_need_formats(demo: Client) -> None:
    image = await demo.ok("POST", f"{V2}/images", {"name": "i"})
    answer = await demo("PUT", f"{V2}/images/{image['id']}/file", data=b"x", **OCTETS)
    assert answer.status == 400
    assert b"disk_format, container_format must be set" in answer.data


@pytest.mark.parametrize(
    ("fields", "status", "words"),
    [
        ({"disk_format": "floppy"}, 400, "disk_format"),
        ({"container_format": "box"}, 400, "container_format"),
        ({"name": "x" * 256}, 400, "name"),
        ({"visibility": "public"}, 403, "publicize_image"),
        ({"owner": "somebody"}, 403, "owned by"),
        ({"status": "active"}, 403, "read-only"),
        ({"deleted": "true"}, 403, "reserved"),
        ({"os_glance_x": "y"}, 403, "reserved"),
        ({"min_ram": -1}, 400, "min_ram"),
        ({"id": "not-an-id"}, 400, "id"),
        ({"foo": 5}, 400, "foo"),
    ],
)
async def test_what_an_image_cannot_be_is_refused(demo: Client, fields: dict[str, Any], status: int, words: str) -> None:
    answer = await demo("POST", f"{V2}/images", {"name": "i", **fields})
    assert answer.status == status
    assert answer.headers["Content-Type"].startswith("text/html")
    assert words in answer.data.decode()


async def test_an_id_is_taken_once(demo: Client) -> None:
    await made(demo, id=NOBODY)
    answer = await demo("POST", f"{V2}/images", {"name": "i", "id": NOBODY})
    assert (answer.status, f"Image ID {NOBODY} already exists!" in answer.data.decode()) == (409, True)


async def test_a_patch_holds_whole_or_not_at_all(demo: Client) -> None:
    image = (await made(demo, foo="bar"))["id"]
    replace = {"op": "replace", "path": "/name", "value": "n"}
    answer = await patched(demo, image, [replace, {"op": "add", "path": "/a~1b", "value": "c"}, {"op": "remove", "path": "/foo"}])
    assert (answer.status, answer.body["name"], answer.body["a/b"], "foo" in answer.body) == (200, "n", "c", False)
    assert (await patched(demo, image, [{**replace, "value": "m"}, {"op": "remove", "path": "/foo"}])).status == 409
    assert (await demo.ok("GET", f"{V2}/images/{image}"))["name"] == "n"
    assert (await patched(demo, image, [{"replace": "/name", "value": "old"}], V20)).body["name"] == "old"


@pytest.mark.parametrize(
    ("changes", "kind", "status"),
    [
        ([{"op": "replace", "path": "/status", "value": "active"}], V21, 403),
        ([{"op": "remove", "path": "/name"}], V21, 403),
        ([{"op": "replace", "path": "/visibility", "value": "public"}], V21, 403),
        ([{"op": "replace", "path": "/owner", "value": "x"}], V21, 403),
        ([{"op": "add", "path": "/locations/-", "value": {}}], V21, 403),
        ([{"op": "replace", "path": "/name", "value": 5}], V21, 400),
        ([{"op": "test", "path": "/name", "value": "x"}], V21, 400),
        ([{"op": "replace", "path": "name", "value": "x"}], V21, 400),
        ([{"op": "replace", "path": "/a/b", "value": "x"}], V21, 400),
        ([{"op": "replace", "path": "/a~2", "value": "x"}], V21, 400),
        ([{"op": "replace", "path": "/name"}], V21, 400),
        ([{"add": "/a", "replace": "/b", "value": "x"}], V20, 400),
        ({"op": "replace"}, V21, 400),
        (["x"], V21, 400),
        ([], "application/json", 415),
    ],
)
async def test_what_a_patch_cannot_do_is_refused(demo: Client, changes: Any, kind: str, status: int) -> None:
    answer = await patched(demo, (await made(demo))["id"], changes, kind)
    assert answer.status == status, answer.data
    if status == 415:
        assert answer.headers["Accept-Patch"] == f"{V20}, {V21}"


async def test_formats_stay_once_there_are_bytes(demo: Client) -> None:
    image = (await filled(demo))["id"]
    assert (await patched(demo, image, [{"op": "replace", "path": "/disk_format", "value": "qcow2"}])).status == 403


async def test_lists_are_filtered_sorted_and_paged(demo: Client) -> None:
    for name, size in (("b", 10), ("a", 20), ("c", 30)):
        await filled(demo, b"x" * size, name=name, tags=[name, "all"], purpose=name, visibility="private")
    assert await names(demo, "?visibility=private") == ["c", "a", "b"]
    assert await names(demo, "?visibility=private&sort=name:asc") == ["a", "b", "c"]
    assert await names(demo, "?visibility=private&sort_key=size&sort_dir=asc") == ["b", "a", "c"]
    assert await names(demo, "?name=in:a,c&sort=name:asc") == ["a", "c"]
    assert await names(demo, "?tag=all&tag=b") == ["b"]
    assert await names(demo, "?purpose=a") == ["a"]
    assert await names(demo, "?size_min=20&size_max=29") == ["a"]
    page = await demo.ok("GET", f"{V2}/images?visibility=private&sort=name:asc&limit=2")
    assert page["first"] == "/v2/images?visibility=private&sort=name%3Aasc&limit=2"
    assert await names(demo, page["next"].removeprefix("/v2/images")) == ["c"]
    assert await names(demo, "?limit=0") == []
    for wrong in (
        "sort=secret",
        "limit=-1",
        "limit=x",
        "visibility=x",
        "member_status=x",
        "sort=name&sort_key=id",
        f"marker={NOBODY}",
        "size_min=x",
    ):
        await demo.refused(400, "GET", f"{V2}/images?{wrong}")
    await demo.refused(404, "GET", f"{V2}/images/")


async def test_hidden_and_community_images_are_not_in_the_way(admin: Client, demo: Client) -> None:
    await made(admin, name="common", visibility="community")
    await made(demo, name="hidden", os_hidden=True)
    assert not {"common", "hidden"} & set(await names(demo, ""))
    assert await names(demo, "?visibility=community") == ["common"]
    assert await names(demo, "?os_hidden=true") == ["hidden"]


async def test_an_image_is_shared_with_who_accepts_it(admin: Client, demo: Client, projects: dict[str, str], stack: Stack) -> None:
    image = (await made(demo, name="shared"))["id"]
    other = Client(stack, await stack.token("alt_demo", stack.context.secrets.password("openstack-admin"), "alt_demo"))
    await other.refused(404, "GET", f"{V2}/images/{image}")
    member = await demo.ok("POST", f"{V2}/images/{image}/members", {"member": projects["alt_demo"]})
    assert (member["status"], member["member_id"], member["schema"]) == ("pending", projects["alt_demo"], "/v2/schemas/member")
    await demo.refused(409, "POST", f"{V2}/images/{image}/members", {"member": projects["alt_demo"]})
    assert "shared" not in await names(other, "")
    assert "shared" in await names(other, "?member_status=pending")
    path = f"{V2}/images/{image}/members/{projects['alt_demo']}"
    await demo.refused(403, "PUT", path, {"status": "accepted"})
    await other.refused(400, "PUT", path, {"status": "perhaps"})
    await other.ok("PUT", path, {"status": "accepted"})
    assert "shared" in await names(other, "")
    assert (await patched(other, image, [{"op": "replace", "path": "/name", "value": "x"}])).status == 403
    await demo.ok("DELETE", path)
    await other.refused(404, "GET", f"{V2}/images/{image}")
    public = (await names(admin, "?visibility=public"))[0]
    (found,) = (await admin.ok("GET", f"{V2}/images?name={public}"))["images"]
    await admin.refused(403, "GET", f"{V2}/images/{found['id']}/members")


async def test_a_deactivated_image_is_not_downloaded_but_by_administrators(admin: Client, demo: Client) -> None:
    image = (await filled(demo))["id"]
    assert (await demo("POST", f"{V2}/images/{image}/actions/deactivate")).status == 204
    await demo.refused(403, "GET", f"{V2}/images/{image}/file")
    assert (await admin("GET", f"{V2}/images/{image}/file")).data == b"data"
    assert (await demo("POST", f"{V2}/images/{image}/actions/reactivate")).status == 204
    await demo.refused(403, "POST", f"{V2}/images/{(await made(demo))['id']}/actions/deactivate")


async def test_a_protected_image_stays_and_a_deleted_ones_bytes_go(stack: Stack, demo: Client) -> None:
    image = (await filled(demo, protected=True))["id"]
    file = stack.cloud.data_dir / "images" / image
    await demo.refused(403, "DELETE", f"{V2}/images/{image}")
    await patched(demo, image, [{"op": "replace", "path": "/protected", "value": False}])
    assert file.exists()
    assert (await demo("DELETE", f"{V2}/images/{image}")).status == 204
    assert not file.exists()
    await demo.refused(404, "GET", f"{V2}/images/{image}")


async def test_tags_come_and_go(demo: Client) -> None:
    image = (await made(demo))["id"]
    assert (await demo("PUT", f"{V2}/images/{image}/tags/t")).status == 204
    assert (await demo.ok("GET", f"{V2}/images/{image}"))["tags"] == ["t"]
    assert (await demo("DELETE", f"{V2}/images/{image}/tags/t")).status == 204
    await demo.refused(404, "DELETE", f"{V2}/images/{image}/tags/t")


async def test_staged_bytes_are_imported_by_a_task(demo: Client) -> None:
    image = (await made(demo))["id"]
    glance_direct = {"method": {"name": "glance-direct"}}
    await demo.refused(409, "POST", f"{V2}/images/{image}/import", glance_direct)
    assert (await demo("PUT", f"{V2}/images/{image}/stage", data=b"staged", **OCTETS)).status == 204
    assert (await demo.ok("GET", f"{V2}/images/{image}"))["status"] == "uploading"
    answer = await demo("POST", f"{V2}/images/{image}/import", glance_direct)
    assert answer.status == 202
    assert (await demo("GET", f"{V2}/images/{image}/file")).data == b"staged"
    (task,) = (await demo.ok("GET", f"{V2}/images/{image}/tasks"))["tasks"]
    assert (task["status"], task["type"], task["image_id"]) == ("success", "api_image_import", image)
    await demo.refused(409, "POST", f"{V2}/images/{image}/import", glance_direct)


@pytest.mark.parametrize(
    "uri",
    [
        "http://127.0.0.1/image",
        "http://localhost/image",
        "http://10.1.2.3/",
        "http://192.168.0.1/",
        "http://169.254.169.254/latest",
        "http://[::1]/",
        "http://[::ffff:10.0.0.1]/",
        "http://0.0.0.0/",
        "http://user@198.41.0.4/",
        "http://198.41.0.4:22/",
        "ftp://198.41.0.4/",
        "file:///etc/passwd",
        "http://",
        "",
    ],
)
async def test_nothing_is_fetched_from_inside(demo: Client, uri: str) -> None:
    image = (await made(demo))["id"]
    body = {"method": {"name": "web-download", "uri": uri}}
    answer = await demo("POST", f"{V2}/images/{image}/import", body)
    assert (answer.status, b"does not pass filtering" in answer.data) == (400, True)
    assert (await demo.ok("GET", f"{V2}/images/{image}"))["status"] == "queued"


async def test_glance_describes_itself(demo: Client) -> None:
    assert (await demo.ok("GET", f"{V2}/schemas/image"))["name"] == "image"
    assert (await demo.ok("GET", f"{V2}/schemas/images"))["properties"]["images"]["items"]["name"] == "image"
    assert "glance-direct" in (await demo.ok("GET", f"{V2}/info/import"))["import-methods"]["value"]
    assert (await demo.ok("GET", f"{V2}/info/stores"))["stores"][0]["id"] == "file"
    await demo.refused(404, "GET", f"{V2}/schemas/nothing")
    answer = await demo("GET", "/image/")
    assert (answer.status, answer.body["versions"][0]["status"]) == (300, "CURRENT")


async def test_definitions_of_metadata_are_kept(admin: Client, demo: Client) -> None:
    base = f"{V2}/metadefs/namespaces"
    wanted = {"namespace": "n", "visibility": "public", "objects": [{"name": "o"}], "tags": [{"name": "t"}]}
    await demo.refused(403, "POST", base, wanted)
    assert (await admin.ok("POST", base, wanted))["namespace"] == "n"
    await admin.refused(409, "POST", base, wanted)
    await admin.ok("POST", f"{base}/n/properties", {"name": "p", "title": "P", "type": "string"})
    found = await demo.ok("GET", f"{base}/n")
    assert [one["name"] for one in found["objects"]] == ["o"]
    assert (found["properties"]["p"]["title"], found["tags"]) == ("P", [{"name": "t"}])
    await admin.refused(400, "POST", f"{base}/n/properties", {"name": "q", "title": "Q", "type": "colour"})
    assert (await admin("DELETE", f"{base}/n/objects/o")).status == 204
    await demo.refused(404, "GET", f"{base}/n/objects/o")
    assert (await admin("DELETE", f"{base}/n")).status == 204


async def test_a_task_imports_from_public_addresses_only(admin: Client) -> None:
    wanted = {"import_from": "http://127.0.0.1/image", "import_from_format": "raw", "image_properties": {"name": "i", "disk_format": "raw"}}
    await admin.refused(400, "POST", f"{V2}/tasks", {"type": "import", "input": wanted})
    await admin.refused(400, "POST", f"{V2}/tasks", {"type": "api_image_import", "input": wanted})
    await admin.refused(400, "POST", f"{V2}/tasks", {"type": "import", "input": None})
    assert (await admin.ok("GET", f"{V2}/tasks"))["tasks"] == []
