"""One instant of the graph, as far as the store can hold one: what exports and inventories are made of."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from typing import TYPE_CHECKING, Final, Self

from msgspec.structs import replace

from cmdb.model.graph import Ci, Relation

if TYPE_CHECKING:
    from cmdb.stores.port import Direction, GraphStore, Page, Query

PIECE: Final = 1_000
"""CIs that are read at once."""


class Snapshot:
    """The graph at one revision; use it as a context.  ``exact`` says whether what changes meanwhile stays out.

    This one reads the store as it is at each moment.  Errors: those of `GraphStore`.
    """

    exact: bool = False

    def __init__(self, store: GraphStore) -> None:
        self._store = store
        self.revision = 0

    async def __aenter__(self) -> Self:
        self.revision = await self._store.revision()
        return self

    async def __aexit__(self, *_: object) -> None:
        pass

    async def page(self, query: Query) -> Page:
        """A page of CIs, see `GraphStore.page`."""
        return await self._store.page(query)

    async def relations_of(self, uids: Iterable[str], direction: Direction = "out", types: Iterable[str] | None = None) -> list[Relation]:
        """The relations at these CIs, see `GraphStore.relations_of`."""
        return await self._store.relations_of(uids, direction, types)

    async def cis(self, query: Query) -> AsyncIterator[Sequence[Ci]]:
        """All CIs of a query, in its order, some at a time."""
        more = True
        while more:
            found = await self.page(query)
            if found.items:
                yield found.items
            query, more = replace(query, cursor=found.next), bool(found.next)
