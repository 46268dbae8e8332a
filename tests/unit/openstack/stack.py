"""A small OpenStack in this process, on simulated machines, and clients of it over a socket."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, NamedTuple

from aiohttp.test_utils import RawTestServer, TestClient

from dcsim.events import Actor
from emulators.conductor import Conductor
from emulators.machines.simulated.backend import SimulatedMachines
from emulators.openstack.window import PASSWORD, OpenStack
from emulators.world import decisions  # noqa: F401 - importing registers what can be asked of the world
from emulators.world.engine import World
from emulators.world.inventory.generate import generate
from emulators.world.inventory.seed import SeedWorld
from emulators.world.inventory.spec import encode_inventory
from tests.unit.openstack.context import service_context

INVENTORY = encode_inventory(generate(7, "small", hosts=5, vms=4))
Rows = dict[str, Any]


class Answer(NamedTuple):
    """An answer: its status, its JSON (None: none, or not JSON), its headers, its bytes."""

    status: int
    body: Any
    headers: Any
    data: bytes


class Stack:
    """The cloud, and who speaks to it.  ``admin`` and ``demo`` are clients with tokens of DevStack's projects of that name."""

    def __init__(self, folder: Path) -> None:
        self.world = World.open(folder / "journal.db", synchronous="off")
        if self.world.record is None:
            self.world.execute_now(SeedWorld(inventory=INVENTORY, seed=7), Actor())
        self.context = service_context(folder, self.world.clock)
        self.machines = SimulatedMachines(self.world.clock, seed=7)
        self.conductor = Conductor(self.world, self.machines)
        self.window = OpenStack(self.context, self.world, self.conductor)
        self.cloud = self.window.cloud
        self.http: Any = None
        self._tasks: list[asyncio.Task[None]] = []

    async def open(self) -> Stack:
        """Start it."""
        await self.window.open()
        (listener,) = self.window.listeners()
        handler: Callable[[Any], Awaitable[Any]] = listener.handler  # type: ignore[assignment]  # the low-level one
        self.http = TestClient(RawTestServer(handler))
        await self.http.start_server()
        self.conductor.start()
        self._tasks = [asyncio.create_task(self.conductor.timekeeper.run()), asyncio.create_task(self.conductor.observer.run())]
        return self

    async def close(self) -> None:
        """Stop it."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.http.close()
        await self.window.close()
        await self.conductor.stop()
        await self.conductor.close()
        self.world.close()

    async def call(self, method: str, path: str, json: Any = None, *, token: str = "", data: bytes | None = None, **headers: str) -> Answer:
        """Send a request; header names have underscores for dashes."""
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        if token:
            given["X-Auth-Token"] = token
        options: Rows = {"headers": given, "allow_redirects": False}
        if data is not None:
            options["data"] = data
        elif json is not None:
            options["json"] = json
        async with self.http.request(method, path, **options) as response:
            raw = await response.read()
            body = await response.json() if raw and "json" in response.content_type else None
            return Answer(response.status, body, response.headers, raw)

    async def token(self, user: str, password: str, project: str = "", domain: str = "default", **scope: Any) -> str:
        """A token by name and password, scoped to a project of the default domain when one is named."""
        identity = {"methods": ["password"], "password": {"user": {"name": user, "domain": {"id": domain}, "password": password}}}
        auth: Rows = {"identity": identity}
        if project:
            auth["scope"] = {"project": {"name": project, "domain": {"id": domain}}}
        elif scope:
            auth["scope"] = scope
        answer = await self.call("POST", "/identity/v3/auth/tokens", {"auth": auth})
        assert answer.status == 201, answer.data
        token: str = answer.headers["X-Subject-Token"]
        return token

    async def admin(self) -> Client:
        """The administrator, in the project of that name."""
        password = self.context.secrets.password(PASSWORD)
        return Client(self, await self.token("admin", password, "admin"))

    async def demo(self) -> Client:
        """A member of the demo project."""
        password = self.context.secrets.password(PASSWORD)
        return Client(self, await self.token("demo", password, "demo"))


class Client:
    """Somebody with a token; ``version`` is the compute microversion that is asked for."""

    def __init__(self, stack: Stack, token: str) -> None:
        self.stack = stack
        self.token = token
        self.version = ""

    async def __call__(self, method: str, path: str, json: Any = None, **options: Any) -> Answer:
        """Send a request with the token."""
        if self.version:
            options.setdefault("OpenStack_API_Version", self.version)
        return await self.stack.call(method, path, json, token=self.token, **options)

    async def ok(self, method: str, path: str, json: Any = None, **options: Any) -> Any:
        """The body of an answer that must be a success."""
        answer = await self(method, path, json, **options)
        assert answer.status < 300, f"{method} {path}: {answer.status} {answer.data[:500]!r}"
        return answer.body

    async def refused(self, status: int, method: str, path: str, json: Any = None, **options: Any) -> Any:
        """The body of an answer that must be this refusal."""
        answer = await self(method, path, json, **options)
        assert answer.status == status, f"{method} {path}: {answer.status} {answer.data[:500]!r}"
        return answer.body
