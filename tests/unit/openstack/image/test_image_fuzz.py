"""Ten thousand requests of Glance that are almost right."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from emulators.openstack.image.patching import V20, V21
from emulators.openstack.image.service import IMAGE
from emulators.openstack.services import load
from tests.unit.openstack.mutations import Wild
from tests.unit.openstack.stack import Client, Stack
from tests.unit.openstack.storm import REQUESTS, Asking

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
SEED = 9292
V2 = "/image/v2"
QUERIES = {
    "limit": ("1", "0", "1000"),
    "marker": ("x",),
    "sort": ("name:asc,size", "id"),
    "sort_key": ("name", "size"),
    "sort_dir": ("asc", "desc"),
    "name": ("in:a,b", 'in:"a', "cirros"),
    "status": ("active", "queued"),
    "visibility": ("public", "all", "community"),
    "tag": ("t",),
    "size_min": ("1",),
    "size_max": ("10",),
    "owner": ("x",),
    "member_status": ("all", "pending"),
    "os_hidden": ("true",),
    "protected": ("false",),
    "created_at": ("gt:2026-01-01T00:00:00Z", "2026-01-01"),
    "changes-since": ("2026",),
    "type": ("import",),
    "foo": ("bar",),
}
POINTERS = (
    "/name",
    "/tags",
    "/foo",
    "/visibility",
    "/protected",
    "/min_ram",
    "/status",
    "/locations/0",
    "/a~1b",
    "/a~2",
    "name",
    "//",
    "/",
    5,
)


class Images(Asking):
    """Mutations that know what raw operations read."""

    def learn(self, body: Any) -> None:
        super().learn({"image": body} if isinstance(body, dict) and "disk_format" in body else body)

    def patch(self) -> Any:
        """A JSON patch, or almost one."""
        draw = self._random
        values: tuple[Any, ...] = ("a", None, True, 5, ["t"], [], {}, "public", "private", "x" * 300)
        if draw.random() < 0.3:
            return [{draw.choice(("add", "replace", "remove", "move")): draw.choice(POINTERS), "value": draw.choice(values)}]
        changes = [
            {"op": draw.choice(("add", "replace", "remove", "test")), "path": draw.choice(POINTERS), "value": draw.choice(values)}
            for _ in range(draw.randint(0, 3))
        ]
        return self._changed(changes) if draw.random() < 0.3 else changes

    def content(self, wild: Wild) -> tuple[bytes | None, str]:
        """The bytes and the type of what a raw operation gets."""
        draw = self._random
        if wild.method == "PATCH":
            return json.dumps(self.patch()).encode(), draw.choice((V20, V21, V21, "application/json"))
        return draw.randbytes(draw.randint(0, 2000)), draw.choice(("application/octet-stream",) * 5 + ("text/plain", "application/json"))


async def known(demo: Client, admin: Client) -> dict[str, list[str]]:
    """What requests are about."""
    images = []
    for number in range(6):
        body = {"name": f"i{number}", "container_format": "bare", "disk_format": "raw", "tags": ["t"], "foo": "bar"}
        images.append((await demo.ok("POST", f"{V2}/images", body))["id"])
    await demo.ok("PUT", f"{V2}/images/{images[0]}/file", data=b"x", Content_Type="application/octet-stream")
    projects = [one["id"] for one in (await admin.ok("GET", "/identity/v3/projects"))["projects"]]
    await demo.ok("POST", f"{V2}/images/{images[1]}/members", {"member": projects[0]})
    await admin.ok("POST", f"{V2}/metadefs/namespaces", {"namespace": "n", "visibility": "public"})
    return {
        "image_id": images,
        "tag": ["t", "u"],
        "member_id": projects,
        "member": projects,
        "task_id": ["x"],
        "namespace": ["n", "new"],
        "name": ["image", "images", "a", "t"],
        "status": ["accepted", "rejected"],
        "owner": projects,
    }


async def test_almost_right_requests_are_answered(stack: Stack, admin: Client, demo: Client) -> None:
    load()
    wild, draw, statuses = Images(IMAGE, await known(demo, admin), SEED, QUERIES), random.Random(SEED), dict[int, int]()
    for number in range(REQUESTS):
        one = wild.draw()
        who = admin if draw.random() < 0.3 else demo
        data, kind = one.data, "application/json"
        if (one.method in {"PUT", "PATCH"} and one.path.partition("?")[0].endswith(("/file", "/stage"))) or one.method == "PATCH":
            data, kind = wild.content(one)
        if isinstance(one.json, dict) and one.path.partition("?")[0].endswith("/import"):  # some of them that can be
            one = one._replace(json={"method": {"name": draw.choice(("glance-direct", "copy-image", "nothing"))}})
        answer = await who(one.method, one.path, one.json, data=data, Content_Type=kind)
        wild.learn(answer.body)
        statuses[answer.status] = statuses.get(answer.status, 0) + 1
        assert answer.status < 500, f"{number}: {one}: {answer.data[:500]!r}"
    assert {200, 201, 204, 400, 403, 404, 405, 409, 415} <= statuses.keys(), statuses
    assert sum(count for status, count in statuses.items() if status < 300) > 1000, statuses
