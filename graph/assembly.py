"""The gateway's parts, put together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from aiohttp import web

from dcsim.http.auth import PUBLIC, authenticated
from dcsim.service import Address, Check, Endpoint, Health, Hint, Listener, ListenerKind, ServiceContext, Worker
from graph.backends.caller import Services
from graph.backends.directory import Directory
from graph.execution.engine import Engine
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
        self.services = Services(Directory(context.settings.gateway.services, context.announced))
        engine = Engine(build())
        self.graphql = GraphQL(engine, self.services)
        self.hub = Hub(context.bus)
        self.live = Live(self.hub, engine, self.services)
        self.sockets = Sockets(self.hub, self.bearer_of, self.live.session)

    async def bearer_of(self, token: str) -> Principal:
        """Who bears a token; raises Unauthenticated."""
        return Principal(await self.context.tokens.verified(token), token)

    async def start(self) -> None:
        """Open what must be open before anybody is answered."""

    async def drain(self) -> None:
        """End long answers."""
        await self.sockets.drain()

    async def close(self) -> None:
        """Let go of everything."""
        await self.live.shared.close()
        await self.services.close()

    def listeners(self) -> Sequence[Listener]:
        """The door."""
        app = web.Application(middlewares=[self.sockets.middleware(), authenticated(self.context.tokens, scope="sim", public=PUBLIC)])
        self.graphql.add_to(app)
        return [Listener(NAME, app, self.context.settings.ports.gateway, "ports.gateway", kind=ListenerKind.REST)]

    def workers(self) -> Sequence[Worker]:
        """What runs beside the listeners."""
        return (self.hub,)

    async def health(self) -> Health:
        """The gateway's own."""
        return Health((Check(name="live", ok=not self.hub.away, detail=self.hub.away, required=False),))

    def endpoints(self, addresses: Mapping[str, Address]) -> Sequence[Endpoint]:
        """Its URL."""
        url = addresses[NAME].url
        hint = Hint("curl", f'curl -H "Authorization: Bearer $DCSIM_TOKEN" {url}/graphql -d \'{{"query": "{{ __typename }}"}}\'')
        return [Endpoint(name="gateway", url=url, hints=(hint,), env={"DCSIM_GATEWAY_URL": url}, health=f"{url}/readyz")]
