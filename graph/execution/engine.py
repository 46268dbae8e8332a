"""From a request's text to its answer: within the limits, by plan where one can be made, else by graphql-core."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import msgspec
from graphql import ExecutionResult, FieldNode, GraphQLError, OperationDefinitionNode, OperationType, execute
from graphql.execution.values import VariableValues, get_variable_values
from graphql.pyutils import is_awaitable

from graph.execution.context import GraphContext
from graph.execution.documents import Documents, Known
from graph.execution.errors import BAD_INPUT, FORBIDDEN, coded
from graph.execution.limits import Limits, TooComplex
from graph.execution.plan import Unplannable
from graph.execution.run import Run

TIMED_OUT = "TIMEOUT"
NOT_HERE = "OPERATION_NOT_ALLOWED"


class Ready(msgspec.Struct, frozen=True):
    """An operation that may run: known to be valid, with its variables and what it costs."""

    known: Known
    operation: OperationDefinitionNode
    variables: VariableValues
    points: int

    @property
    def fields(self) -> str:
        """The fields that the operation asks the root for, for the audit."""
        return ",".join(one.name.value for one in self.operation.selection_set.selections if isinstance(one, FieldNode))


class Wrong(Exception):
    """The request itself is wrong, so that nothing of it runs."""

    def __init__(self, *errors: GraphQLError) -> None:
        super().__init__(str(errors[0]))
        self.errors = list(errors)


class Engine:
    """Carries out queries and mutations of one Strawberry schema."""

    def __init__(self, schema: Any, *, limits: Limits | None = None) -> None:
        self.schema = schema
        self.core = schema._schema
        self.limits = limits or Limits()
        self._documents = Documents(self.core, self.limits)

    def known(self, text: str) -> Known:
        """The document, parsed, measured and validated; from memory when it came before."""
        return self._documents.known(text)

    def ready(self, text: str, variables: Mapping[str, Any] | None, operation_name: str | None) -> Ready:
        """The operation that is asked for.  Raises Wrong."""
        known = self.known(text)
        if known.errors:
            raise Wrong(*known.errors)
        operation = known.operation(operation_name)
        if operation is None:
            told = f"no operation {operation_name!r}" if operation_name else "more than one operation, and no operationName says which,"
            raise Wrong(GraphQLError(f"There is {told} in the document.", extensions={"code": BAD_INPUT}))
        given = get_variable_values(self.core, operation.variable_definitions or (), dict(variables or {}), max_errors=20)
        if isinstance(given, list):
            raise Wrong(*coded(given, BAD_INPUT))
        try:
            points = known.cost(self.core, operation, given.coerced)
        except GraphQLError as error:
            raise Wrong(error) from error
        if points > self.limits.points:
            raise Wrong(TooComplex("points", self.limits.points, points))
        return Ready(known, operation, given, points)

    async def execute(
        self, text: str, context: GraphContext, *, variables: Mapping[str, Any] | None = None, operation_name: str | None = None
    ) -> ExecutionResult:
        """The answer to one request."""
        try:
            ready = self.ready(text, variables, operation_name)
        except Wrong as wrong:
            return ExecutionResult(None, wrong.errors)
        return await self.run(ready, context, variables)

    async def run(self, ready: Ready, context: GraphContext, variables: Mapping[str, Any] | None = None) -> ExecutionResult:
        """The answer of an operation; *variables* are those that came with it."""
        if ready.known.introspects and not context.claims.scopes:
            return _refused(FORBIDDEN, "The schema is shown to those who are known: send a token.")
        if ready.operation.operation is OperationType.SUBSCRIPTION:
            return _refused(NOT_HERE, "Subscriptions are answered on a WebSocket: graphql-transport-ws on this path.")
        try:
            async with asyncio.timeout(self.limits.seconds):
                if ready.operation.operation is OperationType.QUERY:
                    answer = await self._planned(ready, context)
                    if answer is not None:
                        return answer
                return await self._standard(ready, context, variables)
        except TimeoutError:
            return _refused(TIMED_OUT, f"The query took longer than {self.limits.seconds:g} s.")

    async def _planned(self, ready: Ready, context: GraphContext) -> ExecutionResult | None:
        """The answer by plan; None when the standard path has to do it."""
        try:
            plan = ready.known.plan(self.core, ready.operation, ready.variables.coerced)
            run = Run(self.schema, context, ready.variables)
            (data,) = await run.show(plan, [{}], [()])
        except Unplannable:
            return None
        return ExecutionResult(data, run.errors or None)

    async def _standard(self, ready: Ready, context: GraphContext, variables: Mapping[str, Any] | None) -> ExecutionResult:
        """The answer by graphql-core."""
        found: Any = execute(
            self.core,
            ready.known.document,  # type: ignore[arg-type]  # one with errors is never ready
            context_value=context,
            variable_values=dict(variables or {}),
            operation_name=ready.operation.name.value if ready.operation.name is not None else None,
        )
        result: ExecutionResult = await found if is_awaitable(found) else found
        return result


def _refused(code: str, message: str) -> ExecutionResult:
    return ExecutionResult(None, [GraphQLError(message, extensions={"code": code})])


__all__ = ["Engine", "Known", "Ready", "Wrong"]
