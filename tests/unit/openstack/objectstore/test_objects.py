"""The object store through the wire."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import time
from typing import Any
from xml.etree import ElementTree

import pytest

from emulators.openstack.objectstore.records import SwiftObject
from tests.unit.openstack.stack import Answer, Client, Stack


def md5(data: bytes) -> str:
    """An entity tag."""
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


class Account:
    """Somebody's view of an account."""

    def __init__(self, client: Client, project: str) -> None:
        self.client = client
        self.base = f"/object/v1/AUTH_{project}"

    async def __call__(self, method: str, path: str = "", status: int = 0, data: bytes | None = None, **headers: Any) -> Answer:
        """The answer to a request, which has what every answer of Swift's has."""
        answer = await self.client(method, self.base + path, data=data, **headers)
        assert re.fullmatch("tx[0-9a-f]{21}-[0-9a-f]{10}", answer.headers["X-Trans-Id"])
        assert answer.headers["Content-Type"]
        assert not status or answer.status == status, answer.data
        return answer


@pytest.fixture
async def projects(admin: Client) -> dict[str, str]:
    """The ids of projects by name."""
    return {one["name"]: one["id"] for one in (await admin.ok("GET", "/identity/v3/projects"))["projects"]}


@pytest.fixture
def account(demo: Client, projects: dict[str, str]) -> Account:
    """The demo project's account."""
    return Account(demo, projects["demo"])


async def test_the_store_says_what_it_can_do(stack: Stack) -> None:
    answer = await stack.call("GET", "/object/info")
    assert (answer.status, answer.body["swift"]["policies"][0]["default"]) == (200, True)
    assert {"account_quotas", "container_quotas", "slo", "tempurl"} <= answer.body.keys()
    assert "bulk_delete" not in answer.body, "it is refused with 501"


async def test_an_account_counts_what_is_in_it(account: Account) -> None:
    empty = await account("GET", status=204)
    assert (empty.headers["X-Account-Container-Count"], empty.data) == ("0", b"")
    await account("PUT", "/c", 201)
    await account("PUT", "/c", 202)
    await account("PUT", "/c/o", 201, data=b"12345")
    head = await account("HEAD", status=204)
    counts = {name: head.headers[f"X-Account-{name}"] for name in ("Container-Count", "Object-Count", "Bytes-Used")}
    assert counts == {"Container-Count": "1", "Object-Count": "1", "Bytes-Used": "5"}
    assert (await account("GET", status=200)).data == b"c\n"
    (row,) = json.loads((await account("GET", "?format=json", 200)).data)
    assert (row["name"], row["count"], row["bytes"]) == ("c", 1, 5)


async def test_an_object_is_stored_read_described_and_deleted(stack: Stack, account: Account) -> None:
    await account("PUT", "/c", 201)
    stored = await account("PUT", "/c/dir/o", 201, data=b"hello world", X_Object_Meta_Colour="red", Content_Disposition="inline")
    assert stored.headers["ETag"] == md5(b"hello world")
    found = await account("GET", "/c/dir/o", 200)
    assert (found.data, found.headers["X-Object-Meta-Colour"], found.headers["Content-Disposition"]) == (b"hello world", "red", "inline")
    head = await account("HEAD", "/c/dir/o", 200)
    assert (head.data, head.headers["Content-Length"], head.headers["ETag"]) == (b"", "11", md5(b"hello world"))
    await account("POST", "/c/dir/o", 202, X_Object_Meta_Size="big")
    head = await account("HEAD", "/c/dir/o", 200)
    assert ("X-Object-Meta-Colour" in head.headers, head.headers["X-Object-Meta-Size"]) == (False, "big")
    files = stack.cloud.data_dir / "objects"
    assert len([one for one in files.rglob("*") if one.is_file()]) == 1
    await account("PUT", "/c/dir/o", 201, data=b"other")
    assert len([one for one in files.rglob("*") if one.is_file()]) == 1, "what was replaced is gone"
    await account("DELETE", "/c/dir/o", 204)
    await account("GET", "/c/dir/o", 404)
    assert not [one for one in files.rglob("*") if one.is_file()]


