"""The CMDB's REST API as it is served, over a graph that a lab's events have filled."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

import aiohttp
import pytest
from aiohttp import web

from cmdb.api import Context, routes
from cmdb.api.context import nowhere
from cmdb.projection.sync import Synchroniser
from dcsim.bus import Bus
from dcsim.http.auth import PUBLIC, authenticated
from dcsim.http.server import HttpListeners
from dcsim.security.tokens import Tokens
from dcsim.service import Listener, ListenerKind, Service, ServiceContext
from dcsim.settings import Ports, Settings
from dcsim.supervisor import make_secrets, make_tls
from dcsim.telemetry import Telemetry
from tests.unit.cmdb.projection.scene import Scene


class Answer(NamedTuple):
    """What a call brought."""

    status: int
    body: Any
    headers: Mapping[str, str]


class Served(Service):
    """The routes, over a scene."""

    name: ClassVar[str] = "cmdb"

    def __init__(self, app: web.Application) -> None:
        self._app = app

    async def start(self, context: ServiceContext) -> None:
        """Nothing to do."""

    async def stop(self) -> None:
        """Nothing to do."""

    def listeners(self) -> Sequence[Listener]:
        """One, on any port."""
        return [Listener("cmdb", self._app, 0, "ports.cmdb", kind=ListenerKind.REST)]


class Api:
    """A client of a CMDB whose graph is ``scene``'s."""

    def __init__(self, scene: Scene, url: str, tokens: Tokens) -> None:
        self.scene = scene
        self.store = scene.store
        self.url = url
        self.token = tokens.issue("ada", scopes=["cmdb:read", "cmdb:write"])
        self._session = aiohttp.ClientSession(url, timeout=aiohttp.ClientTimeout(total=20))

    async def call(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """One request; underscores in names of headers are dashes; bytes are CSV."""
        sent = {"Authorization": f"Bearer {self.token}", **{name.replace("_", "-"): value for name, value in headers.items()}}
        how: dict[str, Any] = {"json": body}
        if isinstance(body, bytes):
            how, sent["Content-Type"] = {"data": body}, "text/csv"
        async with self._session.request(method, path, headers=sent, **how) as response:
            content = await response.read()
            return Answer(response.status, await response.json(content_type=None) if content else None, response.headers)

    async def get(self, path: str) -> Any:
        """The body of a GET that must succeed."""
        answer = await self.call("GET", path)
        assert answer.status == 200, answer
        return answer.body

    async def named(self, cls: str, name: str) -> dict[str, Any]:
        """The one CI of a class and name, as the API shows it."""
        (found,) = (await self.get(f"/cmdb/cis?class={cls}&name={name}"))["items"]
        return dict(found)

    async def close(self) -> None:
        """Let go of connections."""
        await self._session.close()


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[Api]:
    """A CMDB that has heard of a small datacenter."""
    scene = Scene(tmp_path)
    await scene.open()
    await scene.flow()
    settings = Settings(data_dir=tmp_path, ports=Ports(cmdb=0))
    secrets = make_secrets(settings)
    tokens = Tokens(secrets)
    context = ServiceContext(
        settings=settings, clock=scene.lab.clock, bus=Bus(), secrets=secrets, tls=make_tls(settings), tokens=tokens, telemetry=Telemetry()
    )
    app = web.Application(middlewares=[authenticated(tokens, scope="cmdb", public=PUBLIC | {routes.document})])
    routes.add_to(app, Context(scene.store, Synchroniser(scene.feed, Bus(), nowhere, _never)))
    listeners = HttpListeners(Served(app), context)
    addresses = await listeners.bind(Served(app).listeners())
    client = Api(scene, addresses["cmdb"].url, tokens)
    yield client
    await client.close()
    await listeners.close()
    await scene.close()


async def _never() -> bool:
    return False
