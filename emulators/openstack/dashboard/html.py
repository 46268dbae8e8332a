"""Pages: templates beside this module, filled with escaped values."""

from __future__ import annotations

from functools import cache
from html import escape
from pathlib import Path
from string import Template
from typing import Final

from aiohttp import web

_PAGES: Final = Path(__file__).with_name("pages")
HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


def fill(name: str, /, **values: str | int) -> Markup:
    """A template with values; those that are no `Markup` are escaped."""
    return Markup(_template(name).substitute({key: _text(value) for key, value in values.items()}))


def page(title: str, content: Markup, *, status: int = 200) -> web.Response:
    """A whole page."""
    return web.Response(status=status, text=fill("base.html", title=title, content=content), content_type="text/html", headers=HEADERS)


def joined(parts: list[Markup]) -> Markup:
    """Pieces one after another."""
    return Markup("".join(parts))


def _text(value: str | int) -> str:
    return value if isinstance(value, Markup) else escape(str(value))


@cache
def _template(name: str) -> Template:
    return Template((_PAGES / name).read_text())
