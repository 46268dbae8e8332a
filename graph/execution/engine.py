"""From a request's text to its answer: parsed, validated and planned once, then run."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
from graphql import (
    DocumentNode,
    ExecutionResult,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    OperationType,
    execute,
    parse,
    validate,
)
from graphql.execution.values import VariableValues, get_variable_values
from graphql.pyutils import is_awaitable

from graph.execution.context import GraphContext
from graph.execution.errors import BAD_INPUT, PARSE_FAILED, VALIDATION_FAILED, coded
from graph.execution.plan import Compiler, ObjectPlan, Unplannable
from graph.execution.run import Run

DOCUMENTS: Final = 1000
"""Documents that stay known, with their plans."""


class Known(msgspec.Struct):
    """A document: parsed, with what is wrong with it, and its plans by operation and by the variables of its directives."""

    document: DocumentNode | None
    errors: Sequence[GraphQLError]
    plans: dict[tuple[Any, ...], ObjectPlan | None] = msgspec.field(default_factory=dict)

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


class Engine:
    """Carries out queries and mutations of one Strawberry schema."""

    def __init__(self, schema: Any, *, rules: Sequence[Any] | None = None) -> None:
        self.schema = schema
        self.core = schema._schema
        self._rules = rules
        self._known: OrderedDict[str, Known] = OrderedDict()

    def known(self, text: str) -> Known:
        """The document, parsed and validated; from memory when it came before."""
        found = self._known.get(text)
        if found is None:
            found = self._read(text)
            self._known[text] = found
            if len(self._known) > DOCUMENTS:
                self._known.popitem(last=False)
        else:
            self._known.move_to_end(text)
        return found

    def _read(self, text: str) -> Known:
        try:
            document = parse(text)
        except GraphQLSyntaxError as error:
            return Known(None, coded([error], PARSE_FAILED))
        return Known(document, coded(validate(self.core, document, self._rules), VALIDATION_FAILED))

    async def execute(
        self, text: str, context: GraphContext, *, variables: Mapping[str, Any] | None = None, operation_name: str | None = None
    ) -> ExecutionResult:
        """The answer to one request."""
        known = self.known(text)
        if known.errors or known.document is None:
            return ExecutionResult(None, list(known.errors))
        operation = known.operation(operation_name)
        given = get_variable_values(self.core, operation.variable_definitions or (), dict(variables or {})) if operation else None
        if isinstance(given, list):
            return ExecutionResult(None, coded(given, BAD_INPUT))
        if operation is not None and given is not None and operation.operation is OperationType.QUERY:
            answer = await self._planned(known, operation, context, given)
            if answer is not None:
                return answer
        return await self._standard(known.document, context, variables, operation_name)

    async def _planned(
        self, known: Known, operation: OperationDefinitionNode, context: GraphContext, given: VariableValues
    ) -> ExecutionResult | None:
        """The answer by plan; None when the standard path has to do it."""
        try:
            plan = self._plan(known, operation, given.coerced)
            run = Run(self.schema, context, given)
            (data,) = await run.show(plan, [{}], [()])
        except Unplannable:
            return None
        return ExecutionResult(data, run.errors or None)

    def _plan(self, known: Known, operation: OperationDefinitionNode, variables: Mapping[str, Any]) -> ObjectPlan:
        flags = tuple(sorted((name, value) for name, value in variables.items() if isinstance(value, bool)))
        key = (operation.name.value if operation.name else "", flags)
        if key not in known.plans:
            compiler = Compiler(self.core, known.fragments(), variables)
            try:
                known.plans[key] = compiler.plan(self.core.query_type, [operation.selection_set])
            except Unplannable:
                known.plans[key] = None
        plan = known.plans[key]
        if plan is None:
            raise Unplannable(key[0])
        return plan

    async def _standard(
        self, document: DocumentNode, context: GraphContext, variables: Mapping[str, Any] | None, operation_name: str | None
    ) -> ExecutionResult:
        found: Any = execute(
            self.core, document, context_value=context, variable_values=dict(variables or {}), operation_name=operation_name
        )
        result: ExecutionResult = await found if is_awaitable(found) else found
        return result
