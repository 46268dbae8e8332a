"""The REST convenience API as the engine's listener serves it, over a domain with associated blades."""

from __future__ import annotations

from collections.abc import AsyncIterator
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
from emulators.ucs.window import Ucs
from tests.unit.conductor.stage import Containers, Stage


class Answer(NamedTuple):
    """What a call brought."""

    status: int
    body: Any
    etag: str


class Rest:
    """A client; ``stage.lab`` is the world."""

    def __init__(self, stage: Stage, url: str, tokens: Tokens) -> None:
        self.stage = stage
        self.lab = stage.lab
        self.url = url
        self.token = tokens.issue("tester", scopes=["sim:read", "sim:write"])
        self._session = aiohttp.ClientSession(url, timeout=aiohttp.ClientTimeout(total=10))

    async def call(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """One request, under /ucs/api/v1; underscores in names of headers are dashes."""
        sent = {"Authorization": f"Bearer {self.token}", **{name.replace("_", "-"): value for name, value in headers.items()}}
        async with self._session.request(method, f"/ucs/api/v1/{path}", json=body, headers=sent) as response:
            return Answer(response.status, await response.json(content_type=None), response.headers.get("ETag", ""))

    async def get(self, path: str) -> Any:
        """The body of a GET that must succeed."""
        answer = await self.call("GET", path)
        assert answer.status == 200, answer
        return answer.body

    async def close(self) -> None:
        """Let go of connections."""
        await self._session.close()


@pytest.fixture
async def rest(tmp_path: Path) -> AsyncIterator[Rest]:
    """A domain of three blades in two chassis, each with a profile and a host."""
    stage = await Stage(tmp_path, Containers()).open()
    settings = Settings(data_dir=tmp_path, ports=Ports(engine=0))
    secrets = make_secrets(settings)
    tokens = Tokens(secrets)
    context = ServiceContext(
        settings=settings, clock=stage.lab.clock, bus=Bus(), secrets=secrets, tls=make_tls(settings), tokens=tokens, telemetry=Telemetry()
    )
    listeners = HttpListeners(EngineService(), context)
    ucs, api = Ucs(context, stage.lab.world, stage.conductor), EngineApi(context, stage.lab.world, stage.conductor)
    await ucs.open()
    api.add(ucs.rest())
    addresses = await listeners.bind(api.listeners())
    made = Rest(stage, addresses["engine"].url, tokens)
    try:
        yield made
    finally:
        await made.close()
        await listeners.close()
        await ucs.close()
        await stage.close()
