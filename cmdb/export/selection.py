"""Which part of the graph: CIs that a query finds, perhaps among the surroundings of one, and the relations between them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from cmdb.model import Ci, Relation, class_of, relation_types
from cmdb.stores.port import MAX_PAGE, Query
from cmdb.stores.snapshot import Snapshot
from dcsim.errors import InvalidArgument, NotFound

MAX_AROUND: Final = 20_000
"""CIs that the surroundings of one may hold: they are found before the first of them is written."""
SOURCES: Final = 300
"""CIs whose relations are read at once."""


class Wanted(msgspec.Struct, frozen=True, kw_only=True, rename={"cls": "class"}):
    """Which CIs: of a class or below it, with a tag, with every word of ``text``; with ``around``, only what is at most ``depth``
    relations away from that CI: ``out`` along what is needed, ``in`` along what needs it, of all ``types`` or those (with commas)."""

    cls: str = "CI"
    tag: str = ""
    text: str = ""
    around: str = ""
    depth: Annotated[int, Meta(ge=0, le=20)] = 1
    direction: Literal["out", "in", "both"] = "both"
    types: str = ""

    def query(self, uids: tuple[str, ...] | None = None) -> Query:
        """The query for them; raises InvalidArgument for a class that there is not."""
        class_of(self.cls)
        return Query(cls=self.cls, tags=(self.tag,) if self.tag else (), text=self.text, uids=uids, limit=MAX_PAGE)

    def verbs(self) -> list[str] | None:
        """The types of relations that surroundings go along; raises InvalidArgument for one that is not declared."""
        given = [one for one in self.types.split(",") if one]
        unknown = sorted(set(given) - relation_types())
        if unknown:
            raise InvalidArgument(f"There is no relation {unknown[0]!r}; GET /cmdb/relation-types lists them all.", field="types")
        return given or None


class Selection:
    """The wanted part of a snapshot.  Read `cis` to its end before `relations`, which go between those CIs."""

    def __init__(self, snapshot: Snapshot, wanted: Wanted, surroundings: Sequence[str] | None) -> None:
        self._snapshot = snapshot
        self._wanted = wanted
        self._surroundings = surroundings
        self.names: dict[str, tuple[str, str]] = {}
        """uid → class and name of every CI that has been read."""

    @classmethod
    async def of(cls, snapshot: Snapshot, wanted: Wanted) -> Selection:
        """Find the surroundings, if any are asked for.  Raises InvalidArgument, and NotFound for a CI that there is not."""
        wanted.query()
        around = await _around(snapshot, wanted) if wanted.around else None
        return cls(snapshot, wanted, around)

    async def cis(self) -> AsyncIterator[Sequence[Ci]]:
        """The CIs by uid, some at a time."""
        if self._surroundings is None:
            queries = [self._wanted.query()]
        else:
            queries = [self._wanted.query(tuple(some)) for some in _some(self._surroundings, MAX_PAGE)]
        for query in queries:
            async for found in self._snapshot.cis(query):
                self.names.update((ci.uid, (ci.cls, ci.name)) for ci in found)
                yield found

    async def relations(self) -> AsyncIterator[Sequence[Relation]]:
        """The relations whose ends both were among the CIs, by key, some at a time."""
        for uids in _some(list(self.names), SOURCES):
            found = await self._snapshot.relations_of(uids, "out")
            kept = [one for one in found if one.target in self.names]
            if kept:
                yield kept


async def _around(snapshot: Snapshot, wanted: Wanted) -> list[str]:
    """The uids within reach, sorted."""
    if not (await snapshot.page(Query(uids=(wanted.around,)))).items:
        raise NotFound(f"There is no CI {wanted.around!r}.", subject=wanted.around)
    verbs = wanted.verbs()
    reached, edge = {wanted.around}, [wanted.around]
    for _ in range(wanted.depth):
        beyond: set[str] = set()
        for some in _some(edge, SOURCES):
            relations = await snapshot.relations_of(some, wanted.direction, verbs)
            beyond.update(end for one in relations for end in (one.source, one.target))
            if len(reached) + len(beyond) > MAX_AROUND:
                raise InvalidArgument(f"depth: there are more than {MAX_AROUND:,} CIs so near; take fewer steps or types.", field="depth")
        edge = sorted(beyond - reached)
        reached.update(edge)
    return sorted(reached)


def _some(items: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    return (items[start : start + size] for start in range(0, len(items), size))
