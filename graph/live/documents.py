"""Subscription documents: read once, and carried out for a batch of rows at a time, whose joins go to the services together."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final

import msgspec
from graphql import ExecutionResult, GraphQLError, OperationType, execute
from graphql.execution.values import get_argument_values
from graphql.pyutils import is_awaitable
from strawberry.types.arguments import convert_arguments

from graph.execution.context import GraphContext
from graph.execution.engine import Engine, Wrong
from graph.execution.errors import BAD_INPUT, VALIDATION_FAILED, coded, shown
from graph.execution.plan import DEFINITION, Compiler, ObjectPlan, Unplannable
from graph.execution.rows import Row
from graph.execution.run import Run
from graph.live.fields import DELIVERED, Live

SHARED: Final = 256
"""Batches whose answers are kept for others that want the same."""
_encode = msgspec.json.Encoder().encode


class Asked(msgspec.Struct, frozen=True):
    """The payload of a ``subscribe`` message."""

    query: str
    variables: dict[str, Any] | None = None
    operation_name: str | None = msgspec.field(default=None, name="operationName")
    extensions: dict[str, Any] | None = None


class Subscription:
    """One subscription, ready to be run; ``key`` is the same for those that get the same answers, their rights apart.

    Making it raises Wrong for a document that cannot be carried out.
    """

    def __init__(self, engine: Engine, asked: Asked) -> None:
        self._engine = engine
        self._asked = asked
        self.key = f"{asked.operation_name}\n{asked.query}\n".encode() + msgspec.json.encode(asked.variables or {}, order="deterministic")
        self._ready = engine.ready(asked.query, asked.variables, asked.operation_name)
        self.field, self.arguments = self._root()
        self._plan = self._planned()

    def _root(self) -> tuple[Live, Mapping[str, Any]]:
        node: Any = self._ready.operation.selection_set.selections[0]
        name = getattr(getattr(node, "name", None), "value", "")
        field = self._engine.core.subscription_type.fields.get(name) if self._engine.core.subscription_type is not None else None
        definition = field.extensions.get(DEFINITION) if field is not None else None
        if field is None or not isinstance(definition, Live):
            message = "A subscription selects one field, without fragments around it."
            raise Wrong(*coded([GraphQLError(message, nodes=[node])], VALIDATION_FAILED))
        try:
            given = get_argument_values(field, node, self._ready.variables)
        except GraphQLError as error:
            raise Wrong(*coded([error], BAD_INPUT)) from error
        schema = self._engine.schema
        return definition, convert_arguments(given, definition.arguments, schema.schema_converter.scalar_registry, schema.config)

    def _planned(self) -> ObjectPlan | None:
        compiler = Compiler(self._engine.core, self._ready.known.fragments(), self._ready.variables.coerced)
        try:
            return compiler.plan(self._engine.core.subscription_type, [self._ready.operation.selection_set])
        except Unplannable:
            return None

    async def payloads(self, rows: Sequence[Row], context: GraphContext) -> list[bytes]:
        """The answer for each row, as JSON."""
        found = await self._by_plan(rows, context) if self._plan is not None else None
        if found is None:
            found = await asyncio.gather(*(self._by_standard(row, context) for row in rows))
        return [_encode(_body(result, context.request_id)) for result in found]

    async def _by_plan(self, rows: Sequence[Row], context: GraphContext) -> Sequence[ExecutionResult] | None:
        assert self._plan is not None  # noqa: S101 - the caller looked
        run = Run(self._engine.schema, context, self._ready.variables)
        try:
            shown_rows = await run.show(self._plan, [{DELIVERED: row} for row in rows], [(number,) for number in range(len(rows))])
        except Unplannable:
            return None
        errors: dict[int, list[GraphQLError]] = {}
        for error in run.errors:
            number, *path = error.path or (0,)
            cause, given = error.original_error, error.extensions
            told = GraphQLError(error.message, nodes=error.nodes, path=path, original_error=cause, extensions=given)
            errors.setdefault(int(number), []).append(told)
        return [ExecutionResult(data, errors.get(number)) for number, data in enumerate(shown_rows)]

    async def _by_standard(self, row: Row, context: GraphContext) -> ExecutionResult:
        found: Any = execute(
            self._engine.core,
            self._ready.known.document,  # type: ignore[arg-type]
            root_value={DELIVERED: row},
            context_value=context,
            variable_values=self._asked.variables or {},
            operation_name=self._asked.operation_name,
        )
        result: ExecutionResult = await found if is_awaitable(found) else found
        return result


def operation_of(engine: Engine, asked: Asked) -> OperationType | None:
    """What kind of operation is asked for; None when the document is wrong."""
    known = engine.known(asked.query)
    operation = known.operation(asked.operation_name) if not known.errors else None
    return operation.operation if operation is not None else None


def _body(result: ExecutionResult, request_id: str) -> dict[str, Any]:
    body: dict[str, Any] = {"data": result.data}
    if result.errors:
        body["errors"] = shown(result.errors, request_id)
    return body


class Shared:
    """Answers that several subscribers want at once: whoever asks first has it made for all."""

    def __init__(self, keep: int = SHARED) -> None:
        self._keep = keep
        self._made: OrderedDict[Any, asyncio.Task[list[bytes]]] = OrderedDict()

    async def once(self, key: Any, make: Callable[[], Awaitable[list[bytes]]]) -> list[bytes]:
        """What *make* answers, made once for a key while it is remembered.  It is made to its end, whoever stops waiting."""
        task = self._made.get(key)
        if task is None:
            task = self._made[key] = asyncio.ensure_future(make())
            task.add_done_callback(_looked_at)
            if len(self._made) > self._keep:
                self._made.popitem(last=False)
        return await asyncio.shield(task)

    async def close(self) -> None:
        """Give up what is being made."""
        for task in self._made.values():
            task.cancel()
        await asyncio.gather(*self._made.values(), return_exceptions=True)
        self._made.clear()


def _looked_at(task: asyncio.Task[list[bytes]]) -> None:
    if not task.cancelled():
        task.exception()
