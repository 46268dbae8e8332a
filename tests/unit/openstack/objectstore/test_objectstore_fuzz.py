"""Ten thousand requests of Swift that are almost right."""

from __future__ import annotations

import json
import random
from urllib.parse import quote

import pytest

from tests.unit.openstack.stack import Client, Stack
from tests.unit.openstack.storm import REQUESTS

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
SEED = 8080
NAMES = ("a", "b", "a/b", "dir/", "ü 🎻", "x" * 300, "%", "..", ".", "//", "a\nb", "\x00", "?", "#", "seg1")
METHODS = ("GET", "HEAD", "PUT", "POST", "DELETE", "COPY", "PATCH", "OPTIONS")
QUERIES = (
    "",
    "format=json",
    "format=xml",
    "format=x",
    "limit=1",
    "limit=99999",
    "limit=-1",
    "marker=a",
    "end_marker=b",
    "prefix=a",
    "delimiter=/",
    "path=",
    "path=dir",
    "reverse=true",
    "multipart-manifest=put",
    "multipart-manifest=get",
    "multipart-manifest=delete",
    "temp_url_sig=00",
    "temp_url_sig=" + "0" * 40 + "&temp_url_expires=9999999999",
    "temp_url_sig=" + "0" * 64 + "&temp_url_expires=x&temp_url_prefix=q",
    "bulk-delete",
)
HEADERS = {
    "Range": ("bytes=0-1", "bytes=-3", "bytes=5-", "bytes=9-1", "bytes=", "bytes=0-1,3-4", "x", "bytes=99999999999999999999-"),
    "If-Match": ("*", "x"),
    "If-None-Match": ("*", '"x"'),
    "If-Modified-Since": ("Mon, 23 Nov 2026 18:24:31 GMT", "x", "Mon Nov 23 18:24:31 2026"),
    "If-Unmodified-Since": ("Mon, 23 Nov 1990 18:24:31 GMT", "0"),
    "X-Object-Meta-A": ("b", "", "x" * 300),
    "X-Container-Meta-A": ("b", ""),
    "X-Account-Meta-A": ("b", ""),
    "X-Account-Meta-Quota-Bytes": ("5",),
    "X-Container-Meta-Quota-Bytes": ("100000", "x", "-1"),
    "X-Container-Meta-Quota-Count": ("500", "x"),
    "X-Container-Read": (".r:*", ".x", "*:*", ".rlistings"),
    "X-Container-Write": ("*:*", ".r:*"),
    "X-Versions-Location": ("b", "a", "none", "%"),
    "X-History-Location": ("b",),
    "X-Remove-Versions-Location": ("x",),
    "X-Copy-From": ("a/a", "/b/a", "a", "", "%ff/x", "a/none"),
    "Destination": ("a/b", "b/c", "x", "/a/é"),
    "X-Fresh-Metadata": ("true",),
    "X-Delete-After": ("100", "x", "-1", "0"),
    "X-Delete-At": ("1", "99999999999", "x"),
    "X-Object-Manifest": ("a/", "a/seg", "", "a", "%ff"),
    "ETag": ("x",),
    "Content-Type": ("text/plain", "", "x"),
    "X-Detect-Content-Type": ("true",),
    "Accept": ("application/json", "application/xml"),
    "X-Storage-Policy": ("Policy-0", "x"),
    "Destination-Account": ("AUTH_x",),
    "X-Newest": ("true",),
}


def drawn(draw: random.Random, account: str) -> tuple[str, str, dict[str, str], bytes | None]:
    """The next request: method, path, headers, body."""
    depth = draw.choice((0, 1, 1, 2, 2, 2, 2))
    where = account if draw.random() < 0.95 else draw.choice(("AUTH_x", "x", "", "AUTH_" + "0" * 32))
    containers = ("a", "b", "c") if draw.random() < 0.8 else NAMES
    parts = [where, draw.choice(containers), draw.choice(NAMES)][: depth + 1]
    safe = "" if draw.random() < 0.5 else "/"
    path = "/object/v1/" + "/".join(quote(part, safe=safe) for part in parts) + ("/" if draw.random() < 0.05 else "")
    query = draw.choice(QUERIES) if draw.random() < 0.4 else ""
    names = draw.sample(list(HEADERS), draw.choice((0, 0, 1, 1, 2, 3)))
    headers = {name.replace("-", "_"): draw.choice(HEADERS[name]).encode().decode("latin-1") for name in names}
    method = draw.choice(METHODS) if draw.random() < 0.6 else "PUT"
    return method, f"{path}?{query}" if query else path, headers, body(draw) if method in {"PUT", "POST"} else None


def body(draw: random.Random) -> bytes:
    """Some bytes, or a manifest."""
    if draw.random() < 0.7:
        return draw.randbytes(draw.choice((0, 1, 5, 200)))
    rows = [
        {
            "path": draw.choice(("/a/seg1", "a/a", "/none/x", "", 5)),
            "size_bytes": draw.choice((None, 1, "x")),
            "range": draw.choice(("0-0", "-1", "x")),
        }
    ]
    return json.dumps(draw.choice((rows, [], {}, "x", [rows], [{}]))).encode()


async def test_almost_right_requests_are_answered(stack: Stack, admin: Client, demo: Client) -> None:
    projects = {one["name"]: one["id"] for one in (await admin.ok("GET", "/identity/v3/projects"))["projects"]}
    draw, statuses, account = random.Random(SEED), dict[int, int](), f"AUTH_{projects['demo']}"
    for number in range(REQUESTS):
        method, path, headers, data = drawn(draw, account)
        who = admin if draw.random() < 0.05 else demo
        answer = await who(method, path, data=data, **headers)
        statuses[answer.status] = statuses.get(answer.status, 0) + 1
        assert answer.status < 500 or answer.status == 501, f"{number}: {method} {path} {headers}: {answer.data[:500]!r}"
    assert {200, 201, 202, 204, 400, 403, 404, 405, 409, 412, 416} <= statuses.keys(), statuses
    assert sum(count for status, count in statuses.items() if status < 300) > 1000, statuses
