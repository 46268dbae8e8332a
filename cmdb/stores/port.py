"""The graph store port: what the CMDB asks of the place where its graph lives.  One contract test class holds for every implementation.

Everything is written by `GraphStore.apply`, one `Batch` a transaction: the graph, its history, and what has been read of which source
change together or not at all.  Reads see every batch whose `apply` has returned.  Nothing here knows a query language.

Errors, of every method: StoreUnavailable (away, or too slow; nothing was changed that is not reported as applied; try again later).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, Literal, NamedTuple, TypeAlias

import msgspec

from cmdb.model.graph import Ci, Cursor, HistoryRow, Processed, Relation, Tombstone, Value
from cmdb.stores.snapshot import Snapshot
from dcsim.comparison import Op

SCHEMA_VERSION: Final = 1
"""Of what both stores hold; a store of another version is refused with StoreCorrupt, and can be dropped and filled anew."""
KEEP_PROCESSED: Final = 200_000
"""Ids of events that are remembered at least, the latest by sequence: twice what the bus keeps for replay."""
OTHERS: Final = 500
"""CIs whose name does not begin with what is searched for, of which `GraphStore.search` takes the best names."""
MAX_PAGE: Final = 1_000
FIND_LIMIT: Final = 100
"""CIs that `GraphStore.find` answers at most: enough to see that something is ambiguous."""
FIELDS: Final = frozenset({"uid", "name", "cls", "created", "changed", "version"})
"""What a query can filter and sort by besides attributes."""

Direction: TypeAlias = Literal["out", "in", "both"]
"""``out``: relations whose source is given (what it needs); ``in``: whose target is given (what needs it)."""
RelationKey: TypeAlias = tuple[str, str, str]


class Record(msgspec.Struct, frozen=True):
    """Something small that a part of the CMDB keeps in the same transactions: ``value`` is anything that JSON can say, None deletes it.

    ``space`` names whose it is, e.g. ``saved-query`` or ``pending-relation``.
    """

    space: str
    key: str
    value: Any = None


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """What changes in one transaction, in this order: ``expect``, ``removals``, ``upserts``, ``unrelated``, ``related``, the rest.

    ``expect``: uid → version that the CI must still have (0: must not exist), else VersionConflict.
    ``removals``: uids to delete together with all of their relations; unknown ones are ignored.
    ``upserts``: CIs, whole, that replace what was there under their uid.
    ``unrelated``: relations to delete; unknown ones are ignored.  ``related``: relations, whole, that replace what was there.
    ``history``: rows to append, in order.  ``tombstones`` replace older ones of their source and key; ``revived`` are (source, key)
    whose tombstone goes.  ``processed``: the events behind all this.  ``cursors``: name → cursor.  ``records``: see `Record`.
    """

    expect: Mapping[str, int] = msgspec.field(default_factory=dict)
    removals: Sequence[str] = ()
    upserts: Sequence[Ci] = ()
    unrelated: Sequence[RelationKey] = ()
    related: Sequence[Relation] = ()
    history: Sequence[HistoryRow] = ()
    tombstones: Sequence[Tombstone] = ()
    revived: Sequence[tuple[str, str]] = ()
    processed: Sequence[Processed] = ()
    cursors: Mapping[str, Cursor] = msgspec.field(default_factory=dict)
    records: Sequence[Record] = ()


class Applied(msgspec.Struct, frozen=True):
    """What became of a batch.

    ``revision`` counts the store's transactions: equal revisions, equal graphs; batches that came together may share one.  ``skipped``:
    nothing was done, because every event in ``processed`` had been processed before.
    """

    revision: int
    skipped: bool = False


class Filter(msgspec.Struct, frozen=True):
    """One condition on a field (`FIELDS`) or an attribute.  ``in`` takes a tuple, ``exists`` a bool.

    An unknown attribute satisfies only ``ne`` and ``exists`` false.
    """

    name: str
    op: Op
    value: Value | datetime | tuple[Value, ...]


class Query(msgspec.Struct, frozen=True, kw_only=True):
    """Which CIs, in which order: those of class ``cls`` or below, with all of ``tags``, that pass all ``filters`` and, if given, are
    among ``uids`` and have every word of ``text`` (see `GraphStore.search`).

    ``sort`` names a field or an attribute, ``-`` before it for descending; CIs without the attribute come last.  Ties by uid.
    ``cursor`` is a page's ``next``; ``limit`` is 1 to `MAX_PAGE`.
    """

    cls: str = "CI"
    filters: tuple[Filter, ...] = ()
    tags: tuple[str, ...] = ()
    text: str = ""
    uids: tuple[str, ...] | None = None
    source: str = ""
    sort: str = "uid"
    limit: int = 100
    cursor: str = ""


class Page(msgspec.Struct, frozen=True):
    """One page; ``next`` is empty on the last one."""

    items: tuple[Ci, ...]
    next: str = ""


class HistoryQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which history rows: of these ``uids`` (none: of all), ``since`` ≤ at < ``until``, numbers above ``after``; in order of numbers, or
    backwards (then numbers below ``after``)."""

    uids: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    after: int = 0
    backwards: bool = False
    limit: int = 1_000


class Step(NamedTuple):
    """One step through the graph: relations, sorted by key, and CIs by uid."""

    relations: Sequence[Relation]
    cis: Mapping[str, Ci]


