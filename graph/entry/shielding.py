"""What browsers are told and asked: security headers on every answer, and where a request comes from."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final
from urllib.parse import urlsplit

from aiohttp import web

from dcsim.errors import PermissionDenied

HSTS: Final = "max-age=31536000"
NOTHING: Final = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
"""The policy of what is no page."""
PAGES: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
    "worker-src 'self'; manifest-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
)
"""The policy of our own pages: their own files, and nobody else's."""
ALWAYS: Final = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
}
CHANGING: Final = frozenset({"POST", "PUT", "PATCH", "DELETE"})
DEFAULT_PORTS: Final = {"http": 80, "https": 443}

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


async def shield(request: web.Request, response: web.StreamResponse) -> None:
    """Add the headers that an answer lacks; a signal of the application (``on_response_prepare``)."""
    headers = response.headers
    for name, value in ALWAYS.items():
        headers.setdefault(name, value)
    headers.setdefault("Content-Security-Policy", PAGES if response.content_type == "text/html" else NOTHING)
    if request.secure:
        headers.setdefault("Strict-Transport-Security", HSTS)
    if request.path.startswith(("/api/", "/auth/", "/graphql")):
        headers.setdefault("Cache-Control", "no-store")
        headers.add("Vary", "Authorization")


def same_origin(request: web.BaseRequest) -> bool:
    """Whether a request is from a page of ours, or from no page at all: scripts and clients send no Origin."""
    origin = request.headers.get("Origin")
    if origin is None:
        return request.headers.get("Sec-Fetch-Site", "none") in {"same-origin", "none"}
    return _place(origin) == _place(f"{request.scheme}://{request.headers.get('Host', '')}") is not None


def demand_same_origin(request: web.BaseRequest) -> None:
    """Raise PermissionDenied for what another site's page sends: what sockets and changes demand."""
    if not same_origin(request):
        raise PermissionDenied("Pages of other sites may not ask this of the gateway.", privilege="origin")


def from_here() -> Any:
    """A middleware: changes and sockets are not for pages of other sites."""

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.method in CHANGING or "Upgrade" in request.headers:
            demand_same_origin(request)
        return await handler(request)

    return check


def _place(origin: str) -> tuple[str, str, int] | None:
    """Scheme, host and port; None for what is no origin (``null``, a path, an unknown scheme)."""
    try:
        parts = urlsplit(origin)
        port = parts.port or DEFAULT_PORTS.get(parts.scheme, 0)
    except ValueError:
        return None
    if not parts.hostname or not port or parts.path or parts.query or parts.fragment or "@" in parts.netloc:
        return None
    return parts.scheme, parts.hostname, port
