"""The CMDB's parts, put together: the store, what fills it, and the API over it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from aiohttp import web

from cmdb.api import Context, routes
from cmdb.browser import serving as browser
from cmdb.outbox import Announcer
from cmdb.projection.work import Projection
from cmdb.stores.opening import StoreOpener, make_store
from dcsim.errors import DcsimError
from dcsim.http.auth import PUBLIC, authenticated
from dcsim.service import Address, Check, Endpoint, Health, Hint, Listener, ListenerKind, ServiceContext, Worker

NAME: Final = "cmdb"
ENGINE: Final = "Engine REST"


class Cmdb:
    """One running CMDB."""

    def __init__(self, context: ServiceContext) -> None:
        self.context = context
        self.store = make_store(context.settings)
        self._opener = StoreOpener(self.store)
        self.projection = Projection(self.store, context.bus, self.engine, context.telemetry.metrics)
        self._announcer = Announcer(self.store, context.bus)
        self.projection.feed.on_written = self._announcer.notify

    async def close(self) -> None:
        """Close the store."""
        await self.store.close()

    def listeners(self) -> Sequence[Listener]:
        """The REST API."""
        app = web.Application(
            middlewares=[authenticated(self.context.tokens, scope="cmdb", public=PUBLIC | browser.PATHS | {routes.document})]
        )
        routes.add_to(app, Context(self.store, self.projection.synchroniser, self.engine))
        browser.add_to(app)
        return [Listener(NAME, app, self.context.settings.ports.cmdb, "ports.cmdb", kind=ListenerKind.REST)]

    def workers(self) -> Sequence[Worker]:
        """What runs beside the API."""
        return [self._opener, *self.projection.workers(), self._announcer]

    async def health(self) -> Health:
        """The store's, and whether the graph agrees with the engine."""
        return Health((await self._store_check(), self.projection.check()))

    async def _store_check(self) -> Check:
        if not self._opener.opened.is_set():
            return Check(name="store", ok=False, detail=self._opener.reason)
        try:
            await self.store.check()
        except DcsimError as error:
            return Check(name="store", ok=False, detail=error.message)
        return Check(name="store", ok=True, detail=self.store.kind)

    def endpoints(self, addresses: Mapping[str, Address]) -> Sequence[Endpoint]:
        """Its URL, and a token that the engine of this process takes as well: clients have one variable for it."""
        url = addresses[NAME].url
        scopes = ["cmdb:read", "cmdb:write", *(["sim:read", "sim:write"] if ENGINE in self.context.announced else [])]
        token = self.context.tokens.issue("dcsim", scopes=scopes)
        hint = Hint("curl", f'curl -H "Authorization: Bearer $DCSIM_TOKEN" {url}/cmdb/cis')
        return [
            Endpoint(
                name="CMDB REST",
                url=url,
                hints=(hint,),
                env={"DCSIM_CMDB_URL": url, "DCSIM_TOKEN": token},
                health=f"{url}/readyz",
                api="cmdb",
            )
        ]

    def engine(self) -> tuple[str, str]:
        """The engine's URL and a token for it; the URL is empty when nobody knows one."""
        given = self.context.settings.cmdb
        announced = self.context.announced.get(ENGINE)
        url = given.engine_url or (announced.url if announced is not None else "")
        return url, given.engine_token or self.context.tokens.issue(NAME, scopes=["sim:read", "sim:write"])
