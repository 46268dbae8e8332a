"""One WebSocket: whoever is at its other end, what they may, and writing to it at their pace."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, datetime
from typing import Any, Final

import msgspec
import structlog
from aiohttp import WSMsgType, web

from dcsim.errors import DcsimError, OperationalError, Unauthenticated
from dcsim.security.tokens import Claims

log = structlog.get_logger(__name__)

BAD_MESSAGE: Final = 4400
UNAUTHORIZED: Final = 4401
FORBIDDEN: Final = 4403
INIT_TIMEOUT: Final = 4408
DUPLICATE: Final = 4409
TOO_SLOW: Final = 4411
TOO_MANY: Final = 4429
GOING_AWAY: Final = 1001
TRY_AGAIN: Final = 1013
REASON_BYTES: Final = 120
_encode = msgspec.json.Encoder().encode


class Limits(msgspec.Struct, frozen=True):
    """What one gateway and one socket bear."""

    sockets: int = 12_000
    sockets_of_one: int = 500
    """Of one principal."""
    subscriptions: int = 50
    message_bytes: int = 64 * 1024
    messages: int = 300
    """From the client, within ``messages_seconds``."""
    messages_seconds: float = 10.0
    init_seconds: float = 10.0
    """Until it must have said who it is."""
    stall_seconds: float = 20.0
    """How long it may take nothing."""
    heartbeat_seconds: float = 25.0
    verify_seconds: float = 30.0
    """How often its token is looked at again: it may have been revoked."""


class Principal(msgspec.Struct, frozen=True):
    """Who is at the other end; ``token`` is what the services behind are shown."""

    claims: Claims
    token: str


Authenticate = Callable[[str], Awaitable[Principal]]
"""Who bears a token; raises Unauthenticated."""


class Closed(Exception):
    """The connection is to be closed with a code."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class Connection:
    """A WebSocket that is open."""

    def __init__(
        self, ws: web.WebSocketResponse, request: web.Request, authenticate: Authenticate, admit: Callable[[str], None], limits: Limits
    ) -> None:
        self.ws = ws
        self.limits = limits
        self._admit = admit
        self._request = request
        self._authenticate = authenticate
        self._shown = ""
        self._expiry: asyncio.TimerHandle | None = None
        self._closing: set[asyncio.Task[Any]] = set()
        self._window, self._received = 0.0, 0
        self.principal: Principal | None = None

    # -- who it is -------------------------------------------------------------------------------------------------------------

    async def authenticate(self, token: str) -> Principal:
        """Let them in, or renew; the socket closes when the token expires.  Raises Closed."""
        token = token.removeprefix("Bearer ").strip()
        try:
            found = await self._authenticate(token)
        except Unauthenticated as error:
            raise Closed(UNAUTHORIZED, error.message) from error
        except OperationalError as error:
            raise Closed(TRY_AGAIN, error.message) from error
        if self.principal is None:
            self._admit(found.claims.subject)
        elif found.claims.subject != self.principal.claims.subject:
            raise Closed(FORBIDDEN, "A socket stays with whom it was opened by.")
        self.principal, self._shown = found, token
        self._watch(found.claims.expires)
        return found

    def _watch(self, expires: datetime) -> None:
        if self._expiry is not None:
            self._expiry.cancel()
        seconds = max(0.0, (expires - datetime.now(UTC)).total_seconds())
        looks = asyncio.get_running_loop().call_later
        if seconds <= self.limits.verify_seconds:
            self._expiry = looks(seconds, lambda: self._later(self.close(UNAUTHORIZED, "The token has expired.")))
        else:
            self._expiry = looks(self.limits.verify_seconds, lambda: self._later(self._verify()))

    async def _verify(self) -> None:
        """Look at the token again.  A store that is away takes nobody's rights."""
        try:
            self._watch((await self._authenticate(self._shown)).claims.expires)
        except Unauthenticated as error:
            await self.close(UNAUTHORIZED, error.message)
        except DcsimError as error:
            log.warning("live.not_verified", reason=error.message)
            self._watch(self.principal.claims.expires if self.principal else datetime.now(UTC))

    def _later(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    # -- reading and writing ---------------------------------------------------------------------------------------------------

    def count_message(self) -> None:
        """Note that the client sent something.  Raises Closed when it does so too often."""
        now = asyncio.get_running_loop().time()
        if now - self._window > self.limits.messages_seconds:
            self._window, self._received = now, 0
        self._received += 1
        if self._received > self.limits.messages:
            raise Closed(TOO_MANY, f"More than {self.limits.messages} messages within {self.limits.messages_seconds:g} s.")

    async def send(self, messages: Iterable[bytes]) -> None:
        """Write messages, as fast as the client takes them.  Raises ConnectionError, also when it took nothing for too long."""
        try:
            async with asyncio.timeout(self.limits.stall_seconds):
                for message in messages:
                    await self.ws.send_frame(message, WSMsgType.TEXT)
        except TimeoutError as error:
            self._later(self.close(TOO_SLOW, "Nothing was read for too long; resume with the last seq.", grace=1.0))
            raise ConnectionAbortedError("The client is too slow.") from error

    async def say(self, message: Any) -> None:
        """Write one message."""
        await self.send((_encode(message),))

    async def close(self, code: int, reason: str, *, grace: float = 5.0) -> None:
        """Close it, and cut the connection when the client does not answer to that."""
        try:
            async with asyncio.timeout(grace):
                await self.ws.close(code=code, message=reason.encode()[:REASON_BYTES])
        except (TimeoutError, ConnectionError):
            log.info("live.cut", code=code)
        finally:
            if (transport := self._request.transport) is not None:
                transport.abort()

    def gone(self) -> None:
        """Forget its timers."""
        if self._expiry is not None:
            self._expiry.cancel()
            self._expiry = None
