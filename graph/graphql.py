"""GraphQL over HTTP: ``/graphql`` (https://graphql.github.io/graphql-over-http/draft/)."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final, Protocol

import msgspec
from aiohttp import web
from graphql import ExecutionResult, GraphQLError, OperationType

from dcsim.http.auth import CLAIMS, TOKEN, reading
from dcsim.http.context import current_request_id
from graph.auth.door import AUDITED
from graph.backends.caller import Services
from graph.entry.files import Files
from graph.execution.context import GraphContext
from graph.execution.engine import Engine, Wrong
from graph.execution.errors import BAD_INPUT, shown
from graph.execution.persisted import Persisted

JSON: Final = "application/json"
GRAPHQL: Final = "application/graphql-response+json"
BATCH: Final = "BATCHES_ARE_NOT_ANSWERED"
GRAPHIQL: Final = Path(__file__).parent / "execution" / "graphiql"
encode = msgspec.json.Encoder().encode


class Asked(msgspec.Struct, frozen=True):
    """A request's parameters."""

    query: str | None = None
    variables: dict[str, Any] | None = None
    operation_name: str | None = msgspec.field(default=None, name="operationName")
    document_id: str | None = msgspec.field(default=None, name="documentId")
    extensions: dict[str, Any] | None = None


class Points(Protocol):
    """What a principal has left."""

    @property
    def points(self) -> float:
        """Points now."""
        ...

    @property
    def most(self) -> float:
        """Points at most."""
        ...

    @property
    def per_second(self) -> float:
        """How fast they come back."""
        ...


class Charging(Protocol):
    """Who takes points for queries (`graph.entry.limits.Limiter`)."""

    async def charge(self, principal: str, points: float, /) -> Points:
        """Take them; raises when there are too few."""
        ...


class GraphQL:
    """The endpoint."""

    def __init__(self, engine: Engine, services: Services, *, persisted: Persisted | None = None, limiter: Charging | None = None) -> None:
        self._engine = engine
        self._services = services
        self._persisted = persisted or Persisted()
        self.limiter = limiter
        self._browser = Files("/graphiql", GRAPHIQL)

    @property
    def public(self) -> frozenset[str]:
        """The paths that need no token: GraphiQL's page, which asks for one."""
        return self._browser.paths | {"/graphiql"}

    def add_to(self, app: web.Application) -> None:
        """Serve it."""

        async def posted(request: web.Request) -> web.StreamResponse:
            return await self._answer(request, reads_only=False)

        async def got(request: web.Request) -> web.StreamResponse:
            return await self._answer(request, reads_only=True)

        app.router.add_post("/graphql", reading(posted))
        app.router.add_get("/graphql", got, allow_head=False)
        self._browser.add_to(app)

    async def _answer(self, request: web.Request, *, reads_only: bool) -> web.StreamResponse:
        kind = answered_as(request)
        try:
            asked = _of_query(request) if reads_only else await self._of_body(request)
            text = self._persisted.text(asked.query, asked.document_id, asked.extensions)
            ready = self._engine.ready(text, asked.variables, asked.operation_name)
        except GraphQLError as error:
            return _wrong([error], kind)
        except Wrong as wrong:
            return _wrong(wrong.errors, kind)
        if reads_only and ready.operation.operation is not OperationType.QUERY:
            raise web.HTTPMethodNotAllowed("GET", ["POST"])
        if ready.operation.operation is OperationType.MUTATION:
            request[AUDITED] = f"graphql.{ready.fields}"
        context = self._context(request)
        cost = await self._charged(context, ready.points)
        found = await self._engine.run(ready, context, asked.variables)
        body = body_of(found, context.request_id) | {"extensions": {"cost": cost}}
        return web.Response(body=encode(body), content_type=kind)

    def _context(self, request: web.Request) -> GraphContext:
        request_id = current_request_id()
        caller = self._services.on_behalf(request[TOKEN], request_id=request_id, traceparent=request.headers.get("traceparent", ""))
        return GraphContext(request[CLAIMS], caller, request_id)

    async def _charged(self, context: GraphContext, points: int) -> dict[str, float]:
        """Take what a query costs, and say what is left.  Raises TooManyRequests."""
        cost: dict[str, float] = {"requested": points, "most": self._engine.limits.points}
        if self.limiter is not None:
            left = await self.limiter.charge(f"user:{context.claims.subject}", points)
            cost |= {"remaining": int(left.points), "size": int(left.most), "perSecond": left.per_second}
        return cost

    async def _of_body(self, request: web.Request) -> Asked:
        if request.content_type != JSON or (request.charset or "utf-8").lower() not in {"utf-8", "utf8"}:
            raise web.HTTPUnsupportedMediaType(text=f"GraphQL is asked for in {JSON}, not {request.content_type}.")
        body = await self._read(request)
        if body.lstrip()[:1] == b"[":
            raise GraphQLError("One request asks for one operation: batches are not answered.", extensions={"code": BATCH})
        try:
            return msgspec.json.decode(body, type=Asked)
        except (msgspec.DecodeError, RecursionError) as error:
            raise GraphQLError(f"The body is no GraphQL request: {error}.", extensions={"code": BAD_INPUT}) from error

    async def _read(self, request: web.Request) -> bytes:
        """The body, as far as it may be long: what is packed is unpacked no further than that."""
        most = self._engine.limits.body_bytes
        body = bytearray()
        async for chunk in request.content.iter_any():
            body += chunk
            if len(body) > most:
                # the server would unpack the rest too, to find the connection's next request: after this it closes instead
                request.content.set_exception(TimeoutError("the rest of the body is not read"))
                refusal = web.HTTPRequestEntityTooLarge(max_size=most, actual_size=len(body), headers={"Connection": "close"})
                refusal.force_close()
                raise refusal
        return bytes(body)


