"""The graph as it will be when the batch at hand is written: what was read from the store, and what has become of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from cmdb.history import UNRELATED, Cause, change_of_relation, changes_of_ci
from cmdb.model import Ci, Cursor, HistoryRow, Processed, Relation, Tombstone, Value, is_a
from cmdb.model.graph import content_of_ci
from cmdb.projection.declare import PROJECTED
from cmdb.projection.ledger import Ledger
from cmdb.stores.port import Batch, GraphStore, Record, RelationKey

TASKS = "cmdb"
"""The source of the CMDB's own statements: de-duplication tasks."""
OURS = frozenset({*PROJECTED, TASKS})


class Overlay:
    """One batch in the making."""

    def __init__(self, store: GraphStore, ledger: Ledger) -> None:
        self._store = store
        self._ledger = ledger
        self._original: dict[str, Ci | None] = {}
        self._now: dict[str, Ci | None] = {}
        self._before: dict[str, Ci | None] = {}
        self._relations: dict[RelationKey, Relation | None] = {}
        self._history: list[HistoryRow] = []
        self.records: dict[tuple[str, str], Record] = {}
        self.tombstones: dict[str, Tombstone] = {}
        self.revived: set[tuple[str, str]] = set()
        self.processed: list[Processed] = []
        self.cursors: dict[str, Cursor] = {}

    # -- CIs --------------------------------------------------------------------------------------------------------------------

    async def load(self, uids: Iterable[str]) -> None:
        """Read those that have not been read."""
        missing = [uid for uid in dict.fromkeys(uids) if uid not in self._original]
        if missing:
            found = await self._store.nodes(missing)
            for uid in missing:
                self._original[uid] = self._now[uid] = found.get(uid)

    def ci(self, uid: str) -> Ci | None:
        """A CI that has been loaded, as it is by now."""
        return self._now[uid]

    def put(self, uid: str, ci: Ci | None) -> None:
        """It is this from now on (None: gone)."""
        self._before.setdefault(uid, self._now[uid])
        self._now[uid] = ci

    async def find(self, cls: str, attribute: str, value: Value) -> Sequence[Ci]:
        """`GraphStore.find`, as it will be; what the batch changes is looked through as well."""
        found = {ci.uid: ci for ci in await self._store.find(cls, attribute, value) if ci.uid not in self._now}
        for ci in self._now.values():
            if ci is not None and is_a(ci.cls, cls) and _has(ci, attribute, value):
                found[ci.uid] = ci
        return [found[uid] for uid in sorted(found)]

    # -- relations --------------------------------------------------------------------------------------------------------------

    def before_relations(self, keys: Iterable[RelationKey]) -> dict[RelationKey, Relation | None]:
        """What our sources state of some relations now, to be compared by `relations_changed` when that has changed."""
        return {key: self._stated(key) for key in keys}

    def relations_changed(self, before: dict[RelationKey, Relation | None], cause: Cause) -> None:
        """Take in what has become of them."""
        for key, old in sorted(before.items()):
            new = self._stated(key)
            if old != new:
                self._relations[key] = new
                row = change_of_relation(self._ledger.classes.get(key[0], "CI"), old, new, cause)
                self._history += [row] if row else []

    def _stated(self, key: RelationKey) -> Relation | None:
        stated = self._ledger.relation(key)
        return Relation(*key, stated[1], stated[0]) if stated else None

    # -- the batch --------------------------------------------------------------------------------------------------------------

    def close_event(self, cause: Cause) -> None:
        """Write history for what has become of CIs since the last call."""
        for uid, before in sorted(self._before.items()):
            self._history += changes_of_ci(before, self._now[uid], cause)
        self._before.clear()

    @property
    def size(self) -> int:
        """How much the batch has to write, about."""
        return len(self._now) + len(self._relations) + len(self.records)

    async def batch(self) -> Batch:
        """All of it.  Relations that others state too stay, without us."""
        upserts = [ci for uid in self._now if (ci := self._written(uid)) is not None]
        removals = [uid for uid, ci in self._now.items() if ci is None and self._original[uid] is not None]
        foreign = await self._foreign()
        kept = {key: _joined(key, self._relations[key], foreign.get(key)) for key in self._relations}
        gone = {uid for uid, ci in self._now.items() if ci is None}
        return Batch(
            expect={uid: original.version if (original := self._original[uid]) else 0 for uid in [*removals, *(ci.uid for ci in upserts)]},
            removals=removals,
            upserts=upserts,
            unrelated=[key for key, relation in kept.items() if relation is None],
            related=[relation for relation in kept.values() if relation is not None and not {relation.source, relation.target} & gone],
            history=[row for row in self._history if not _still_there(row, foreign)],
            tombstones=list(self.tombstones.values()),
            revived=sorted(self.revived),
            processed=self.processed,
            cursors=self.cursors,
            records=list(self.records.values()),
        )

    def _written(self, uid: str) -> Ci | None:
        ci, original = self._now[uid], self._original[uid]
        if ci is None or ci is original:
            return None
        if original is None:
            return ci
        return msgspec.structs.replace(ci, version=original.version + 1) if content_of_ci(ci) != content_of_ci(original) else None

    async def _foreign(self) -> dict[RelationKey, Relation]:
        """What other sources than ours state of the relations at hand."""
        sources = {key[0] for key in self._relations if self._original.get(key[0], True) is not None}
        found = await self._store.relations_of(sorted(sources)) if sources else []
        others = {one.key: msgspec.structs.replace(one, by=tuple(by for by in one.by if by not in OURS)) for one in found}
        return {key: one for key, one in others.items() if one.by and key in self._relations}


def _joined(key: RelationKey, ours: Relation | None, foreign: Relation | None) -> Relation | None:
    if foreign is None:
        return ours
    by = tuple(sorted({*foreign.by, *(ours.by if ours else ())}))
    return Relation(*key, {**(ours.properties if ours else {}), **foreign.properties}, by)


def _still_there(row: HistoryRow, foreign: dict[RelationKey, Relation]) -> bool:
    return row.op == UNRELATED and (row.uid, row.before["type"], row.before["target"]) in foreign


def _has(ci: Ci, attribute: str, value: Value) -> bool:
    own = ci.name if attribute == "name" else ci.attributes.get(attribute)
    return value in own if isinstance(own, tuple) else own == value
