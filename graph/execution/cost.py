"""What a query may cost at most, in points, known before it runs: an object is one point, a page two and its ``first`` objects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLField,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    IntValueNode,
    ListValueNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    VariableNode,
    get_named_type,
    is_leaf_type,
)

from graph.execution.errors import BAD_INPUT
from graph.execution.relay import DEFAULT, MOST

PAGE: Final = 2
"""Points of a page, for the request that it takes."""
MUTATION: Final = 10
INTROSPECTION: Final = 100
UNPAGED: Final = 10
"""How many objects a list is taken to have that does not say."""
_PARTS: Final = frozenset({"nodes", "edges", "pageInfo"})


class Cost:
    """The points of one operation with these variables; ``@skip`` and ``@include`` are not looked at."""

    def __init__(self, schema: GraphQLSchema, fragments: Mapping[str, FragmentDefinitionNode], variables: Mapping[str, Any]) -> None:
        self._schema = schema
        self._fragments = fragments
        self._variables = variables
        self._known: dict[tuple[str, str], int] = {}

    def of(self, operation: OperationDefinitionNode) -> int:
        """The points.  Raises GraphQLError when a page is asked to be longer than pages are."""
        root = self._schema.get_root_type(operation.operation)
        points = self._selected(root, operation.selection_set)
        if operation.operation is OperationType.MUTATION:
            points += MUTATION * len(operation.selection_set.selections)
        return max(points, 1)

    def _selected(self, of: Any, selections: SelectionSetNode) -> int:
        total = 0
        node: Any
        for node in selections.selections:
            if isinstance(node, FieldNode):
                total += self._field(of, node)
            elif (inner := getattr(node, "selection_set", None)) is not None:
                condition = node.type_condition
                total += self._selected(self._schema.get_type(condition.name.value) if condition else of, inner)
            else:
                total += self._fragment(node.name.value)
        return total

    def _fragment(self, name: str) -> int:
        fragment = self._fragments[name]
        key = name, fragment.type_condition.name.value
        if key not in self._known:
            self._known[key] = self._selected(self._schema.get_type(key[1]), fragment.selection_set)
        return self._known[key]

    def _field(self, of: Any, node: FieldNode) -> int:
        name = node.name.value
        if name.startswith("__"):
            return INTROSPECTION if node.selection_set is not None else 0
        field: GraphQLField = of.fields[name]
        inner = get_named_type(field.type)
        if node.selection_set is None or is_leaf_type(inner):
            return 0
        below = self._selected(inner, node.selection_set)
        if "first" in field.args:
            return PAGE + _length(self._argument(node, "first"), node, "first") * below
        if name in _PARTS and isinstance(of, GraphQLObjectType) and of.fields.keys() >= _PARTS:
            return below + (name == "nodes")  # of each object of the page; an edge has it below itself
        return self._many(field, node) * (1 + below)

    def _many(self, field: GraphQLField, node: FieldNode) -> int:
        """How many objects a field without pages may give: as many as it has ids, else a guess."""
        of = field.type.of_type if isinstance(field.type, GraphQLNonNull) else field.type
        if not isinstance(of, GraphQLList):
            return 1
        ids = self._argument(node, "ids")
        return _length(len(ids), node, "ids") if isinstance(ids, list | tuple) else UNPAGED

    def _argument(self, node: FieldNode, name: str) -> Any:
        for argument in node.arguments or ():
            if argument.name.value == name:
                match argument.value:
                    case VariableNode() as variable:
                        return self._variables.get(variable.name.value)
                    case IntValueNode() as literal:
                        return int(literal.value)
                    case ListValueNode() as items:
                        return items.values
        return None


def _length(given: Any, node: FieldNode, argument: str) -> int:
    length = given if isinstance(given, int) else DEFAULT
    if not 1 <= length <= MOST:
        raise GraphQLError(
            f"{node.name.value} gives 1 to {MOST} at once, not {length}.", [node], extensions={"code": BAD_INPUT, "field": argument}
        )
    return length