@pytest.mark.parametrize(
    ("headers", "status", "data"),
    [
        ({"Range": "bytes=2-4"}, 206, b"234"),
        ({"Range": "bytes=-3"}, 206, b"789"),
        ({"Range": "bytes=7-"}, 206, b"789"),
        ({"Range": "bytes=10-"}, 416, None),
        ({"Range": "nonsense"}, 200, b"0123456789"),
        ({"If_Match": md5(b"0123456789")}, 200, b"0123456789"),
        ({"If_Match": "other"}, 412, b""),
        ({"If_None_Match": f'"{md5(b"0123456789")}"'}, 304, b""),
        ({"If_None_Match": "other"}, 200, b"0123456789"),
        ({"If_Modified_Since": "Sat, 01 Jan 2000 00:00:00 GMT"}, 200, b"0123456789"),
        ({"If_Modified_Since": "Fri, 01 Jan 2100 00:00:00 GMT"}, 304, b""),
        ({"If_Unmodified_Since": "Sat, 01 Jan 2000 00:00:00 GMT"}, 412, b""),
    ],
)
async def test_conditions_and_ranges(account: Account, headers: dict[str, Any], status: int, data: bytes | None) -> None:
    await account("PUT", "/c", 201)
    await account("PUT", "/c/o", 201, data=b"0123456789")
    answer = await account("GET", "/c/o", status, **headers)
    assert data is None or answer.data == data


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", ["a/1", "a/2", "b", "c/d/e"]),
        ("?prefix=a/", ["a/1", "a/2"]),
        ("?delimiter=/", ["a/", "b", "c/"]),
        ("?delimiter=/&prefix=c/", ["c/d/"]),
        ("?path=a", ["a/1", "a/2"]),
        ("?marker=a/2", ["b", "c/d/e"]),
        ("?end_marker=b", ["a/1", "a/2"]),
        ("?limit=1", ["a/1"]),
        ("?reverse=true", ["c/d/e", "b", "a/2", "a/1"]),
        ("?reverse=true&marker=b", ["a/2", "a/1"]),
    ],
)
async def test_containers_are_listed(account: Account, query: str, names: list[str]) -> None:
    await account("PUT", "/c", 201)
    for name in ("b", "a/2", "c/d/e", "a/1"):
        await account("PUT", f"/c/{name}", 201, data=b"x")
    assert (await account("GET", f"/c{query}", 200)).data.decode().splitlines() == names
    join = "&" if query else "?"
    rows = json.loads((await account("GET", f"/c{query}{join}format=json", 200)).data)
    assert [row.get("name") or row["subdir"] for row in rows] == names
    tree = ElementTree.fromstring((await account("GET", f"/c{query}{join}format=xml", 200)).data)  # noqa: S314 - our own answer
    assert [one.findtext("name") for one in tree] == names


async def test_limits_of_names_lists_and_metadata(account: Account) -> None:
    await account("PUT", "/c", 201)
    await account("GET", "/c?limit=10001", 412)
    await account("PUT", f"/{'x' * 257}", 400)
    await account("PUT", f"/c/{'x' * 1025}", 400, data=b"")
    await account("PUT", "/c/o", 400, data=b"", X_Object_Meta_A="x" * 257)
    await account("PUT", "/c/%ff", 412, data=b"")
    await account("PUT", "/none/o", 404, data=b"")
    await account("PUT", "/c/o", 422, data=b"x", ETag="wrong")
    await account("PUT", "/c/o", 201, data=b"x", If_None_Match="*")
    await account("PUT", "/c/o", 412, data=b"x", If_None_Match="*")
    await account("DELETE", "/c", 409)


async def test_metadata_of_containers_and_accounts_is_merged_and_removed(account: Account) -> None:
    await account("PUT", "/c", 201, X_Container_Meta_A="1", X_Container_Meta_B="2")
    await account("POST", "/c", 204, X_Container_Meta_C="3", X_Remove_Container_Meta_A="x", X_Container_Meta_B="")
    head = (await account("HEAD", "/c", 204)).headers
    assert {name for name in head if name.startswith("X-Container-Meta")} == {"X-Container-Meta-C"}
    await account("POST", status=204, X_Account_Meta_A="1")
    assert (await account("HEAD", status=204)).headers["X-Account-Meta-A"] == "1"


