"""Where saved queries are kept: as records of the store, each under its name and owner, beside those that come with dc-sim."""

from __future__ import annotations

import asyncio
from typing import Final
from weakref import WeakKeyDictionary

import msgspec

from cmdb.queries.seeded import SEEDED
from cmdb.queries.shapes import SavedQuery
from cmdb.stores.port import Batch, GraphStore, Record
from dcsim.errors import AlreadyExists, NotFound, PermissionDenied, VersionConflict

SPACE: Final = "saved-query"
_turns: Final[WeakKeyDictionary[GraphStore, asyncio.Lock]] = WeakKeyDictionary()
"""Whose turn it is to change the queries of a store: what is looked up stays true until it is written."""


class Shelf:
    """The queries of everybody.  Names are one's own: of several with one name, one's own is meant before a shared one."""

    def __init__(self, store: GraphStore) -> None:
        self._store = store
        self._turn = _turns.setdefault(store, asyncio.Lock())

    async def visible(self, principal: str) -> list[SavedQuery]:
        """All that somebody may see, by name, one's own first."""
        kept = [msgspec.convert(value, SavedQuery) for value in (await self._store.records(SPACE)).values()]
        seen = [one for one in [*kept, *SEEDED] if one.shared or one.owner == principal]
        return sorted(seen, key=lambda one: (one.name, one.owner != principal, one.owner))

    async def get(self, name: str, principal: str) -> SavedQuery:
        """The one of that name; raises NotFound."""
        found = next((one for one in await self.visible(principal) if one.name == name), None)
        if found is None:
            raise NotFound(f"There is no saved query {name!r} of yours, and none that is shared.", subject=name)
        return found

    async def add(self, query: SavedQuery) -> SavedQuery:
        """Keep a new one.  Raises AlreadyExists for a name that its owner, or, of a shared one, a shared one has."""
        async with self._turn:
            await self._check_name(query)
            return await self._put(query)

    async def replace(self, query: SavedQuery, expected: int | None) -> SavedQuery:
        """Put another in the place of one's own.  Raises NotFound, PermissionDenied, VersionConflict, AlreadyExists."""
        async with self._turn:
            was = await self._own(query.name, query.owner, expected)
            if query.shared and not was.shared:
                await self._check_name(query, but=was)
            return await self._put(msgspec.structs.replace(query, version=was.version + 1))

    async def remove(self, name: str, principal: str, expected: int | None) -> None:
        """Forget one's own.  Raises NotFound, PermissionDenied, VersionConflict."""
        async with self._turn:
            await self._own(name, principal, expected)
            await self._store.apply(Batch(records=[Record(SPACE, _key(name, principal))]))

    async def _put(self, query: SavedQuery) -> SavedQuery:
        await self._store.apply(Batch(records=[Record(SPACE, _key(query.name, query.owner), msgspec.to_builtins(query))]))
        return query

    async def _own(self, name: str, principal: str, expected: int | None) -> SavedQuery:
        found = await self.get(name, principal)
        if found.owner != principal:
            raise PermissionDenied(f"The query {name!r} is {found.owner}'s; save it under a name of your own.", privilege="owner")
        if expected is not None and expected != found.version:
            raise VersionConflict(f"The query {name!r} has changed since it was read.", subject=name)
        return found

    async def _check_name(self, query: SavedQuery, but: SavedQuery | None = None) -> None:
        for one in await self.visible(query.owner):
            if one.name == query.name and one != but and (one.owner == query.owner or query.shared):
                raise AlreadyExists(f"There is a query {query.name!r} already, {one.owner}'s.", subject=query.name)


def _key(name: str, owner: str) -> str:
    return f"{name}/{owner}"
