"""The gateway's parts, put together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from aiohttp import web

from dcsim.http.auth import PUBLIC, authenticated
from dcsim.service import Address, Endpoint, Health, Hint, Listener, ListenerKind, ServiceContext, Worker
from graph.backends.caller import Services
from graph.backends.directory import Directory
from graph.execution.engine import Engine
from graph.graphql import GraphQL
from graph.schema import build

NAME: Final = "gateway"


class Gateway:
    """One running gateway."""

    def __init__(self, context: ServiceContext) -> None:
        self.context = context
        self.services = Services(Directory(context.settings.gateway.services, context.announced))
        self.graphql = GraphQL(Engine(build()), self.services)

    async def start(self) -> None:
        """Open what must be open before anybody is answered."""

    async def drain(self) -> None:
        """End long answers."""

    async def close(self) -> None:
        """Let go of everything."""
        await self.services.close()

    def listeners(self) -> Sequence[Listener]:
        """The door."""
        app = web.Application(middlewares=[authenticated(self.context.tokens, scope="sim", public=PUBLIC)])
        self.graphql.add_to(app)
        return [Listener(NAME, app, self.context.settings.ports.gateway, "ports.gateway", kind=ListenerKind.REST)]

    def workers(self) -> Sequence[Worker]:
        """What runs beside the listeners."""
        return ()

    async def health(self) -> Health:
        """The gateway's own."""
        return Health()

    def endpoints(self, addresses: Mapping[str, Address]) -> Sequence[Endpoint]:
        """Its URL."""
        url = addresses[NAME].url
        hint = Hint("curl", f'curl -H "Authorization: Bearer $DCSIM_TOKEN" {url}/graphql -d \'{{"query": "{{ __typename }}"}}\'')
        return [Endpoint(name="gateway", url=url, hints=(hint,), env={"DCSIM_GATEWAY_URL": url}, health=f"{url}/readyz")]
