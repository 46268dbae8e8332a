"""GraphQL over HTTP: ``POST /graphql`` (https://graphql.github.io/graphql-over-http/)."""

from __future__ import annotations

from typing import Any

import msgspec
from aiohttp import web
from graphql import ExecutionResult

from dcsim.errors import InvalidArgument
from dcsim.http.auth import CLAIMS, TOKEN, reading
from dcsim.http.context import current_request_id
from graph.backends.caller import Services
from graph.execution.context import GraphContext
from graph.execution.engine import Engine
from graph.execution.errors import shown

_encode = msgspec.json.Encoder().encode


class Asked(msgspec.Struct, frozen=True):
    """The body of a request."""

    query: str
    variables: dict[str, Any] | None = None
    operation_name: str | None = msgspec.field(default=None, name="operationName")


class GraphQL:
    """The endpoint."""

    def __init__(self, engine: Engine, services: Services) -> None:
        self._engine = engine
        self._services = services

    def add_to(self, app: web.Application) -> None:
        """Serve it."""

        async def answer(request: web.Request) -> web.StreamResponse:
            return await self._answer(request)

        app.router.add_post("/graphql", reading(answer))

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        try:
            asked = msgspec.json.decode(await request.read(), type=Asked)
        except msgspec.DecodeError as error:
            raise InvalidArgument(f"The body is no GraphQL request: {error}.") from error
        token = request[TOKEN]
        caller = self._services.on_behalf(token, request_id=current_request_id(), traceparent=request.headers.get("traceparent", ""))
        context = GraphContext(request[CLAIMS], caller, current_request_id())
        found = await self._engine.execute(asked.query, context, variables=asked.variables, operation_name=asked.operation_name)
        return web.Response(body=_encode(body_of(found, context.request_id)), content_type="application/json")


def body_of(found: ExecutionResult, request_id: str) -> dict[str, Any]:
    """An answer as GraphQL words it."""
    body: dict[str, Any] = {"data": found.data}
    if found.errors:
        body["errors"] = shown(found.errors, request_id)
    return body
