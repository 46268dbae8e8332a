"""What surrounds every request on every listener: its id, its trace, its size limit, its duration, and the last line of defence."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeVar, cast

import structlog
from aiohttp import web

from dcsim.errors import DcsimError, OperationalError, TooManyRequests
from dcsim.problems import plain_problem, problem_of, problem_response
from dcsim.service import Listener, ListenerKind
from dcsim.telemetry import Metrics
from dcsim.telemetry.tracing import Answering, child_of, current_request_id, new_request_id

__all__ = ["REQUEST_ID", "RequestContext", "current_request_id", "middleware_of"]

log = structlog.get_logger(__name__)

REQUEST_ID: Final = "X-Request-Id"
SERVER_ERROR: Final = 500
CLIENT_HUNG_UP: Final = 499

_ACCEPTABLE_ID = re.compile(r"[A-Za-z0-9._:-]{1,64}")

RequestT = TypeVar("RequestT", bound=web.BaseRequest)


class RequestContext:
    """Wraps the handlers of one listener."""

    def __init__(self, listener: Listener, metrics: Metrics) -> None:
        self._listener = listener
        self._metrics = metrics
        self._seconds: dict[tuple[str, int], Any] = {}

    async def answer(self, request: RequestT, handler: Callable[[RequestT], Awaitable[web.StreamResponse]]) -> web.StreamResponse:
        """What *handler* answers, or the answer to its failure, with the request's id in the headers."""
        given = request.headers.get(REQUEST_ID)
        request_id = given if given and _ACCEPTABLE_ID.fullmatch(given) else new_request_id()
        answering = Answering(request_id, child_of(request.headers.get("traceparent")))
        started = time.perf_counter()
        response: web.StreamResponse | None = None
        try:
            answer = await self._guarded(request, handler, request_id)
            response = answer
        except web.HTTPException as error:
            response = error
            raise
        finally:
            answering.done()
            if response is not None:
                self._finish(request, response, request_id, time.perf_counter() - started)
        return answer

    def _finish(self, request: web.BaseRequest, response: web.StreamResponse, request_id: str, seconds: float) -> None:
        if not response.prepared:
            response.headers.setdefault(REQUEST_ID, request_id)
        key = request.method, response.status
        histogram = self._seconds.get(key)
        if histogram is None:
            labels = self._metrics.requests.labels(self._listener.name, request.method, str(response.status))
            histogram = self._seconds[key] = labels
        histogram.observe(seconds)

    async def _guarded(
        self, request: RequestT, handler: Callable[[RequestT], Awaitable[web.StreamResponse]], request_id: str
    ) -> web.StreamResponse:
        try:
            if (request.content_length or 0) > self._listener.max_body:
                raise web.HTTPRequestEntityTooLarge(max_size=self._listener.max_body, actual_size=request.content_length or 0)  # noqa: TRY301
            return await handler(self._limited(request))
        except web.HTTPException as error:
            if self._listener.kind is not ListenerKind.REST or error.status < web.HTTPBadRequest.status_code:
                raise  # redirects, and what adapters answer, stay as they are
            return self._of_http(error, request, request_id)
        except DcsimError as error:
            return self._of_refusal(error, request, request_id)
        except Exception as error:  # a bug: logged once with its cause, and nothing of it on the wire
            if isinstance(error, ConnectionError) and (request.transport is None or request.transport.is_closing()):
                return web.Response(status=CLIENT_HUNG_UP)  # in the middle of its request: for the metrics, since nobody reads it
            log.exception("request.failed", listener=self._listener.name, method=request.method, path=request.path, exc_info=error)
            return self._answer_plainly(SERVER_ERROR, "An internal error; the log has its cause.", request, request_id)

    def _limited(self, request: RequestT) -> RequestT:
        if request.client_max_size == self._listener.max_body:
            return request
        return cast("RequestT", request.clone(client_max_size=self._listener.max_body))

    def _of_http(self, error: web.HTTPException, request: web.BaseRequest, request_id: str) -> web.StreamResponse:
        """Errors of routing and of reading the body as problems."""
        response = problem_response(plain_problem(error.status, detail=error.text or "", instance=request.path, request_id=request_id))
        if "Allow" in error.headers:
            response.headers["Allow"] = error.headers["Allow"]
        return response

    def _of_refusal(self, error: DcsimError, request: web.BaseRequest, request_id: str) -> web.StreamResponse:
        problem = problem_of(error, instance=request.path, request_id=request_id)
        if problem.status >= SERVER_ERROR:
            log.warning("request.refused", listener=self._listener.name, path=request.path, reason=error.message)
        if self._listener.kind is ListenerKind.REST:
            response = problem_response(problem)
            if isinstance(error, TooManyRequests) or (isinstance(error, OperationalError) and error.retry_after):
                response.headers["Retry-After"] = str(math.ceil(error.retry_after))
            return response
        return self._answer_plainly(problem.status, error.message, request, request_id)

    def _answer_plainly(self, status: int, detail: str, request: web.BaseRequest, request_id: str) -> web.StreamResponse:
        if self._listener.kind is ListenerKind.REST:
            return problem_response(plain_problem(status, detail=detail, instance=request.path, request_id=request_id))
        return web.Response(text=f"{detail} Request id: {request_id}\n", status=status)


def middleware_of(context: RequestContext) -> Any:
    """*context* as the middleware of an application."""

    @web.middleware
    async def surround(request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> web.StreamResponse:
        return await context.answer(request, handler)

    return surround
