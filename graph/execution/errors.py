"""What callers are told of errors: a code and a sentence; of our own mistakes only the request's id, while the log has the rest."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

import structlog
from graphql import GraphQLError, GraphQLSyntaxError

from dcsim.errors import DcsimError, DomainError, InvalidArgument, OperationalError, PermissionDenied
from dcsim.problems import code_of as problem_code
from graph.backends.caller import ServiceDown, ServiceRefused

log = structlog.get_logger(__name__)

PARSE_FAILED: Final = "GRAPHQL_PARSE_FAILED"
VALIDATION_FAILED: Final = "GRAPHQL_VALIDATION_FAILED"
BAD_INPUT: Final = "BAD_USER_INPUT"
FORBIDDEN: Final = "FORBIDDEN"
UNAVAILABLE: Final = "SERVICE_UNAVAILABLE"
INTERNAL: Final = "INTERNAL_SERVER_ERROR"
MASKED: Final = "Something went wrong in the gateway; its log has more under this request's id."
_OWN: Final = {"permission-denied": FORBIDDEN, "invalid-argument": BAD_INPUT}


def coded(errors: Iterable[GraphQLError], code: str) -> list[GraphQLError]:
    """Errors of the request itself, with their code."""
    for error in errors:
        error.extensions = {"code": PARSE_FAILED if isinstance(error, GraphQLSyntaxError) else code, **(error.extensions or {})}
    return list(errors)


def shown(errors: Iterable[GraphQLError] | None, request_id: str) -> list[dict[str, Any]]:
    """Errors as they go over the wire (answers and subscriptions alike); bugs are masked, and logged once each."""
    return [_shown(error, request_id) for error in errors or ()]


def word_of(error: BaseException) -> str | None:
    """The code of something that may be told: ``NOT_FOUND``, ``SERVICE_UNAVAILABLE``...; None for a bug."""
    match error:
        case ServiceRefused():
            word = error.code or "refused"
        case OperationalError():
            return UNAVAILABLE
        case DcsimError():
            word = problem_code(type(error))
        case _:
            return None
    return _OWN.get(word, word.upper().replace("-", "_"))


def _shown(error: GraphQLError, request_id: str) -> dict[str, Any]:
    formatted: dict[str, Any] = dict(error.formatted)
    cause = _cause(error)
    word = _word(error, cause)
    if word is None:
        log.error("graphql.failed", request_id=request_id, path=error.path, exc_info=cause or error)
        return formatted | {"message": MASKED, "extensions": {"code": INTERNAL, "requestId": request_id}}
    return formatted | {"extensions": {"code": word, **dict(_details(cause)), **(error.extensions or {})}}


def _word(error: GraphQLError, cause: BaseException | None) -> str | None:
    given = (error.extensions or {}).get("code")
    if given is not None:
        return str(given)
    if cause is not None:
        return word_of(cause)
    return _asked_wrongly(error)


def _asked_wrongly(error: GraphQLError) -> str | None:
    """The code of graphql-core's own errors: those about the request name a place in it; those about an answer's values do not."""
    if isinstance(error, GraphQLSyntaxError):
        return PARSE_FAILED
    raised: Any = error.original_error if isinstance(error.original_error, GraphQLError) else None
    if raised is None:
        return BAD_INPUT if error.path is None else None
    return BAD_INPUT if raised.nodes else None


def _cause(error: GraphQLError) -> BaseException | None:
    """What was raised, under the errors that only say where."""
    found: BaseException | None = error
    while isinstance(found, GraphQLError):
        found = found.original_error
    return found


def _details(cause: BaseException | None) -> Iterator[tuple[str, Any]]:
    match cause:
        case ServiceDown():
            yield "service", cause.service
        case ServiceRefused():
            yield "service", cause.service
            yield "status", cause.status
        case PermissionDenied() if cause.privilege:
            yield "scope", cause.privilege
        case InvalidArgument() if cause.field:
            yield "field", cause.field
        case DomainError() if cause.subject:
            yield "subject", cause.subject
