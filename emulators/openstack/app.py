"""The one address of all services: finds the operation, checks token, version, policy and schema, and words what comes of it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import parse_qsl

import msgspec
import structlog
from aiohttp import hdrs, web

from dcsim.errors import DcsimError, DomainError, JournalUnavailable
from dcsim.events import Actor
from dcsim.telemetry.tracing import current_request_id, current_traceparent
from emulators.openstack import validation
from emulators.openstack.access import permitted
from emulators.openstack.call import Call, Reply
from emulators.openstack.cloud import Cloud
from emulators.openstack.credentials import Credentials
from emulators.openstack.faults import Fault, fault_of, keystone, unauthorized
from emulators.openstack.microversions import Version
from emulators.openstack.router import Found, Router
from emulators.openstack.service import Operation, Service, Versioned

log = structlog.get_logger(__name__)
TOKEN: Final = "X-Auth-Token"  # noqa: S105 - the header's name
REQUEST_ID: Final = "x-openstack-request-id"
JSON: Final = "application/json"
MAX_JSON: Final = 1024 * 1024
_NO_VERSION: Final = Version(0, 0)
_encode: Final = msgspec.json.Encoder().encode


class OpenStackApp:
    """Answers every request to the services."""

    def __init__(self, cloud: Cloud, services: Sequence[Service], *, keystone_path: str) -> None:
        self._cloud = cloud
        self._keystone = keystone_path
        self._counters: dict[tuple[Operation, str], Any] = {}
        self._services = {
            service.prefix.strip("/"): (
                service,
                Router(
                    service.operations,
                    project_after=service.base if service.project_in_path else "",
                    strict_slash=service.strict_slash,
                ),
            )
            for service in services
        }

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer a request."""
        path = request.rel_url.raw_path
        first, _, rest = path.lstrip("/").partition("/")
        known = self._services.get(first)
        if known is None:
            return self._root(request)
        service, router = known
        headers: dict[str, str] = {}
        try:
            response = await self._answer(request, service, router.find(rest), headers)
        except DomainError as error:
            response = _refusal(service, fault_of(error), request)
        except JournalUnavailable as error:
            response = _refusal(service, Fault(503, error.message), request)
        except DcsimError as error:
            log.warning("openstack.failed", service=service.name, path=path, reason=error.message)
            response = _refusal(service, Fault(500, error.message), request)
        except (web.HTTPException, ConnectionError):
            raise
        except Exception:  # a bug of ours: the client gets an answer, the log its cause
            log.exception("openstack.failed", service=service.name, method=request.method, path=path)
            response = _refusal(service, Fault(500, "Unexpected API Error. The engine's log has its cause."), request)
        if not response.prepared:
            _stamp(response, service, headers)
        return response

    def _root(self, request: web.BaseRequest) -> web.StreamResponse:
        """What is not below a service's prefix."""
        if request.path == "/":
            body = {service.type: f"{origin_of(request)}{service.prefix}" for service, _ in self._services.values()}
            return web.Response(body=_encode(body), content_type=JSON)
        return web.Response(status=404, text="There is no such service; the catalog's addresses begin with its prefix.\n")

    async def _answer(self, request: web.BaseRequest, service: Service, found: Found | None, headers: dict[str, str]) -> web.StreamResponse:
        credentials = self._authenticate(request, service)
        version = service.microversions.asked(request.headers) if service.microversions else _NO_VERSION
        if service.microversions:
            headers.update(service.microversions.told(version))
        if found is None:
            self._require_token(credentials, request)
            raise Fault(404, "The resource could not be found.")
        if request.method == hdrs.METH_OPTIONS:
            return web.Response(status=200, headers={hdrs.ALLOW: _allowed(found)})
        chosen, body = await self._choose(request, found, version, credentials)
        operation, values = chosen
        if operation.rule is not None:
            self._admit(operation, self._require_token(credentials, request))
        call = Call(
            cloud=self._cloud,
            operation=operation,
            request=request,
            path=dict(zip(values, found.values, strict=True)),
            query=_query(request),
            body=body,
            version=version,
            origin=origin_of(request),
            actor=_actor(request, operation, credentials),
            _credentials=credentials,
        )
        _validate(operation, call)
        answer = await self._carried_out(operation, call)
        headers.update(call.headers)
        return _response(answer, operation.status, head=request.method == hdrs.METH_HEAD)

    async def _carried_out(self, operation: Operation, call: Call) -> Any:
        """What the operation answers, counted."""
        try:
            answer = await operation.handler(call)
        except BaseException:
            self._count(operation, "refused")
            raise
        self._count(operation, "done")
        if operation.method == hdrs.METH_GET and call.known is not None:
            self._cloud.reads.answered(call.known.project)
        return answer

    def _count(self, operation: Operation, outcome: str) -> None:
        counter = self._counters.get((operation, outcome))
        if counter is None:
            metrics = self._cloud.context.telemetry.metrics
            counter = self._counters[operation, outcome] = metrics.operations.labels(operation.service.type, operation.name, outcome)
        counter.inc()

    def _authenticate(self, request: web.BaseRequest, service: Service) -> Credentials | None:
        """Who asks; None without a valid token that may be used for this."""
        token = request.headers.get(TOKEN)
        found = self._cloud.authenticator.authenticate(token) if token else None
        if found is not None and found.access_rules is not None:
            paths = request.path, request.path.removeprefix(service.prefix)
            return found if permitted(found.access_rules, service.type, request.method, *paths) else None
        return found

    def _require_token(self, credentials: Credentials | None, request: web.BaseRequest) -> Credentials:
        if credentials is None:
            raise unauthorized(f"{origin_of(request)}{self._keystone}")
        return credentials

    def _admit(self, operation: Operation, credentials: Credentials) -> None:
        if operation.rule is not None and not operation.rule(credentials):
            name = operation.action or operation.handler.__name__
            raise Fault(403, f"Policy doesn't allow {operation.service.type}:{name} to be performed.")

    async def _choose(
        self, request: web.BaseRequest, found: Found, version: Version, credentials: Credentials | None
    ) -> tuple[tuple[Operation, tuple[str, ...]], Any]:
        """The operation of the request's method, version and action, and its body."""
        here = _by_method(found, request.method)
        if not here:
            raise Fault(405, "The method specified is not allowed for this resource.", headers={hdrs.ALLOW: _allowed(found)})
        there = [one for one in here if version in one[0].held] if version is not _NO_VERSION else here
        if all(operation.rule is not None for operation, _ in there or here):
            self._require_token(credentials, request)  # before the body is looked at, as the middleware of real services does
        if not there:
            raise Fault(404, "The resource could not be found.")
        if there[0][0].raw:
            return there[0], None
        body = await _json(request)
        if not there[0][0].action:
            return there[0], body
        return _by_action(there, body)


