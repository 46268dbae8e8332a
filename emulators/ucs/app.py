"""A domain's endpoint over HTTP: ``/nuova``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import structlog
from aiohttp import hdrs, web
from multidict import CIMultiDict, CIMultiDictProxy

from dcsim.errors import DomainError
from dcsim.telemetry.tracing import current_traceparent
from emulators.ucs.backups import PREFIXES, name_of
from emulators.ucs.call import Answer, Call, Client
from emulators.ucs.domain import Domain
from emulators.ucs.events import Subscription
from emulators.ucs.methods.registry import METHODS, Method
from emulators.ucs.refusals import PARSE_ERROR, Refusal, malformed, refusal_of
from emulators.ucs.xmlapi.encode import attributes, closing
from emulators.ucs.xmlapi.request import MAX_BODY, Reader, Request

log = structlog.get_logger(__name__)
FILE_COOKIE: Final = "ucsm-cookie"
"""The HTTP cookie with the session's, on requests for files."""
CONTENT_TYPE: Final = "application/soap+xml"
_PIECE: Final = {False: 4 << 20, True: 1 << 20}
"""Bytes that are written at a time, without and with TLS, so that one long answer doesn't hold up the others."""
_PLAIN: Final = 64 * 1024
_SMALL: Final = 16 * 1024
_LOOK_SECONDS: Final = 10.0
_PATHS: Final = frozenset({"/nuova", "/nuova/"})
_HEADERS: Final = CIMultiDictProxy(CIMultiDict({hdrs.CONTENT_TYPE: CONTENT_TYPE}))


class _WebClient(Client):
    """Who sent a request; looked up when it matters."""

    __slots__ = ("_request",)

    def __init__(self, request: web.BaseRequest) -> None:
        self._request = request

    @property
    def address(self) -> str:
        return self._request.remote or ""

    @property
    def agent(self) -> str:
        return self._request.headers.get(hdrs.USER_AGENT, "")

    @property
    def traceparent(self) -> str:
        return current_traceparent()


class UcsApp:
    """Answers every request to one domain."""

    def __init__(self, domain: Domain) -> None:
        self._domain = domain
        self._reader = Reader(domain.tree.schema)

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer a request."""
        if request.path not in _PATHS or request.method != hdrs.METH_POST:
            return await self._elsewhere(request)
        content = request.content
        body = content.read_nowait() if content.is_eof() else await _body(request)  # mostly it has come whole, with the head
        if body is None or len(body) > MAX_BODY:
            response = web.Response(body=refused("error", {}, malformed(f"more than {MAX_BODY} bytes")), headers=_HEADERS)
            response.force_close()
            return response
        answer = await self.answer(body, _WebClient(request))
        if isinstance(answer, Subscription):
            return await _stream(request, answer)
        size = sum(map(len, answer))
        if size > _PLAIN:
            return await _long(request, answer, size)
        return web.Response(body=b"".join(answer), headers=_HEADERS)

    async def _elsewhere(self, request: web.BaseRequest) -> web.StreamResponse:
        """What is no call of the API: a backup's file, or a mistake."""
        if request.path.startswith(PREFIXES):
            return await self._download(request)
        if request.path not in _PATHS:
            return web.Response(status=404, text="Not Found\n")
        return web.Response(status=405, headers={hdrs.ALLOW: "POST"}, text="The UCS Manager XML API: POST documents here.\n")

    async def _download(self, request: web.BaseRequest) -> web.StreamResponse:
        """A backup's file, for who is logged in."""
        try:
            self._domain.sessions.get(request.cookies.get(FILE_COOKIE, ""))
        except Refusal as refusal:
            return web.Response(status=401, text=f"{refusal.message}\n")
        content = await self._domain.backups.get(name_of(request.path))
        if content is None:
            return web.Response(status=404, text="Not Found\n")
        return web.Response(body=content, content_type="application/octet-stream")

    async def answer(self, body: bytes, client: Client) -> Subscription | Sequence[bytes]:
        """What a body is answered with: a document in pieces, or a stream of events."""
        asked = self._reader.known(body)
        try:
            if asked is None:
                asked = await self._reader.read(body)
            method = _method(asked)
            session = None if method.open_to_all else self._domain.sessions.get(asked.cookie)
            answer = await method.function(Call(self._domain, asked, client, session))
        except DomainError as error:
            return [_refusal(asked, refusal_of(error))]
        except Exception:  # a bug of ours: the client gets an answer, the log its cause
            log.exception("ucs method failed", method=asked.method if asked is not None else "")
            return [_refusal(asked, Refusal(1, "internal error; see the engine's log"))]
        return answer.events if answer.events is not None else _document(asked, answer)


