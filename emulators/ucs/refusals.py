"""What UCS Manager answers when it refuses: a code, a description and the result of the invocation, as attributes of the method."""

from __future__ import annotations

from typing import Final

from dcsim.errors import (
    AlreadyExists,
    Busy,
    DomainError,
    InsufficientResources,
    InUse,
    InvalidArgument,
    InvalidState,
    NotFound,
    NotSupported,
    PermissionDenied,
    Unauthenticated,
    VersionConflict,
)

UNIDENTIFIED: Final = "unidentified-fail"
PARSE_ERROR: Final = "ERR-xml-parse-error"
PARSE_RESULT: Final = "594"


class Refusal(DomainError):
    """A request that UCS Manager refuses: ``error_code``, and ``result``, its ``invocationResult``."""

    def __init__(self, error_code: str | int, description: str, result: str = UNIDENTIFIED) -> None:
        super().__init__(description)
        self.error_code = str(error_code)
        self.result = result


def malformed(what: str) -> Refusal:
    """594: the document, or a class, property or value in it, is none of the schema."""
    return Refusal(PARSE_ERROR, f"XML PARSING ERROR: {what}", PARSE_RESULT)


def missing(dn: str, verb: str = "modify") -> Refusal:
    """102: the object that should be modified or deleted is not there."""
    return Refusal(102, f"can't {verb}; object does not exist: {dn}.")


def exists(dn: str) -> Refusal:
    """103: the object that should be created is there already."""
    return Refusal(103, f"can't create; object already exists: {dn}.")


def unwritable(what: str) -> Refusal:
    """107: a property that is not the client's to set, or a class that it can't create or delete."""
    return Refusal(107, what)


def denied(what: str = "Access denied") -> Refusal:
    """160: the user's roles lack the privilege."""
    return Refusal(160, what)


def not_logged_in() -> Refusal:
    """552: no cookie, or one that no session has."""
    return Refusal(552, "Authorization required")


def login_failed() -> Refusal:
    """551: wrong name or password."""
    return Refusal(551, "Authentication failed")


def no_session() -> Refusal:
    """555: the session to refresh or end is not there."""
    return Refusal(555, "Session not found")


def too_many_sessions() -> Refusal:
    """572: the user has as many sessions as one may have."""
    return Refusal(572, "User reached maximum session limit")


_CODES: Final[dict[type[DomainError], str]] = {
    AlreadyExists: "103",
    NotFound: "102",
    InvalidArgument: "100",
    InvalidState: "106",
    Busy: "106",
    VersionConflict: "106",
    InUse: "105",
    InsufficientResources: "150",
    PermissionDenied: "160",
    Unauthenticated: "552",
    NotSupported: "108",
}
"""The code for each class of the world's own errors."""


def refusal_of(error: DomainError) -> Refusal:
    """An error of the world in UCS Manager's words."""
    if isinstance(error, Refusal):
        return error
    code = next((_CODES[cls] for cls in type(error).__mro__ if cls in _CODES), "100")
    return Refusal(code, error.message)