def _by_method(found: Found, method: str) -> list[tuple[Operation, tuple[str, ...]]]:
    here = [one for one in found.operations if one[0].method == method]
    if not here and method == hdrs.METH_HEAD:
        return [one for one in found.operations if one[0].method == hdrs.METH_GET]
    return here


def _by_action(there: list[tuple[Operation, tuple[str, ...]]], body: Any) -> tuple[tuple[Operation, tuple[str, ...]], Any]:
    if not isinstance(body, dict) or len(body) != 1:
        raise Fault(400, "There is no such action: the body has one key, which names it." if body else "Missing request body")
    (name, content) = next(iter(body.items()))
    for one in there:
        if one[0].action == name:
            return one, content
    raise Fault(400, f"There is no such action: {name}")


def _allowed(found: Found) -> str:
    methods = {operation.method for operation, _ in found.operations}
    return ", ".join(sorted(methods | ({hdrs.METH_HEAD} if hdrs.METH_GET in methods else set())))


async def _json(request: web.BaseRequest) -> Any:
    """The body's data; None when there is none.  Raises Fault 400, 413 or 415."""
    if not request.can_read_body:
        return None
    if (request.content_length or 0) > MAX_JSON:
        raise Fault(413, "Request is too large.")
    data = await request.content.read(MAX_JSON + 1)
    while data and not request.content.at_eof() and len(data) <= MAX_JSON:
        data += await request.content.read(MAX_JSON + 1)
    if len(data) > MAX_JSON:
        raise Fault(413, "Request is too large.")
    if not data:
        return None
    if not _is_json(request.content_type):
        raise Fault(415, f"Unsupported Content-Type {request.content_type}: send {JSON}.")
    try:
        return msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Fault(400, "Malformed request body: it is not JSON.") from error


