"""REST routes as declarations: path, shapes and meaning in one place; the application and its OpenAPI document follow from them.

    @routes.get("/sim/vms/{uid}", "One VM", returns=VmView)
    async def vm(request: Request[Context]) -> VmView: ...

A handler gets its path parameters, its query (a struct), its body (a struct) and the caller, all checked; it answers a struct, or a
`Reply` for another status, headers or an ETag, or a `Stream` for what is too large to be held in memory.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final, Generic, TypeVar, get_args, get_origin

import msgspec
from aiohttp import web

from dcsim.errors import InvalidArgument, VersionConflict
from dcsim.events import Actor
from dcsim.http.auth import CLAIMS, reading
from dcsim.http.context import current_request_id
from dcsim.http.streaming import Stream, send
from dcsim.security.tokens import Claims

ContextT = TypeVar("ContextT")
Handler = Callable[["Request[Any]"], Awaitable[Any]]
JSON = "application/json"
IF_MATCH: Final = "If-Match"
IDEMPOTENCY_KEY: Final = "Idempotency-Key"
HEADERS: Final = {
    IF_MATCH: ('^(W/)?"[0-9]{1,18}"$', "The ETag that the change is based on; refused with 412 when the resource has changed since."),
    IDEMPOTENCY_KEY: ("^[!-~]{1,200}$", "A name of this request: when it comes again, it is not done again, and answered the same."),
}
"""The request headers that routes may read: the pattern and the meaning of each."""
_encode = msgspec.json.Encoder().encode
_VERSION = re.compile(r"[0-9]{1,18}")
_KEY = re.compile(r"[!-~]{1,200}")
_FIELD = re.compile(r"at `\$\.([^`]+)`")
_MISSING = re.compile(r"field `([^`]+)`")


class Empty(msgspec.Struct, frozen=True):
    """Nothing: of routes without query, body or answer."""


class Reply(msgspec.Struct, frozen=True):
    """An answer with more than a body; ``version`` becomes the ETag."""

    body: Any = None
    status: int = 200
    headers: dict[str, str] = msgspec.field(default_factory=dict)
    version: int | None = None


@dataclass(frozen=True, slots=True)
class Route:
    """One declared route.  ``status`` is that of success; ``headers`` names the request headers that the handler reads (of HEADERS)."""

    method: str
    path: str
    summary: str
    handler: Handler
    query: type[msgspec.Struct]
    body: Any
    returns: Any
    status: int
    headers: tuple[str, ...] = ()
    text: str = ""
    """Another type of content, e.g. ``text/csv``, that the body may have: the handler gets its bytes."""
    reads: bool = False
    """Whether it changes nothing although it is a POST."""
    streams: tuple[str, ...] = ()
    """The types of content that it answers in pieces (`dcsim.http.streaming.Stream`), instead of JSON."""


@dataclass(frozen=True, slots=True)
class Request(Generic[ContextT]):
    """What a handler gets.  ``actor`` says who asks, for the journal."""

    context: ContextT
    path: dict[str, str]
    query: Any
    body: Any
    actor: Actor
    headers: Mapping[str, str]
    claims: Claims | None = None
    address: str = ""
    """The caller's IP address."""

    def expected_version(self) -> int | None:
        """The version in If-Match, or None; raises VersionConflict when it is not one of our ETags."""
        tag = self.headers.get(IF_MATCH, "").strip().removeprefix("W/").strip('"')
        if not tag or tag == "*":
            return None
        if not _VERSION.fullmatch(tag):
            raise VersionConflict(f"If-Match {tag!r} is not an ETag of this resource; read it again.")
        return int(tag)

    def idempotency_key(self) -> str:
        """The name that the caller gave this request, or nothing; raises InvalidArgument for one that is too long or not printable."""
        key = self.headers.get(IDEMPOTENCY_KEY, "")
        if key and not _KEY.fullmatch(key):
            raise InvalidArgument("An idempotency key has 1 to 200 printable ASCII characters.", field=IDEMPOTENCY_KEY)
        return key