def _method(asked: Request) -> Method:
    method = METHODS.get(asked.method)
    if method is None:
        raise Refusal(108, f"{asked.method} is not supported")
    return method


def _echoed(asked: Request) -> dict[str, str]:
    """What every answer repeats of its request."""
    given = {"cookie": asked.cookie}
    if "commandId" in asked.attributes:
        given["commandId"] = asked.attributes["commandId"]
    return given


def _document(asked: Request, answer: Answer) -> list[bytes]:
    head, end = _head(asked, answer), closing(asked.method)
    return [head, *answer.content, b" ", end] if answer.content else [head, end]


def _head(asked: Request, answer: Answer) -> bytes:
    """The start tag; a request that comes again mostly has the same."""
    key = tuple(answer.attributes.items())
    head = asked.heads.get(key)
    if head is None:
        values = {**answer.attributes, **_echoed(asked), "response": "yes"}
        head = f"<{asked.method}{attributes(values.items())}> ".encode()
        if not asked.heads:
            asked.heads[key] = head
    return head


def _refusal(asked: Request | None, refusal: Refusal) -> bytes:
    """The answer that refuses a request, or (None) what is none."""
    if asked is None or refusal.error_code == PARSE_ERROR:
        return refused("error", _echoed(asked) if asked is not None else {}, refusal)
    return refused(asked.method, _echoed(asked), refusal)


def refused(name: str, given: dict[str, str], refusal: Refusal) -> bytes:
    """The answer that refuses."""
    values = {
        "cookie": "",
        **given,
        "response": "yes",
        "errorCode": refusal.error_code,
        "invocationResult": refusal.result,
        "errorDescr": refusal.message,
    }
    return f"<{name}{attributes(values.items())}> ".encode() + closing(name)


async def _body(request: web.BaseRequest) -> bytes | None:
    """A body that comes piece by piece; None when it is too large."""
    if (request.content_length or 0) > MAX_BODY:
        return None
    chunks, size = [], 0
    async for chunk in request.content.iter_any():
        size += len(chunk)
        if size > MAX_BODY:
            return None
        chunks.append(chunk)
    return b"".join(chunks)


async def _long(request: web.BaseRequest, pieces: Sequence[bytes], size: int) -> web.StreamResponse:
    """Write a long answer so that others have their turn; small pieces go together, because each write wakes the client."""
    most = _PIECE[request.secure]
    response = web.StreamResponse(headers={**_HEADERS, hdrs.CONTENT_LENGTH: str(size)})
    await response.prepare(request)
    for piece in _together(pieces):
        view = memoryview(piece)
        for start in range(0, len(piece), most):
            await response.write(view[start : start + most])
    await response.write_eof()
    return response


def _together(pieces: Sequence[bytes]) -> Iterator[bytes]:
    """The same bytes with runs of small pieces joined."""
    small: list[bytes] = []
    for piece in pieces:
        if len(piece) < _SMALL:
            small.append(piece)
            continue
        if small:
            yield b"".join(small)
            small = []
        yield piece
    if small:
        yield b"".join(small)


async def _stream(request: web.BaseRequest, subscription: Subscription) -> web.StreamResponse:
    """Send events until either side ends it; a client that has gone is noticed when nothing happens, too."""
    response = web.StreamResponse(headers=_HEADERS)
    try:
        await response.prepare(request)
        while True:
            data = await subscription.next(_LOOK_SECONDS)
            if data:
                await response.write(data)
            elif subscription.closed or request.transport is None or request.transport.is_closing():
                break
        await response.write_eof()
    except ConnectionError:
        log.debug("event stream closed by the client", session=subscription.session.id)
    finally:
        subscription.close()
    return response
