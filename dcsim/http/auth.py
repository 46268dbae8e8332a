"""Bearer tokens on our own REST APIs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final

from aiohttp import web

from dcsim.errors import PermissionDenied, Unauthenticated
from dcsim.security.tokens import Claims, Tokens

PUBLIC: Final = frozenset({"/healthz", "/readyz", "/metrics"})
READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})
CLAIMS: Final = web.RequestKey("claims", Claims)
TOKEN: Final = web.RequestKey("token", str)
"""The JWT to ask other services with, on the caller's behalf; not always what the caller sent."""


_READS: Final = "dcsim_reads"
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def reading(handler: Handler) -> Handler:
    """Mark a POST's handler as one that changes nothing: `authenticated` lets those in who may read."""
    setattr(handler, _READS, True)
    return handler


def is_reading(request: web.Request) -> bool:
    """Whether the request's handler is marked by `reading`."""
    return bool(getattr(request.match_info.handler, _READS, False))


def bearer(request: web.BaseRequest) -> str:
    """The token in *request*'s Authorization header.  Raises Unauthenticated."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Unauthenticated("A bearer token is needed; `dcsim token issue` makes one, `dcsim env` exports it as DCSIM_TOKEN.")
    return token.strip()


def authenticated(tokens: Tokens, *, scope: str, public: frozenset[str] = PUBLIC) -> Any:
    """A middleware that demands a token: reading needs ``<scope>:read``, everything else ``<scope>:write``.

    Handlers find who it is in ``request[CLAIMS]``.  Paths in *public* need no token.
    """

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path not in public:
            token = bearer(request)
            claims = await tokens.verified(token)
            reads = request.method in READING or is_reading(request)
            needed = f"{scope}:{'read' if reads else 'write'}"
            if not claims.allows(needed):
                raise PermissionDenied(f"The token of {claims.subject} lacks the scope {needed}.", privilege=needed)
            request[CLAIMS], request[TOKEN] = claims, token
        return await handler(request)

    return check