class Routes:
    """The routes of one API; ``document`` is the path of the OpenAPI document that describes them."""

    def __init__(self, *, api: str, title: str, document: str = "/openapi.json") -> None:
        self.api = api
        self.title = title
        self.document = document
        self.routes: list[Route] = []

    def get(
        self, path: str, summary: str, *, returns: Any = None, query: type[msgspec.Struct] = Empty, streams: tuple[str, ...] = ()
    ) -> Callable[[Handler], Handler]:
        """Declare a reading route; one that answers a `Stream` says of which types of content."""
        return self._declare("GET", path, summary, query=query, body=None, returns=returns, status=200, streams=streams)

    def post(
        self,
        path: str,
        summary: str,
        *,
        returns: Any = None,
        body: Any = None,
        status: int = 201,
        headers: tuple[str, ...] = (),
        query: type[msgspec.Struct] = Empty,
        text: str = "",
    ) -> Callable[[Handler], Handler]:
        """Declare a creating or acting route."""
        return self._declare("POST", path, summary, query=query, body=body, returns=returns, status=status, headers=headers, text=text)

    def search(self, path: str, summary: str, *, returns: Any, body: Any) -> Callable[[Handler], Handler]:
        """Declare a route that only reads, what a body says: a POST that whoever may read may ask."""
        return self._declare("POST", path, summary, query=Empty, body=body, returns=returns, status=200, reads=True)

    def put(
        self, path: str, summary: str, *, returns: Any, body: Any = None, headers: tuple[str, ...] = ()
    ) -> Callable[[Handler], Handler]:
        """Declare a replacing route."""
        return self._declare("PUT", path, summary, query=Empty, body=body, returns=returns, status=200, headers=headers)

    def patch(self, path: str, summary: str, *, returns: Any, body: Any, headers: tuple[str, ...] = ()) -> Callable[[Handler], Handler]:
        """Declare a route that changes what its body names."""
        return self._declare("PATCH", path, summary, query=Empty, body=body, returns=returns, status=200, headers=headers)

    def delete(self, path: str, summary: str, *, returns: Any = None, headers: tuple[str, ...] = ()) -> Callable[[Handler], Handler]:
        """Declare a deleting route."""
        status = 204 if returns is None else 200
        return self._declare("DELETE", path, summary, query=Empty, body=None, returns=returns, status=status, headers=headers)

    def _declare(self, method: str, path: str, summary: str, **shapes: Any) -> Callable[[Handler], Handler]:
        def register(handler: Handler) -> Handler:
            self.routes.append(Route(method, path, summary, handler, **shapes))
            return handler

        return register

    def add_to(self, app: web.Application, context: Any) -> None:
        """Serve the routes, and the document that describes them."""
        for route in self.routes:
            app.router.add_route(route.method, route.path, self._endpoint(route, context))
        document = _encode(openapi(self))

        async def described(_: web.Request) -> web.Response:
            return web.Response(body=document, content_type=JSON)

        app.router.add_get(self.document, described)

    def _endpoint(self, route: Route, context: Any) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def endpoint(request: web.Request) -> web.StreamResponse:
            body = await _body(request, route) if route.body is not None else None
            query = _query(request, route.query)
            actor, claims = self._actor(request, route), request.get(CLAIMS)
            call = Request(context, dict(request.match_info), query, body, actor, request.headers, claims, request.remote or "")
            answer = await route.handler(call)
            return await send(request, answer) if isinstance(answer, Stream) else _response(answer, route.status)

        return reading(endpoint) if route.reads else endpoint

    def _actor(self, request: web.Request, route: Route) -> Actor:
        claims = request.get(CLAIMS)
        return Actor(
            principal=claims.subject if claims else "anonymous",
            agent=request.headers.get("User-Agent", ""),
            api=self.api,
            operation=f"{route.method} {route.path}",
            request_id=current_request_id(),
            traceparent=request.headers.get("traceparent", ""),
        )


async def _body(request: web.Request, route: Route) -> Any:
    if route.text and request.content_type == route.text:
        return await request.read()
    if request.content_type != JSON:
        raise web.HTTPUnsupportedMediaType(text=f"Send {JSON}{f' or {route.text}' if route.text else ''}.")
    try:
        return msgspec.json.decode(await request.read(), type=route.body)
    except msgspec.ValidationError as error:
        raise InvalidArgument(f"The body does not fit: {error}.", field=_field_of(error)) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InvalidArgument(f"The body is not JSON: {error}.", field="body") from error


