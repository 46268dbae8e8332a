"""A gateway's sockets on a real bus: a producer's outbox and relay, the hub, and an aiohttp server on a free port."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import strawberry
from aiohttp import web
from strawberry.schema.config import StrawberryConfig

from dcsim.bus import Bus, OutboxRelay
from dcsim.http.context import RequestContext, middleware_of
from dcsim.security.secrets import Secrets
from dcsim.security.tokens import Tokens
from dcsim.service import Listener, ListenerKind
from dcsim.telemetry import Metrics
from graph.backends.caller import Services
from graph.backends.directory import Directory
from graph.execution.engine import Engine
from graph.execution.scalars import SCALARS
from graph.live.connection import Limits, Principal
from graph.live.hub import Hub
from graph.live.sockets import GRAPHQL, Sockets
from graph.live.transport_ws import Live
from graph.schema.live import EventsSubscription
from tests.contract.bus.harness import Outbox, running

EVENTS = "subscription ($after: String) { events(after: $after) { seq gap { topic reason } event { id sequence subject } } }"


@strawberry.type
class Query:
    """Something to ask."""

    @strawberry.field
    def answer(self) -> int:
        """Always the same."""
        return 42


class Side:
    """The gateway's side of sockets, and what publishes the events."""

    def __init__(self, bus: Bus, directory: Path, limits: Limits, *, keep: int = 8192, epoch: str = "world-1") -> None:
        schema = strawberry.Schema(query=Query, subscription=EventsSubscription, config=StrawberryConfig(scalar_map=SCALARS))
        self.tokens = Tokens(Secrets(directory / "secrets.json"))
        self.outbox = Outbox()
        self.relay = OutboxRelay(bus, self.outbox, epoch=epoch)
        self.hub = Hub(bus, keep=keep)
        self.live = Live(self.hub, Engine(schema), Services(Directory({}, {})))
        self.sockets = Sockets(self.hub, self._bearer, self.live.session, limits)
        self.url = ""
        self.token = self.issue()

    async def _bearer(self, token: str) -> Principal:
        return Principal(await self.tokens.verified(token), token)

    def issue(self, *scopes: str, seconds: float = 3600, subject: str = "tester") -> str:
        """A token; its leeway is the tests' too, so seconds may be negative."""
        lifetime = timedelta(seconds=seconds)
        return self.tokens.issue(subject, scopes=scopes or ("admin",), lifetime=lifetime, now=datetime.now(UTC))

    def commit(self, count: int, **options: Any) -> None:
        """Publish events."""
        self.outbox.commit(count, **options)
        self.relay.notify()

    async def plain(self, session: aiohttp.ClientSession, query: str = "", token: str | None = None) -> aiohttp.ClientWebSocketResponse:
        """A socket of plain events, ready."""
        headers = {"Authorization": f"Bearer {token or self.token}"}
        ws = await session.ws_connect(f"{self.url}/ws{query}", headers=headers)
        assert (await ws.receive_json(timeout=5))["type"] == "ready"
        return ws

    async def graphql(self, session: aiohttp.ClientSession, path: str = "/graphql") -> aiohttp.ClientWebSocketResponse:
        """A GraphQL socket that has said who it is."""
        ws = await session.ws_connect(self.url + path, protocols=[GRAPHQL])
        await ws.send_json({"type": "connection_init", "payload": {"token": self.token}})
        assert (await ws.receive_json(timeout=5))["type"] == "connection_ack"
        return ws


@asynccontextmanager
async def side(bus: Bus, directory: Path, limits: Limits | None = None, **options: Any) -> AsyncIterator[Side]:
    """A side that serves."""
    made = Side(bus, directory, limits or Limits(), **options)
    listener = Listener("gateway", web.Application(), 0, "ports.gateway", kind=ListenerKind.REST)
    surround = middleware_of(RequestContext(listener, Metrics()))
    app = web.Application(middlewares=[surround, made.sockets.middleware()])
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=2.0)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        async with running(made.relay, made.hub):
            async with asyncio.timeout(10):
                await made.hub.ready.wait()
            yield made
    finally:
        await made.sockets.drain()
        await made.live.shared.close()
        await runner.cleanup()
        await made.live.services.close()


async def subscribed(ws: aiohttp.ClientWebSocketResponse, side_: Side, *, name: str = "1", after: str | None = None) -> None:
    """Subscribe to events, and return when that is done."""
    before = side_.live.subscriptions
    await ws.send_json({"id": name, "type": "subscribe", "payload": {"query": EVENTS, "variables": {"after": after}}})
    async with asyncio.timeout(5):
        while side_.live.subscriptions == before:
            await asyncio.sleep(0.005)
