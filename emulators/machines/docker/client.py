"""The Docker Engine API over aiohttp: one keep-alive pool, bounded work, a deadline on every call, and errors as sentences.

Spoken as the API's own reference describes it (Docker Engine API v1.41 and later; the version is negotiated with ``/_ping``).
"""

from __future__ import annotations

import asyncio
import contextlib
import io
from collections.abc import AsyncIterable, AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

import aiohttp
import msgspec

from dcsim.errors import ImageNotFound, MachineError, MachineNotFound, MachinesUnavailable
from emulators.machines.docker.endpoint import Endpoint, parse_endpoint

ApiVersion = tuple[int, int]

NEWEST_API: ApiVersion = (1, 47)
"""The newest API version that this client was written for; an engine that speaks newer ones is asked for this one."""

MAC_PER_ENDPOINT: ApiVersion = (1, 44)
"""From this version on every network card's MAC is the engine's business, not only the first one's."""

LOOKUPS_IN_FLIGHT = 32
CALL_SECONDS = 60.0
CONNECT_SECONDS = 5.0
ERROR_STATUS = 400


class Reply(NamedTuple):
    """An answer of the engine."""

    status: int
    body: bytes

    def decode(self) -> Any:
        """The body as JSON."""
        return msgspec.json.decode(self.body)


