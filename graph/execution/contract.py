"""The schema as its clients rely on it: its SDL, and which changes of it would break them."""

from __future__ import annotations

from typing import Final

from graphql import (
    GraphQLNamedType,
    GraphQLSchema,
    build_schema,
    find_breaking_changes,
    is_introspection_type,
    is_specified_directive,
    is_specified_scalar_type,
)
from graphql.utilities import print_type
from graphql.utilities.print_schema import print_directive

ROOTS: Final = ("Query", "Mutation", "Subscription")


def types_of(schema: GraphQLSchema) -> list[GraphQLNamedType]:
    """Its own types: the roots, then the others by name, so that a new domain moves nothing that was there."""
    own = [one for one in schema.type_map.values() if not is_introspection_type(one) and not is_specified_scalar_type(one)]
    return sorted(own, key=lambda one: (ROOTS.index(one.name) if one.name in ROOTS else len(ROOTS), one.name))


def sdl(schema: GraphQLSchema) -> str:
    """The schema's text; the same schema always has the same."""
    directives = [print_directive(one) for one in schema.directives if not is_specified_directive(one)]
    return "\n\n".join([*directives, *map(print_type, types_of(schema))]) + "\n"


def broken(before: str, after: str) -> list[str]:
    """What of the SDL *before* does no longer hold for clients in that *after*, a sentence each."""
    return [change.description for change in find_breaking_changes(build_schema(before), build_schema(after))]
