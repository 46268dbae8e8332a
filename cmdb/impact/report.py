"""Answers about impact, as the API gives them."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from typing import Final

import msgspec

from cmdb.impact.failover import Room
from cmdb.impact.spread import SLICE, Spread
from cmdb.impact.states import State
from cmdb.impact.view import View
from cmdb.model import Ci

IMPORTANT: Final = ("BusinessService", "Application", "VirtualMachine", "Cluster", "Hypervisor")
"""What people ask for first; other classes follow by name."""


class CiRef(msgspec.Struct, frozen=True):
    """A CI, for people and programs."""

    uid: str
    cls: str
    name: str


class Step(msgspec.Struct, frozen=True):
    """One step of an explanation: ``source -type-> target`` by the ``rule``, and what it did as a sentence about ``subject``."""

    subject: CiRef
    source: str
    type: str
    target: str
    rule: str
    reason: str


class Affected(msgspec.Struct, frozen=True):
    """A CI that gets worse: its states (up, degraded, down) before and after, and the ``path`` from it to what failed."""

    ci: CiRef
    before: str
    after: str
    reason: str
    path: tuple[Step, ...]


class ClusterRoom(msgspec.Struct, frozen=True):
    """What a cluster has left: per supply, what is not promised after all restarts; negative when it is short."""

    cluster: CiRef
    hosts: int
    survivors: int
    left: dict[str, int]
    short: tuple[str, ...]


class Impact(msgspec.Struct, frozen=True):
    """What comes of a failure: worst and most important first; ``summary`` counts state → class → CIs, without what failed itself."""

    failed: tuple[CiRef, ...]
    affected: tuple[Affected, ...]
    summary: dict[str, dict[str, int]]
    clusters: tuple[ClusterRoom, ...] = ()


class Needed(msgspec.Struct, frozen=True):
    """Something that a CI stands on, how it is now, and what becomes of the CI when this alone fails."""

    ci: CiRef
    state: str
    if_lost: str
    reason: str = ""

    @property
    def is_single_point(self) -> bool:
        """Whether its failure alone takes the CI down."""
        return self.if_lost == State.DOWN.word


class Upstream(msgspec.Struct, frozen=True):
    """What a CI needs, directly or not, nearest first; ``single_points`` are those whose failure alone takes it down."""

    ci: CiRef
    state: str
    needs: tuple[Needed, ...]
    single_points: tuple[CiRef, ...]


def ref(ci: Ci) -> CiRef:
    """A CI in an answer."""
    return CiRef(ci.uid, ci.cls, ci.name)


async def impact(view: View, failed: Collection[str], then: Spread, before: Spread) -> Impact:
    """What *then* adds to *before*."""
    seeds = set(failed)
    found = []
    for number, uid in enumerate(then.assumption.changed):
        if number % SLICE == SLICE - 1:
            await asyncio.sleep(0)
        was, now = before.assumption.state(uid), then.assumption.state(uid)
        if now > was and uid not in seeds:
            cause = then.assumption.cause(uid)
            found.append(Affected(ref(view.cis[uid]), was.word, now.word, cause.reason if cause else "", path(view, then, uid)))
    found.sort(key=_rank)
    summary: dict[str, dict[str, int]] = {}
    for one in found:
        counts = summary.setdefault(one.after, {})
        counts[one.ci.cls] = counts.get(one.ci.cls, 0) + 1
    rooms = tuple(_room(view.cis[uid], then.rooms[uid]) for uid in sorted(then.rooms))
    return Impact(tuple(ref(view.cis[uid]) for uid in dict.fromkeys(failed)), tuple(found), summary, rooms)


def path(view: View, spread: Spread, uid: str) -> tuple[Step, ...]:
    """The steps from a CI to what failed."""
    steps: list[Step] = []
    passed = set()
    cause = spread.assumption.cause(uid)
    while cause is not None and uid not in passed:
        passed.add(uid)
        relation = cause.need.relation
        steps.append(Step(ref(view.cis[uid]), relation.source, relation.type, relation.target, cause.need.rule.code, cause.reason))
        uid = relation.target if relation.source == uid else relation.source
        cause = spread.assumption.cause(uid)
    return tuple(steps)


def _rank(one: Affected) -> tuple[bool, int, str, str, str]:
    place = IMPORTANT.index(one.ci.cls) if one.ci.cls in IMPORTANT else len(IMPORTANT)
    return one.after != State.DOWN.word, place, one.ci.cls, one.ci.name, one.ci.uid


def _room(cluster: Ci, found: Room) -> ClusterRoom:
    return ClusterRoom(ref(cluster), found.hosts, found.survivors, dict(found.left), found.short)
