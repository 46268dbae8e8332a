"""The graph as of an instant, and what differs between two: found by undoing the history since, the newest change first.

Memory is for the CIs that have changed since the instant, never for the rows; the rest is read from the graph, a page at a time.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec

from cmdb.history import RELATED, UNRELATED, Difference, PastCi, as_of, difference, present
from cmdb.model import Claim, HistoryRow, concrete_classes
from cmdb.stores.port import GraphStore, HistoryQuery, Query
from dcsim.errors import InvalidArgument

ROWS: Final = 1_000
EARLIEST, LATEST = 1970, 9000
INSTANT: Final = timedelta(microseconds=1)


class Linked(msgspec.Struct, frozen=True, omit_defaults=True):
    """A relation, as it is or was; who stated it, history does not keep."""

    source: str
    type: str
    target: str
    properties: dict[str, Any] = msgspec.field(default_factory=dict)
    by: tuple[str, ...] = ()


class Shown(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A CI, as it is or was; of the past there are its name, attributes and tags."""

    uid: str
    cls: str
    name: str
    attributes: dict[str, Any] = msgspec.field(default_factory=dict)
    sources: dict[str, Claim] = msgspec.field(default_factory=dict)
    tags: tuple[str, ...] = ()
    created: datetime | None = None
    changed: datetime | None = None
    version: int = 0

    @classmethod
    def of(cls, past: PastCi) -> Shown:
        """Without its relations."""
        return cls(uid=past.uid, cls=past.cls, name=past.name, attributes=past.attributes, tags=past.tags)


def zoned(at: datetime, field: str) -> datetime:
    """An instant; raises InvalidArgument for one without a zone, or out of all bounds."""
    if at.tzinfo is None or not EARLIEST < at.year < LATEST:
        raise InvalidArgument(f"{field}: an instant has a zone, like 2026-11-23T12:00:00Z, and is of our days.", field=field)
    return at


async def rows_since(store: GraphStore, at: datetime, uids: Sequence[str] = ()) -> AsyncIterator[list[HistoryRow]]:
    """The rows after an instant, the newest first, in chunks."""
    before = 0
    while rows := await store.history(HistoryQuery(uids=tuple(uids), since=at + INSTANT, after=before, backwards=True, limit=ROWS)):
        yield rows
        before = rows[-1].number
        await asyncio.sleep(0)


async def now_of(store: GraphStore, uids: Iterable[str]) -> dict[str, PastCi]:
    """CIs as they are, with their relations."""
    found = await store.nodes(uids)
    relations = await store.relations_of(sorted(found)) if found else []
    by: dict[str, list[Any]] = {}
    for relation in relations:
        by.setdefault(relation.source, []).append(relation)
    return {uid: present(ci, by.get(uid, ())) for uid, ci in found.items()}


async def back_to(store: GraphStore, at: datetime, uids: Sequence[str] = ()) -> dict[str, PastCi | None]:
    """Every CI that has changed since an instant (of *uids*, if given), as it was then; None when it was not there."""
    past: dict[str, PastCi | None] = {}
    async for rows in rows_since(store, at, uids):
        fresh = {row.uid for row in rows} - set(past)
        now = await now_of(store, fresh)
        past |= {uid: now.get(uid) for uid in fresh}
        touched = {row.uid for row in rows}
        undone = as_of({uid: ci for uid in touched if (ci := past[uid]) is not None}, rows)
        past |= {uid: undone.get(uid) for uid in touched}
    return past


async def ci_at(store: GraphStore, uid: str, at: datetime) -> PastCi | None:
    """One CI as it was."""
    past = await back_to(store, at, [uid])
    return past[uid] if uid in past else (await now_of(store, [uid])).get(uid)


async def relations_at(store: GraphStore, uid: str, at: datetime, direction: str) -> list[Linked]:
    """The relations of a CI as they were."""
    found: dict[tuple[str, str, str], Linked] = {}
    if direction != "in":
        ci = await ci_at(store, uid, at)
        found |= {(uid, verb, end): Linked(uid, verb, end, said) for (verb, end), said in (ci.relations if ci else {}).items()}
    if direction != "out":
        found |= await _incoming(store, uid, at)
    return [found[key] for key in sorted(found)]


async def _incoming(store: GraphStore, uid: str, at: datetime) -> dict[tuple[str, str, str], Linked]:
    """What led to a CI: history has its rows at the other ends."""
    found = {one.key: Linked(*one.key, dict(one.properties)) for one in await store.relations_of([uid], "in")}
    async for rows in rows_since(store, at):
        for row in rows:
            if row.op in {RELATED, UNRELATED} and uid in {row.before.get("target"), row.after.get("target")}:
                said = row.before or row.after
                key = (row.uid, said["type"], uid)
                found.pop(key, None)
                if row.before:
                    found[key] = Linked(*key, row.before.get("properties", {}))
    return found


class PastPage(msgspec.Struct, frozen=True):
    """CIs as they were, by uid; ``next`` is empty on the last page."""

    items: tuple[Shown, ...]
    next: str = ""


async def page_at(store: GraphStore, at: datetime, cls: str, wanted: Mapping[str, Any], after: str, limit: int) -> PastPage:
    """A page of the CIs of a class as they were; *wanted* is their ``name`` and ``tags``."""
    classes = set(concrete_classes(cls))
    past = await back_to(store, at)
    found: list[Shown] = []
    cursor = ""
    while True:
        page = await store.page(Query(cls=cls, limit=1_000, cursor=cursor))
        same = (present(ci, ()) for ci in page.items if ci.uid > after and ci.uid not in past)
        found += [Shown.of(one) for one in same if _fits(one, wanted)]
        if len(found) > limit or not page.next:
            break
        cursor = page.next
    found += [Shown.of(one) for uid, one in past.items() if one and one.cls in classes and uid > after and _fits(one, wanted)]
    items = sorted(found, key=lambda one: one.uid)
    return PastPage(tuple(items[:limit]), items[limit - 1].uid if len(items) > limit else "")


def _fits(ci: PastCi, wanted: Mapping[str, Any]) -> bool:
    return wanted.get("name", "") in {"", ci.name} and set(wanted.get("tags", ())) <= set(ci.tags)


async def between(store: GraphStore, since: datetime, until: datetime, uids: Sequence[str] = ()) -> list[Difference]:
    """What differs between two instants, by uid."""
    then, later = await back_to(store, since, uids), await back_to(store, until, uids)
    now = await now_of(store, set(then) - set(later))
    new = {uid: later[uid] if uid in later else now.get(uid) for uid in then}
    return difference(_there(then), _there(new))


def _there(past: Mapping[str, PastCi | None]) -> dict[str, PastCi]:
    return {uid: ci for uid, ci in past.items() if ci is not None}
