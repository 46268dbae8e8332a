"""Documents: parsed, measured and validated once, and remembered with their plans and costs."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable, Mapping, Sequence
from typing import Any, Final, TypeVar

import msgspec
from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    specified_rules,
    validate,
)

from graph.execution.cost import Cost
from graph.execution.errors import PARSE_FAILED, VALIDATION_FAILED, coded
from graph.execution.limits import Limits, TooComplex, read
from graph.execution.plan import Compiler, ObjectPlan, Unplannable

DOCUMENTS: Final = 1000
"""Documents that stay known, with their plans..."""
CHARACTERS: Final = 1 << 20
"""...and how long they may be together: a parsed document takes many times its length."""
VARIANTS: Final = 64
"""Plans, and costs, that are kept of one document."""
MOST_ERRORS: Final = 20
K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Known(msgspec.Struct):
    """A document: parsed, with what is wrong with it, its plans by operation and the variables of its directives, and its costs."""

    document: DocumentNode | None
    errors: Sequence[GraphQLError]
    introspects: bool = False
    plans: dict[tuple[Any, ...], ObjectPlan | None] = msgspec.field(default_factory=dict)
    costs: dict[tuple[Any, ...], int] = msgspec.field(default_factory=dict)

    def _definitions(self) -> Sequence[Any]:
        return self.document.definitions if self.document is not None else ()

    def operation(self, name: str | None) -> OperationDefinitionNode | None:
        """The operation of that name, or the only one."""
        found = [one for one in self._definitions() if isinstance(one, OperationDefinitionNode)]
        named = [one for one in found if name is None or (one.name is not None and one.name.value == name)]
        return named[0] if len(named) == 1 else None

    def fragments(self) -> dict[str, FragmentDefinitionNode]:
        """Its fragments by name."""
        return {one.name.value: one for one in self._definitions() if isinstance(one, FragmentDefinitionNode)}

    def plan(self, schema: GraphQLSchema, operation: OperationDefinitionNode, variables: Mapping[str, Any]) -> ObjectPlan:
        """The plan of a query.  Raises Unplannable."""
        flags = tuple(sorted((name, value) for name, value in variables.items() if isinstance(value, bool)))
        key = (_name(operation), flags)
        if key not in self.plans:
            _keep(self.plans, key, self._compiled(schema, operation, variables))
        plan = self.plans[key]
        if plan is None:
            raise Unplannable(key[0])
        return plan

    def _compiled(self, schema: GraphQLSchema, operation: OperationDefinitionNode, variables: Mapping[str, Any]) -> ObjectPlan | None:
        if schema.query_type is None:
            return None
        try:
            return Compiler(schema, self.fragments(), variables).plan(schema.query_type, [operation.selection_set])
        except Unplannable:
            return None

    def cost(self, schema: GraphQLSchema, operation: OperationDefinitionNode, variables: Mapping[str, Any]) -> int:
        """The most points that an operation takes.  Raises GraphQLError when a page is asked to be too long."""
        told = tuple((name, len(value) if isinstance(value, list) else value) for name, value in variables.items() if _counts(value))
        key = (_name(operation), told)
        if key not in self.costs:
            _keep(self.costs, key, Cost(schema, self.fragments(), variables).of(operation))
        return self.costs[key]


class Documents:
    """The documents that were asked lately."""

    def __init__(self, schema: GraphQLSchema, limits: Limits, *, characters: int = CHARACTERS) -> None:
        self._schema = schema
        self._limits = limits
        self._characters = characters
        self._held = 0
        self._known: OrderedDict[str, Known] = OrderedDict()

    def known(self, text: str) -> Known:
        """The document; from memory when it came before."""
        found = self._known.get(text)
        if found is None:
            found = self._read(text)
            self._remember(text, found)
        else:
            self._known.move_to_end(text)
        return found

    def _remember(self, text: str, found: Known) -> None:
        self._known[text] = found
        self._held += len(text)
        while len(self._known) > DOCUMENTS or (self._held > self._characters and len(self._known) > 1):
            oldest, _ = self._known.popitem(last=False)
            self._held -= len(oldest)

    def _read(self, text: str) -> Known:
        try:
            document = read(text, self._limits)
        except GraphQLSyntaxError as error:
            return Known(None, coded([error], PARSE_FAILED))
        except GraphQLError as error:
            return Known(None, [error])
        errors = validate(self._schema, document, specified_rules, max_errors=MOST_ERRORS)
        return Known(document, coded(errors, VALIDATION_FAILED), introspects=_introspects(document))


def _introspects(document: DocumentNode) -> bool:
    """Whether any selection at the top of its definitions asks for the schema."""
    sets: list[Any] = [getattr(one, "selection_set", None) for one in document.definitions]
    while sets:
        for node in getattr(sets.pop(), "selections", ()):
            if isinstance(node, FieldNode) and node.name.value in {"__schema", "__type"}:
                return True
            sets.append(getattr(node, "selection_set", None))
    return False


def _counts(value: Any) -> bool:
    return isinstance(value, int | list) and not isinstance(value, bool)


def _name(operation: OperationDefinitionNode) -> str:
    return operation.name.value if operation.name is not None else ""


def _keep(kept: dict[K, V], key: K, value: V) -> None:
    if len(kept) >= VARIANTS:
        kept.pop(next(iter(kept)))
    kept[key] = value


__all__ = ["Documents", "Known", "TooComplex"]
