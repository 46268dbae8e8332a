"""RFC 9457 problems: what a REST client of dc-sim gets when something is refused or fails.

One table says which HTTP status each class of `dcsim.errors` has.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

import msgspec
from aiohttp import web

from dcsim.errors import (
    AlreadyExists,
    Busy,
    DcsimError,
    DomainError,
    ImageNotFound,
    Injected,
    InsufficientResources,
    InUse,
    InvalidArgument,
    InvalidRows,
    InvalidState,
    JournalUnavailable,
    MachineError,
    MachineNotFound,
    MachinesUnavailable,
    NotFound,
    NotSupported,
    OperationalError,
    PermissionDenied,
    RowError,
    StoreUnavailable,
    TooManyRequests,
    Unauthenticated,
    VersionConflict,
)

CONTENT_TYPE: Final = "application/problem+json"
HEADERS: Final[dict[int, dict[str, str]]] = {
    HTTPStatus.UNAUTHORIZED: {"WWW-Authenticate": 'Bearer realm="dcsim"'},
    HTTPStatus.SERVICE_UNAVAILABLE: {"Retry-After": "2"},
}
"""What an answer of that status carries besides its problem.  What is away is tried again within seconds."""
TYPE_BASE: Final = "https://dc-sim.readthedocs.io/reference/errors/#"

STATUS: Final[dict[type[DcsimError], HTTPStatus]] = {
    NotFound: HTTPStatus.NOT_FOUND,
    AlreadyExists: HTTPStatus.CONFLICT,
    InvalidArgument: HTTPStatus.BAD_REQUEST,
    InvalidState: HTTPStatus.CONFLICT,
    Busy: HTTPStatus.CONFLICT,
    VersionConflict: HTTPStatus.PRECONDITION_FAILED,
    InUse: HTTPStatus.CONFLICT,
    InsufficientResources: HTTPStatus.INSUFFICIENT_STORAGE,
    PermissionDenied: HTTPStatus.FORBIDDEN,
    Unauthenticated: HTTPStatus.UNAUTHORIZED,
    TooManyRequests: HTTPStatus.TOO_MANY_REQUESTS,
    NotSupported: HTTPStatus.NOT_IMPLEMENTED,
    Injected: HTTPStatus.SERVICE_UNAVAILABLE,
    DomainError: HTTPStatus.CONFLICT,
    MachineNotFound: HTTPStatus.NOT_FOUND,
    ImageNotFound: HTTPStatus.CONFLICT,
    MachinesUnavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    MachineError: HTTPStatus.BAD_GATEWAY,
    JournalUnavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    StoreUnavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    OperationalError: HTTPStatus.SERVICE_UNAVAILABLE,
    DcsimError: HTTPStatus.INTERNAL_SERVER_ERROR,
}


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The body of an error answer; ``subject`` and ``field`` name the object and argument at fault, when there are any.

    ``errors`` has every row at fault of what was sent with several.
    """

    type: str
    title: str
    status: int
    detail: str = ""
    instance: str = ""
    request_id: str = ""
    subject: str | None = None
    field: str | None = None
    errors: tuple[RowError, ...] = ()


def status_of(error: DcsimError) -> HTTPStatus:
    """The status of the nearest class in the table."""
    return next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)


def problem_of(error: DcsimError, *, instance: str = "", request_id: str = "") -> Problem:
    """The problem that describes *error* in the request for path *instance*."""
    status = status_of(error)
    code = code_of(type(error))
    return Problem(
        type=TYPE_BASE + code,
        title=code.replace("-", " ").capitalize(),
        status=status,
        detail=error.message,
        instance=instance,
        request_id=request_id,
        subject=getattr(error, "subject", None),
        field=getattr(error, "field", None),
        errors=error.errors if isinstance(error, InvalidRows) else (),
    )


def plain_problem(status: int, *, detail: str = "", instance: str = "", request_id: str = "") -> Problem:
    """A problem with no meaning beyond its HTTP status (RFC 9457, "about:blank")."""
    title = HTTPStatus(status).phrase
    return Problem(type="about:blank", title=title, status=status, detail=detail, instance=instance, request_id=request_id)


def problem_response(problem: Problem) -> web.Response:
    """The answer that carries *problem*."""
    headers = HEADERS.get(problem.status)
    return web.Response(body=msgspec.json.encode(problem), status=problem.status, content_type=CONTENT_TYPE, headers=headers)


def code_of(kind: type[DcsimError]) -> str:
    """The stable word for a class: a domain error's own, else its name (``MachinesUnavailable`` → ``machines-unavailable``)."""
    if issubclass(kind, DomainError):
        return kind.code
    return "".join(f"-{letter.lower()}" if letter.isupper() else letter for letter in kind.__name__).lstrip("-")
