"""The Browser's files over HTTP: for everybody, from any page, since a browser sends no token and they hold nothing of the datacenter."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from aiohttp import web

from cmdb.browser import files

BASE: Final = "/cmdb/browser"
PATHS: Final = frozenset({f"{BASE}/{name}" for name in ("guide", files.STYLE, files.FAVOURITES)})
"""What needs no token."""
_ALLOWED: Final = {"Access-Control-Allow-Origin": "*", "Cache-Control": "no-cache"}
_PREFLIGHT: Final = {
    **_ALLOWED,
    "Access-Control-Allow-Methods": "GET, OPTIONS",
    "Access-Control-Allow-Headers": "*",  # the Browser sends headers of its error reporting along
    "Access-Control-Max-Age": "600",
}


def add_to(app: web.Application) -> None:
    """Serve them."""
    app.router.add_get(f"{BASE}/guide", _guide)
    app.router.add_get(f"{BASE}/{files.STYLE}", _style)
    app.router.add_get(f"{BASE}/{files.FAVOURITES}", _favourites)
    for path in sorted(PATHS):
        app.router.add_route("OPTIONS", path, _preflight)


def address(url: str) -> str:
    """Where the Browser finds them, given the CMDB's URL: by the name localhost, which is the only one that it takes unasked."""
    parts = urlsplit(url)
    host = "localhost" if parts.hostname in {"127.0.0.1", "::1"} else parts.hostname
    return f"{parts.scheme}://{host}:{parts.port}{BASE}" if parts.port else f"{parts.scheme}://{host}{BASE}"


async def _guide(request: web.Request) -> web.Response:
    return web.Response(text=files.guide(address(str(request.url.origin()))), content_type="text/html", headers=_ALLOWED)


async def _style(_: web.Request) -> web.Response:
    return web.Response(text=files.style(), content_type="text/plain", headers=_ALLOWED)


async def _favourites(_: web.Request) -> web.Response:
    named = {"Content-Disposition": f'attachment; filename="{files.FAVOURITES}"'}
    return web.Response(body=files.archive(), content_type="application/zip", headers={**_ALLOWED, **named})


async def _preflight(_: web.Request) -> web.Response:
    return web.Response(status=204, headers=_PREFLIGHT)