def answered_as(request: web.BaseRequest) -> str:
    """The media type of the answer.  Raises HTTPNotAcceptable."""
    accepted = {}
    for one in ",".join(request.headers.getall("Accept", ["*/*"])).split(","):
        name, _, parameters = one.strip().lower().partition(";")
        accepted[name.strip()] = _quality(parameters)
    ours = {kind: accepted.get(kind, accepted.get("application/*", accepted.get("*/*", 0.0))) for kind in (JSON, GRAPHQL)}
    best = max(ours, key=lambda kind: (ours[kind], kind in accepted and kind == GRAPHQL))
    if ours[best] <= 0:
        raise web.HTTPNotAcceptable(text=f"There are answers in {GRAPHQL} and {JSON}.")
    return best


def _quality(parameters: str) -> float:
    for one in parameters.split(";"):
        name, _, value = one.strip().partition("=")
        if name == "q":
            try:
                return float(value)
            except ValueError:
                return 0.0
    return 1.0


def _of_query(request: web.Request) -> Asked:
    given: dict[str, Any] = {name: value for name, value in request.query.items() if value}
    try:
        for name in ("variables", "extensions"):
            if name in given:
                given[name] = msgspec.json.decode(given[name])
        return msgspec.convert(given, Asked)
    except (msgspec.DecodeError, msgspec.ValidationError, RecursionError) as error:
        raise GraphQLError(f"The URL is no GraphQL request: {error}.", extensions={"code": BAD_INPUT}) from error


def _wrong(errors: list[GraphQLError], kind: str) -> web.Response:
    """A request of which nothing runs: 400, but 200 for JSON's sake when it was GraphQL at all."""
    told = shown(errors, current_request_id())
    malformed = all(one["extensions"]["code"] in {BAD_INPUT, BATCH} and "locations" not in one for one in told)
    return web.Response(body=encode({"errors": told}), status=400 if kind == GRAPHQL or malformed else 200, content_type=kind)


def body_of(found: ExecutionResult, request_id: str) -> dict[str, Any]:
    """An answer as GraphQL words it."""
    body: dict[str, Any] = {"data": found.data}
    if found.errors:
        body["errors"] = shown(found.errors, request_id)
    return body
