"""A small service for the kernel's tests: a REST listener, a vendor listener, an outbox on the bus, and ways to fail."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping, Sequence
from typing import ClassVar

from aiohttp import web

from dcsim.bus import Consumer, OutboxRelay
from dcsim.errors import InvalidState, JournalCorrupt
from dcsim.events import Envelope
from dcsim.http.context import current_request_id
from dcsim.service import Address, Check, Endpoint, Health, Hint, Listener, ListenerKind, Service, ServiceContext, Worker
from dcsim.telemetry.tracing import current_traceparent


class FakeService(Service):
    """Answers, waits, fails, publishes."""

    name: ClassVar[str] = "fake"

    def __init__(self) -> None:
        self.events: list[Envelope] = []
        self.heard: list[int] = []
        self.stopped = asyncio.Event()
        self.draining = asyncio.Event()
        self.context: ServiceContext | None = None

    async def start(self, context: ServiceContext) -> None:
        """Fail when the environment says so."""
        self.context = context
        if os.environ.get("FAKE_FAILS"):
            raise JournalCorrupt("The journal is damaged; restore a checkpoint.")

    async def stop(self) -> None:
        """Remember it."""
        self.stopped.set()

    async def drain(self) -> None:
        """Let /poll answer."""
        self.draining.set()

    async def read(self, after: int, limit: int, /) -> Sequence[Envelope]:
        """The outbox."""
        return self.events[after : after + limit]

    async def hear(self, event: Envelope) -> None:
        """The consumer's handler."""
        self.heard.append(event.sequence)

    def workers(self) -> Sequence[Worker]:
        """A relay and a consumer of its events."""
        assert self.context is not None
        relay = OutboxRelay(self.context.bus, self, epoch="one", topic=self.name)
        return [relay, Consumer(self.context.bus, self.name, self.hear, topics=(self.name,))]

    def listeners(self) -> Sequence[Listener]:
        """REST on one port; a low-level handler with TLS on another."""
        assert self.context is not None
        ports = self.context.settings.ports
        application = web.Application()
        application.router.add_get("/refuse", self._refuse)
        application.router.add_get("/bug", self._bug)
        application.router.add_get("/poll", self._poll)
        application.router.add_post("/echo", self._echo)
        return [
            Listener("rest", application, ports.engine, "ports.engine", kind=ListenerKind.REST, max_body=2_000_000),
            Listener("vendor", self._vendor, ports.vsphere, "ports.vsphere", tls=True, path="/sdk", max_body=1000),
        ]

    async def health(self) -> Health:
        """One required and one optional component."""
        return Health((Check(name="core", ok=True), Check(name="extra", ok=False, detail="not installed", required=False)))

    def endpoints(self, addresses: Mapping[str, Address]) -> Sequence[Endpoint]:
        """With variables for clients."""
        assert self.context is not None
        password = self.context.secrets.password("fake/admin", well_known="VMware1!")
        vendor = addresses["vendor"]
        env = {"GOVC_URL": vendor.url, "GOVC_PASSWORD": password, "GOVC_USERNAME": "it's me"}
        keystone = {"OS_AUTH_URL": "http://127.0.0.1:8090/v3", "OS_USERNAME": "admin", "OS_PROJECT_NAME": "demo"}
        return [
            Endpoint(name="rest", url=addresses["rest"].url, env={"DCSIM_URL": addresses["rest"].url, **keystone}),
            Endpoint(name="vendor", url=vendor.url, user="admin", password=password, hints=(Hint("govc", "govc ls"),), env=env),
        ]

    async def _refuse(self, _: web.Request) -> web.Response:
        raise InvalidState("The VM is on.", subject="vm-1", existing="on", requested="off")

    async def _bug(self, _: web.Request) -> web.Response:
        raise RuntimeError("the inner secret of a bug")

    async def _poll(self, _: web.Request) -> web.Response:
        await self.draining.wait()
        return web.Response(text="drained")

    async def _echo(self, request: web.Request) -> web.Response:
        return web.json_response({"size": len(await request.read()), "id": current_request_id(), "trace": current_traceparent()})

    async def _vendor(self, request: web.BaseRequest) -> web.StreamResponse:
        if request.path == "/refuse":
            raise InvalidState("The VM is on.")
        if request.path == "/bug":
            raise RuntimeError("the inner secret of a bug")
        return web.Response(text=f"{len(await request.read())} bytes to {request.path}")
