"""Letting WebSockets in on ``/graphql`` and ``/ws``: origins, protocols, how many, and their end."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any, Final, Protocol
from urllib.parse import urlsplit

import structlog
from aiohttp import web

from dcsim.errors import InvalidArgument, PermissionDenied
from graph.live import plain
from graph.live.connection import GOING_AWAY, TOO_MANY, Authenticate, Closed, Connection, Limits
from graph.live.hub import Hub

log = structlog.get_logger(__name__)

GRAPHQL: Final = "graphql-transport-ws"
PATHS: Final = {"/graphql": (GRAPHQL,), "/ws": (GRAPHQL, plain.PROTOCOL)}
WRITE_BUFFER: Final = 16 * 1024
"""Bytes after which a writer looks whether the client keeps up."""
DRAIN_SECONDS: Final = 3.0
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Session(Protocol):
    """A protocol on one connection."""

    async def run(self) -> None:
        """Serve until the client goes.  May raise Closed."""
        ...


MakeSession = Callable[[Connection, web.Request], Session]


class Sockets:
    """All WebSockets of one gateway."""

    def __init__(self, hub: Hub, authenticate: Authenticate, graphql: MakeSession, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()
        self._hub = hub
        self._authenticate = authenticate
        self._graphql = graphql
        self._open: set[Connection] = set()
        self._by_principal: Counter[str] = Counter()
        self._draining = False

    def __len__(self) -> int:
        return len(self._open)

    def middleware(self) -> Any:
        """Takes WebSocket requests out of the way of everything else: they say who they are in their first message."""

        @web.middleware
        async def upgrade(request: web.Request, handler: Handler) -> web.StreamResponse:
            if request.path not in PATHS:
                return await handler(request)
            if request.headers.get("Upgrade", "").lower() == "websocket":
                return await self._serve(request)
            if request.path == "/ws":
                raise web.HTTPUpgradeRequired(headers={"Upgrade": "websocket"}, text="Live events come over a WebSocket.")
            return await handler(request)

        return upgrade

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        self._admit(request)
        offered = {one.strip() for one in request.headers.get("Sec-WebSocket-Protocol", "").split(",") if one.strip()}
        speaks_graphql = GRAPHQL in offered and request.query.get("format") != "events"
        if not speaks_graphql and request.path == "/graphql":
            raise InvalidArgument(f"/graphql speaks the WebSocket protocol {GRAPHQL}.", field="Sec-WebSocket-Protocol")
        if not speaks_graphql:
            plain.filter_of(request.query)
        ws = web.WebSocketResponse(
            heartbeat=self.limits.heartbeat_seconds,
            protocols=(GRAPHQL,) if speaks_graphql else (plain.PROTOCOL,),
            compress=False,
            max_msg_size=self.limits.message_bytes,
            writer_limit=WRITE_BUFFER,
        )
        await ws.prepare(request)
        connection = Connection(ws, request, self._authenticate, self._enter, self.limits)
        self._open.add(connection)
        try:
            await self._run(connection, self._graphql(connection, request) if speaks_graphql else None, request)
        finally:
            self._open.discard(connection)
            connection.gone()
            if connection.principal is not None:
                self._less(connection.principal.claims.subject)
        return ws

    async def _run(self, connection: Connection, session: Session | None, request: web.Request) -> None:
        try:
            await (session or plain.PlainEvents(connection, self._hub, request)).run()
        except Closed as closed:
            await connection.close(closed.code, closed.reason)
        except ConnectionError:
            log.debug("live.gone")

    def _admit(self, request: web.Request) -> None:
        """Refuse other sites' pages, and more than we bear."""
        if self._draining or len(self._open) >= self.limits.sockets:
            raise web.HTTPServiceUnavailable(headers={"Retry-After": "5"}, text="The gateway takes no more sockets now.")
        origin = request.headers.get("Origin")
        if origin is not None and urlsplit(origin).netloc != request.host:
            raise PermissionDenied("Pages of other sites may not open sockets here.")

    def _enter(self, subject: str) -> None:
        if self._by_principal[subject] >= self.limits.sockets_of_one:
            raise Closed(TOO_MANY, f"{subject} has {self.limits.sockets_of_one} sockets open already.")
        self._by_principal[subject] += 1

    def _less(self, subject: str) -> None:
        self._by_principal[subject] -= 1
        if self._by_principal[subject] <= 0:
            del self._by_principal[subject]

    async def drain(self) -> None:
        """Tell everybody to come back later, and let go."""
        self._draining = True
        reason = "The gateway restarts; come back with the last seq."
        await asyncio.gather(*(connection.close(GOING_AWAY, reason, grace=DRAIN_SECONDS) for connection in self._open))
