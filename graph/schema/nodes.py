"""Anything by its global id: `node` and `nodes`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

import strawberry

from dcsim.errors import InvalidArgument
from graph.backends.entities import EntityByKey
from graph.backends.keyed import TYPENAME
from graph.execution.context import GraphContext
from graph.execution.fields import Arguments, Columns, argument, graph_type, joined
from graph.execution.relay import MOST, Node, parse_id
from graph.execution.rows import Row
from graph.schema.entity import entity_types, kinds_by_type

Loader = Callable[[GraphContext, Sequence[str]], Awaitable[Sequence[Row | None]]]
OTHERS: Final[dict[str, Loader]] = {}
"""What loads nodes that the engine does not have, by uids, by the name of their type; modules of other services add theirs."""


class Nodes:
    """Entities by global ids; None for those that are not there (any more).  With *many* the argument is a list."""

    needs: tuple[str, ...] = ()

    def __init__(self, *, many: bool) -> None:
        self.many = many

    async def load(self, context: GraphContext, parents: Sequence[Row], arguments: Arguments, columns: Columns | None) -> Sequence[Any]:
        """One request for each type of node.  Raises InvalidArgument."""
        ids = list(arguments["ids"]) if self.many else [arguments["id"]]
        if len(ids) > MOST:
            raise InvalidArgument(f"{len(ids)} nodes are too many at once; {MOST} are the most.", field="ids")
        found = await nodes_by_id(context, ids)
        return [found if self.many else found[0]] * len(parents)


async def nodes_by_id(context: GraphContext, ids: Sequence[str]) -> list[Row | None]:
    """The row of each global id, with the name of its type."""
    wanted = [parse_id(one) for one in ids]
    found: dict[tuple[str, str], Row] = {}
    for name in dict.fromkeys(name for name, _ in wanted):
        rows = await _rows(context, name, [uid for other, uid in wanted if other == name])
        found.update(((name, row["uid"]), {**row, TYPENAME: name}) for row in rows if row is not None)
    return [found.get(one) for one in wanted]


async def _rows(context: GraphContext, name: str, uids: Sequence[str]) -> Sequence[Row | None]:
    if name in OTHERS:
        return await OTHERS[name](context, uids)
    kind = kinds_by_type().get(name)
    if kind is None:
        return []
    rows: Sequence[Row | None] = await EntityByKey(kind, "uid").load(context, [{"uid": uid} for uid in uids], {}, entity_types()[kind][1])
    return rows


@graph_type
class NodeQuery:
    """Reading anything by its global id."""

    node: Node | None = joined(Nodes(many=False), arguments=[argument("id", strawberry.ID)], description="The thing of a global id.")
    nodes: list[Node | None] | None = joined(
        Nodes(many=True), arguments=[argument("ids", list[strawberry.ID])], description=f"The things of up to {MOST} global ids, in order."
    )
