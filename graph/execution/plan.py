"""Compiling a query: which columns of which rows it shows, and which rows are joined to them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, TypeAlias

import msgspec
from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLEnumType,
    GraphQLField,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    InlineFragmentNode,
    SelectionSetNode,
    VariableNode,
)

from graph.execution.fields import Column, Columns, Join, Joined
from graph.execution.permissions import scopes_of
from graph.execution.relay import GlobalId
from graph.execution.rows import CURSOR

DEFINITION: Final = "strawberry-definition"
CONNECTION_PARTS: Final = {"edges", "nodes", "pageInfo", "totalCount", "__typename"}
EDGE_PARTS: Final = {"node", "cursor", "__typename"}
Values = list[Any]
Check = Callable[[Values], Values]
Fragments = Mapping[str, FragmentDefinitionNode]


class Unplannable(Exception):
    """The query has something that only the standard path does."""


class Leaf(msgspec.Struct, frozen=True):
    """A key whose value is a column; ``check`` raises Unplannable for values that the standard path would refuse or change otherwise."""

    key: str
    column: str
    check: Check


class Fixed(msgspec.Struct, frozen=True):
    """A key with the same value in every object: ``__typename``, or null where the caller may not look."""

    key: str
    value: str | None


class Identity(msgspec.Struct, frozen=True):
    """A key with the object's global id."""

    key: str
    type_name: str


class Branch(msgspec.Struct, frozen=True):
    """A key whose value is joined; ``shape`` is one, list or slice."""

    key: str
    join: Join
    field: GraphQLField
    definition: Joined
    nodes: tuple[FieldNode, ...]
    shape: str
    nullable: bool
    child: Any


class Guarded(msgspec.Struct, frozen=True):
    """A key that demands scopes of the caller."""

    key: str
    scopes: tuple[str, ...]
    part: Leaf | Identity | Branch
    nodes: tuple[FieldNode, ...]
    nullable: bool


Part: TypeAlias = "Leaf | Fixed | Identity | Branch | Guarded"


class ObjectPlan(msgspec.Struct, frozen=True):
    """What to show of each row; ``columns`` are those that it takes."""

    type_name: str
    parts: tuple[Part, ...]
    columns: Columns


class SlicePart(msgspec.Struct, frozen=True):
    """A key of a connection or an edge, with what is shown of its rows or of the page's place."""

    key: str
    name: str
    child: Any = None


class SlicePlan(msgspec.Struct, frozen=True):
    """What to show of a connection."""

    type_name: str
    parts: tuple[SlicePart, ...]
    columns: Columns


class Compiler:
    """Makes the plan of one operation; *variables* decide its ``@skip`` and ``@include``."""

    def __init__(self, schema: GraphQLSchema, fragments: Fragments, variables: Mapping[str, Any]) -> None:
        self._schema = schema
        self._fragments = fragments
        self._variables = variables

    def plan(self, of: GraphQLObjectType, selections: Sequence[SelectionSetNode]) -> ObjectPlan:
        """The plan of an object type.  Raises Unplannable."""
        parts: list[Part] = []
        columns: set[str] = set()
        for key, nodes in self._collected(of, selections).items():
            part = self._part(of, key, nodes)
            parts.append(part)
            columns.update(_read_by(part))
        return ObjectPlan(of.name, tuple(parts), frozenset(columns))

    def _part(self, of: GraphQLObjectType, key: str, nodes: Sequence[FieldNode]) -> Part:
        name = nodes[0].name.value
        if name == "__typename":
            return Fixed(key, of.name)
        field = of.fields.get(name)
        definition = field.extensions.get(DEFINITION) if field is not None else None
        if field is None or definition is None:
            raise Unplannable(name)
        part = self._read(of, key, field, definition, nodes)
        scopes = scopes_of(definition)
        return Guarded(key, scopes, part, tuple(nodes), not isinstance(field.type, GraphQLNonNull)) if scopes else part

    def _read(
        self, of: GraphQLObjectType, key: str, field: GraphQLField, definition: Any, nodes: Sequence[FieldNode]
    ) -> Leaf | Identity | Branch:
        match definition:
            case GlobalId():
                return Identity(key, of.name)
            case Joined():
                return self._branch(key, field, definition, nodes)
            case Column():
                return Leaf(key, definition.column, check_of(field.type))
        raise Unplannable(key)

    def _branch(self, key: str, field: GraphQLField, definition: Joined, nodes: Sequence[FieldNode]) -> Branch:
        nullable = not isinstance(field.type, GraphQLNonNull)
        inner: Any = field.type.of_type if isinstance(field.type, GraphQLNonNull) else field.type
        shape = "one"
        if isinstance(inner, GraphQLList):
            shape, inner = "list", inner.of_type
            inner = inner.of_type if isinstance(inner, GraphQLNonNull) else inner
        if not isinstance(inner, GraphQLObjectType):
            raise Unplannable(key)
        selections = [node.selection_set for node in nodes if node.selection_set is not None]
        if set(inner.fields) | {"__typename"} == CONNECTION_PARTS:
            shape = "slice"
        child = self._slice(inner, selections) if shape == "slice" else self.plan(inner, selections)
        return Branch(key, definition.join, field, definition, tuple(nodes), shape, nullable, child)

    def _slice(self, of: GraphQLObjectType, selections: Sequence[SelectionSetNode]) -> SlicePlan:
        parts: list[SlicePart] = []
        columns: set[str] = set()
        for key, nodes in self._collected(of, selections).items():
            name, inner = nodes[0].name.value, [node.selection_set for node in nodes if node.selection_set is not None]
            child: Any = None
            match name:
                case "nodes":
                    child = self.plan(_object(of, name), inner)
                    columns |= child.columns
                case "edges":
                    child = self._edge(_object(of, name), inner)
                    columns |= child.columns
                case "pageInfo":
                    child = {key: nodes[0].name.value for key, nodes in self._collected(_object(of, name), inner).items()}
                    columns.add(CURSOR)
            parts.append(SlicePart(key, name, child))
        return SlicePlan(of.name, tuple(parts), frozenset(columns))

    def _edge(self, of: GraphQLObjectType, selections: Sequence[SelectionSetNode]) -> SlicePlan:
        parts: list[SlicePart] = []
        columns: set[str] = set()
        for key, nodes in self._collected(of, selections).items():
            name, child = nodes[0].name.value, None
            if name == "node":
                child = self.plan(_object(of, name), [node.selection_set for node in nodes if node.selection_set is not None])
                columns |= child.columns
            elif name == "cursor":
                columns.add(CURSOR)
            parts.append(SlicePart(key, name, child))
        return SlicePlan(of.name, tuple(parts), frozenset(columns))

    def _collected(self, of: GraphQLObjectType, selections: Sequence[SelectionSetNode]) -> dict[str, list[FieldNode]]:
        """The fields selected of an object type, by response key, in order."""
        found: dict[str, list[FieldNode]] = {}
        seen: set[str] = set()
        for selection in selections:
            for node in self._fields(of, selection, seen):
                found.setdefault(node.alias.value if node.alias else node.name.value, []).append(node)
        return found

    def _fields(self, of: GraphQLObjectType, selection: SelectionSetNode, seen: set[str]) -> Iterator[FieldNode]:
        for node in selection.selections:
            if not self._included(node):
                continue
            if isinstance(node, FieldNode):
                yield node
            elif isinstance(node, InlineFragmentNode):
                if node.type_condition is None or self._applies(node.type_condition.name.value, of):
                    yield from self._fields(of, node.selection_set, seen)
            elif isinstance(node, FragmentSpreadNode) and node.name.value not in seen:
                seen.add(node.name.value)
                fragment = self._fragments[node.name.value]
                if self._applies(fragment.type_condition.name.value, of):
                    yield from self._fields(of, fragment.selection_set, seen)

    def _applies(self, condition: str, of: GraphQLObjectType) -> bool:
        named: Any = self._schema.get_type(condition)
        return named is of or (named is not of and not isinstance(named, GraphQLObjectType) and self._schema.is_sub_type(named, of))

    def _included(self, node: Any) -> bool:
        for directive in node.directives or ():
            if directive.name.value not in {"skip", "include"}:
                raise Unplannable(directive.name.value)
            value = directive.arguments[0].value
            on = self._variables[value.name.value] if isinstance(value, VariableNode) else value.value
            if on is (directive.name.value == "skip"):
                return False
        return True


