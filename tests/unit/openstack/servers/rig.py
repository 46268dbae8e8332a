"""What tests of servers share: booting one, waiting for it, asking something of it."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from emulators.openstack.image.records import GlanceImage
from emulators.openstack.network.records import NeutronNetwork
from tests.unit.openstack.stack import Client, Stack

SERVERS = "/compute/v2.1/servers"
PATIENCE_SECONDS = 5.0


class Rig:
    """A client of Nova; ``image`` and ``network`` are the seeded image's id and that of the project's network."""

    def __init__(self, stack: Stack, client: Client, version: str = "2.96") -> None:
        self.stack = stack
        self.client = client
        self.version = version
        self.image = stack.world.state.all(GlanceImage)[0].uid
        self.network = next(one.uid for one in stack.world.state.all(NeutronNetwork) if one.name == "private")

    async def __call__(self, method: str, path: str, body: Any = None, *, status: int = 200, version: str = "") -> Any:
        """The body of an answer that must have this status."""
        self.client.version = f"compute {version or self.version}"
        answer = await self.client(method, path if path.startswith("/") else f"{SERVERS}/{path}", body)
        assert answer.status == status, f"{method} {path}: {answer.status} {answer.data[:600]!r}"
        return answer.body

    async def create(self, *, status: int = 202, version: str = "", hints: Any = None, **given: Any) -> Any:
        """Ask for a server on the project's network."""
        body: dict[str, Any] = {"name": "web", "imageRef": self.image, "flavorRef": "42", "networks": [{"uuid": self.network}], **given}
        request = {"server": {name: value for name, value in body.items() if value is not None}}
        if hints:
            request["os:scheduler_hints"] = hints
        return await self("POST", SERVERS, request, status=status, version=version)

    async def boot(self, **given: Any) -> str:
        """A server's id, once it is ACTIVE."""
        made = await self.create(**given)
        uid: str = made["server"]["id"]
        await self.wait(uid, "ACTIVE")
        return uid

    async def show(self, uid: str, *, version: str = "") -> Any:
        """A server."""
        return (await self("GET", uid, version=version))["server"]

    async def wait(self, uid: str, status: str) -> Any:
        """The server once it has a status and no task."""
        until = time.monotonic() + PATIENCE_SECONDS
        while True:
            server = await self.show(uid)
            if server["status"] == status and server["OS-EXT-STS:task_state"] is None:
                return server
            assert time.monotonic() < until, (server["status"], server["OS-EXT-STS:task_state"], server.get("fault"))
            await asyncio.sleep(0.005)

    async def gone(self, uid: str) -> None:
        """Wait until there is no such server."""
        until = time.monotonic() + PATIENCE_SECONDS
        while (await self.client("GET", f"{SERVERS}/{uid}")).status != 404:
            assert time.monotonic() < until, "the server is still there"
            await asyncio.sleep(0.005)

    async def act(self, uid: str, name: str, content: Any = None, *, status: int = 202, version: str = "") -> Any:
        """Ask an action of a server."""
        return await self("POST", f"{uid}/action", {name: content}, status=status, version=version)