async def test_a_copy_has_the_bytes_and_what_is_said_of_them(account: Account) -> None:
    await account("PUT", "/c", 201)
    await account("PUT", "/c/o", 201, data=b"bytes", X_Object_Meta_A="1")
    copied = await account("COPY", "/c/o", 201, Destination="c/p", X_Object_Meta_B="2")
    assert copied.headers["X-Copied-From"] == "c/o"
    found = await account("GET", "/c/p", 200)
    assert (found.data, found.headers["X-Object-Meta-A"], found.headers["X-Object-Meta-B"]) == (b"bytes", "1", "2")
    await account("PUT", "/c/q", 201, data=b"", X_Copy_From="/c/o", X_Fresh_Metadata="true")
    assert "X-Object-Meta-A" not in (await account("HEAD", "/c/q", 200)).headers
    await account("DELETE", "/c/o", 204)
    assert (await account("GET", "/c/p", 200)).data == b"bytes"
    await account("COPY", "/c/p", 412, Destination="nowhere")
    await account("COPY", "/c/p", 404, Destination="none/p")
    await account("PUT", "/c/r", 400, data=b"x", X_Copy_From="c/p")


async def test_large_objects_are_the_sum_of_their_segments(account: Account) -> None:
    await account("PUT", "/c", 201)
    for number in (1, 2):
        await account("PUT", f"/c/seg{number}", 201, data=str(number).encode() * 5)
    rows: list[dict[str, Any]] = [{"path": "/c/seg1", "etag": md5(b"11111"), "size_bytes": 5}, {"path": "/c/seg2", "range": "0-1"}]
    wrong = json.dumps([{**rows[0], "etag": "x"}]).encode()
    await account("PUT", "/c/slo?multipart-manifest=put", 400, data=wrong)
    stored = await account("PUT", "/c/slo?multipart-manifest=put", 201, data=json.dumps(rows).encode())
    assert re.fullmatch('"[0-9a-f]{32}"', stored.headers["ETag"])
    found = await account("GET", "/c/slo", 200)
    assert (found.data, found.headers["X-Static-Large-Object"]) == (b"1111122", "True")
    assert (await account("GET", "/c/slo", 206, Range="bytes=4-5")).data == b"12"
    manifest = json.loads((await account("GET", "/c/slo?multipart-manifest=get", 200)).data)
    assert [row["name"] for row in manifest] == ["/c/seg1", "/c/seg2"]
    await account("PUT", "/c/dlo", 201, data=b"", X_Object_Manifest="c/seg")
    assert (await account("GET", "/c/dlo", 200)).data == b"1111122222"
    await account("PUT", "/c/seg1", 201, data=b"other")
    await account("GET", "/c/slo", 409)
    await account("DELETE", "/c/slo?multipart-manifest=delete", 200)
    assert (await account("GET", "/c", 200)).data == b"dlo\n"


async def test_older_versions_come_back(account: Account) -> None:
    await account("PUT", "/old", 201)
    await account("PUT", "/c", 201, X_Versions_Location="old")
    for data in (b"1", b"22", b"333"):
        await account("PUT", "/c/o", 201, data=data)
    assert (await account("HEAD", "/old", 204)).headers["X-Container-Object-Count"] == "2"
    for data in (b"22", b"1"):
        await account("DELETE", "/c/o", 204)
        assert (await account("GET", "/c/o", 200)).data == data
    await account("DELETE", "/c/o", 204)
    await account("GET", "/c/o", 404)
    assert (await account("HEAD", "/old", 204)).headers["X-Container-Bytes-Used"] == "0"