def _read_by(part: Part) -> tuple[str, ...]:
    """The columns that a part reads of its own row."""
    match part:
        case Leaf():
            return (part.column,)
        case Identity():
            return ("uid",)
        case Branch():
            return part.join.needs
        case Guarded():
            return _read_by(part.part)
    return ()


def _object(of: GraphQLObjectType, name: str) -> GraphQLObjectType:
    """The object type behind a field, whatever lists and bangs are around it."""
    found: Any = of.fields[name].type
    while hasattr(found, "of_type"):
        found = found.of_type
    if not isinstance(found, GraphQLObjectType):
        raise Unplannable(name)
    return found


# -- what the standard path does to values --------------------------------------------------------------------------------------------

_PLAIN: Final[dict[str, frozenset[type]]] = {
    "String": frozenset({str}),
    "ID": frozenset({str}),
    "Boolean": frozenset({bool}),
    "DateTime": frozenset({str}),
    "BigInt": frozenset({int}),
    "Float": frozenset({float}),
}
"""Scalars whose values stay as they are when they have this type."""
_NOTHING: Final = frozenset({type(None)})
_INT_MIN, _INT_MAX = -(2**31), 2**31 - 1


def check_of(of: Any) -> Check:
    """What makes the values of a column into those of a field of that type, all at once."""
    if isinstance(of, GraphQLNonNull):
        inner = _nullable(of.of_type)

        def required(values: Values) -> Values:
            if None in values:
                raise Unplannable("null")
            return inner(values)

        return required
    return _nullable(of)


def _nullable(of: Any) -> Check:
    match of:
        case GraphQLEnumType():
            return _names(of)
        case GraphQLList():
            return _lists(check_of(of.of_type))
        case GraphQLScalarType() if of.name == "JSON":
            return _as_they_are
        case GraphQLScalarType() if of.name == "Int":
            return _integers
        case GraphQLScalarType() if of.name in _PLAIN:
            return _of_types(_PLAIN[of.name] | _NOTHING)
    raise Unplannable(str(of))


def _as_they_are(values: Values) -> Values:
    return values


def _of_types(types: frozenset[type]) -> Check:
    def check(values: Values) -> Values:
        if not set(map(type, values)) <= types:
            raise Unplannable("type")
        return values

    return check


def _integers(values: Values) -> Values:
    if not set(map(type, values)) <= {int, type(None)} or any(value is not None and not _INT_MIN <= value <= _INT_MAX for value in values):
        raise Unplannable("Int")
    return values


def _names(of: GraphQLEnumType) -> Check:
    names = {getattr(value.value, "value", value.value): name for name, value in of.values.items()}
    names[None] = None

    def check(values: Values) -> Values:
        try:
            return [names[value] for value in values]
        except (KeyError, TypeError) as error:
            raise Unplannable(of.name) from error

    return check


def _lists(inner: Check) -> Check:
    def check(values: Values) -> Values:
        if not set(map(type, values)) <= {list, type(None)}:
            raise Unplannable("list")
        return [None if value is None else inner(value) for value in values]

    return check
