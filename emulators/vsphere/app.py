"""The vSphere endpoint over HTTP: ``/sdk`` and what clients look up beside it."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from typing import Final

import structlog
from aiohttp import hdrs, web

from dcsim.telemetry.tracing import current_traceparent
from emulators.vsphere.answer import Answerer, Reply
from emulators.vsphere.call import Client, Services
from emulators.vsphere.soap import decode, envelope, versions
from emulators.vsphere.soap.faults import VimFault

log = structlog.get_logger(__name__)

COOKIE: Final = "vmware_soap_session"
MAX_BODY: Final = 16 * 1024 * 1024
_COOKIE: Final = re.compile(rf'(?:^|[;,\s]){COOKIE}="?([0-9A-Za-z-]{{1,128}})"?')
_HEADERS: Final = {hdrs.CACHE_CONTROL: "no-cache"}

Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


def vsphere_app(services: Services) -> Handler:
    """The handler of all requests to one vCenter."""
    return VSphereApp(services).handle


class VSphereApp:
    """Routes by path; everything under ``/sdk`` that is posted is SOAP."""

    def __init__(self, services: Services) -> None:
        self._answerer = Answerer(services)

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer a request."""
        path = request.path
        if path == "/sdk" or path.startswith("/sdk/"):
            if request.method == hdrs.METH_POST:
                return await self._unless_gone(request)
            return _document(request, path)
        return web.Response(status=404, text="Not Found\n")

    async def _unless_gone(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer a SOAP request.  A client that hangs up halfway is no failure of ours, and nobody reads what it is answered."""
        try:
            return await self._soap(request)
        except (ConnectionError, web.RequestPayloadError) as error:
            log.debug("client gone", address=request.remote, reason=str(error))
            return web.Response(status=400, text="The request was not complete.\n")

    async def _soap(self, request: web.BaseRequest) -> web.StreamResponse:
        try:
            body = await _read(request)
        except VimFault as error:
            response = _response(request, Reply(envelope.FAULT_STATUS, envelope.fault_envelope(error)), "")
            response.force_close()
            return response
        headers = request.headers
        cookie = cookie_of(headers.get(hdrs.COOKIE, ""))
        client = Client(
            address=request.remote or "",
            agent=headers.get(hdrs.USER_AGENT, ""),
            traceparent=current_traceparent(),
            gone=lambda: request.transport is None or request.transport.is_closing(),
        )
        reply = await self._answerer.answer(body, headers.get("SOAPAction"), cookie, client)
        if reply.rest is not None:
            return await _stream(request, reply, reply.rest)
        return _response(request, reply, cookie)


async def _read(request: web.BaseRequest) -> bytes:
    """The body; VimFault InvalidRequest when it is too large."""
    if (request.content_length or 0) <= MAX_BODY:
        first = await request.content.readany()
        if request.content.at_eof() and len(first) <= MAX_BODY:
            return first  # as nearly always
        chunks = [first]
        size = len(first)
        async for chunk in request.content.iter_any():
            size += len(chunk)
            if size > MAX_BODY:
                break
            chunks.append(chunk)
        else:
            return b"".join(chunks)
    raise decode.malformed(f"The request has more than {MAX_BODY} bytes.")


def cookie_of(header: str) -> str:
    """The session's secret in a Cookie header, empty when there is none; pyVmomi sends its attributes along."""
    match = _COOKIE.search(header)
    return match[1] if match else ""


def _response(request: web.BaseRequest, reply: Reply, cookie: str) -> web.Response:
    response = web.Response(status=reply.status, body=reply.body, headers=_HEADERS)
    response.headers[hdrs.CONTENT_TYPE] = envelope.CONTENT_TYPE
    if reply.session is not None and reply.session.cookie != cookie and not reply.session.closed:
        secure = " Secure;" if request.secure else ""
        response.headers[hdrs.SET_COOKIE] = f'{COOKIE}="{reply.session.cookie}"; Path=/; HttpOnly;{secure}'
    return response


async def _stream(request: web.BaseRequest, reply: Reply, rest: AsyncGenerator[bytes, None]) -> web.StreamResponse:
    """A long reply, sent while it is made: it is never in memory as a whole, and a slow reader slows nobody else."""
    response = web.StreamResponse(headers={**_HEADERS, hdrs.CONTENT_TYPE: envelope.CONTENT_TYPE})
    async with aclosing(rest):
        await response.prepare(request)
        await response.write(reply.body)
        async for piece in rest:
            await response.write(piece)
        await response.write_eof(reply.tail)
    return response


def _document(request: web.BaseRequest, path: str) -> web.Response:
    """What ``/sdk`` has to read."""
    if request.method not in {hdrs.METH_GET, hdrs.METH_HEAD}:
        return web.Response(status=405, headers={hdrs.ALLOW: "GET, HEAD, POST"}, text="Method Not Allowed\n")
    if path in {"/sdk/vimServiceVersions.xml", "/sdk/vimServiceVersions"}:
        return web.Response(body=versions.service_versions_xml(), headers={**_HEADERS, hdrs.CONTENT_TYPE: envelope.CONTENT_TYPE})
    if path in {"/sdk", "/sdk/"}:
        return web.Response(status=405, headers={hdrs.ALLOW: "POST"}, text="The vSphere Web Services API: POST SOAP requests here.\n")
    return web.Response(status=404, text="Not Found\n")