class EngineClient:
    """Calls to one engine. ``max_in_flight`` bounds the calls that make the engine work; looking things up is not bounded."""

    def __init__(self, docker_host: str, *, max_in_flight: int = 8) -> None:
        self.endpoint: Endpoint = parse_endpoint(docker_host)
        self._slots = asyncio.Semaphore(max_in_flight)
        self._lookups = asyncio.Semaphore(LOOKUPS_IN_FLIGHT)
        self._session: aiohttp.ClientSession | None = None
        self._api: ApiVersion | None = None
        self._negotiating = asyncio.Lock()

    async def close(self) -> None:
        """Close the pool; a later call opens it again."""
        if self._session is not None:
            session, self._session = self._session, None
            await session.close()

    async def api_version(self) -> ApiVersion:
        """The version spoken with this engine, asked for once."""
        async with self._negotiating:
            if self._api is None:
                self._api = await self._negotiate()
            return self._api

    async def get(self, path: str, *, doing: str, params: Mapping[str, str] | None = None, accept: Collection[int] = ()) -> Reply:
        """Look something up: not counted against the bound on work, but against a wider one of its own."""
        async with self._lookups:
            return await self._send("GET", path, doing=doing, params=params, accept=accept)

    async def work(
        self,
        method: str,
        path: str,
        *,
        doing: str,
        params: Mapping[str, str] | None = None,
        body: object = None,
        accept: Collection[int] = (),
        deadline: float = CALL_SECONDS,
    ) -> Reply:
        """Have the engine do something, when its turn comes.

        ``doing`` completes "The Docker engine could not ..."; ``accept`` lists error statuses that the caller handles. ``body`` is sent as
        JSON unless it is bytes or an async iterable of them (a tar archive). The deadline counts from the moment the call is sent.
        """
        async with self._slots:
            return await self._send(method, path, doing=doing, params=params, body=body, accept=accept, deadline=deadline)

    async def wait(
        self, method: str, path: str, *, doing: str, params: Mapping[str, str] | None = None, deadline: float = CALL_SECONDS
    ) -> Reply:
        """A call that mostly waits for the guest (stop, wait): not counted against the bound on work."""
        return await self._send(method, path, doing=doing, params=params, deadline=deadline)

    @asynccontextmanager
    async def stream(self, path: str, *, doing: str, params: Mapping[str, str] | None = None) -> AsyncIterator[aiohttp.StreamReader]:
        """An answer without an end (events, stats), read as it comes."""
        url = await self._url(path)
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_SECONDS)
        try:
            async with self._pool().get(url, params=params, timeout=timeout) as response:
                if response.status >= ERROR_STATUS:
                    raise refusal(response.status, await response.read(), doing)
                yield response.content
        except (aiohttp.ClientError, OSError) as error:
            raise self._unreachable(error) from error

    @asynccontextmanager
    async def hijack(self, path: str, body: object, *, doing: str) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        """A call whose connection becomes a byte pipe after the answer's head (exec, attach)."""
        payload = msgspec.json.encode(body)
        version = "v{}.{}".format(*await self.api_version())
        head = (
            f"POST /{version}/{path} HTTP/1.1\r\nHost: docker\r\nContent-Type: application/json\r\nContent-Length: {len(payload)}\r\n\r\n"
        )
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                reader, writer = await self.endpoint.open()
        except OSError as error:
            raise self._unreachable(error) from error
        try:
            writer.write(head.encode() + payload)
            await _check_head(reader, doing)
            yield reader, writer
        finally:
            writer.transport.abort()  # close() would first send what a program that ended never read
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def _negotiate(self) -> ApiVersion:
        try:
            timeout = aiohttp.ClientTimeout(total=CONNECT_SECONDS)
            async with self._pool().get(f"{self.endpoint.base_url}/_ping", timeout=timeout) as response:
                major, _, minor = response.headers.get("Api-Version", "1.41").partition(".")
        except (aiohttp.ClientError, OSError) as error:
            raise self._unreachable(error) from error
        return min(NEWEST_API, (int(major), int(minor)))

    async def _send(
        self,
        method: str,
        path: str,
        *,
        doing: str,
        params: Mapping[str, str] | None = None,
        body: object = None,
        accept: Collection[int] = (),
        deadline: float = CALL_SECONDS,
    ) -> Reply:
        url = await self._url(path)
        data, headers = _payload(body)
        timeout = aiohttp.ClientTimeout(total=deadline, sock_connect=CONNECT_SECONDS)
        try:
            async with self._pool().request(method, url, params=params, data=data, headers=headers, timeout=timeout) as response:
                reply = Reply(response.status, await response.read())
        except TimeoutError as error:
            raise _too_slow(doing, deadline) from error
        except (aiohttp.ClientError, OSError) as error:
            raise self._unreachable(error) from error
        if reply.status >= ERROR_STATUS and reply.status not in accept:
            raise refusal(reply.status, reply.body, doing)
        return reply

    async def _url(self, path: str) -> str:
        return "{}/v{}.{}/{}".format(self.endpoint.base_url, *await self.api_version(), path)

    def _pool(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(connector=self.endpoint.connector())
        return self._session

    def _unreachable(self, error: Exception) -> MachinesUnavailable:
        reason = error.os_error.strerror if isinstance(error, aiohttp.ClientConnectorError) else str(error)
        return MachinesUnavailable(
            f"The Docker engine at {self.endpoint.docker_host} does not answer ({reason or type(error).__name__}). "
            "Start it (`systemctl start docker`), or set DOCKER_HOST (`--docker-host`) to another, or choose `--machines simulated`."
        )


def refusal(status: int, body: bytes, doing: str) -> MachineError:
    """The exception for an error answer, told apart by what the engine says is missing."""
    message = _message(body)
    sentence = f"The Docker engine could not {doing}: {message or f'status {status}'}."
    lowered = message.lower()
    if "no such container" in lowered:
        return MachineNotFound(sentence)
    if "no such image" in lowered:
        return ImageNotFound(f"{sentence} Build guest images with `dcsim images build`.")
    return MachineError(sentence)


def _too_slow(doing: str, deadline: float) -> MachinesUnavailable:
    return MachinesUnavailable(f"The Docker engine took more than {deadline:g} s to {doing}; look at its log, then try again.")


def _message(body: bytes) -> str:
    try:
        return str(msgspec.json.decode(body)["message"]).strip().rstrip(".")
    except (msgspec.DecodeError, KeyError, TypeError):
        return body.decode(errors="replace").strip().rstrip(".")


def _payload(body: object) -> tuple[io.BytesIO | AsyncIterable[bytes] | bytes | None, dict[str, str]]:
    if isinstance(body, bytes):  # a file object is sent in pieces, without holding up the loop
        return io.BytesIO(body), {"Content-Type": "application/x-tar"}
    if isinstance(body, AsyncIterable):
        return body, {"Content-Type": "application/x-tar"}
    if body is None:
        return None, {}
    return msgspec.json.encode(body), {"Content-Type": "application/json"}


async def _check_head(reader: asyncio.StreamReader, doing: str) -> None:
    """Read the answer's status line and headers; raise with the body's message when it is an error."""
    try:
        async with asyncio.timeout(CALL_SECONDS):
            head = await reader.readuntil(b"\r\n\r\n")
            status = int(head.split(b" ", 2)[1])
            if status >= ERROR_STATUS:
                raise refusal(status, await reader.read(64 * 1024), doing)
    except asyncio.IncompleteReadError as error:
        raise MachinesUnavailable(f"The Docker engine hung up while asked to {doing}; look at its log, then try again.") from error
    except TimeoutError as error:
        raise _too_slow(doing, CALL_SECONDS) from error
