"""Which headers pass the gateway, in both directions (RFC 9110, 7.6.1), and what becomes of those that name places."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final
from urllib.parse import urlsplit

from multidict import CIMultiDict, CIMultiDictProxy

HOP_BY_HOP: Final = frozenset(
    {
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
OURS: Final = frozenset(
    {"host", "content-length", "expect", "authorization", "cookie", "forwarded", "x-real-ip", "x-request-id", "traceparent", "via"}
)
"""What a client says to the gateway, or the gateway says for itself."""
THEIRS: Final = frozenset({"content-length", "date", "server", "set-cookie", "x-request-id", "location", "content-location", "alt-svc"})
"""What a service says to the gateway, or the gateway says in another way."""
DECODED: Final = frozenset({"gzip", "deflate", "br", "zstd"})
"""Encodings of bodies that the server may undo before we read them."""
PLACES: Final = ("Location", "Content-Location")


def forwarded(headers: CIMultiDictProxy[str]) -> CIMultiDict[str]:
    """A request's headers for the service: nothing of this connection's, nothing that pretends to be from a gateway.

    Names with an underscore are left out: to some servers they are the same as with a hyphen.
    """
    gone = HOP_BY_HOP | OURS | _named(headers.getall("Connection", ()))
    return CIMultiDict(
        (name, value)
        for name, value in headers.items()
        if (low := name.lower()) not in gone and "_" not in low and not low.startswith("x-forwarded-")
    )


def returned(headers: CIMultiDictProxy[str], service: str, base: str) -> CIMultiDict[str]:
    """A service's headers for the client; places inside the service become places behind the gateway."""
    gone = HOP_BY_HOP | THEIRS | _named(headers.getall("Connection", ()))
    kept = CIMultiDict((name, value) for name, value in headers.items() if name.lower() not in gone)
    for name in PLACES:
        if place := outside(headers.get(name, ""), service, base):
            kept[name] = place
    return kept


def outside(place: str, service: str, base: str) -> str:
    """A place as the gateway's clients write it; nothing for one that is not the service's."""
    parts, own = urlsplit(place), urlsplit(base)
    if parts.netloc and (parts.scheme, parts.netloc) != (own.scheme, own.netloc):
        return ""
    if not parts.path.startswith("/"):
        return place if parts.path and not parts.netloc and not parts.scheme else ""
    path = parts.path.removeprefix(own.path) if own.path else parts.path
    return f"/api/{service}{path}{'?' + parts.query if parts.query else ''}{'#' + parts.fragment if parts.fragment else ''}"


def _named(connection: Iterable[str]) -> frozenset[str]:
    return frozenset(name.strip().lower() for line in connection for name in line.split(","))
