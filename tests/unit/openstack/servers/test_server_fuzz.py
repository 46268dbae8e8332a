"""Seeded mutations of requests about servers: none is answered with a 500, none hangs."""

from __future__ import annotations

import asyncio
import json
import random
from typing import Any

import pytest

from emulators.openstack.compute.servers.records import NovaServer
from emulators.openstack.compute.service import COMPUTE
from emulators.openstack.service import Operation
from tests.unit.openstack.servers.rig import Rig

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]
MUTATIONS = 10_000
AT_ONCE = 20
VERSIONS = ("2.1", "2.19", "2.37", "2.57", "2.74", "2.79", "2.91", "2.96")
ODD: tuple[Any, ...] = (
    *(None, True, 0, -1, 2**63, 1.5, "", " ", "x", "x" * 300, "\u0000", "☃", [], {}, [None], {"a": None}),
    *("00000000-0000-0000-0000-000000000000", "999999999999999999999", "10.0.0.9", "10.0.0.999", "::1"),
    *("no", "AUTO", "2026-01-01T00:00:00Z"),
)
PARAMETERS = (
    *("limit", "marker", "sort_key", "sort_dir", "name", "status", "ip", "flavor", "image", "changes-since", "tags", "deleted"),
    "locked",
)


def operations() -> list[Operation]:
    return [one for one in COMPUTE.operations if "servers" in one.handler.__module__.split(".")]


class Mutations:
    """Requests, each a sound one with something wrong about it."""

    def __init__(self, nova: Rig, servers: list[str], seed: int) -> None:
        self.random = random.Random(seed)
        self.nova = nova
        self.servers = servers
        self.operations = operations()

    def next(self) -> tuple[str, str, Any, str]:
        """Method, path, body, version."""
        operation, draw = self.random.choice(self.operations), self.random
        path = operation.path
        for name in ("server_id", "key", "tag", "port_id", "volume_id", "request_id", "migration_id", "network_name", "token"):
            value = draw.choice(self.servers) if name == "server_id" and draw.random() < 0.9 else str(draw.choice(ODD)).replace("/", "")
            path = path.replace(f"{{{name}}}", value.replace("\u0000", "%00").replace(" ", "%20") or "x")
        if draw.random() < 0.3:
            path += f"?{draw.choice(PARAMETERS)}={draw.choice(ODD)}".replace(" ", "%20").replace("\u0000", "%00")
        return operation.method, f"/compute/v2.1{path}", self.body(operation), draw.choice(VERSIONS)

    def body(self, operation: Operation) -> Any:
        """A body that nearly fits."""
        if operation.method not in {"POST", "PUT"}:
            return None
        if self.random.random() < 0.05:
            return self.random.choice(ODD)
        content = self.content(operation)
        return {operation.action: content} if operation.action else content

    def content(self, operation: Operation) -> Any:
        schema: Any = operation.body
        if hasattr(schema, "values") and not isinstance(next(iter(schema.keys()), ""), str):
            schema = self.random.choice(list(schema.values()))
        return self.instance(schema or {}, 0)

    def instance(self, schema: Any, depth: int) -> Any:  # noqa: PLR0911 - one line a kind
        """Something that a schema describes, with odd values in between."""
        draw = self.random
        if draw.random() < 0.08 or depth > 5:
            return draw.choice(ODD)
        if "oneOf" in schema:
            return self.instance(draw.choice(schema["oneOf"]), depth + 1)
        if "enum" in schema:
            return draw.choice(schema["enum"])
        kind = schema.get("type")
        kind = draw.choice(kind) if isinstance(kind, list) else kind
        if kind == "object":
            wanted = schema.get("properties", {})
            required = set(schema.get("required", ()))
            return {name: self.instance(one, depth + 1) for name, one in wanted.items() if name in required or draw.random() < 0.3}
        if kind == "array":
            return [self.instance(schema.get("items", {}), depth + 1) for _ in range(draw.randrange(3))]
        if kind in {"integer", "number"}:
            return draw.choice((0, 1, 2, 5, -1, 2**40))
        if kind == "null":
            return None
        if schema.get("format") == "uuid":
            return draw.choice((self.nova.image, self.nova.network, *self.servers, "00000000-0000-0000-0000-000000000000"))
        return draw.choice(("web", "42", "84", "10.0.0.20", "Zm9v", "1", "nova", "default", *map(str, ODD)))


async def test_mutated_requests_are_never_answered_with_an_internal_error(nova: Rig, nova_admin: Rig) -> None:
    quota = {"quota_set": {"instances": -1, "cores": -1, "ram": -1}}
    await nova_admin.client("PUT", f"/compute/v2.1/os-quota-sets/{await project(nova)}", quota)
    servers = [await nova.boot(name=f"s{one}") for one in range(4)]
    mutations = Mutations(nova, servers, 20)
    counted: dict[int, int] = {}

    async def send(rig: Rig) -> None:
        method, path, body, version = mutations.next()
        token = rig.client.token
        answer = await asyncio.wait_for(
            nova.stack.call(method, path, body, token=token, OpenStack_API_Version=f"compute {version}"), timeout=20
        )
        assert answer.status not in {500, 501}, f"{method} {path} {version} {json.dumps(body)[:800]}: {answer.data[:500]!r}"
        counted[answer.status] = counted.get(answer.status, 0) + 1

    for _ in range(MUTATIONS // AT_ONCE):
        await asyncio.gather(*(send(nova_admin if one % 3 == 0 else nova) for one in range(AT_ONCE)))
        alive = [one for one in servers if (await nova.client("HEAD", f"/compute/v2.1/servers/{one}")).status == 200]
        if len(alive) < len(servers):
            servers[:] = [*alive, (await nova.create(name="again"))["server"]["id"]]
    assert sum(counted.values()) == MUTATIONS
    await nova.stack.conductor.runner.idle()
    left = [one for one in nova.stack.world.state.all(NovaServer) if one.task_state]
    assert not left, "servers that something is still done to, though nothing is"
    assert sum(count for status, count in counted.items() if status < 300) > MUTATIONS // 50, counted


async def project(nova: Rig) -> str:
    """The client's project."""
    uid = (await nova.create())["server"]["id"]
    return str((await nova.show(uid))["tenant_id"])
