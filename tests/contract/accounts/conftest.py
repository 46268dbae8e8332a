"""Accounts behind a real listener, over a SQLite file and a real PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from dcsim.bus import Bus
from dcsim.clock import SimulatedClock
from dcsim.http.auth import CLAIMS, TOKEN
from dcsim.http.server import HttpListeners
from dcsim.security.secrets import Secrets
from dcsim.security.tls import TlsFiles
from dcsim.security.tokens import Tokens
from dcsim.service import Listener, ListenerKind, Service, ServiceContext
from dcsim.settings import Gateway, Settings
from dcsim.telemetry import Telemetry
from graph.auth.assembly import OPEN, Auth


class House(Service):
    """A listener with nothing but accounts, and one route that reads and writes."""

    name = "house"

    def __init__(self, auth: Auth) -> None:
        self.auth = auth

    async def start(self, context: ServiceContext) -> None:
        """Open the accounts."""
        await self.auth.open()

    async def stop(self) -> None:
        """Close them."""
        await self.auth.close()

    def listeners(self) -> list[Listener]:
        """The door, and a room behind it."""
        app = web.Application(middlewares=[self.auth.door.middleware(OPEN)])
        self.auth.add_to(app)
        app.router.add_route("*", "/room", _room)
        return [Listener("house", app, 0, "ports.gateway", kind=ListenerKind.REST)]


async def _room(request: web.Request) -> web.Response:
    return web.json_response({"subject": request[CLAIMS].subject, "token": request[TOKEN]})


class Client:
    """Requests to the house: `call` returns the status and the body."""

    def __init__(self, url: str, http: aiohttp.ClientSession, context: ServiceContext, auth: Auth, admin_password: str) -> None:
        self.url = url
        self.http = http
        self.context = context
        self.auth = auth
        self.admin_password = admin_password
        self.root = context.tokens.issue("cli", scopes=["admin"])
        self.headers: dict[str, str] = {}

    async def call(self, method: str, path: str, token: str | None = None, **body: Any) -> tuple[int, Any]:
        """Ask with a token, or with none."""
        headers = {"Authorization": f"Bearer {token}"} if token is not None else {}
        async with self.http.request(method, self.url + path, json=body or None, headers=headers) as answer:
            self.headers = dict(answer.headers)
            text = await answer.read()
            return answer.status, await answer.json(content_type=None) if text else None

    async def login(self, name: str, password: str) -> dict[str, Any]:
        """Log in, and return the tokens."""
        status, body = await self.call("POST", "/auth/login", username=name, password=password)
        assert status == 200, body
        return dict(body)

    async def person(self, name: str, role: str) -> dict[str, Any]:
        """Make a person, log them in, and return their tokens."""
        status, body = await self.call("POST", "/auth/users", self.root, name=name, role=role)
        assert status == 201, body
        return await self.login(name, body["password"])


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str | None:
    """Return the URL of an empty database; None is the file in the data directory."""
    return None if request.param == "sqlite" else request.getfixturevalue("postgres").database()


@pytest.fixture
async def client(tmp_path: Path, database_url: str | None) -> AsyncIterator[Client]:
    """Yield a client of a house of its own."""
    secrets = Secrets(tmp_path / "secrets.json")
    context = ServiceContext(
        settings=Settings(data_dir=tmp_path, gateway=Gateway(database_url=database_url)),
        clock=SimulatedClock(),
        bus=Bus(),
        secrets=secrets,
        tls=TlsFiles(tmp_path / "tls"),
        tokens=Tokens(secrets),
        telemetry=Telemetry(),
    )
    auth = Auth(context)
    house = House(auth)
    await house.start(context)
    listeners = HttpListeners(house, context)
    addresses = await listeners.bind(house.listeners())
    async with aiohttp.ClientSession() as http:
        yield Client(addresses["house"].url, http, context, auth, auth.shown_password)
    await listeners.stop_accepting()
    await listeners.close()
    await house.stop()