async def test_quotas_hold(stack: Stack, account: Account, admin: Client, projects: dict[str, str]) -> None:
    await account("PUT", "/c", 201, X_Container_Meta_Quota_Bytes="10", X_Container_Meta_Quota_Count="2")
    await account("PUT", "/c/a", 201, data=b"12345")
    refused = await account("PUT", "/c/b", 413, data=b"123456")
    assert "Retry-After" not in refused.headers
    await account("PUT", "/c/b", 201, data=b"12345")
    await account("PUT", "/c/c", 413, data=b"")
    await account("POST", status=403, X_Account_Meta_Quota_Bytes="1")
    roles = {one["name"]: one["id"] for one in (await admin.ok("GET", "/identity/v3/roles"))["roles"]}
    user = (await admin.ok("POST", "/identity/v3/users", {"user": {"name": "reseller", "password": "secret", "domain_id": "default"}}))[
        "user"
    ]
    await admin.ok("PUT", f"/identity/v3/projects/{projects['admin']}/users/{user['id']}/roles/{roles['ResellerAdmin']}")
    reseller = Account(Client(stack, await stack.token("reseller", "secret", "admin")), projects["demo"])
    await reseller("POST", status=204, X_Account_Meta_Quota_Bytes="12")
    await account("PUT", "/d", 201)
    await account("PUT", "/d/a", 413, data=b"123")
    await account("PUT", "/d/a", 201, data=b"12")


async def test_access_lists_let_others_in(stack: Stack, account: Account, admin: Client, projects: dict[str, str]) -> None:
    other = Account(admin, projects["demo"])
    await account("PUT", "/c", 201)
    await account("PUT", "/c/o", 201, data=b"bytes")
    await other("GET", "/c/o", 403)
    assert (await stack.call("GET", f"{account.base}/c/o")).status == 401
    await account("POST", "/c", 204, X_Container_Read=f"{projects['admin']}:*")
    assert (await other("GET", "/c/o", 200)).data == b"bytes"
    await other("PUT", "/c/p", 403, data=b"")
    await account("POST", "/c", 204, X_Container_Write="admin:admin")
    await other("PUT", "/c/p", 201, data=b"")
    await account("POST", "/c", 204, X_Container_Read=".r:*,.rlistings")
    assert (await stack.call("GET", f"{account.base}/c/o")).data == b"bytes"
    assert (await stack.call("GET", f"{account.base}/c")).data == b"o\np\n"
    await account("POST", "/c", 400, X_Container_Write=".r:*")


async def test_a_temporary_url_is_a_key_to_one_object_for_a_time(stack: Stack, account: Account) -> None:
    await account("POST", status=204, X_Account_Meta_Temp_URL_Key="key")
    await account("PUT", "/c", 201)
    await account("PUT", "/c/o", 201, data=b"bytes")
    path = f"{account.base}/c/o"

    def url(method: str, expires: int, signed: str = path) -> str:
        signature = hmac.new(b"key", f"{method}\n{expires}\n{signed}".encode(), hashlib.sha256).hexdigest()
        return f"{path}?temp_url_sig={signature}&temp_url_expires={expires}"

    later = int(time.time()) + 100
    answer = await stack.call("GET", url("GET", later))
    assert (answer.status, answer.data) == (200, b"bytes")
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="o"')
    assert (await stack.call("GET", url("GET", later, path.removeprefix("/object")))).status == 200
    assert (await stack.call("HEAD", url("GET", later))).status == 200
    for wrong in (url("PUT", later), url("GET", int(time.time()) - 1), url("GET", later, f"{path}x")):
        assert (await stack.call("GET", wrong)).status == 401
    assert (await stack.call("PUT", url("PUT", later), data=b"new")).status == 201


async def test_an_object_expires(stack: Stack, account: Account) -> None:
    await account("PUT", "/c", 201)
    await account("PUT", "/c/o", 400, data=b"x", X_Delete_At="1")
    stored = await account("PUT", "/c/o", 201, data=b"x", X_Delete_After="1")
    assert stored.headers["ETag"]
    assert "X-Delete-At" in (await account("HEAD", "/c/o", 200)).headers
    found = stack.cloud.state.all(SwiftObject)[0]
    while stack.cloud.now().timestamp() < found.delete_at:
        time.sleep(0.05)
    await account("GET", "/c/o", 404)
    assert (await account("HEAD", "/c", 204)).headers["X-Container-Object-Count"] == "0"
