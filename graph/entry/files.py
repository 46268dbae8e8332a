"""Static files: known when the gateway starts, so that no path leads anywhere else; compressed siblings, and caching by kind."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from aiohttp import web

from dcsim.errors import NotFound

FOREVER: Final = "public, max-age=31536000, immutable"
ASK_AGAIN: Final = "no-cache"
INDEX: Final = "index.html"
SIBLINGS: Final = (".br", ".gz")
_HASHED: Final = re.compile(r"[.-][A-Za-z0-9_-]{8,}\.[a-z0-9]+$")
"""Names that change with their content, as bundlers write them: ``main-B3x9f2Qa.js``."""
_DIGIT: Final = re.compile(r"[0-9]")
TYPES: Final = {
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".css": "text/css",
    ".wasm": "application/wasm",
    ".map": "application/json",
}


class Files:
    """The files of a directory, served under a prefix (``/docs``); ``pages`` have paths of their own that all show the index.

    A ``.br`` or ``.gz`` beside a file is sent to whoever takes it.
    """

    def __init__(self, prefix: str, directory: Path, *, pages: bool = False) -> None:
        self._prefix = prefix.rstrip("/")
        self._pages = pages
        found = sorted(path for path in directory.rglob("*") if path.is_file() and path.suffix not in SIBLINGS)
        self._known = {path.relative_to(directory).as_posix(): path for path in found}

    @property
    def paths(self) -> frozenset[str]:
        """Every path that they are at: all of them public."""
        roots = {f"{self._prefix}/"} if INDEX in self._known else set()
        return frozenset({f"{self._prefix}/{name}" for name in self._known} | roots)

    def add_to(self, app: web.Application) -> None:
        """Serve them."""

        async def answer(request: web.Request) -> web.StreamResponse:
            return self._file(request.match_info["name"])

        async def slash(_: web.Request) -> web.StreamResponse:
            raise web.HTTPPermanentRedirect(f"{self._prefix}/")

        if self._prefix:
            app.router.add_get(self._prefix, slash)
        app.router.add_get(f"{self._prefix}/{{name:.*}}", answer)

    def _file(self, name: str) -> web.StreamResponse:
        path = self._known.get(name or INDEX)
        if path is None and self._pages and "." not in name.rpartition("/")[2]:
            path = self._known.get(INDEX)
        if path is None:
            raise NotFound(f"There is no page {self._prefix}/{name}.", subject=name)
        hashed = _HASHED.search(path.name)
        headers = {"Cache-Control": FOREVER if hashed and _DIGIT.search(hashed[0]) else ASK_AGAIN}
        if path.suffix in TYPES:
            headers["Content-Type"] = TYPES[path.suffix]
        return web.FileResponse(path, headers=headers)
