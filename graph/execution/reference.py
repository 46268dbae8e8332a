"""The schema's reference page, for people: every type that is not a page of another, with its fields."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    Undefined,
    get_named_type,
    is_specified_scalar_type,
)

from graph.execution.contract import ROOTS, types_of

INTRODUCTION: Final = """\
# The graph's schema

What `/graphql` answers. The contract itself is [schema.graphql](schema.graphql); both are made from the code by scripts/generate.
[GraphiQL](../how-to/query-the-graph-in-a-browser.md) shows the same beside an editor.

**Pages.** A field of type `XConnection` is a page of `X`: `nodes` are its objects, `edges` the same with their `cursor`, `totalCount`
is the length of the whole list, `pageInfo` has `hasNextPage`, `hasPreviousPage`, `startCursor` and `endCursor`. `first` is 1 to 200;
`after` takes an `endCursor`. Arguments of lists are left out below: `first`, `after`, `filter` (`XFilter`), `orderBy` (`XOrder`).
"""
OF_PAGES: Final = frozenset({"first", "after", "filter", "orderBy"})


def page(schema: GraphQLSchema) -> str:
    """The page, in Markdown."""
    shown = [one for one in types_of(schema) if not _is_page(one)]
    sections: dict[str, list[GraphQLNamedType]] = {}
    for one in shown:
        sections.setdefault(_section(one), []).append(one)
    anchors = {one.name for one in shown}
    texts = [f"## {title}\n\n" + "\n".join(_told(one, anchors) for one in found) for title, found in sorted(sections.items(), key=_place)]
    return "\n".join([INTRODUCTION, *texts])


_ORDER: Final = ("Roots", "Objects", "Interfaces and unions", "Inputs", "Filters", "Enumerations", "Orders of lists", "Scalars")


def _place(section: tuple[str, Any]) -> int:
    return _ORDER.index(section[0])


def _section(of: GraphQLNamedType) -> str:
    if of.name in ROOTS:
        return "Roots"
    match of:
        case GraphQLObjectType():
            return "Objects"
        case GraphQLInterfaceType() | GraphQLUnionType():
            return "Interfaces and unions"
        case GraphQLInputObjectType():
            return "Filters" if of.name.endswith("Filter") else "Inputs"
        case GraphQLEnumType():
            return "Orders of lists" if of.name.endswith("Order") else "Enumerations"
    return "Scalars"


def _is_page(of: GraphQLNamedType) -> bool:
    """Whether a type is a page or an edge of one: the introduction says what they have."""
    fields = getattr(of, "fields", {})
    return of.name == "PageInfo" or {"edges", "pageInfo"} <= set(fields) or set(fields) == {"node", "cursor"}


def _told(of: GraphQLNamedType, anchors: set[str]) -> str:
    lines = [f"### {of.name}\n"]
    if of.description:
        lines.append(_prose(of.description) + "\n")
    match of:
        case GraphQLObjectType() | GraphQLInterfaceType():
            if of.interfaces:
                lines.append("Is a " + ", ".join(_link(one.name, one.name, anchors) for one in of.interfaces) + ".\n")
            lines += _table(((name, field) for name, field in of.fields.items()), anchors)
        case GraphQLInputObjectType():
            lines += _table(((name, field) for name, field in of.fields.items()), anchors)
        case GraphQLUnionType():
            lines.append("One of " + ", ".join(_link(one.name, one.name, anchors) for one in of.types) + ".\n")
        case GraphQLEnumType():
            lines += [f"- `{name}`{': ' + _cell(value.description) if value.description else ''}" for name, value in of.values.items()]
            lines.append("")
    return "\n".join(lines)


def _table(fields: Iterable[tuple[str, Any]], anchors: set[str]) -> list[str]:
    rows = [f"| {_name(name, field)} | {_type(field.type, anchors)} | {_about(field)} |" for name, field in fields]
    return ["| Field | Type | |", "|---|---|---|", *rows, ""]


def _name(name: str, field: Any) -> str:
    arguments = field.args if isinstance(field, GraphQLField) else {}
    own = [f"{one}: {argument.type}{_default(argument)}" for one, argument in arguments.items() if one not in OF_PAGES]
    return f"`{name}`" + (f" (`{', '.join(own)}`)" if own else "")


def _default(argument: GraphQLArgument) -> str:
    return " = …" if argument.default_value not in (None, "", Undefined) else ""


def _about(field: Any) -> str:
    gone = f"**Deprecated:** {_cell(field.deprecation_reason)} " if field.deprecation_reason else ""
    return gone + _cell(field.description or "")


def _type(of: Any, anchors: set[str]) -> str:
    named = get_named_type(of)
    page_of = named.name.removesuffix("Connection") if _is_page(named) else named.name
    return _link(str(of), page_of, anchors) if not is_specified_scalar_type(named) else f"`{of}`"


def _link(text: str, name: str, anchors: set[str]) -> str:
    return f"[`{text}`](#{name.lower()})" if name in anchors else f"`{text}`"


def _prose(text: str) -> str:
    return text.replace("``", "`")


def _cell(text: str) -> str:
    return " ".join(_prose(text).split()).replace("|", "\\|")
