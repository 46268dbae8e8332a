"""Asking services: one deadline over everything, the caller's own token, the request's id and trace."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, Final, TypeVar

import aiohttp
import msgspec

from dcsim.errors import OperationalError
from dcsim.http.context import REQUEST_ID
from graph.backends.breaker import OPEN_SECONDS, Breaker
from graph.backends.directory import Directory

T = TypeVar("T")
DEADLINE_SECONDS: Final = 10.0
SERVER_ERROR: Final = 500
UNAVAILABLE: Final = frozenset({502, 503, 504})
CLIENT_ERROR: Final = 400
encode = msgspec.json.Encoder().encode


class ServiceDown(OperationalError):
    """A service does not answer; ``service`` is its name, and REST's clients hear when to ask again."""

    def __init__(self, service: str, reason: str, *, retry_after: float = OPEN_SECONDS) -> None:
        super().__init__(f"The service {service} is not available: {reason}.")
        self.service = service
        self.retry_after = retry_after


class ServiceRefused(OperationalError):
    """A service refused, with its problem; ``status`` is HTTP's."""

    def __init__(self, service: str, status: int, problem: Mapping[str, Any]) -> None:
        super().__init__(str(problem.get("detail") or problem.get("title") or f"{service} answered {status}"))
        self.service = service
        self.status = status
        self.problem = problem

    @property
    def code(self) -> str:
        """The problem's stable word, e.g. ``not-found``."""
        return str(self.problem.get("type", "")).rpartition("#")[2]


class Services:
    """The connections of one gateway; `on_behalf` gives what a request uses."""

    def __init__(self, directory: Directory) -> None:
        self.directory = directory
        self._session: aiohttp.ClientSession | None = None
        self._breakers: dict[str, Breaker] = {}

    def session(self) -> aiohttp.ClientSession:
        """The pool of connections, made at first use."""
        if self._session is None:
            connector = aiohttp.TCPConnector(limit=0, limit_per_host=100, ttl_dns_cache=10)
            self._session = aiohttp.ClientSession(connector=connector, auto_decompress=False, cookie_jar=aiohttp.DummyCookieJar())
        return self._session

    def breaker(self, service: str) -> Breaker:
        """The circuit to a service."""
        return self._breakers.setdefault(service, Breaker())

    def on_behalf(self, token: str, *, request_id: str = "", traceparent: str = "") -> Caller:
        """A caller with somebody's token."""
        headers = {"Authorization": f"Bearer {token}", REQUEST_ID: request_id, "traceparent": traceparent}
        return Caller(self, {name: value for name, value in headers.items() if value})

    async def close(self) -> None:
        """Let go of the connections."""
        if self._session is not None:
            await self._session.close()


class Caller:
    """What one request asks of services; ``requests`` counts how often."""

    def __init__(self, services: Services, headers: Mapping[str, str]) -> None:
        self._services = services
        self._headers = headers
        self.requests = 0

    async def get(self, service: str, path: str, kind: type[T], *, params: Mapping[str, str] | None = None) -> T:
        """Read something.  Raises ServiceDown, ServiceRefused."""
        return await self.call(service, "GET", path, kind, params=params)

    async def post(self, service: str, path: str, kind: type[T], body: Any, *, headers: Mapping[str, str] | None = None) -> T:
        """Ask for something with a body.  Raises ServiceDown, ServiceRefused."""
        return await self.call(service, "POST", path, kind, body=body, headers=headers)

    async def call(
        self,
        service: str,
        method: str,
        path: str,
        kind: type[T],
        *,
        params: Mapping[str, str] | None = None,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        deadline: float = DEADLINE_SECONDS,
    ) -> T:
        """One request and its answer, decoded as *kind*.  Raises ServiceDown, ServiceRefused."""
        status, content = await self._answer(service, method, path, params, body, headers, deadline)
        if status >= CLIENT_ERROR:
            raise self._refusal(service, status, content)
        try:
            return msgspec.json.decode(content or b"null", type=kind)
        except msgspec.DecodeError as error:
            raise ServiceDown(service, f"its answer makes no sense ({error})") from error

    async def _answer(
        self,
        service: str,
        method: str,
        path: str,
        params: Mapping[str, str] | None,
        body: Any,
        headers: Mapping[str, str] | None,
        deadline: float,
    ) -> tuple[int, bytes]:
        breaker = self._services.breaker(service)
        if (seconds := breaker.refuses()) > 0:
            raise ServiceDown(service, f"it failed, and is tried again in {seconds:.1f} s", retry_after=seconds)
        self.requests += 1
        sent = {**self._headers, **(headers or {}), **({"Content-Type": "application/json"} if body is not None else {})}
        data = encode(body) if body is not None else None
        try:
            async with (
                asyncio.timeout(deadline),
                self._services.session().request(
                    method, self._services.directory.url(service) + path, params=params, data=data, headers=sent
                ) as response,
            ):
                content = await response.read()
        except (aiohttp.ClientError, OSError) as error:  # TimeoutError is one
            breaker.failed()
            reason = f"no answer within {deadline:g} s" if isinstance(error, TimeoutError) else str(error) or type(error).__name__
            raise ServiceDown(service, reason) from error
        except asyncio.CancelledError:
            breaker.abandoned()
            raise
        breaker.succeeded()
        return response.status, content

    def _refusal(self, service: str, status: int, content: bytes) -> OperationalError:
        try:
            problem = msgspec.json.decode(content, type=dict[str, Any])
        except msgspec.DecodeError:
            problem = {}
        if status in UNAVAILABLE:
            return ServiceDown(service, str(problem.get("detail") or f"it answers {status}").rstrip("."))
        return ServiceRefused(service, status, problem)