def _is_json(content_type: str) -> bool:
    return content_type.endswith(("/json", "+json", "-json-patch")) or content_type == "application/octet-stream"


def _query(request: web.BaseRequest) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in parse_qsl(request.rel_url.raw_query_string, keep_blank_values=True):
        found.setdefault(name, []).append(value)
    return found


def _validate(operation: Operation, call: Call) -> None:
    body = _schema(operation.body, call.version)
    if body is not None:
        if call.body is None and not operation.action:
            raise Fault(400, "Missing request body: this operation needs one.")
        validation.check(body, call.body, sentence=operation.service.sentence)
    query = _schema(operation.query, call.version)
    if query is not None:
        validation.check(query, call.query, where="query parameters", sentence=operation.service.sentence)


def _schema(schema: Any, version: Version) -> Mapping[str, Any] | None:
    return schema.of(version) if isinstance(schema, Versioned) else schema


def _actor(request: web.BaseRequest, operation: Operation, credentials: Credentials | None) -> Actor:
    return Actor(
        principal=credentials.user_name if credentials else "anonymous",
        agent=request.headers.get(hdrs.USER_AGENT, ""),
        api="openstack",
        operation=f"{operation.service.type}:{operation.action or operation.handler.__name__}",
        request_id=current_request_id(),
        traceparent=current_traceparent(),
    )


def origin_of(request: web.BaseRequest) -> str:
    """Scheme and address that the client used, so that links lead back the same way."""
    return f"{'https' if request.secure else 'http'}://{request.host}"


def _response(answer: Any, status: int, *, head: bool) -> web.StreamResponse:
    if isinstance(answer, web.StreamResponse):
        return answer
    reply = answer if isinstance(answer, Reply) else Reply(answer)
    status = reply.status or status
    headers = dict(reply.headers)
    if reply.body is None:
        return web.Response(status=status, headers=headers)
    if isinstance(reply.body, bytes | bytearray):
        return web.Response(status=status, body=None if head else reply.body, headers=headers)
    return web.Response(status=status, body=_encode(reply.body), headers={hdrs.CONTENT_TYPE: JSON, **headers})


def _refusal(service: Service, fault: Fault, request: web.BaseRequest) -> web.Response:
    words = keystone if fault.status == 401 else service.wording  # noqa: PLR2004
    body = words(fault)
    headers = dict(fault.headers)
    if isinstance(body, str):
        response = web.Response(status=fault.status, text=body, content_type="text/html", headers=headers)
    else:
        response = web.Response(status=fault.status, body=_encode(body), headers={hdrs.CONTENT_TYPE: JSON, **headers})
    if fault.status == 413 or request.content.exception() is not None:  # noqa: PLR2004
        response.force_close()
    return response


def _stamp(response: web.StreamResponse, service: Service, headers: dict[str, str]) -> None:
    """The headers that every answer of a service has."""
    response.headers.setdefault(REQUEST_ID, _request_id())
    if service.request_id_header:
        response.headers.setdefault(service.request_id_header, response.headers[REQUEST_ID])
    for name, value in headers.items():
        response.headers.setdefault(name, value)


def _request_id() -> str:
    """The request's id in OpenStack's form."""
    given = current_request_id()
    hexadecimal = given.removeprefix("req-").replace("-", "")
    try:
        return f"req-{uuid.UUID(hexadecimal)}"
    except ValueError:
        return f"req-{given}"
