"""What mutations have in common: whom they are for, how they are repeated safely, and how refusals are told."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

import strawberry

from dcsim.errors import DomainError, InvalidArgument, PermissionDenied
from graph.backends.caller import ServiceRefused
from graph.backends.keyed import Within
from graph.execution.errors import word_of
from graph.execution.fields import column, graph_interface, graph_type, joined
from graph.execution.relay import parse_id

AUTH_AND_LIMITS: Final = frozenset({401, 403, 429})
"""Refusals that are no answer to what was asked: errors of the request itself."""


@graph_type
class UserError:
    """Why what was asked was not done."""

    code: str = column(description="A stable word: NOT_FOUND, INVALID_STATE, VERSION_CONFLICT, BUSY...")
    message: str = column(description="A sentence for people.")
    field: str | None = column(description="What of the input it is about, when it is about one thing.")
    path: list[str] = column(description="Where that stands in the arguments.")


@graph_interface
class Payload:
    """What a mutation answers: what it changed, or why it did not."""

    errors: list[UserError] = joined(Within("errors"), description="Empty when it was done, or has begun.")
    client_mutation_id: str | None = column(description="As it was given.")

    @classmethod
    def is_type_of(cls, row: Any, _: Any) -> bool:
        """A payload's type is known from its mutation; its row need not say it."""
        return isinstance(row, dict)


class Asked:
    """What every input may say beside what is wanted; mixed into input types that declare these fields."""

    client_mutation_id: str | None
    expected_version: int | None
    idempotency_key: str | None

    def headers(self) -> dict[str, str]:
        """The request's headers that say it to a service."""
        version, key = getattr(self, "expected_version", None), getattr(self, "idempotency_key", None)
        sent = {"If-Match": f'"{version}"' if _given(version) else "", "Idempotency-Key": str(key) if _given(key) else ""}
        return {name: value for name, value in sent.items() if value}


def uid_of(value: str, *types: str, field: str = "id") -> str:
    """The uid in the global id of something of one of these types.  Raises InvalidArgument."""
    name, uid = parse_id(value)
    if types and name not in types:
        raise InvalidArgument(f"This is the id of a {name}, not of a {' or '.join(types)}.", field=field)
    return uid


async def attempt(given: Asked, done: Callable[[], Awaitable[Mapping[str, Any]]], *, fields: Mapping[str, str] | None = None) -> Any:
    """The row of a payload: what *done* answers, or the error with which it was refused.

    *fields* are the input's names of what services call otherwise.  Services that are down, missing permission and limits are raised.
    """
    row: dict[str, Any] = {"uid": "", "errors": []}
    try:
        row |= await done()
    except ServiceRefused as error:
        if error.status in AUTH_AND_LIMITS:
            raise
        row["errors"] = [_user_error(error, str(error.problem.get("field") or ""), fields or {})]
    except PermissionDenied:
        raise
    except DomainError as error:
        row["errors"] = [_user_error(error, error.field or "", fields or {})]
    given_id = given.client_mutation_id
    return row | {"client_mutation_id": given_id if _given(given_id) else None}


def _user_error(error: Exception, field: str, fields: Mapping[str, str]) -> dict[str, Any]:
    named = fields.get(field, field) or None
    return {"code": word_of(error), "message": str(error), "field": named, "path": ["input", named] if named else []}


def _given(value: Any) -> bool:
    return value is not None and value is not strawberry.UNSET