class GraphStore(ABC):
    """A place for the graph.  Made without I/O; `open` before anything else, `close` after everything."""

    kind: str = ""
    """``embedded`` or ``neo4j``."""
    at_once: int = 1_000
    """CIs whose relations are best asked for at once: an embedded store answers on the event loop."""

    # -- life -------------------------------------------------------------------------------------------------------------------

    @abstractmethod
    async def open(self) -> None:
        """Connect, make tables, constraints and indexes where they are missing.  Raises StoreUnavailable, or StoreCorrupt for another
        schema version or a store that cannot be read."""

    @abstractmethod
    async def close(self) -> None:
        """Let go; what was applied is durable.  Harmless when it is not open."""

    @abstractmethod
    async def check(self) -> None:
        """Return when the store can be used now (within 2 s), else raise StoreUnavailable."""

    @abstractmethod
    async def schema_version(self) -> int:
        """The version of what the store holds."""

    @abstractmethod
    async def revision(self) -> int:
        """How many transactions there have been."""

    @abstractmethod
    async def clear(self) -> None:
        """Delete everything, history included; the revision goes on."""

    # -- writing ----------------------------------------------------------------------------------------------------------------

    @abstractmethod
    async def apply(self, batch: Batch) -> Applied:
        """Write a batch, whole or not at all; batches are written in the order of the calls.

        When all of its ``processed`` events have been processed before, nothing is done (``skipped``).  Raises VersionConflict for
        ``expect``, NotFound for a relation whose end does not exist, InvalidArgument for an undeclared class or relation, and
        AlreadyExists when some of the ``processed`` events, but not all, had been processed.
        """

    # -- nodes ------------------------------------------------------------------------------------------------------------------

    @abstractmethod
    async def nodes(self, uids: Iterable[str]) -> dict[str, Ci]:
        """The CIs of these uids; unknown ones are missing from the answer."""

    async def node(self, uid: str) -> Ci | None:
        """One CI, or None."""
        return (await self.nodes((uid,))).get(uid)

    @abstractmethod
    async def bound(self, source: str, keys: Iterable[str]) -> dict[str, str]:
        """key → uid of the CIs that a source has a claim on under these keys."""

    @abstractmethod
    async def find(self, cls: str, attribute: str, value: Value) -> list[Ci]:
        """CIs of the class (or below) whose indexed attribute, or ``name``, is *value*; of a texts attribute, has *value* as an element.

        At most `FIND_LIMIT`, by uid.
        """

    @abstractmethod
    async def page(self, query: Query) -> Page:
        """A page of CIs.  Raises InvalidArgument (field ``cursor``, ``sort``, ``limit`` ...) for what the query cannot be."""

    @abstractmethod
    async def count(self, query: Query) -> int:
        """How many CIs all pages of the query have together, whatever its cursor.  Raises InvalidArgument as `page` does."""

    @abstractmethod
    async def search(self, text: str, *, cls: str = "CI", limit: int = 20) -> list[Ci]:
        """Full text: CIs in whose name, tags and text attributes every word of *text* begins some word, letter case apart.

        Words are runs of letters and digits.  First those whose name is *text*, then those whose name begins with it, then others;
        each by name, then uid.  Where `OTHERS` do, the others are among some that the store comes upon first.
        """

    @abstractmethod
    async def counts(self) -> dict[str, int]:
        """How many CIs there are of each class that has any."""

    @abstractmethod
    def scan(self, *, cls: str = "CI", source: str = "") -> AsyncIterator[Sequence[Ci]]:
        """All CIs (of a class; that a source has a claim on) by uid, in chunks; what changes meanwhile may be missed."""

    # -- relations --------------------------------------------------------------------------------------------------------------

    @abstractmethod
    async def relations_of(self, uids: Iterable[str], direction: Direction = "out", types: Iterable[str] | None = None) -> list[Relation]:
        """The relations at these CIs, of all types or the given ones, each once, sorted by key."""

    async def step(self, uids: Iterable[str], direction: Direction, types: Iterable[str], known: Collection[str] = ()) -> Step:
        """What `relations_of` answers, and the CIs at its ends that are neither among *uids* nor *known* already.

        For walks through the graph: of a CI, only what it is (class, name, attributes) is sure to be there.
        """
        wanted = list(uids)
        relations = await self.relations_of(wanted, direction, types)
        there = {*known, *wanted}
        return Step(relations, await self.nodes({end for one in relations for end in (one.source, one.target)} - there))

    @abstractmethod
    def scan_relations(self) -> AsyncIterator[Sequence[Relation]]:
        """All relations by key, in chunks; what changes meanwhile may be missed."""

    @abstractmethod
    async def relation_counts(self) -> dict[str, int]:
        """How many relations there are of each type that has any."""

    def snapshot(self) -> Snapshot:
        """One instant of the graph to read at length, as far as the store can hold one; a context."""
        return Snapshot(self)

    # -- what is kept beside the graph ------------------------------------------------------------------------------------------

    @abstractmethod
    async def history(self, query: HistoryQuery) -> list[HistoryRow]:
        """Rows with their numbers."""

    @abstractmethod
    async def tombstones(self, source: str, keys: Iterable[str]) -> dict[str, Tombstone]:
        """key → tombstone, of those that have one."""

    @abstractmethod
    async def processed(self, ids: Iterable[str]) -> set[str]:
        """Those of the event ids that have been processed."""

    @abstractmethod
    async def cursor(self, name: str) -> Cursor | None:
        """The cursor of that name."""

    @abstractmethod
    async def records(self, space: str, keys: Iterable[str] | None = None) -> dict[str, Any]:
        """key → value of the records of a space, all or those keys, sorted by key."""

    @abstractmethod
    async def digest(self) -> str:
        """The graph's hash (`cmdb.model.graph.GraphHash`) over what is durable: equal for equal graphs in any store, whatever led there."""
