"""The graph's relations in memory, for walking: written and read on the event loop only."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator

from cmdb.model.graph import Relation
from cmdb.stores.port import Direction, RelationKey


class Adjacency:
    """Who points to whom, and how.  A relation is found from its source; its target knows only from where to look."""

    def __init__(self) -> None:
        self._out: dict[str, dict[str, tuple[Relation, ...]]] = {}
        self._into: dict[str, set[str]] = {}

    def put(self, relation: Relation) -> None:
        """Add a relation, or replace the one of that identity."""
        targets = self._out.setdefault(sys.intern(relation.source), {})
        others = [one for one in targets.get(relation.target, ()) if one.type != relation.type]
        targets[sys.intern(relation.target)] = (*others, relation)
        self._into.setdefault(sys.intern(relation.target), set()).add(sys.intern(relation.source))

    def drop(self, key: RelationKey) -> None:
        """Forget a relation; harmless when it is unknown."""
        source, verb, target = key
        targets = self._out.get(source, {})
        kept = tuple(one for one in targets.get(target, ()) if one.type != verb)
        if kept:
            targets[target] = kept
        elif targets.pop(target, None) is not None:
            self._unlink(source, target)

    def drop_node(self, uid: str) -> None:
        """Forget every relation at a node."""
        for target in self._out.pop(uid, {}):
            _discard(self._into, target, uid)
        for source in self._into.pop(uid, ()):
            if targets := self._out.get(source):
                targets.pop(uid, None)
                if not targets:
                    del self._out[source]

    def clear(self) -> None:
        """Forget everything."""
        self._out.clear()
        self._into.clear()

    def at(self, uids: Iterable[str], direction: Direction, types: frozenset[str] | None) -> list[Relation]:
        """The relations at some nodes, each once, sorted."""
        found: dict[RelationKey, Relation] = {}
        for uid in uids:
            if direction != "in":
                found.update((one.key, one) for one in self._from(uid) if types is None or one.type in types)
            if direction != "out":
                found.update((one.key, one) for one in self._to(uid) if types is None or one.type in types)
        return [found[key] for key in sorted(found)]

    def _from(self, uid: str) -> Iterator[Relation]:
        for relations in self._out.get(uid, {}).values():
            yield from relations

    def _to(self, uid: str) -> Iterator[Relation]:
        for source in self._into.get(uid, ()):
            yield from self._out[source][uid]

    def _unlink(self, source: str, target: str) -> None:
        _discard(self._into, target, source)
        if not self._out[source]:
            del self._out[source]


def _discard(index: dict[str, set[str]], key: str, value: str) -> None:
    members = index.get(key)
    if members is not None:
        members.discard(value)
        if not members:
            del index[key]
