"""One OpenAPI document of everything that the gateway serves, merged from those of the services behind it."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Iterable, Mapping
from typing import Any, Final

import aiohttp
import msgspec
import structlog
from aiohttp import web

from dcsim.http.routes import Routes, openapi
from graph.backends.caller import Services

log = structlog.get_logger(__name__)
PATH: Final = "/openapi.json"
MORE: Final = {"engine": ("/ucs/api/v1/openapi.json",)}
"""Documents that a service has besides ``/openapi.json``."""
FRESH_SECONDS: Final = 60.0
ASK_SECONDS: Final = 3.0
METHODS: Final = frozenset({"get", "put", "post", "delete", "patch", "head", "options"})
_REFERENCE: Final = "#/components/schemas/"
_encode = msgspec.json.Encoder().encode

Document = dict[str, Any]


class Documents:
    """The merged document.  What a service said last is shown while it is away."""

    def __init__(self, services: Services, own: Iterable[Routes] = ()) -> None:
        self._services = services
        self._own = [openapi(routes) | {"name": routes.api} for routes in own]
        self._found: dict[str, list[Document]] = {}
        self._made: tuple[float, bytes, str] = (float("-inf"), b"", "")
        self._making = asyncio.Lock()

    def add_to(self, app: web.Application) -> None:
        """Serve it; it needs no token."""

        async def answer(request: web.Request) -> web.StreamResponse:
            body, tag = await self._current()
            headers = {"ETag": tag, "Cache-Control": "no-cache"}
            if request.headers.get("If-None-Match") == tag:
                return web.Response(status=304, headers=headers)
            return web.Response(body=body, content_type="application/json", headers=headers)

        app.router.add_get(PATH, answer)

    async def _current(self) -> tuple[bytes, str]:
        async with self._making:
            made, body, tag = self._made
            if time.monotonic() - made > FRESH_SECONDS:
                body = _encode(await self.merged())
                tag = f'"{hashlib.sha256(body).hexdigest()[:24]}"'
                self._made = time.monotonic(), body, tag
            return body, tag

    async def merged(self) -> Document:
        """The document, asked for anew."""
        places = self._services.directory.all()
        await asyncio.gather(*(self._ask(name, url) for name, url in sorted(places.items())))
        parts = [(name, f"/api/{name}", one) for name in sorted(places) for one in self._found.get(name, ())]
        return merge([*parts, *((one["name"], "", one) for one in self._own)])

    async def _ask(self, name: str, url: str) -> None:
        try:
            async with asyncio.timeout(ASK_SECONDS):
                self._found[name] = [await self._read(url + path) for path in (PATH, *MORE.get(name, ()))]
        except (aiohttp.ClientError, OSError, msgspec.DecodeError) as error:
            log.warning("openapi.missing", service=name, reason=str(error) or type(error).__name__)

    async def _read(self, url: str) -> Document:
        async with self._services.session().get(url, raise_for_status=True) as answer:
            return msgspec.json.decode(await answer.read(), type=dict[str, Any])


def merge(parts: Iterable[tuple[str, str, Document]]) -> Document:
    """Documents as one: (name, prefix of its paths, document) each.  Schemas and operations get their service's name in front."""
    paths: Document = {}
    schemas: Document = {}
    names: dict[str, str] = {}
    for name, prefix, document in parts:
        names.setdefault(name, document["info"]["title"])
        moved = _moved(document, f"{name}.")
        schemas |= {f"{name}.{key}": shape for key, shape in moved.get("components", {}).get("schemas", {}).items()}
        for path, operations in moved["paths"].items():
            paths.setdefault(prefix + path, {}).update(_named(operations, name))
    return {
        "openapi": "3.1.0",
        "info": {"title": "dc-sim", "version": "1", "description": "Everything behind the gateway."},
        "tags": [{"name": name, "description": title} for name, title in names.items()],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
        },
        "security": [{"token": []}],
    }


def _named(operations: Mapping[str, Any], name: str) -> Document:
    return {
        method: one | {"tags": [name], "operationId": f"{name}_{one.get('operationId', method)}"} if method in METHODS else one
        for method, one in operations.items()
    }


def _moved(value: Any, prefix: str) -> Any:
    """A part of a document whose references are to schemas with a prefix."""
    if isinstance(value, dict):
        return {key: _reference(one, prefix) if key == "$ref" else _moved(one, prefix) for key, one in value.items()}
    return [_moved(one, prefix) for one in value] if isinstance(value, list) else value


def _reference(value: Any, prefix: str) -> Any:
    if isinstance(value, str) and value.startswith(_REFERENCE):
        return f"{_REFERENCE}{prefix}{value.removeprefix(_REFERENCE)}"
    return _moved(value, prefix)
