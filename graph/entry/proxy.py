"""REST of every service under ``/api/<service>/...``: streamed both ways, each service behind its circuit breaker."""

from __future__ import annotations

import asyncio
from typing import Final

import aiohttp
import structlog
from aiohttp import web
from multidict import CIMultiDict
from yarl import URL

from dcsim.http.auth import TOKEN
from dcsim.http.context import REQUEST_ID, current_request_id
from dcsim.telemetry.tracing import current_traceparent
from graph.backends.caller import DEADLINE_SECONDS, ServiceDown, Services
from graph.entry.headers import forwarded, returned
from graph.entry.targets import Target, target_of
from graph.entry.uploads import Upload

log = structlog.get_logger(__name__)
METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
SMALL: Final = 1 << 16
"""Answers up to here are passed on whole."""
STALL_SECONDS: Final = 60.0
"""How long a service may send nothing of an answer that it has begun, and a client take nothing."""
BODILESS: Final = frozenset({204, 304})


class Proxy:
    """The routes.  A request goes on with the caller's own token: what that allows, the service knows."""

    def __init__(self, services: Services, *, deadline: float = DEADLINE_SECONDS) -> None:
        self._services = services
        self._deadline = deadline

    def add_to(self, app: web.Application) -> None:
        """Serve it."""

        async def answer(request: web.Request) -> web.StreamResponse:
            return await self._answer(request)

        for method in METHODS:
            app.router.add_route(method, "/api/{target:.*}", answer)

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        target = target_of(request.raw_path)
        breaker = self._services.breaker(target.service)
        base = self._services.directory.url(target.service)
        if (seconds := breaker.refuses()) > 0:
            raise ServiceDown(target.service, f"it failed, and is tried again in {seconds:.1f} s", retry_after=seconds)
        upload = Upload(request)
        settled = False
        try:
            response = await self._ask(request, target, base, upload)
            settled = True
            breaker.succeeded()
        except (aiohttp.ClientError, OSError, web.HTTPException) as error:  # TimeoutError is an OSError
            if upload.broken is not None:
                raise upload.broken from error
            settled = True
            breaker.failed()
            reason = f"no answer within {self._deadline:g} s" if isinstance(error, TimeoutError) else str(error) or type(error).__name__
            raise ServiceDown(target.service, reason) from error
        finally:
            if not settled:
                breaker.abandoned()
        async with response:
            return await self._pass_on(request, target.service, response, returned(response.headers, target.service, base))

    async def _ask(self, request: web.Request, target: Target, base: str, upload: Upload) -> aiohttp.ClientResponse:
        headers = forwarded(request.headers)
        headers["Authorization"] = f"Bearer {request[TOKEN]}"
        headers[REQUEST_ID], headers["traceparent"] = current_request_id(), current_traceparent()
        headers["X-Forwarded-For"], headers["X-Forwarded-Proto"] = request.remote or "", request.scheme
        headers["X-Forwarded-Host"] = request.host
        async with asyncio.timeout(self._deadline) as waiting:
            data = await upload.data(headers, waiting, self._deadline)
            return await self._services.session().request(
                request.method,
                URL(base + target.path, encoded=True),
                headers=headers,
                data=data,
                allow_redirects=False,
                skip_auto_headers=("User-Agent", "Accept-Encoding", "Content-Type"),
                timeout=aiohttp.ClientTimeout(total=None),  # the deadline is ours: it stands still while the client sends
            )

    async def _pass_on(
        self, request: web.Request, service: str, answer: aiohttp.ClientResponse, headers: CIMultiDict[str]
    ) -> web.StreamResponse:
        length = answer.content_length
        if request.method == "HEAD" or answer.status in BODILESS:
            if length is not None and answer.status not in BODILESS:
                headers["Content-Length"] = str(length)
            return web.Response(status=answer.status, reason=answer.reason, headers=headers)
        if length is not None and length <= SMALL:
            return web.Response(status=answer.status, reason=answer.reason, headers=headers, body=await self._whole(service, answer))
        response = web.StreamResponse(status=answer.status, reason=answer.reason, headers=headers)
        response.content_length = length
        response.headers[REQUEST_ID] = current_request_id()
        await response.prepare(request)
        try:
            await _stream(answer, response)
        except (aiohttp.ClientError, OSError) as error:  # the status is out: all that is left is to break off, visibly
            log.info("proxy.broken_off", path=request.path, reason=str(error) or type(error).__name__)
            if request.transport is not None:
                request.transport.abort()
        return response

    async def _whole(self, service: str, answer: aiohttp.ClientResponse) -> bytes:
        try:
            async with asyncio.timeout(self._deadline):
                return await answer.read()
        except (aiohttp.ClientError, OSError) as error:
            raise ServiceDown(service, f"its answer broke off ({str(error) or type(error).__name__})") from error


async def _stream(answer: aiohttp.ClientResponse, response: web.StreamResponse) -> None:
    while True:
        async with asyncio.timeout(STALL_SECONDS):
            piece = await answer.content.readany()
        if not piece:
            break
        async with asyncio.timeout(STALL_SECONDS):
            await response.write(piece)
    await response.write_eof()
