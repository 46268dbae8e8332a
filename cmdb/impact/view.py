"""The part of the graph that a question is about, filled from a store level by level.

A view has facts only: several what-ifs over the same CIs share one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Final, NamedTuple

from cmdb.impact.states import is_observed, labels_of
from cmdb.model import RELATIONS, Ci, Relation, relation_between
from cmdb.model.rules import Capacity, Restart, Rule
from cmdb.stores.port import Direction, GraphStore
from dcsim.errors import InvalidArgument, NotFound


class Need(NamedTuple):
    """One CI needs another, by a rule."""

    relation: Relation
    rule: Rule

    @property
    def target(self) -> str:
        """The uid of what is needed."""
        return self.relation.target


class View:
    """CIs, what they need, and who lives off whom, as far as they have been asked for."""

    def __init__(self, store: GraphStore) -> None:
        self._store = store
        self.cis: dict[str, Ci] = {}
        self.needs: dict[str, dict[tuple[str, str], Need]] = {}
        """By dependant: (type, target) → need.  Complete for expanded CIs only."""
        self.dependants: dict[str, dict[str, None]] = {}
        """By needed CI: those known to need it."""
        self.members: dict[str, dict[str, Need]] = {}
        """By cluster: host → its membership, for clusters whose members were asked for."""
        self.home: dict[str, str] = {}
        """By VM or host: its cluster, for those whose memberships were asked for."""
        self._into: set[str] = set()
        self._out: set[str] = set()
        self._homes: set[str] = set()

    async def load(self, uids: Iterable[str]) -> None:
        """Know these CIs; unknown ones stay unknown."""
        for chunk in self._chunks(uid for uid in dict.fromkeys(uids) if uid not in self.cis):
            self.cis.update(await self._store.nodes(chunk))

    async def known(self, uids: Iterable[str]) -> None:
        """Know all of these; raises NotFound for one that is not in the graph."""
        wanted = list(uids)
        await self.load(wanted)
        for uid in wanted:
            if uid not in self.cis:
                raise NotFound(f"There is no CI {uid!r}.", subject=uid)

    async def reach(self, uids: Iterable[str]) -> list[str]:
        """Know who needs these; answers all dependants, those known before too."""
        wanted = list(dict.fromkeys(uids))
        for chunk in self._chunks(uid for uid in wanted if uid not in self._into):
            self._into.update(chunk)
            types = frozenset[str]().union(*(verbs_into(self.cis[uid].cls) for uid in chunk))
            if types:
                self._take(await self._step(chunk, "in", types))
        return list(dict.fromkeys(source for uid in wanted for source in self.dependants.get(uid, ())))

    async def expand(self, uids: Iterable[str], *, through: bool = False) -> list[str]:
        """Know everything that these need, and what that needs in turn; answers the CIs that were expanded now.

        It ends at CIs that tell of themselves how they are, unless it goes *through* them.
        """
        fresh: list[str] = []
        level = [uid for uid in dict.fromkeys(uids) if uid not in self._out]
        while level:
            fresh += level
            following: dict[str, None] = {}
            for chunk in self._chunks(level):
                self._out.update(chunk)
                types = frozenset[str]().union(*(verbs_out(self.cis[uid].cls) for uid in chunk))
                if types:
                    following.update((need.target, None) for need in self._take(await self._step(chunk, "out", types)))
            level = [uid for uid in following if uid not in self._out and (through or not is_observed(self.cis[uid]))]
        return fresh

    async def find_homes(self, uids: Iterable[str]) -> set[str]:
        """Know the clusters of VMs or hosts, and the hosts of those clusters; answers the clusters."""
        wanted = list(dict.fromkeys(uids))
        for chunk in self._chunks(uid for uid in wanted if uid not in self._homes):
            self._homes.update(chunk)
            found = await self._step(chunk, "out", _MEMBERSHIPS)
            self.home.update((one.source, one.target) for one in found if self._class(one.target) in _living_off())
        clusters = {self.home[uid] for uid in wanted if uid in self.home}
        await self.find_members(clusters)
        return clusters

    async def find_members(self, clusters: Iterable[str]) -> None:
        """Know the hosts that these clusters live off."""
        fresh = [uid for uid in clusters if uid not in self.members]
        for uid in fresh:
            self.members[uid] = {}
        if not fresh:
            return
        for one in await self._step(fresh, "in", _SUPPLIES):
            rule = self._rule(one)
            if isinstance(rule, Capacity):
                self.members[one.target][one.source] = Need(one, rule)
                self.home[one.source] = one.target

    async def links(self, uids: Iterable[str], direction: Direction, types: Iterable[str]) -> list[Relation]:
        """Relations of these types, whatever their rules, with their ends known."""
        found: list[Relation] = []
        for chunk in self._chunks(uids):
            found += await self._step(chunk, direction, types)
        return found

    def is_expanded(self, uid: str) -> bool:
        """Whether all needs of a CI are known."""
        return uid in self._out

    def name_of(self, uid: str) -> str:
        """Its name; of one that has gone since, the uid."""
        found = self.cis.get(uid)
        return uid if found is None else found.name

    def lives_off_members(self, uid: str) -> bool:
        """Whether it is as strong as what points to it: a cluster."""
        return self._class(uid) in _living_off()

    def supplies(self, uid: str) -> bool:
        """Whether something may live off it: a host."""
        return bool(_suppliers() & labels_of(self.cis[uid].cls))

    def needs_of(self, uid: str) -> Iterable[Need]:
        """What is known that it needs."""
        return self.needs.get(uid, {}).values()

    async def _step(self, uids: list[str], direction: Direction, types: Iterable[str]) -> Sequence[Relation]:
        """Relations, with both of their ends known."""
        await self.load(uids)
        found = await self._store.step(uids, direction, types, self.cis.keys())
        self.cis.update(found.cis)
        return found.relations

    def _chunks(self, uids: Iterable[str]) -> Iterator[list[str]]:
        wanted, size = list(uids), self._store.at_once
        for start in range(0, len(wanted), size):
            yield wanted[start : start + size]

    def _take(self, relations: Iterable[Relation]) -> list[Need]:
        taken = []
        for one in relations:
            rule = self._rule(one)
            if rule is not None and rule.spreads and not isinstance(rule, Capacity):
                taken.append(Need(one, rule))
                self.needs.setdefault(one.source, {})[one.type, one.target] = taken[-1]
                self.dependants.setdefault(one.target, {})[one.source] = None
        return taken

    def _class(self, uid: str) -> str:
        found = self.cis.get(uid)
        return found.cls if found is not None else ""

    def _rule(self, relation: Relation) -> Rule | None:
        """Its rule; None where an end has gone since, or nobody declared such a relation."""
        source, target = self._class(relation.source), self._class(relation.target)
        return rule_between(source, relation.type, target) if source and target else None


@cache
def rule_between(source: str, verb: str, target: str) -> Rule | None:
    """The rule of a relation between two classes; None when none is declared."""
    try:
        return relation_between(source, verb, target).impact
    except InvalidArgument:
        return None


@cache
def verbs_into(cls: str) -> frozenset[str]:
    """The verbs by which others can need such a CI."""
    above = labels_of(cls)
    return frozenset(one.name for one in RELATIONS if one.target in above and one.impact.spreads and not isinstance(one.impact, Capacity))


@cache
def verbs_out(cls: str) -> frozenset[str]:
    """The verbs by which such a CI can need others."""
    above = labels_of(cls)
    return frozenset(one.name for one in RELATIONS if one.source in above and one.impact.spreads and not isinstance(one.impact, Capacity))


@cache
def _living_off() -> frozenset[str]:
    """The classes that live off what points to them."""
    return frozenset(one.target for one in RELATIONS if isinstance(one.impact, Capacity))


@cache
def _suppliers() -> frozenset[str]:
    """The classes that something can live off."""
    return frozenset(one.source for one in RELATIONS if isinstance(one.impact, Capacity))


_SUPPLIES: Final = frozenset(one.name for one in RELATIONS if isinstance(one.impact, Capacity))
_MEMBERSHIPS: Final = _SUPPLIES | {one.impact.membership for one in RELATIONS if isinstance(one.impact, Restart)}
