"""The vocabulary of faults that can be injected."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from graph.backends.entities import ENGINE
from graph.execution.context import GraphContext
from graph.execution.fields import Arguments, Columns, column, graph_type
from graph.execution.rows import Row


@graph_type
class FaultKind:
    """A fault that can be injected, and the kind of thing that it strikes."""

    code: str = column()
    subject_kind: str = column()
    severity: str = column()
    description: str = column()


class FaultKinds:
    """All of them, as the engine lists them."""

    needs: tuple[str, ...] = ()

    async def load(self, context: GraphContext, parents: Sequence[Row], arguments: Arguments, columns: Columns | None) -> Sequence[Any]:
        """One request."""
        found = await context.services.get(ENGINE, "/sim/inject", list[dict[str, Any]])
        return [found] * len(parents)
