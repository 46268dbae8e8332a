"""The engine's REST API as it is served, over a conducted world."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import aiohttp
import pytest

from dcsim.bus import Bus
from dcsim.http.server import HttpListeners
from dcsim.security.tokens import Tokens
from dcsim.service import ServiceContext
from dcsim.settings import Ports, Settings
from dcsim.supervisor import make_secrets, make_tls
from dcsim.telemetry import Telemetry
from emulators.api import EngineApi
from emulators.service import EngineService
from tests.unit.conductor.stage import Containers, Stage


class Answer(NamedTuple):
    """What a call brought."""

    status: int
    body: Any
    headers: Mapping[str, str]


class Api:
    """A client of one engine, whose world is ``stage.lab``."""

    def __init__(self, stage: Stage, url: str, tokens: Tokens) -> None:
        self.stage = stage
        self.lab = stage.lab
        self.url = url
        self.tokens = tokens
        self.token = tokens.issue("tester", scopes=["sim:read", "sim:write"])
        self._session = aiohttp.ClientSession(url, timeout=aiohttp.ClientTimeout(total=10))

    async def call(self, method: str, path: str, body: Any = None, *, token: str | None = None, **headers: str) -> Answer:
        """One request; underscores in names of headers are dashes."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        bearer = self.token if token is None else token
        if bearer:
            sent["Authorization"] = f"Bearer {bearer}"
        async with self._session.request(method, path, json=body, headers=sent) as response:
            content = await response.json(content_type=None) if response.content_length or response.content_length is None else None
            return Answer(response.status, content, response.headers)

    async def get(self, path: str) -> Any:
        """The body of a GET that must succeed."""
        answer = await self.call("GET", path)
        assert answer.status == 200, answer
        return answer.body

    async def raw(self, method: str, path: str, data: bytes, content_type: str) -> Answer:
        """One request with a body that may be no JSON."""
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": content_type}
        async with self._session.request(method, path, data=data, headers=headers) as response:
            return Answer(response.status, await response.json(content_type=None), response.headers)

    async def close(self) -> None:
        """Let go of connections."""
        await self._session.close()


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[Api]:
    """An engine with four VMs, two of them on."""
    stage = await Stage(tmp_path, Containers()).open()
    settings = Settings(data_dir=tmp_path, ports=Ports(engine=0))
    secrets = make_secrets(settings)
    tokens = Tokens(secrets)
    context = ServiceContext(
        settings=settings, clock=stage.lab.clock, bus=Bus(), secrets=secrets, tls=make_tls(settings), tokens=tokens, telemetry=Telemetry()
    )
    listeners = HttpListeners(EngineService(), context)
    window = EngineApi(context, stage.lab.world, stage.conductor)
    addresses = await listeners.bind(window.listeners())
    made = Api(stage, addresses["engine"].url, tokens)
    try:
        yield made
    finally:
        await made.close()
        await listeners.close()
        await stage.close()
