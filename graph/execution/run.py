"""Running a plan: level by level, each join asked once for all rows of its level."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from itertools import repeat
from typing import Any, TypeAlias

from graphql import GraphQLError
from graphql.execution.values import VariableValues, get_argument_values
from strawberry.types.arguments import convert_arguments

from dcsim.errors import PermissionDenied
from graph.execution.context import GraphContext
from graph.execution.fields import Joined
from graph.execution.loading import load_all
from graph.execution.permissions import check
from graph.execution.plan import Branch, Fixed, Guarded, Identity, Leaf, ObjectPlan, SlicePart, SlicePlan, Unplannable
from graph.execution.relay import global_id, page_info
from graph.execution.rows import CURSOR, Row, Slice

Shown: TypeAlias = dict[str, Any]
Path: TypeAlias = tuple[str | int, ...]


class Run:
    """One running of a plan; `errors` are those of single fields."""

    def __init__(self, schema: Any, context: GraphContext, variables: VariableValues) -> None:
        self._schema = schema
        self._context = context
        self._variables = variables
        self.errors: list[GraphQLError] = []

    async def show(self, plan: ObjectPlan, rows: Sequence[Row], paths: Sequence[Path]) -> list[Shown]:
        """Each row as the query wants it."""
        parts = [self._allowed(part, paths) if isinstance(part, Guarded) else part for part in plan.parts]
        columns: list[Any] = [_values(part, rows) for part in parts]
        keys = [part.key for part in parts]
        shown = [dict(zip(keys, values, strict=True)) for values in zip(*columns, strict=False)] if columns else [{} for _ in rows]
        branches = [part for part in parts if isinstance(part, Branch)]
        if rows and len(branches) == 1:
            await self._join(branches[0], rows, shown, paths)
        elif rows and branches:
            joined = (self._join(branch, rows, shown, paths) for branch in branches)
            for outcome in await asyncio.gather(*joined, return_exceptions=True):
                if outcome is not None:
                    raise outcome
        return shown

    def _allowed(self, guarded: Guarded, paths: Sequence[Path]) -> Leaf | Fixed | Identity | Branch:
        """What the caller gets of a part that demands something: nothing, and an error at each of its places, where it lacks it."""
        try:
            check(self._context.claims, guarded.scopes)
        except PermissionDenied as error:
            for path in paths:
                self._failed(guarded, error, (*path, guarded.key))
            return Fixed(guarded.key, None)
        return guarded.part

    async def _join(self, branch: Branch, rows: Sequence[Row], shown: Sequence[Shown], paths: Sequence[Path]) -> None:
        arguments = self._arguments(branch.definition, branch)
        found = await load_all(branch.join, self._context, rows, arguments, branch.child.columns)
        children: list[Row] = []
        child_paths: list[Path] = []
        places: list[tuple[int, Any]] = []
        for index, value in enumerate(found):
            path = (*paths[index], branch.key)
            if isinstance(value, BaseException):
                self._failed(branch, value, path)
                continue
            if value is None:
                if not branch.nullable:
                    raise Unplannable("null")
                continue
            many = [value] if branch.shape == "one" else value.rows if isinstance(value, Slice) else value
            places.append((index, value))
            children.extend(many)
            child_paths.extend(repeat(path, 1) if branch.shape == "one" else ((*path, number) for number in range(len(many))))
        if branch.shape == "slice":
            await self._slices(branch, places, children, child_paths, shown)
        else:
            made = await self.show(branch.child, children, child_paths)
            _place(branch, places, made, shown)

    async def _slices(
        self, branch: Branch, places: Sequence[tuple[int, Slice]], rows: Sequence[Row], paths: Sequence[Path], shown: Sequence[Shown]
    ) -> None:
        """Connections: what is shown of their rows is made for all of them at once."""
        plan: SlicePlan = branch.child
        made: dict[str, list[Any]] = {}
        for part in plan.parts:
            if part.name == "nodes":
                made[part.key] = await self.show(part.child, rows, [(*path[:-1], part.key, path[-1]) for path in paths])
            elif part.name == "edges":
                made[part.key] = await self._edges(part, rows, paths)
        start = 0
        for index, found in places:
            end = start + len(found.rows)
            shown[index][branch.key] = {
                part.key: made[part.key][start:end] if part.key in made else _of_slice(part, plan, found) for part in plan.parts
            }
            start = end

    async def _edges(self, part: SlicePart, rows: Sequence[Row], paths: Sequence[Path]) -> list[Any]:
        plan: SlicePlan = part.child
        columns: list[Any] = []
        for inner in plan.parts:
            match inner.name:
                case "node":
                    below = [(*path[:-1], part.key, path[-1], inner.key) for path in paths]
                    columns.append(await self.show(inner.child, rows, below))
                case "cursor":
                    columns.append([row.get(CURSOR, "") for row in rows])
                case _:
                    columns.append(repeat(plan.type_name, len(rows)))
        keys = [inner.key for inner in plan.parts]
        return [dict(zip(keys, values, strict=True)) for values in zip(*columns, strict=True)]

    def _arguments(self, definition: Joined, branch: Branch) -> Mapping[str, Any]:
        try:
            given = get_argument_values(branch.field, branch.nodes[0], self._variables)
        except GraphQLError as error:
            raise Unplannable("arguments") from error  # the standard path says what is wrong with them, at each place
        return convert_arguments(given, definition.arguments, self._schema.schema_converter.scalar_registry, self._schema.config)

    def _failed(self, branch: Branch | Guarded, error: BaseException, path: Path) -> None:
        if not branch.nullable:
            raise Unplannable("null")
        original = error if isinstance(error, Exception) else None
        self.errors.append(GraphQLError(str(error), nodes=list(branch.nodes), path=list(path), original_error=original))


def _values(part: Leaf | Fixed | Identity | Branch, rows: Sequence[Row]) -> Any:
    """One key's values for all rows; those of joins come later."""
    match part:
        case Leaf():
            column = part.column
            return part.check([row.get(column) for row in rows])
        case Identity():
            name = part.type_name
            return [global_id(name, row["uid"]) for row in rows]
        case Fixed():
            return repeat(part.value, len(rows))
        case Branch():
            return repeat(None, len(rows))


def _place(branch: Branch, places: Sequence[tuple[int, Any]], made: Sequence[Any], shown: Sequence[Shown]) -> None:
    start = 0
    for index, value in places:
        if branch.shape == "one":
            shown[index][branch.key] = made[start]
            start += 1
        else:
            shown[index][branch.key] = list(made[start : start + len(value)])
            start += len(value)


def _of_slice(part: SlicePart, plan: SlicePlan, found: Slice) -> Any:
    match part.name:
        case "totalCount":
            return found.total
        case "pageInfo":
            place = page_info(found)
            values = {
                "hasNextPage": place.has_next_page,
                "hasPreviousPage": place.has_previous_page,
                "startCursor": place.start_cursor,
                "endCursor": place.end_cursor,
                "__typename": "PageInfo",
            }
            return {key: values[name] for key, name in part.child.items()}
    return plan.type_name