def _query(request: web.Request, shape: type[msgspec.Struct]) -> Any:
    fields = {field.encode_name: field for field in msgspec.structs.fields(shape)}
    unknown = sorted(set(request.query) - set(fields))
    if unknown:
        allowed = f"there are: {', '.join(sorted(fields))}" if fields else "this route takes none"
        raise InvalidArgument(f"Unknown query parameter {unknown[0]!r}; {allowed}.", field=unknown[0])
    given: dict[str, Any] = dict(request.query)
    for name in given:
        if _repeats(fields[name].type):
            given[name] = request.query.getall(name)
    try:
        return msgspec.convert(given, shape, strict=False)
    except msgspec.ValidationError as error:
        raise InvalidArgument(f"The query does not fit: {error}.", field=_field_of(error)) from error


def _repeats(kind: Any) -> bool:
    """Whether a query parameter of that type may be given several times."""
    if get_origin(kind) is Annotated:
        kind = get_args(kind)[0]
    return get_origin(kind) in {tuple, list}


def _field_of(error: msgspec.ValidationError) -> str | None:
    """The field that a complaint of msgspec's is about: ``... - at `$.power` ``, or ``... missing required field `power` ``."""
    found = _MISSING.search(str(error)) or _FIELD.search(str(error))
    return found[1] if found else None


def _response(answer: Any, status: int) -> web.Response:
    reply = answer if isinstance(answer, Reply) else Reply(answer, status)
    headers = dict(reply.headers)
    if reply.version is not None:
        headers["ETag"] = f'"{reply.version}"'
    if reply.body is None:
        return web.Response(status=reply.status, headers=headers)
    return web.Response(status=reply.status, body=_encode(reply.body), content_type=JSON, headers=headers)


# -- OpenAPI -------------------------------------------------------------------------------------------------------------------

PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string"},
        "request_id": {"type": "string"},
        "subject": {"type": ["string", "null"]},
        "field": {"type": ["string", "null"]},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["row", "field", "detail"],
                "properties": {"row": {"type": "integer"}, "field": {"type": "string"}, "detail": {"type": "string"}},
            },
        },
    },
}


def openapi(routes: Routes) -> dict[str, Any]:
    """The OpenAPI 3.1 document of the routes."""
    shapes = [shape for route in routes.routes for shape in (route.body, route.returns) if shape is not None]
    schemas, components = msgspec.json.schema_components(shapes, ref_template="#/components/schemas/{name}")
    schema_of = {id(shape): schema for shape, schema in zip(shapes, schemas, strict=True)}
    paths: dict[str, dict[str, Any]] = {}
    for route in routes.routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, schema_of)
    return {
        "openapi": "3.1.0",
        "info": {"title": routes.title, "version": "1"},
        "paths": paths,
        "components": {
            "schemas": {**components, "Problem": PROBLEM},
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
        },
        "security": [{"token": []}],
    }


def _operation(route: Route, schema_of: dict[int, Any]) -> dict[str, Any]:
    success: dict[str, Any] = {"description": "Done"}
    if route.returns is not None:
        success["content"] = {JSON: {"schema": schema_of[id(route.returns)]}}
    if route.streams:
        success["content"] = {kind: {"schema": {"type": "object" if kind == JSON else "string"}} for kind in route.streams}
    problem = {
        "description": "Refused (RFC 9457)",
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    operation: dict[str, Any] = {
        "summary": route.summary,
        "operationId": getattr(route.handler, "__name__", route.summary),
        "parameters": _parameters(route),
        "responses": {str(route.status): success, "4XX": problem, "5XX": problem},
    }
    if route.body is not None:
        content: dict[str, Any] = {JSON: {"schema": schema_of[id(route.body)]}}
        if route.text:
            content[route.text] = {"schema": {"type": "string"}}
        operation["requestBody"] = {"required": True, "content": content}
    return operation


def _parameters(route: Route) -> list[dict[str, Any]]:
    names = [part[1:-1] for part in route.path.split("/") if part.startswith("{")]
    found: list[dict[str, Any]] = [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names]
    schema = msgspec.json.schema(route.query)
    properties = schema.get("$defs", {}).get(route.query.__name__, schema).get("properties", {})
    found += [{"name": name, "in": "query", "schema": shape} for name, shape in properties.items()]
    return found + [_header(name, *HEADERS[name]) for name in route.headers]


def _header(name: str, pattern: str, meaning: str) -> dict[str, Any]:
    return {"name": name, "in": "header", "description": meaning, "schema": {"type": "string", "pattern": pattern}}
