"""The gateway's parts, put together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from aiohttp import web

from dcsim.service import Address, Check, Endpoint, Health, Hint, Listener, ServiceContext, Worker
from graph.auth.api import routes as auth_routes
from graph.auth.assembly import OPEN, Auth
from graph.auth.users import ADMIN
from graph.backends.caller import Services
from graph.backends.directory import Directory
from graph.entry.assembly import MOST_BYTES, Entry
from graph.execution.engine import Engine
from graph.execution.persisted import Persisted
from graph.graphql import GraphQL
from graph.live.connection import Principal
from graph.live.hub import Hub
from graph.live.sockets import Sockets
from graph.live.transport_ws import Live
from graph.schema import build

NAME: Final = "gateway"


class Gateway:
    """One running gateway."""

    def __init__(self, context: ServiceContext) -> None:
        self.context = context
        self.auth = Auth(context)
        self.services = Services(Directory(context.settings.gateway.services, context.announced))
        engine = Engine(build())
        persisted = Persisted.of(context.settings.gateway.persisted)
        self.entry = Entry(context, self.services, [auth_routes])
        self.graphql = GraphQL(engine, self.services, persisted=persisted, limiter=self.entry.limiter)
        self.hub = Hub(context.bus)
        self.live = Live(self.hub, engine, self.services)
        self.sockets = Sockets(self.hub, self.bearer_of, self.live.session)

    async def bearer_of(self, token: str) -> Principal:
        """Who bears a token; raises Unauthenticated."""
        found = await self.auth.door.bearer(token)
        return Principal(found.claims, found.token)

    async def start(self) -> None:
        """Open what must be open before anybody is answered."""
        await self.auth.open()

    async def drain(self) -> None:
        """End long answers."""
        await self.sockets.drain()

    async def close(self) -> None:
        """Let go of everything."""
        await self.live.shared.close()
        await self.services.close()
        await self.auth.close()

    def listeners(self) -> Sequence[Listener]:
        """The door."""
        door = self.auth.door.middleware(OPEN | self.entry.public | self.graphql.public)
        around = [self.sockets.middleware(), *self.entry.around(door)]
        app = web.Application(middlewares=around, client_max_size=MOST_BYTES)  # as the listener's, so that requests are never cloned
        self.auth.add_to(app)
        self.graphql.add_to(app)
        self.entry.add_to(app)
        return self.entry.listeners(app)

    def workers(self) -> Sequence[Worker]:
        """What runs beside the listeners."""
        return (self.hub, self.auth)

    async def health(self) -> Health:
        """The gateway's own."""
        live = Check(name="live", ok=not self.hub.away, detail=self.hub.away, required=False)
        return Health((live, self.entry.check(), await self.auth.check()))

    def endpoints(self, addresses: Mapping[str, Address]) -> Sequence[Endpoint]:
        """Its URL."""
        url = addresses[NAME].url
        hint = Hint("curl", f'curl -H "Authorization: Bearer $DCSIM_TOKEN" {url}/graphql --json \'{{"query": "{{ __typename }}"}}\'')
        password = self.auth.shown_password
        env = {"DCSIM_GATEWAY_URL": url}
        if password:
            env |= {"DCSIM_GATEWAY_USER": ADMIN, "DCSIM_GATEWAY_PASSWORD": password}
        user = ADMIN if password else ""
        return [Endpoint(name="gateway", url=url, user=user, password=password, hints=(hint,), env=env, health=f"{url}/readyz")]
