"""Who sends a request, for REST, GraphQL and sockets alike."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec
from aiohttp import web

from dcsim.errors import DcsimError, Unauthenticated
from dcsim.http.auth import CLAIMS, PUBLIC, READING, TOKEN, bearer, is_reading
from dcsim.http.context import current_request_id
from dcsim.problems import status_of
from dcsim.security.tokens import Claims, Tokens
from graph.auth.api_tokens import PREFIX, ApiTokens
from graph.auth.audit import Audit
from graph.auth.origin import Origin
from graph.auth.roles import ROLES, granted
from graph.auth.sessions import ACCESS, Logins

AGAIN_SECONDS: Final = 5.0
"""How long another gateway's revocation may take to be known here; one's own is known at once."""
REMEMBERED: Final = 10_000
AUDITED: Final = web.RequestKey("audited", str)
"""What the audit is to call a request; set by handlers that write although their method or mark says that they read."""
_ANONYMOUS: Final = "dcsim_anonymous"
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Bearer(msgspec.Struct, frozen=True):
    """Who it is; ``token`` is the JWT that services behind are shown."""

    claims: Claims
    token: str


def anonymous(handler: Handler) -> Handler:
    """Mark a handler that also serves those who do not say who they are: then ``request.get(CLAIMS)`` is None."""
    setattr(handler, _ANONYMOUS, True)
    return handler


class Door:
    """Verifies what requests carry, and records what they write."""

    def __init__(self, tokens: Tokens, logins: Logins, api_tokens: ApiTokens, audit: Audit) -> None:
        self._tokens = tokens
        self._logins = logins
        self._api_tokens = api_tokens
        self._audit = audit
        self._exchanged: dict[str, Bearer] = {}
        self._looked: dict[str, tuple[float, frozenset[str] | None]] = {}

    async def bearer(self, token: str) -> Bearer:
        """Who bears a token of any kind.  Raises Unauthenticated; StoreUnavailable when accounts cannot be asked."""
        if token.startswith(PREFIX):
            return await self._exchange(token)
        claims = await self._tokens.verified(token)
        await self.still(claims)
        return Bearer(claims, token)

    async def still(self, claims: Claims) -> None:
        """Check that a token's session goes on, and that its user still has those rights.  Raises Unauthenticated."""
        if claims.session:
            held = await self._rights(claims.session)
            if held is None:
                raise Unauthenticated("The session is over; log in again.")
            if len(granted(claims.scopes, held)) != len(claims.scopes):
                raise Unauthenticated("The account's rights have changed; refresh the token.")

    def forget(self) -> None:
        """Look at every session and token again: something has ended."""
        self._looked.clear()
        self._exchanged.clear()

    def middleware(self, public: frozenset[str] = PUBLIC) -> Any:
        """The middleware that lets in whoever says who they are, and records writes."""

        @web.middleware
        async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
            if request.path in public:
                return await handler(request)
            await self._identify(request)
            try:
                response = await handler(request)
            except Exception as error:
                await self._record(request, _status(error))
                raise
            await self._record(request, response.status)
            return response

        return check

    async def _identify(self, request: web.Request) -> None:
        try:
            found = await self.bearer(bearer(request))
        except Unauthenticated:
            if not getattr(request.match_info.handler, _ANONYMOUS, False):
                raise
        else:
            request[CLAIMS], request[TOKEN] = found.claims, found.token

    async def _record(self, request: web.Request, status: int) -> None:
        """Writes stand in the audit; those under /auth write richer entries themselves."""
        action = request.get(AUDITED)
        writes = request.method not in READING and not is_reading(request) and not request.path.startswith("/auth/")
        if action or writes:
            await self._audit.note(origin_of(request), action or f"http.{request.method.lower()}", request.path, status=status)

    async def _exchange(self, secret: str) -> Bearer:
        known = self._exchanged.get(secret)
        if known is None or known.claims.expires - datetime.now(UTC) < ACCESS / 2:
            known = await self._issued(secret)
        else:
            await self.still(known.claims)
        return known

    async def _issued(self, secret: str) -> Bearer:
        found = await self._api_tokens.find(secret=secret)
        if found is None:
            raise Unauthenticated("The API token is unknown, expired or revoked.")
        token, scopes = found
        lifetime = min(ACCESS, token.expires - datetime.now(UTC) + timedelta(seconds=1))
        issued = self._tokens.issue(token.user, scopes=scopes, lifetime=lifetime, session=token.id)
        made = self._exchanged[secret] = Bearer(self._tokens.verify(issued), issued)
        self._look(token.id, frozenset(scopes))
        return made

    async def _rights(self, session: str) -> frozenset[str] | None:
        """The scopes of a session's user, or of an API token, now; None when it is over."""
        when, held = self._looked.get(session, (-AGAIN_SECONDS, None))
        if time.monotonic() - when < AGAIN_SECONDS:
            return held
        if session.startswith("t_"):
            found = await self._api_tokens.find(token_id=session)
            held = frozenset(found[1]) if found is not None else None
        else:
            role = await self._logins.role_in(session)
            held = frozenset(ROLES[role]) if role is not None else None  # type: ignore[index]  # the column holds roles only
        self._look(session, held)
        return held

    def _look(self, session: str, held: frozenset[str] | None) -> None:
        if len(self._looked) >= REMEMBERED or len(self._exchanged) >= REMEMBERED:
            self.forget()
        self._looked[session] = time.monotonic(), held


def origin_of(request: web.Request) -> Origin:
    """Where a request comes from."""
    claims = request.get(CLAIMS)
    agent = request.headers.get("User-Agent", "")
    return Origin(claims.subject if claims else "anonymous", request.remote or "", agent, current_request_id())


def _status(error: Exception) -> int:
    if isinstance(error, web.HTTPException):
        return error.status
    return int(status_of(error)) if isinstance(error, DcsimError) else 500
