"""How good the graph is: what nothing holds on to, what its source has not seen again, what may be one, what is not known.

Counts for everything, and lists behind each.  It is worked out by one walk over the graph, a chunk at a time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from functools import cache
from typing import Final

import msgspec

from cmdb.importing.importer import RUNS
from cmdb.model import RELATIONS, Ci, Relation, concrete_classes, is_a
from cmdb.projection.declare import PROJECTED
from cmdb.projection.feed import Feed
from cmdb.stores.port import GraphStore

EXPECTED: Final[Mapping[str, tuple[str, ...]]] = {
    "Server": ("serial", "uuid"),
    "Hypervisor": ("serial", "uuid", "cpu_mhz", "memory_bytes", "connection"),
    "VirtualMachine": ("uuid", "power", "cpus", "memory_bytes", "owner"),
    "Cluster": ("ha_enabled",),
    "Service": ("criticality", "owner"),
}
"""What should be known of the CIs of a class, and of those below it."""
CHECKS: Final = ("orphans", "stale", "duplicates", "incomplete")


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """A CI and what is wrong with it, as a sentence; ``fields`` are attributes that are missing, or sources that have not seen it."""

    uid: str
    cls: str
    name: str
    detail: str
    fields: tuple[str, ...] = ()


class Completeness(msgspec.Struct, frozen=True, kw_only=True):
    """Of the CIs of a class: how many values should be known, and how many are."""

    cls: str
    cis: int
    expected: int
    known: int


class Quality(msgspec.Struct, frozen=True, kw_only=True):
    """The counts; ``stale`` by source."""

    cis: int
    orphans: int
    stale: dict[str, int]
    duplicates: int
    incomplete: int
    completeness: tuple[Completeness, ...]


class Surveyed(msgspec.Struct):
    """What a walk has found."""

    revision: int
    quality: Quality
    findings: dict[str, list[Finding]]


class Surveyor:
    """Walks over the graph, and again when it has changed."""

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self._last: Surveyed | None = None

    async def survey(self) -> Surveyed:
        """What there is to find now.  Raises StoreUnavailable."""
        store = self._feed.store
        revision = await store.revision()
        if self._last is None or self._last.revision != revision:
            self._last = await self._walk(store, revision)
        return self._last

    async def _walk(self, store: GraphStore, revision: int) -> Surveyed:
        runs = {source: set(run["uids"]) for source, run in (await store.records(RUNS)).items()}
        await self._feed.ready()
        findings: dict[str, list[Finding]] = {check: [] for check in CHECKS}
        complete: dict[str, list[int]] = {}
        count = 0
        async for chunk in store.scan():
            count += len(chunk)
            linked = {end for one in await store.relations_of([ci.uid for ci in chunk], "both") for end in _ends(one)}
            for ci in chunk:
                self._look(ci, linked, runs, findings)
                _count(ci, complete)
            await asyncio.sleep(0)
        return Surveyed(revision, _quality(count, findings, complete), findings)

    def _look(self, ci: Ci, linked: Collection[str], runs: Mapping[str, set[str]], findings: dict[str, list[Finding]]) -> None:
        if ci.cls in _spreading() and ci.uid not in linked:
            findings["orphans"].append(_finding(ci, "Nothing that matters when it fails, or that it needs, is related to it."))
        unseen = tuple(sorted(source for source in ci.sources if not self._seen(ci, source, runs)))
        if unseen:
            findings["stale"].append(_finding(ci, f"{', '.join(unseen)} did not have it the last time.", unseen))
        if ci.cls == "DeDuplicationTask" and ci.attributes.get("state") == "open":
            findings["duplicates"].append(_finding(ci, str(ci.attributes.get("description", ""))))
        missing = tuple(name for name in expected(ci.cls) if name not in ci.attributes)
        if missing:
            findings["incomplete"].append(_finding(ci, f"Not known: {', '.join(missing)}.", missing))

    def _seen(self, ci: Ci, source: str, runs: Mapping[str, set[str]]) -> bool:
        if source in PROJECTED:
            return self._feed.projector.claims(ci.uid, source)
        return source not in runs or ci.uid in runs[source]


def expected(cls: str) -> tuple[str, ...]:
    """The attributes that should be known of a class's CIs."""
    return next((names for above, names in EXPECTED.items() if is_a(cls, above)), ())


@cache
def _spreading() -> frozenset[str]:
    """The classes that a failure spreads to or from: one without such a relation is not in the picture."""
    ends = {end for one in RELATIONS if one.impact.spreads for end in (one.source, one.target)}
    return frozenset(cls for end in ends for cls in concrete_classes(end))


@cache
def _verbs() -> frozenset[str]:
    return frozenset(one.name for one in RELATIONS if one.impact.spreads)


def _ends(relation: Relation) -> tuple[str, ...]:
    return (relation.source, relation.target) if relation.type in _verbs() else ()


def _finding(ci: Ci, detail: str, fields: tuple[str, ...] = ()) -> Finding:
    return Finding(uid=ci.uid, cls=ci.cls, name=ci.name, detail=detail, fields=fields)


def _count(ci: Ci, complete: dict[str, list[int]]) -> None:
    wanted = expected(ci.cls)
    if wanted:
        totals = complete.setdefault(ci.cls, [0, 0, 0])
        totals[0] += 1
        totals[1] += len(wanted)
        totals[2] += sum(name in ci.attributes for name in wanted)


def _quality(count: int, findings: Mapping[str, list[Finding]], complete: Mapping[str, list[int]]) -> Quality:
    stale: dict[str, int] = {}
    for one in findings["stale"]:
        for source in one.fields:
            stale[source] = stale.get(source, 0) + 1
    parts = (Completeness(cls=cls, cis=cis, expected=want, known=known) for cls, (cis, want, known) in sorted(complete.items()))
    return Quality(
        cis=count,
        orphans=len(findings["orphans"]),
        stale=stale,
        duplicates=len(findings["duplicates"]),
        incomplete=len(findings["incomplete"]),
        completeness=tuple(parts),
    )
