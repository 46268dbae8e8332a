"""Binding a service's listeners, and letting go of them gracefully."""

from __future__ import annotations

import asyncio
import errno
import socket
from collections.abc import Iterable
from typing import Any, Final

from aiohttp import web

from dcsim.errors import OperationalError, PortTaken
from dcsim.http.context import RequestContext, middleware_of
from dcsim.http.heads import PatientRunner
from dcsim.http.health import add_health_routes
from dcsim.service import Address, Listener, ListenerKind, Service, ServiceContext

WILDCARDS: Final = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104 - what clients here can use for them
KEEPALIVE_SECONDS: Final = 75.0


class HttpListeners:
    """The bound listeners of one service."""

    def __init__(self, service: Service, context: ServiceContext) -> None:
        self._service = service
        self._context = context
        self._runners: dict[int, web.BaseRunner] = {}
        self._sites: list[web.BaseSite] = []

    async def bind(self, listeners: Iterable[Listener]) -> dict[str, Address]:
        """Listen, and say where, by listener name.  Raises PortTaken."""
        addresses: dict[str, Address] = {}
        for listener in listeners:
            runner = await self._runner(listener)
            host = self._context.settings.host
            tls = self._context.tls.context if listener.tls else None
            site = web.TCPSite(runner, host, listener.port, ssl_context=tls, reuse_address=True)
            await _start(site, listener, host)
            self._sites.append(site)
            port = runner.addresses[-1][1]
            addresses[listener.name] = Address(WILDCARDS.get(host, host), port, listener.tls, listener.path)
        return addresses

    async def stop_accepting(self) -> None:
        """Close the listening sockets; connections that are open stay."""
        for site in self._sites:
            await site.stop()
        self._sites.clear()

    async def close(self) -> None:
        """Let requests in flight finish (``process.drain_seconds``), then close every connection."""
        for runner in self._runners.values():
            await runner.cleanup()
        self._runners.clear()

    async def _runner(self, listener: Listener) -> web.BaseRunner:
        """The runner of the listener's handler: one even when several listeners share an application."""
        known = self._runners.get(id(listener.handler))
        if known is not None:
            return known
        metrics = self._context.telemetry.metrics
        surround = RequestContext(listener, metrics)
        options: dict[str, Any] = {
            "access_log": None,
            "handle_signals": False,
            "keepalive_timeout": KEEPALIVE_SECONDS,
            "shutdown_timeout": self._context.settings.process.drain_seconds,
        }
        runner: web.BaseRunner
        if isinstance(listener.handler, web.Application):
            listener.handler.middlewares.insert(0, middleware_of(surround))
            if listener.kind is ListenerKind.REST:
                add_health_routes(listener.handler, self._service, metrics)
            seconds = listener.head_seconds
            runner = PatientRunner(listener.handler, seconds, **options) if seconds else web.AppRunner(listener.handler, **options)
        else:
            runner = web.ServerRunner(_low_level_server(listener, surround), **options)
        await runner.setup()
        self._runners[id(listener.handler)] = runner
        return runner


def _low_level_server(listener: Listener, surround: RequestContext) -> web.Server:
    handler: Any = listener.handler

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        return await surround.answer(request, handler)

    loop, most = asyncio.get_running_loop(), listener.max_body

    def make_request(message: Any, payload: Any, protocol: Any, writer: Any, task: Any) -> web.BaseRequest:
        return web.BaseRequest(message, payload, protocol, writer, task, loop, client_max_size=most)

    options: dict[str, Any] = {"access_log": None, "keepalive_timeout": KEEPALIVE_SECONDS, "auto_decompress": listener.decompress}
    return web.Server(answer, request_factory=make_request, **options)


async def _start(site: web.BaseSite, listener: Listener, host: str) -> None:
    flag = f"--{listener.setting.removeprefix('ports.').replace('_', '-')}"
    if listener.setting.startswith("ports."):
        flag = f"--port-{flag[2:]}"
    try:
        await site.start()
    except OSError as error:
        change = f"choose another with {flag} (setting {listener.setting}; 0 takes any free one)"
        if error.errno == errno.EADDRINUSE:
            raise PortTaken(f"Port {listener.port} of {host}, for {listener.name}, is taken by another process; {change}.") from error
        if error.errno == errno.EADDRNOTAVAIL or isinstance(error, socket.gaierror):
            raise OperationalError(f"{host} is no address of this machine ({error}); choose another with --host.") from error
        raise OperationalError(f"Cannot listen on {host} port {listener.port} for {listener.name} ({error}); {change}.") from error
