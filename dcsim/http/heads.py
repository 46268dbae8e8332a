"""Connections that say nothing: whoever has not sent the whole head of a request in time is cut off.

aiohttp itself waits for the first head for ever, and a few hundred connections that send a byte now and then would take every
descriptor that a process has.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final

from aiohttp import web
from aiohttp.web_protocol import RequestHandler

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
HEAD_SECONDS: Final = 15.0


class PatientHandler(RequestHandler):
    """A connection that has ``seconds`` for each head: from its opening, and from the first byte of every later one."""

    __slots__ = ("_answering", "_cut", "_seconds")

    def __init__(self, manager: web.Server, *, seconds: float, **options: Any) -> None:
        super().__init__(manager, **options)
        self._seconds = seconds
        self._answering = False
        self._cut: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Time runs."""
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        """Time runs from a head's first byte; what comes while a request is answered is its body, or the next one's head."""
        if not self._answering and self._cut is None:
            self._wait()
        super().data_received(data)

    def connection_lost(self, exc: BaseException | None) -> None:
        """Nothing is waited for."""
        self.head_came()
        super().connection_lost(exc)

    def head_came(self) -> None:
        """The head is whole: the request is answered from now on."""
        self._answering = True
        if self._cut is not None:
            self._cut.cancel()
            self._cut = None

    def answered(self) -> None:
        """The next head may come."""
        self._answering = False

    def _wait(self) -> None:
        self._cut = asyncio.get_running_loop().call_later(self._seconds, self.force_close)


class PatientServer(web.Server):
    """A server of such connections."""

    def __init__(self, server: web.Server, seconds: float, options: dict[str, Any]) -> None:
        super().__init__(server.request_handler, request_factory=self._request, handler_cancellation=server.handler_cancellation)
        self._make = server.request_factory
        self._options = options
        self._seconds = seconds

    def __call__(self) -> RequestHandler:
        """A new connection."""
        return PatientHandler(self, seconds=self._seconds, loop=asyncio.get_running_loop(), **self._options)

    def _request(self, message: Any, payload: Any, protocol: Any, writer: Any, task: Any) -> web.BaseRequest:
        protocol.head_came()
        return self._make(message, payload, protocol, writer, task)


class PatientRunner(web.AppRunner):
    """Runs an application whose clients have a bounded time for the heads of their requests."""

    __slots__ = ("_seconds",)

    def __init__(self, app: web.Application, seconds: float, **options: Any) -> None:
        super().__init__(app, **options)
        self._seconds = seconds
        app.middlewares.insert(0, _next_head)

    async def _make_server(self) -> web.Server:
        options = {name: value for name, value in self._kwargs.items() if name != "shutdown_timeout"}
        return PatientServer(await super()._make_server(), self._seconds, options)


@web.middleware
async def _next_head(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    finally:
        if isinstance(request.protocol, PatientHandler):
            request.protocol.answered()
