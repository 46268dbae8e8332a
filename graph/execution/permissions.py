"""What a field demands of the caller.

requires("sim:write")(strawberry.mutation(...))      @requires("sim:write") above @strawberry.mutation
secret: str | None = requires("admin")(column())     list: Connection[Ci] | None = requires("cmdb:read")(paged(...))
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from strawberry.extensions.field_extension import FieldExtension
from strawberry.types import Info
from strawberry.types.field import StrawberryField

from dcsim.errors import PermissionDenied
from dcsim.security.tokens import Claims
from graph.execution.described import text_of

F = TypeVar("F")


class Demand(FieldExtension):
    """The scopes that a field demands: on the standard path checked here, in a plan by who runs it."""

    def __init__(self, scopes: tuple[str, ...]) -> None:
        self.scopes = scopes

    def resolve(self, next_: Callable[..., Any], source: Any, info: Info, **kwargs: Any) -> Any:
        """The field's value; raises PermissionDenied."""
        check(info.context.claims, self.scopes)
        return next_(source, info, **kwargs)

    async def resolve_async(self, next_: Callable[..., Any], source: Any, info: Info, **kwargs: Any) -> Any:
        """The same for a resolver that waits."""
        check(info.context.claims, self.scopes)
        return await next_(source, info, **kwargs)


def requires(*scopes: str) -> Callable[[F], F]:
    """Demand every one of these scopes of whoever selects the field; the refusal is an error with the code FORBIDDEN at that field.

    Make such fields nullable: the refusal of one that is not takes its parent away too.
    """

    def demand(declared: F) -> F:
        field: Any = declared
        if not isinstance(field, StrawberryField):
            raise TypeError(f"requires() belongs around a field, not {declared!r}")
        field.extensions = [*field.extensions, Demand(scopes)]
        own = field.description or (text_of(field.base_resolver.wrapped_func) if field.base_resolver is not None else None)
        needed = " and ".join(f"`{scope}`" for scope in scopes)
        field.description = f"{own + ' ' if own else ''}Needs {needed}."
        return declared

    return demand


def scopes_of(field: StrawberryField) -> tuple[str, ...]:
    """What a field demands, all `requires` together."""
    return tuple(scope for one in field.extensions if isinstance(one, Demand) for scope in one.scopes)


def check(claims: Claims, scopes: tuple[str, ...]) -> None:
    """Raises PermissionDenied, naming the scope that the caller lacks."""
    for scope in scopes:
        if not claims.allows(scope):
            raise PermissionDenied(f"{claims.subject} lacks the scope {scope}.", privilege=scope)
