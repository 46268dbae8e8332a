"""Loading for many parents at once on the standard path: what is asked for in one turn of the loop goes into one request."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from strawberry.dataloader import DataLoader

from graph.execution.rows import Row

if TYPE_CHECKING:
    from graph.execution.context import GraphContext
    from graph.execution.fields import Arguments, Columns, Join


class Loaders:
    """The loaders of one request, by join and arguments."""

    def __init__(self) -> None:
        self._loaders: dict[tuple[int, str], DataLoader[_Parent, Any]] = {}

    async def load(self, context: GraphContext, join: Join, parent: Row, arguments: Arguments, columns: Columns | None) -> Any:
        """The joined value of one parent."""
        key = id(join), repr(sorted(arguments.items(), key=lambda one: one[0]))
        loader = self._loaders.get(key)
        if loader is None:

            async def batch(parents: list[_Parent]) -> Sequence[Any]:
                return await load_all(join, context, [one.row for one in parents], arguments, columns)

            loader = self._loaders[key] = DataLoader(batch, cache=False)
        return await loader.load(_Parent(parent))


class _Parent:
    """A row as a key: by identity, since rows are not hashable."""

    __slots__ = ("row",)

    def __init__(self, row: Row) -> None:
        self.row = row


async def load_all(
    join: Join, context: GraphContext, parents: Sequence[Row], arguments: Arguments, columns: frozenset[str] | None
) -> Sequence[Any]:
    """What the join says for each parent; what it raises is every parent's."""
    try:
        return await join.load(context, parents, arguments, columns)
    except Exception as error:  # noqa: BLE001 - it is not swallowed: each of the fields answers with it
        return [error] * len(parents)
